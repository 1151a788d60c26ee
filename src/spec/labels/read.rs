//! From `[labels]` to the label of each value.

use super::given::Labels;
use crate::format::excerpt;
use crate::spec::check::Mistake;
use crate::spec::diagnostics::{as_toml, known_names, quoted, shortened};
use crate::spec::normalize::normalize;
use crate::spec::schema_node::SchemaNode;
use crate::spec::source::join;
use crate::spec::texts::{seen, unfit_text};
use crate::spec::wording::show;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The axes that labels may be given to, by their split keys, with the values that each was written with where its labels
/// were.
pub(in crate::spec) type Labelled = BTreeMap<Vec<String>, Vec<Value>>;

/// Reads `[labels]`, as it is `written`.
pub(in crate::spec) fn read(written: Option<&Value>, axes: &Labelled) -> (Labels, Vec<Mistake>) {
    let mut reader = Reader { axes, labels: Labels::default(), mistakes: Vec::new() };
    match written {
        None | Some(Value::Null) => {}
        Some(Value::Object(entries)) => {
            entries.iter().for_each(|(key, value)| reader.below(vec![key.clone()], value));
        }
        Some(other) => {
            let message = format!("{} is not a table of labels", show(other));
            reader.mistakes.push(Mistake::value("labels", message, vec![HOW.to_owned()]));
        }
    }
    (reader.labels, reader.mistakes)
}

const HOW: &str = "write a list of texts under the key of an axis, one for each of its values: `KEY = [\"plain\", \"distilled\"]`";

struct Reader<'a> {
    axes: &'a Labelled,
    labels: Labels,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    /// What stands at and below `path`: the labels of an axis, or a table with some in it.
    fn below(&mut self, path: Vec<String>, value: &Value) {
        let place = path.iter().fold("labels".to_owned(), |place, key| join(&place, key));
        let values = self.axes.get(&path);
        match (values, value) {
            // Null was reported where it was read.
            (_, Value::Null) => {}
            (Some(values), Value::Array(labels)) => self.axis(&path, &place, values, labels),
            (Some(_), other) => {
                let message = format!("{} is not a list of labels", show(other));
                self.mistakes.push(Mistake::value(&place, message, vec![HOW.to_owned()]));
            }
            (None, Value::Object(entries)) if !entries.is_empty() => {
                for (key, value) in entries {
                    self.below([path.as_slice(), std::slice::from_ref(key)].concat(), value);
                }
            }
            (None, _) if path == ["seed"] => {
                let message = "seeds have no labels: results are means over them";
                self.mistakes.push(Mistake::key(&place, message, Vec::new()));
            }
            (None, _) => {
                let known: Vec<String> = self.axes.keys().map(|path| dotted(path)).collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let key = dotted(&path);
                let help = known_names(&key, &known, "axes");
                self.mistakes.push(Mistake::key(
                    &place,
                    format!("there is no axis `{}`", excerpt(&key)),
                    help,
                ));
            }
        }
    }

    /// The labels of the axis at `path`.
    fn axis(&mut self, path: &[String], place: &str, values: &[Value], labels: &[Value]) {
        let before = self.mistakes.len();
        let values = &different(path, values);
        if labels.len() != values.len() {
            let count =
                |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
            let message =
                format!("{} for an axis with {}", count(labels.len(), "label"), count(values.len(), "value"));
            let help =
                format!("its values, in this order: {}", shortened(values, |(written, _)| as_toml(written)));
            self.mistakes.push(Mistake::value(place, message, vec![help]));
        }
        let mut earlier = BTreeMap::new();
        for (index, label) in labels.iter().enumerate() {
            let message = match label {
                Value::String(label) if seen(label).is_empty() => {
                    Some("an empty label names nothing".to_owned())
                }
                Value::String(label) if label.chars().count() > MOST_CHARACTERS => Some(format!(
                    "a label of {} characters; {MOST_CHARACTERS} are the most there can be",
                    label.chars().count()
                )),
                Value::String(label) => unfit_text(label)
                    .or_else(|| {
                        let first = *earlier.entry(seen(label)).or_insert(label);
                        (!std::ptr::eq(first, label)).then(|| match first == label {
                            true => format!("`{}` is the label of another value already", excerpt(label)),
                            false => format!("`{}` looks like the label of another value", excerpt(label)),
                        })
                    })
                    .or_else(|| {
                        let mut others = values.iter().enumerate().filter(|(other, _)| *other != index);
                        let is_alike = |written: &Value| written.as_str().map(seen) == Some(seen(label));
                        let is_other = others.any(|(_, (written, _))| is_alike(written));
                        is_other.then(|| format!("`{}` is another value of the axis", excerpt(label)))
                    }),
                Value::Null => None,
                other => Some(format!("{} is not a text", show(other))),
            };
            let at = join(place, &index.to_string());
            self.mistakes.extend(message.map(|message| Mistake::value(&at, message, Vec::new())));
        }
        if self.mistakes.len() > before {
            return;
        }
        let labelled = values.iter().zip(labels);
        let labelled =
            labelled.filter_map(|((_, value), label)| Some((value.clone(), label.as_str()?.to_owned())));
        self.labels.give(dotted(path), labelled.collect());
    }
}

/// The values of the axis at `path`, each once, as they are written and normalized: a zip may repeat some.
fn different(path: &[String], values: &[Value]) -> Vec<(Value, Value)> {
    let node = path.iter().try_fold(SchemaNode::root(), |node, key| node.child(key));
    let mut seen = BTreeSet::new();
    let normalized = values.iter().filter_map(|written| {
        let mut value = written.clone();
        normalize(node?, &mut value);
        seen.insert(value.to_string()).then(|| (written.clone(), value))
    });
    normalized.collect()
}

/// What a legend has room for.
const MOST_CHARACTERS: usize = 200;

/// The key of an axis as the plan has it.
fn dotted(path: &[String]) -> String {
    path.iter().map(|key| quoted(key)).collect::<Vec<_>>().join(".")
}
