//! `niwaki explain WORD`

use super::Ending;
use super::error::CliError;
use super::wrapped::wrapped;
use crate::output;
use crate::results::claims::{CLAIM_COLUMNS, Verdict};
use crate::results::{Column, Derived, TableColumn};
use crate::spec::{Choice, Claim, Explanation, explain};

#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// A key, a method, a column or a verdict: `soft-labels`, `stage.NAME.prune.schedule.linear`, `ece`, `INCONCLUSIVE`
    word: String,
}

/// The places of one meaning that are shown.
const MOST: usize = 6;

impl Explain {
    pub fn run(&self) -> Result<Ending, CliError> {
        // Words are written in small letters, but for verdicts; keys may have a stage's own name.
        let small = self.word.to_lowercase();
        let texts = [self.word.as_str(), &small].into_iter().map(texts).find(|texts| !texts.is_empty());
        let Some(texts) = texts else {
            return Err(CliError::NoWord {
                nearest: explain(&small).err().flatten(),
                word: self.word.clone(),
            });
        };
        output::print(texts.join("\n\n"));
        Ok(Ending::AllGood)
    }
}

/// All that `word` means.
fn texts(word: &str) -> Vec<String> {
    explain(word).unwrap_or_default().iter().map(shown).chain(columns(word)).collect()
}

/// What `word` is as a column of a table, as what charts and claims make of columns, or as a verdict on a claim.
fn columns(word: &str) -> Vec<String> {
    let shown = |name: &str, what: &str, doc: &str| format!("{name}, {what}\n\n{}", wrapped(doc, 2));
    let of = |table: &str| format!("a column of `{table}`");
    let measured = Column::named(word).map(|column| shown(column.name, &of("measurements"), column.doc));
    let derived = Derived::named(word).map(|derived| shown(derived.name, "which charts draw", derived.doc));
    let others = TableColumn::named(word).map(|column| shown(word, &of(column.table), column.doc));
    let claims = CLAIM_COLUMNS.iter().filter(|column| column.name == word);
    let claims = claims.map(|column| shown(column.name, &of("claims"), column.doc));
    let is_it = |name: &str| name.strip_suffix(word).is_some_and(|before| ["", "summary."].contains(&before));
    let summaries = Claim::SUMMARIES.into_iter().filter(|(name, _)| is_it(name));
    let summaries = summaries.map(|(name, doc)| shown(name, "a `metric` of claims", doc));
    let verdicts = Verdict::WORDS.into_iter().filter(|(name, _)| name.eq_ignore_ascii_case(word));
    let verdicts = verdicts.map(|(name, doc)| shown(name, "a verdict on a claim", doc));
    measured.into_iter().chain(derived).chain(others).chain(claims).chain(summaries).chain(verdicts).collect()
}

/// One meaning of a word: where it stands, what it is, what can be set.
fn shown(explanation: &Explanation) -> String {
    let Explanation { places, paragraphs, kind, choices } = explanation;
    let mut text = places.iter().take(MOST).cloned().collect::<Vec<_>>().join("\n");
    if places.len() > MOST {
        text.push_str(&format!("\nand {} more places", places.len() - MOST));
    }
    for paragraph in paragraphs {
        text.push_str(&format!("\n\n{}", wrapped(paragraph, 2)));
    }
    if !kind.is_empty() {
        text.push_str(&format!("\n\n  It is {kind}{}", if choices.is_empty() { "." } else { ":" }));
    }
    for Choice { name, kind, text: about } in choices {
        let kind = if kind.is_empty() { String::new() } else { format!(": {kind}") };
        text.push_str(&format!("\n    {name}{kind}"));
        if !about.is_empty() {
            text.push_str(&format!("\n{}", wrapped(&format!("{about}."), 8)));
        }
    }
    text
}
