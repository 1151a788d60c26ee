//! What a word of the language means, out of the schema.

use super::diagnostics::{as_toml, nearest};
use super::schema_node::SchemaNode;
use super::words::{Meaning, Word, words};
use serde_json::Value;
use std::borrow::Cow;

/// One meaning of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Where it may stand: `stage.NAME.train.loss.soft-labels`, `stage.NAME.prune.importance = "random"`.
    pub places: Vec<String>,
    pub paragraphs: Vec<String>,
    /// What may be written there: `a number from 0 to 1`.
    pub kind: String,
    /// The keys of the table that it is, or the values that it may have.
    pub choices: Vec<Choice>,
}

/// A key of a table, or a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub name: String,
    /// What a key may be, and whether it must be there; empty for a value.
    pub kind: String,
    pub text: String,
}

/// Every meaning of `word`, a key or a value by its name or by the end of its path (`loss.features`). Where there is
/// none, the nearest word, if any is near.
pub fn explain(word: &str) -> Result<Vec<Explanation>, Option<String>> {
    let (all, word) = (words(), &*with_any_name(word));
    let is_meant = |entry: &&Word| {
        // The path of a value is that of its key, which is explained with all of them.
        let before = match entry.meaning {
            Meaning::Key(_) => entry.path.strip_suffix(word),
            Meaning::Value => None,
        };
        entry.name == word || before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let mut found: Vec<Explanation> = Vec::new();
    for entry in all.iter().filter(is_meant) {
        let new = entry.explanation();
        let is_same = |other: &&mut Explanation| {
            (&other.paragraphs, &other.kind, &other.choices) == (&new.paragraphs, &new.kind, &new.choices)
        };
        let place = match entry.meaning {
            Meaning::Value => format!("{} = \"{}\"", entry.path, entry.name),
            Meaning::Key(_) => entry.path.clone(),
        };
        match found.iter_mut().find(is_same) {
            Some(known) => known.places.push(place),
            None => found.push(Explanation { places: vec![place], ..new }),
        }
    }
    if found.is_empty() {
        let names: Vec<&str> = all.iter().map(|entry| entry.name.as_str()).collect();
        return Err(nearest(word, names.iter().copied()).map(str::to_owned));
    }
    Ok(found)
}

/// The key `word` with `NAME` in the place of a stage's own name, below the sweep too.
fn with_any_name(word: &str) -> Cow<'_, str> {
    let below = word.strip_prefix("sweep.").filter(|below| below.starts_with("stage."));
    let key = below.unwrap_or(word);
    match key.strip_prefix("stage.").and_then(|below| below.split_once('.')) {
        Some((_, rest)) => Cow::Owned(format!("stage.NAME.{rest}")),
        None => Cow::Borrowed(key),
    }
}

impl Word {
    /// What is said of it, its place aside.
    fn explanation(&self) -> Explanation {
        let mut paragraphs: Vec<String> = Vec::new();
        for text in self.texts.iter().flat_map(|text| text.split("\n\n")) {
            let text = text.replace('\n', " ");
            if !paragraphs.contains(&text) {
                paragraphs.push(text);
            }
        }
        let (kind, choices) = match self.meaning {
            Meaning::Value => (String::new(), Vec::new()),
            Meaning::Key(node) => (kind(node), choices(node)),
        };
        Explanation { places: Vec::new(), paragraphs, kind, choices }
    }
}

/// The keys of a table, or the values of an enum.
fn choices(node: SchemaNode<'static>) -> Vec<Choice> {
    let text = |node: SchemaNode<'static>| node.sentence().unwrap_or_default();
    if node.is_enum() {
        let names = node.variant_names().into_iter().map(|name| {
            let is_it = |choice: &SchemaNode<'static>| {
                let is_bare = choice.get("const").and_then(Value::as_str) == Some(name);
                is_bare && !node.keys().contains(&name) || choice.keys().contains(&name)
            };
            let text = node.choices().into_iter().find(is_it).map(text).unwrap_or_default();
            Choice { name: name.to_owned(), kind: String::new(), text }
        });
        return names.collect();
    }
    let required = node.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|other| other == name));
    let key = |(name, child): (&'static String, SchemaNode<'static>)| {
        let kind = match (is_required(name), default(child)) {
            (true, _) => format!("{}, required", kind(child)),
            (false, Some(default)) => format!("{}, {default} by default", kind(child)),
            (false, None) => kind(child),
        };
        Choice { name: name.clone(), kind, text: text(child) }
    };
    node.properties().map(key).collect()
}

