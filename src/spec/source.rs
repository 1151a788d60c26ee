//! One source of settings, a file or a `--set`: its values, and where in its text each stands.

use super::syntax::{self, SyntaxError};
use crate::format::excerpt;
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
pub(super) struct SettingsSource {
    /// The file's path, or `--set`.
    pub name: String,
    pub text: String,
    /// With null in place of what JSON cannot hold.
    pub value: Value,
    /// Values that are TOML and that no key of the language takes.
    pub odd: Vec<SyntaxError>,
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

impl SettingsSource {
    /// The name of one that is an assignment of the command line.
    pub const ASSIGNMENT: &str = "--set";

    /// Parses `text`; every syntax error that can be told apart is given, in the order of the text.
    pub fn parse(name: impl Into<String>, text: String) -> (Self, Vec<SyntaxError>) {
        let mut reader = Reader::default();
        let (value, errors) = {
            let (table, errors) = DeTable::parse_recoverable(&text);
            (reader.table(table.get_ref(), "", 0), syntax::errors(&text, errors))
        };
        let Reader { spans, odd } = reader;
        (Self { name: name.into(), text, value, odd, spans }, errors)
    }

    /// Parses a `key=value` of the command line. What is not a TOML value is taken as a string, so that
    /// `backend=ndarray` needs no quotes that the shell would eat.
    pub fn assignment(text: &str) -> Result<Self, SyntaxError> {
        let whole = 0..text.len();
        let Some((key, value)) = text.split_once('=') else {
            let message = format!("`{}` is not an assignment; write `--set key=value`", excerpt(text));
            return Err(SyntaxError { message, span: whole });
        };
        if text.contains('\n') {
            return Err(SyntaxError { message: "an assignment is one line".to_owned(), span: whole });
        }
        let parse = |text: String| match Self::parse(Self::ASSIGNMENT, text) {
            (source, errors) if errors.is_empty() => Ok(source),
            (_, mut errors) => Err(errors.swap_remove(0)),
        };
        let (key, value) = (key.trim(), value.trim());
        let is_bare = !value.is_empty() && !value.starts_with(['"', '\'', '[', '{']);
        parse(text.to_owned()).or_else(|error| {
            let quoted = toml::Value::String(value.to_owned());
            if is_bare { parse(format!("{key} = {quoted}")).map_err(|_| error) } else { Err(error) }
        })
    }

    /// Whether the source says anything about `path`.
    pub fn has(&self, path: &str) -> bool {
        self.spans.contains_key(path)
    }

    /// Whether `path` is a table that is written as one `{ … }`.
    pub fn is_inline(&self, path: &str) -> bool {
        self.spans.get(path).is_some_and(|spans| self.text[spans.value.clone()].starts_with('{'))
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
    pub source: &'a SettingsSource,
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

/// Levels of tables and lists; the language has about ten.
const MOST_LEVELS: usize = 32;

/// Turns parsed TOML into JSON, and notes where everything stands.
#[derive(Debug, Default)]
struct Reader {
    spans: BTreeMap<String, Spans>,
    odd: Vec<SyntaxError>,
}

impl Reader {
    fn table(&mut self, table: &DeTable<'_>, path: &str, level: usize) -> Value {
        let mut entries = serde_json::Map::new();
        for (key, value) in table {
            let path = join(path, key.get_ref());
            self.spans.insert(path.clone(), Spans { key: Some(key.span()), value: value.span() });
            let value = if level < MOST_LEVELS {
                self.value(value, &path, level + 1)
            } else {
                self.odd(key.span(), "this is nested too deeply".to_owned())
            };
            entries.insert(key.get_ref().to_string(), value);
        }
        Value::Object(entries)
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, path: &str, level: usize) -> Value {
        match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Integer(integer) => {
                let (digits, radix) = (integer.as_str(), integer.radix());
                let signed = i64::from_str_radix(digits, radix).map(Value::from);
                let number = signed.or_else(|_| u64::from_str_radix(digits, radix).map(Value::from));
                number.unwrap_or_else(|_| {
                    self.odd(
                        value.span(),
                        format!("{} is too large: a whole number has 64 bits", excerpt(&integer.to_string())),
                    )
                })
            }
            DeValue::Float(float) => {
                let number = float.as_str().parse().ok().and_then(serde_json::Number::from_f64);
                number.map_or_else(
                    || self.odd(value.span(), format!("{} is not a finite number", excerpt(float.as_str()))),
                    Value::Number,
                )
            }
            DeValue::Datetime(time) => {
                self.odd(value.span(), format!("no key takes a date or time; as text, write \"{time}\""))
            }
            DeValue::Array(_) if level >= MOST_LEVELS => {
                self.odd(value.span(), "this is nested too deeply".to_owned())
            }
            DeValue::Array(values) => {
                let values = values.iter().enumerate().map(|(index, value)| {
                    let path = join(path, &index.to_string());
                    self.spans.insert(path.clone(), Spans { key: None, value: value.span() });
                    self.value(value, &path, level + 1)
                });
                values.collect()
            }
            DeValue::Table(table) => self.table(table, path, level),
        }
    }

    fn odd(&mut self, span: Range<usize>, message: String) -> Value {
        self.odd.push(SyntaxError { message, span });
        Value::Null
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_and_places_are_kept() {
        let text = "a.b = [1, 0x1F, 1_000]\nc = 2.5\n";
        let (source, errors) = SettingsSource::parse("x.toml", text.to_owned());
        assert!(errors.is_empty());
        assert_eq!(source.value, json!({ "a": { "b": [1, 31, 1000] }, "c": 2.5 }));
        assert_eq!(&text[source.span("a.b.1", Part::Value).unwrap()], "0x1F");
        assert_eq!(&text[source.span("c", Part::Key).unwrap()], "c");
    }

    #[test]
    fn a_bare_word_on_the_command_line_is_a_string() {
        assert_eq!(
            SettingsSource::assignment("backend=ndarray").unwrap().value,
            json!({ "backend": "ndarray" })
        );
        assert_eq!(
            SettingsSource::assignment("stage.a.train.epochs=3").unwrap().value["stage"]["a"]["train"]["epochs"],
            3
        );
        assert_eq!(
            SettingsSource::assignment("title=it's 1.2.3").unwrap().value,
            json!({ "title": "it's 1.2.3" })
        );
        for wrong in ["epochs", "a=[1", "a=", "=3", "a b=c d", "a=1\nb=2", "a=\"x"] {
            assert!(SettingsSource::assignment(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_json_cannot_hold_is_odd() {
        let text = "a = inf\nb = 1999-12-31\nc = 18446744073709551616\nd = 18446744073709551615\ne = [nan]\n";
        let (source, errors) = SettingsSource::parse("x.toml", text.to_owned());
        assert!(errors.is_empty());
        let expected = json!({ "a": null, "b": null, "c": null, "d": 18446744073709551615_u64, "e": [null] });
        assert_eq!(source.value, expected);
        assert_eq!(source.odd.len(), 4);
        let odd = source.odd.iter().find(|odd| odd.message.starts_with("18446744073709551616")).unwrap();
        assert_eq!(&text[odd.span.clone()], "18446744073709551616");
    }
}
