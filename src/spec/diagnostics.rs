//! Mistakes, all at once, each as the user sees it.

use super::words::of_short;
use crate::format::{excerpt, without_long_words};
use annotate_snippets::renderer::Renderer;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Snippet};
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use std::ops::Range;

/// One mistake: where, what was found, what is allowed, and the next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Dotted key, empty where the whole file is meant.
    pub key: String,
    /// What was found, and why that is wrong.
    pub message: String,
    /// What is allowed, and what to do next.
    pub help: Vec<String>,
    /// `None` where no text can be pointed at.
    pub place: Option<Place>,
}

/// Where a mistake stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file's path, or `--set`.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The source line; empty where it has more than 1,000 bytes.
    pub text: String,
    /// Bytes of the source line that are meant.
    #[serde(skip)]
    span: Range<usize>,
}

/// The mistakes of an experiment, in the order of the text; displays as the user sees them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Diagnostics {
    /// The first [`Diagnostics::MOST`] of them.
    pub mistakes: Vec<Diagnostic>,
    /// How many more there are.
    pub more: usize,
}

impl Place {
    /// The place of `span` in `text`; of a span over several lines, its first line.
    pub(super) fn new(file: &str, text: &str, span: Range<usize>) -> Self {
        let start = span.start.min(text.len());
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let end = span.end.clamp(start, line_end);
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            text: Some(&text[line_start..line_end])
                .filter(|line| line.len() <= 1000)
                .unwrap_or("")
                .to_owned(),
            span: start - line_start..end - line_start,
        }
    }
}

impl Diagnostic {
    fn title(&self) -> String {
        if self.key.is_empty() { self.message.clone() } else { format!("{}: {}", self.key, self.message) }
    }

    /// With colours for a terminal, or plain.
    fn render(&self, renderer: &Renderer) -> String {
        let title = self.title();
        let mut group = Group::with_title(Level::ERROR.primary_title(title.as_str()));
        if let Some(Place { file, line, column, text, span }) = &self.place {
            group = if span.end <= text.len() {
                let annotation = AnnotationKind::Primary.span(span.clone());
                let snippet = Snippet::source(text.as_str()).line_start(*line).path(file.as_str());
                group.element(snippet.annotation(annotation))
            } else {
                group.element(Origin::path(file.as_str()).line(*line).char_column(*column))
            };
        }
        for help in &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

impl Diagnostics {
    /// Mistakes that are shown; of more, the number is told.
    pub const MOST: usize = 100;

    pub(super) fn new(mut mistakes: Vec<Diagnostic>, more: usize) -> Self {
        let more = more + mistakes.len().saturating_sub(Self::MOST);
        mistakes.truncate(Self::MOST);
        for Diagnostic { key, message, help, .. } in &mut mistakes {
            for text in help.iter_mut().chain([key, message]) {
                *text = without_long_words(text).into_owned();
            }
        }
        Self { mistakes, more }
    }

    /// The mistakes and their number, with colours for a terminal or plain.
    pub fn render(&self, colours: Colours) -> String {
        let renderer = match colours {
            Colours::Plain => Renderer::plain(),
            Colours::Terminal => Renderer::styled(),
        };
        let mut text: String = self
            .mistakes
            .iter()
            .map(|diagnostic| diagnostic.render(&renderer).trim_end().to_owned() + "\n\n")
            .collect();
        text.push_str(&match (self.mistakes.len(), self.more) {
            (1, 0) => "1 mistake; nothing was run".to_owned(),
            (count, 0) => format!("{count} mistakes; nothing was run"),
            (shown, more) => {
                format!("{} mistakes, of which the first {shown} are shown; nothing was run", shown + more)
            }
        });
        text
    }
}

/// How text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    Plain,
    Terminal,
}

impl std::fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(Colours::Plain))
    }
}

/// What other programs call a key, and what it is called here.
const ELSEWHERE: [(&str, &str); 20] = [
    ("learning-rate", "lr"),
    ("batch-size", "batch"),
    ("max-epochs", "epochs"),
    ("num-epochs", "epochs"),
    ("max-steps", "steps"),
    ("architecture", "model"),
    ("arch", "model"),
    ("dataset", "data"),
    ("amount", "target"),
    ("step", "multi-step"),
    ("flops", "macs"),
    ("params", "parameters"),
    ("acc", "accuracy"),
    ("l1", "magnitude"),
    ("l2", "magnitude"),
    ("structured", "channel"),
    ("filter", "channel"),
    ("unstructured", "weight"),
    ("kl", "soft-labels"),
    ("kd", "soft-labels"),
];