/// What holds where a key that need not be there is not, as far as the schema says.
fn default(node: SchemaNode<'static>) -> Option<String> {
    // Those that are true by default say so.
    let switch = || (node.kinds() == ["boolean"]).then(|| "false".to_owned());
    node.get("default").map(as_toml).or_else(switch)
}

/// What may be written for `node`.
fn kind(node: SchemaNode<'static>) -> String {
    if let Some(key) = node.key_of_number() {
        return format!("a table, or a number that is its `{key}`");
    }
    let number = |keyword: &str| node.get(keyword).and_then(Value::as_f64);
    let range = match (number("minimum"), number("maximum")) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(" of at least {least}"),
        (None, Some(most)) => format!(" of at most {most}"),
        (None, None) => String::new(),
    };
    if node.takes_numbers() {
        return format!("a number{range}, or one of several");
    }
    if node.is_enum() {
        return "one of several".to_owned();
    }
    let of_type = |name: &str| match name {
        "number" => format!("a number{range}"),
        "integer" => format!("a whole number{range}"),
        "boolean" => "true or false".to_owned(),
        "array" => "a list".to_owned(),
        "object" => "a table".to_owned(),
        "string" => "text".to_owned(),
        _ => "one of several".to_owned(),
    };
    match &node.kinds()[..] {
        [] => "one of several".to_owned(),
        kinds => kinds.iter().map(|name| of_type(name)).collect::<Vec<_>>().join(" or "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_has_its_formula_places_and_settings() {
        let found = explain("soft-labels").unwrap();
        let [only] = &found[..] else { panic!("{found:?}") };
        assert_eq!(
            only.places,
            ["stage.NAME.train.loss.soft-labels", "stage.NAME.prune.recover.loss.soft-labels"]
        );
        assert!(only.paragraphs[1].starts_with("T² · (1 / N)"), "{:?}", only.paragraphs);
        let temperature = only.choices.iter().find(|choice| choice.name == "temperature").unwrap();
        assert_eq!(temperature.text, "Both networks' logits are divided by it");
        assert_eq!(temperature.kind, "a number from 0.01 to 1000, or one of several, required");
        let teacher = explain("train.teacher").unwrap();
        assert_eq!(teacher[0].kind, "text or a list or a table");
    }

    #[test]
    fn settings_have_their_defaults() {
        let found = explain("taylor").unwrap();
        let kinds: Vec<&str> = found[0].choices.iter().map(|choice| choice.kind.as_str()).collect();
        assert_eq!(
            kinds,
            ["a whole number from 1 to 1000000, 8 by default", "true or false, false by default"]
        );
    }

    #[test]
    fn a_value_is_explained_by_what_it_is_a_value_of() {
        let found = explain("synflow").unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].paragraphs[0].contains("Tanaka"), "{found:?}");
        let found = explain("random").unwrap();
        assert!(found.iter().any(|one| one.places == ["stage.NAME.prune.importance = \"random\""]));
    }

    #[test]
    fn a_key_whose_values_have_names_is_explained_once() {
        for (key, places) in [("train.model", 1), ("peers", 1), ("importance", 1)] {
            let found = explain(key).unwrap();
            let [only] = &found[..] else { panic!("{key}: {found:?}") };
            assert_eq!(only.places.len(), places, "{key}: {:?}", only.places);
        }
    }

    #[test]
    fn a_path_tells_one_meaning_from_another() {
        assert!(explain("linear").unwrap().len() > 1);
        let found = explain("schedule.linear").unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].places, ["stage.NAME.prune.schedule.linear"]);
    }

    #[test]
    fn a_key_with_the_name_of_a_stage_is_found() {
        let expected = explain("prune.importance");
        for key in ["stage.sparse.prune.importance", "sweep.stage.sparse.prune.importance"] {
            assert_eq!(explain(key), expected, "{key}");
        }
    }

    #[test]
    fn values_of_scales_are_explained() {
        for name in ["log", "linear", "sparsity"] {
            let place = format!("chart.scale = \"{name}\"");
            assert!(explain(name).unwrap().iter().any(|one| one.places.contains(&place)), "{name}");
        }
    }

    #[test]
    fn a_word_that_is_none_has_a_neighbour() {
        assert_eq!(explain("magnitud"), Err(Some("magnitude".to_owned())));
        assert_eq!(explain("xyzzy-plugh"), Err(None));
    }
}
