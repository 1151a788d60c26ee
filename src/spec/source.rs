//! One source of settings, a file or a `--set`: its values, and where in its text each stands.

use figment::providers::Serialized;
use figment::value::{Dict, Map};
use figment::{Metadata, Profile, Provider};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A parsed source. Its text is kept, so that a mistake found later can be shown where it stands.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// The file's path, or `--set`.
    pub name: String,
    pub text: String,
    pub value: Value,
    spans: BTreeMap<String, Spans>,
}

/// Bytes of the source's text.
#[derive(Clone, Debug)]
struct Spans {
    key: Option<Range<usize>>,
    value: Range<usize>,
}

/// Which part of an entry is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Key,
    Value,
}

/// What is wrong with a source's syntax, and where.
#[derive(Clone, Debug)]
pub(super) struct SyntaxError {
    pub message: String,
    pub span: Range<usize>,
}

impl Source {
    /// Parses `text`; every syntax error that can be told apart is given.
    pub fn parse(name: impl Into<String>, text: String) -> (Self, Vec<SyntaxError>) {
        let mut spans = BTreeMap::new();
        let (value, errors) = {
            let (table, errors) = DeTable::parse_recoverable(&text);
            let value = read_table(table.get_ref(), "", &mut spans);
            let errors = errors.into_iter().map(|error| SyntaxError {
                message: error.message().to_owned(),
                span: error.span().unwrap_or(0..0),
            });
            (value, errors.collect())
        };
        (Self { name: name.into(), text, value, spans }, errors)
    }

    /// Parses a `key=value` of the command line. What is not a TOML value is taken as a string, so that
    /// `backend=ndarray` needs no quotes that the shell would eat.
    pub fn assignment(text: &str) -> Result<Self, SyntaxError> {
        let whole = 0..text.len();
        let Some((key, value)) = text.split_once('=') else {
            let message = format!("`{text}` is not an assignment; write `--set key=value`");
            return Err(SyntaxError { message, span: whole });
        };
        let parse = |text: String| match Self::parse("--set", text) {
            (source, errors) if errors.is_empty() => Ok(source),
            (_, mut errors) => Err(errors.swap_remove(0)),
        };
        let is_bare = !value.is_empty() && !value.contains(['"', '\'', '[', ']', '{', '}', '=', '\n']);
        parse(text.to_owned()).or_else(|error| {
            if is_bare { parse(format!("{} = \"{}\"", key.trim(), value.trim())) } else { Err(error) }
        })
    }

    /// Whether the source says anything about `path`.
    pub fn has(&self, path: &str) -> bool {
        self.spans.contains_key(path)
    }

    /// Where `path` stands.
    pub fn span(&self, path: &str, part: Part) -> Option<Range<usize>> {
        let spans = self.spans.get(path)?;
        match part {
            Part::Key => Some(spans.key.clone().unwrap_or_else(|| spans.value.clone())),
            Part::Value => Some(spans.value.clone()),
        }
    }
}

/// As a layer for Figment, tagged with its number.
#[derive(Debug)]
pub(super) struct Layer<'a> {
    pub number: usize,
    pub source: &'a Source,
    /// The source's values, less what a stronger layer replaces whole.
    pub value: Value,
}

impl Provider for Layer<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.number.to_string()).source(self.source.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Serialized::defaults(&self.value).data()
    }
}

/// `prefix.key`, or the key alone at the top.
pub(super) fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

fn read_table(table: &DeTable<'_>, path: &str, spans: &mut BTreeMap<String, Spans>) -> Value {
    let entries = table.iter().map(|(key, value)| {
        let path = join(path, key.get_ref());
        let entry = Spans { key: Some(key.span()), value: value.span() };
        spans.insert(path.clone(), entry);
        (key.get_ref().to_string(), read(value, &path, spans))
    });
    Value::Object(entries.collect())
}

fn read(value: &Spanned<DeValue<'_>>, path: &str, spans: &mut BTreeMap<String, Spans>) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(integer) => {
            let number = i64::from_str_radix(integer.as_str(), integer.radix());
            number.map_or_else(|_| Value::String(integer.as_str().to_owned()), Value::from)
        }
        // TOML's `inf` and `nan` have no JSON; as strings they are refused where a number is asked for.
        DeValue::Float(float) => float
            .as_str()
            .parse()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map_or_else(|| Value::String(float.as_str().to_owned()), Value::Number),
        DeValue::Datetime(datetime) => Value::String(datetime.to_string()),
        DeValue::Array(values) => {
            let values = values.iter().enumerate().map(|(index, value)| {
                let path = join(path, &index.to_string());
                spans.insert(path.clone(), Spans { key: None, value: value.span() });
                read(value, &path, spans)
            });
            Value::Array(values.collect())
        }
        DeValue::Table(table) => read_table(table, path, spans),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_and_places_are_kept() {
        let text = "a.b = [1, 0x1F, 1_000]\nc = 2.5\n";
        let (source, errors) = Source::parse("x.toml", text.to_owned());
        assert!(errors.is_empty());
        assert_eq!(source.value, json!({ "a": { "b": [1, 31, 1000] }, "c": 2.5 }));
        assert_eq!(&text[source.span("a.b.1", Part::Value).unwrap()], "0x1F");
        assert_eq!(&text[source.span("c", Part::Key).unwrap()], "c");
    }

    #[test]
    fn a_bare_word_on_the_command_line_is_a_string() {
        assert_eq!(Source::assignment("backend=ndarray").unwrap().value, json!({ "backend": "ndarray" }));
        assert_eq!(
            Source::assignment("stage.a.train.epochs=3").unwrap().value["stage"]["a"]["train"]["epochs"],
            3
        );
        assert!(Source::assignment("epochs").is_err());
        assert!(Source::assignment("a=[1").is_err());
    }
}
