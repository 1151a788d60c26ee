//! Syntax errors of a TOML text: each mistake once, and where it stands.

use std::ops::Range;
use toml::de::{DeTable, Error};

/// What is wrong with a source's syntax, and where.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SyntaxError {
    pub message: String,
    /// Bytes of the text.
    pub span: Range<usize>,
}

/// The errors that the parser found in `text`, in the order of the text, less those that only follow from
/// others: the parser goes on after an error, and often reports the rest of the same mistake again.
pub(super) fn errors(text: &str, found: Vec<Error>) -> Vec<SyntaxError> {
    let mut errors: Vec<SyntaxError> = found.into_iter().map(|error| located(text, &error)).collect();
    errors.sort_by_key(|error| error.span.start);
    let mut last: Option<Range<usize>> = None;
    errors.retain(|error| {
        if last.as_ref().is_some_and(|last| error.span.start <= last.end) {
            return false;
        }
        let line = line(text, error.span.start);
        let before = last.replace(line.clone());
        before.is_none_or(|before| is_own(text, &line, error) && !continues(text, &before, &line))
    });
    errors
}

/// Whether the error is there when its line stands alone.
fn is_own(text: &str, line: &Range<usize>, error: &SyntaxError) -> bool {
    let (_, alone) = DeTable::parse_recoverable(&text[line.clone()]);
    alone.iter().filter_map(Error::span).any(|span| line.start + span.start == error.span.start)
}

/// Whether `line` is the rest of what begins on the line before, which has an error: it is no statement.
fn continues(text: &str, before: &Range<usize>, line: &Range<usize>) -> bool {
    let text = text[line.clone()].trim();
    let in_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'' | ' ' | '\t');
    let is_setting = text.trim_start_matches(in_key).starts_with('=');
    let count = |bracket: char| text.matches(bracket).count();
    let is_header = text.starts_with('[') && text.len() > 1 && count(']') <= count('[');
    before.end + 1 == line.start && !is_setting && !is_header
}

fn located(text: &str, error: &Error) -> SyntaxError {
    let message = error.message().to_owned();
    match error.span() {
        Some(span) => SyntaxError { message, span },
        // The parser tells no place only where a key has too many parts.
        None => SyntaxError { message: "a key has too many parts".to_owned(), span: first_placeless(text) },
    }
}

/// The first line of `text` that gives an error without a place.
fn first_placeless(text: &str) -> Range<usize> {
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).chain([text.len()]).collect();
    let is_before = |&end: &usize| {
        let (_, errors) = DeTable::parse_recoverable(&text[..end]);
        errors.iter().all(|error| error.span().is_some())
    };
    line(text, ends[ends.partition_point(is_before).min(ends.len() - 1)])
}

/// The line of `text` that the byte `at` is in, without its end.
fn line(text: &str, at: usize) -> Range<usize> {
    let at = at.min(text.len());
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors_of(text: &str) -> Vec<SyntaxError> {
        let (_, found) = DeTable::parse_recoverable(text);
        errors(text, found)
    }

    const TEXT: &str = r#"# What there is in a language.
title = "Several at once"
seed  = 3
data = { source = "digits", validation = 0.1 }

[stage.dense.train]
model.mlp = { hidden = [300, 100] }
optimizer.sgd = { lr = 0.1, momentum = 0.9, nesterov = true } # a comment
lr-schedule.multi-step = { at = ["30ep", "45ep"], gamma = 0.1 }

[stage.sparse.prune.layers]
include = [
    "fc1", 'fc2',
]

[[chart]]
stage = "sparse"
title = """In
two lines"""
"#;

    /// The text with each of its characters taken out, and with others put before it or in its place.
    fn mutants() -> impl Iterator<Item = String> {
        (0..TEXT.len()).flat_map(|at| {
            let (before, after) = TEXT.split_at(at);
            let rest = &after[1..];
            let put = ["", "\"", "'", "[", "]", "{", "}", "=", ",", ".", "#", "\n", "x", " ", "\u{7}"];
            let replaced = put.map(|put| {
                // A line broken where a bracket or an equals sign was is two mistakes.
                let is_two = put == "\n" && after.starts_with(['[', '{', '=']);
                (!is_two).then(|| format!("{before}{put}{rest}"))
            });
            let inserted = put.map(|put| Some(format!("{before}{put}{after}")));
            replaced.into_iter().chain(inserted).flatten()
        })
    }

    #[test]
    fn one_mistake_is_one_error() {
        assert_eq!(errors_of(TEXT), []);
        let mut wrong = 0;
        for mutant in mutants() {
            let errors = errors_of(&mutant);
            wrong += errors.len();
            assert!(errors.len() <= 1, "{mutant}\n{errors:?}");
        }
        assert!(wrong > 4_000, "only {wrong} mutants have an error");
    }

    #[test]
    fn mistakes_on_different_lines_are_different_errors() {
        let text = "title = \"Several at once\nseed = = 3\nbatch = 64 8\n[data\n";
        let lines: Vec<&str> =
            errors_of(text).iter().map(|error| &text[line(text, error.span.start)]).collect();
        assert_eq!(lines, ["title = \"Several at once", "seed = = 3", "batch = 64 8", "[data"]);
    }

    #[test]
    fn a_key_of_too_many_parts_is_shown_where_it_stands() {
        let key = ["a"; 101].join(".");
        let text = format!("title = \"Deep\"\n[stage]\n{key} = 1\nseed = 0\n");
        let expected =
            SyntaxError { message: "a key has too many parts".to_owned(), span: 23..23 + key.len() + 4 };
        assert_eq!(errors_of(&text), [expected]);
    }
}
