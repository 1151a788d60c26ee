//! `niwaki explain WORD`

use super::Ending;
use super::error::CliError;
use super::wrapped::wrapped;
use crate::output;
use crate::results::{Column, Derived};
use crate::spec::{Choice, Explanation, explain};

#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// A key, a method or a column: `soft-labels`, `schedule.linear`, `ece`
    word: String,
}

/// The places of one meaning that are shown.
const MOST: usize = 6;

impl Explain {
    pub fn run(&self) -> Result<Ending, CliError> {
        let column = Column::named(&self.word);
        let derived = Derived::named(&self.word);
        let explained = explain(&self.word);
        if let (Err(nearest), None, None) = (&explained, column, derived) {
            return Err(CliError::NoWord { word: self.word.clone(), nearest: nearest.clone() });
        }
        let explanations = explained.unwrap_or_default();
        let mut texts: Vec<String> = explanations.iter().map(shown).collect();
        texts.extend(column.map(|column| {
            format!("{}, a column of `measurements`\n\n{}", column.name, wrapped(column.doc, 2))
        }));
        texts
            .extend(derived.map(|derived| {
                format!("{}, which charts draw\n\n{}", derived.name, wrapped(derived.doc, 2))
            }));
        output::print(texts.join("\n\n"));
        Ok(Ending::AllGood)
    }
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