/// The known name that is nearest to `name`, if any is near.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let plain = name.to_lowercase().replace('_', "-");
    let here = ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == plain).map(|(_, here)| *here);
    let here = here.or_else(|| of_short(&plain)).unwrap_or(&plain);
    if let Some(found) = known.clone().into_iter().find(|known| *known == here) {
        return Some(found);
    }
    let close = known.into_iter().map(|known| (strsim::damerau_levenshtein(name, known), known));
    let best = close.min_by_key(|(distance, _)| *distance)?;
    (best.0 <= 1 + name.chars().count() / 4).then_some(best.1)
}

/// Help for a name that is not known: the nearest one, and all of them.
pub(super) fn known_names(name: &str, known: &[&str], what: &str) -> Vec<String> {
    let nearest = nearest(name, known.iter().copied()).map(|nearest| format!("did you mean `{nearest}`?"));
    let all =
        if known.is_empty() { format!("there are no {what}") } else { format!("{what}: {}", listed(known)) };
    nearest.into_iter().chain([all]).collect()
}

/// `a`, `b`, `c`; of many names the first, and how many more.
pub(super) fn listed<T: std::fmt::Display>(names: &[T]) -> String {
    shortened(names, |name| format!("`{}`", excerpt(&name.to_string())))
}

/// `items` as `show` writes them, with commas between; of many the first, and how many more.
pub(super) fn shortened<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    const MOST: usize = 50;
    let shown = items.iter().take(MOST).map(show).collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// `value` on one line of TOML; a variant without settings by its name alone. Of a long one, the beginning.
pub(super) fn as_toml(value: &Value) -> String {
    excerpt(&whole(value)).into_owned()
}

fn whole(value: &Value) -> String {
    let bare = value.as_object().filter(|entries| entries.len() == 1).into_iter().flatten();
    let mut bare = bare.filter(|(_, settings)| settings.as_object().is_some_and(|table| table.is_empty()));
    if let Some((name, _)) = bare.next() {
        return Value::from(name.as_str()).to_string();
    }
    match value {
        Value::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Object(entries) => {
            let entries: Vec<_> =
                entries.iter().map(|(key, value)| format!("{} = {}", quoted(key), whole(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(values) => format!("[{}]", values.iter().map(whole).collect::<Vec<_>>().join(", ")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// A key, in quotes where TOML wants them.
pub(super) fn quoted(key: &str) -> Cow<'_, str> {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !key.is_empty() && key.bytes().all(is_bare) {
        Cow::Borrowed(key)
    } else {
        Cow::Owned(Value::from(key).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let text = "a = 1\nü = \"b\"\n";
        let place = Place::new("x.toml", text, 11..14);
        assert_eq!((place.line, place.column, place.text.as_str()), (2, 5, "ü = \"b\""));
    }

    #[test]
    fn of_a_mistake_in_a_long_line_only_the_place_is_shown() {
        let text = format!("title = 1\nseed = [{} -1]\n", "1,".repeat(500));
        let end = text.rfind("-1").unwrap();
        let place = Some(Place::new("x.toml", &text, end..end + 2));
        let diagnostic = Diagnostic { key: String::new(), message: "wrong".into(), help: Vec::new(), place };
        let shown = diagnostic.render(&Renderer::plain());
        assert_eq!(shown.trim_end(), "error: wrong\n--> x.toml:2:1010");
    }

    #[test]
    fn values_are_shown_as_toml() {
        let value =
            serde_json::json!({ "uniform": { "scale": { "layer1.*": 0.5 } }, "a": [true, "b"], "c": {} });
        assert_eq!(
            as_toml(&value),
            r#"{ a = [true, "b"], c = {}, uniform = { scale = { "layer1.*" = 0.5 } } }"#
        );
        assert_eq!(as_toml(&serde_json::json!({ "taylor": {} })), r#""taylor""#);
    }

    #[test]
    fn only_near_names_are_offered() {
        assert_eq!(nearest("magnitud", ["random", "magnitude"]), Some("magnitude"));
        assert_eq!(nearest("learning_rate", ["lr", "momentum"]), Some("lr"));
        assert_eq!(nearest("learning_rate", ["momentum"]), None);
        assert_eq!(nearest("fisher", ["random", "magnitude", "taylor"]), None);
    }
}
