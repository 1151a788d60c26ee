//! Every mistake of form at once: a walk over a value along the schema.

use super::diagnostics::{as_toml, known_names, listed};
use super::schema_node::{SchemaNode, Variant};
use super::source::{Part, join};
use super::texts::{seen, unfit_text};
use super::wording::{help, kind, kind_of, kinds_of, show};
use crate::format::excerpt;
use serde_json::Value;

/// A mistake by its path, before it is known where that stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mistake {
    /// Where it is shown; what the user sees as the key.
    pub path: String,
    pub part: Part,
    pub message: String,
    pub help: Vec<String>,
}

impl Mistake {
    pub fn value(path: &str, message: impl Into<String>, help: Vec<String>) -> Self {
        Self { path: path.to_owned(), part: Part::Value, message: message.into(), help }
    }

    pub fn key(path: &str, message: impl Into<String>, help: Vec<String>) -> Self {
        Self { path: path.to_owned(), part: Part::Key, message: message.into(), help }
    }
}

/// Checks `value`, found at `path`, against `node`. A required key that one of `provided` (keys of axes)
/// sets may be missing.
pub(super) fn check(
    node: SchemaNode<'static>,
    value: &Value,
    path: &str,
    provided: &[String],
) -> Vec<Mistake> {
    let mut walk = Walk { provided, mistakes: Vec::new() };
    walk.any(node, value, path);
    walk.mistakes
}

struct Walk<'a> {
    provided: &'a [String],
    mistakes: Vec<Mistake>,
}

impl Walk<'_> {
    fn any(&mut self, node: SchemaNode<'static>, value: &Value, path: &str) {
        // A null stands for a value that was reported where it was read.
        if value.is_null() {
            return;
        }
        if node.is_enum() {
            return self.variant(node, value, path);
        }
        if let Some(key) = node.key_of_number() {
            return match value {
                Value::Number(_) => self.any(node.child(key).expect("it is required"), value, path),
                Value::Object(entries) => self.table(node, entries, path),
                other => {
                    let message = format!("{} is not a number or a table", show(other));
                    let help = unquoted(node, other).into_iter().chain(help(node)).collect();
                    self.mistakes.push(Mistake::value(path, message, help));
                }
            };
        }
        let kinds = node.kinds();
        let fits = |name: &&&str| kind_of(value) == Some(**name) || **name == "integer" && value.is_i64();
        let expected = match kinds[..] {
            [only] => Some(only),
            _ => kinds.iter().find(fits).copied(),
        };
        match (expected, value) {
            (None, found) if !kinds.is_empty() => {
                let message = format!("{} is not {}", show(found), kinds_of(&kinds));
                self.mistakes.push(Mistake::value(path, message, help(node)));
            }
            (Some("object"), Value::Object(entries)) => self.table(node, entries, path),
            (Some("array"), Value::Array(values)) => self.list(node, values, path),
            (Some("string"), Value::String(text)) => self.text(node, text, path),
            (Some("boolean"), Value::Bool(_)) | (None, _) => {}
            (Some("integer"), Value::Number(number)) if !number.is_f64() => self.number(node, number, path),
            (Some("number"), Value::Number(number)) => self.number(node, number, path),
            (Some(expected), found) => {
                let message = format!("{} is not {}", show(found), kind(expected));
                let several = (found.is_array() && expected != "object").then(|| {
                    let key = if path.is_empty() { "KEY" } else { path };
                    format!("to try several values, list them below `[sweep]`: {key} = [ … ]")
                });
                let written = as_table(node, found).or_else(|| unquoted(node, found));
                let help = written.into_iter().chain(several).chain(help(node)).collect();
                self.mistakes.push(Mistake::value(path, message, help));
            }
        }
    }

    fn variant(&mut self, node: SchemaNode<'static>, value: &Value, path: &str) {
        let variants = node.variants();
        let names = node.variant_names();
        match value {
            Value::Number(number) if node.takes_numbers() => self.number(node, number, path),
            Value::String(name) => {
                let mut of_name = variants.iter().filter(|variant| variant.name() == name).peekable();
                if of_name.peek().is_none() {
                    let known = known_names(name, &names, "allowed");
                    let help = unquoted(node, value).into_iter().chain(known).collect();
                    let message = format!("there is no `{}`", excerpt(name));
                    self.mistakes.push(Mistake::value(path, message, help));
                } else if !of_name.any(|variant| matches!(variant, Variant::Bare(_))) {
                    let settings = variants.iter().find_map(|variant| variant.settings_of(name));
                    let required = settings.and_then(|node| node.get("required")).and_then(Value::as_array);
                    let required = required.into_iter().flatten().filter_map(Value::as_str);
                    let required: Vec<_> = required.map(|key| format!("{key} = …")).collect();
                    let help = format!("write `{{ {name} = {{ {} }} }}`", required.join(", "));
                    self.mistakes.push(Mistake::value(path, format!("`{name}` needs settings"), vec![help]));
                }
            }
            Value::Object(entries) => match entries.iter().collect::<Vec<_>>().as_slice() {
                [(name, settings)] => {
                    self.tagged(&variants, &names, name, settings, path);
                    if node.takes_numbers() {
                        self.ends(node, settings, &join(path, name));
                    }
                }
                [] => {
                    let help = vec![format!("allowed: {}", listed(&names))];
                    self.mistakes.push(Mistake::value(
                        path,
                        "the table is empty; it names one variant",
                        help,
                    ));
                }
                several => {
                    let found: Vec<_> = several.iter().map(|(name, _)| name.as_str()).collect();
                    let message = format!("{} at once; only one can be chosen", listed(&found));
                    let unknown: Vec<_> =
                        found.iter().filter(|name| !names.contains(name)).copied().collect();
                    let mut help = vec![format!("allowed: {}", listed(&names))];
                    if !unknown.is_empty() {
                        help.push(format!("not known: {}", listed(&unknown)));
                    }
                    self.mistakes.push(Mistake::value(path, message, help));
                }
            },
            other => {
                let (what, number) = match node.takes_numbers() {
                    true => ("a number or a schedule", "a number, "),
                    false => ("one of the variants", ""),
                };
                let message = format!("{} is not {what}", show(other));
                let fitting = variants.iter().filter_map(|variant| match variant {
                    Variant::Tagged(name, settings) if check(*settings, other, "", &[]).is_empty() => {
                        Some(format!("`{{ {name} = {} }}`", as_toml(other)))
                    }
                    Variant::Tagged(..) | Variant::Bare(_) => None,
                });
                let fitting: Vec<String> = fitting.collect();
                let written = (!fitting.is_empty()).then(|| format!("say of what: {}", fitting.join(", ")));
                let allowed = format!("allowed: {number}{}", listed(&names));
                let help = written.into_iter().chain([allowed]).collect();
                self.mistakes.push(Mistake::value(path, message, help));
            }
        }
    }

    fn tagged(
        &mut self,
        variants: &[Variant<'static>],
        names: &[&str],
        name: &str,
        settings: &Value,
        path: &str,
    ) {
        let path = join(path, name);
        match variants.iter().find_map(|variant| variant.settings_of(name)) {
            Some(node) => self.any(node, settings, &path),
            None if names.contains(&name) => {
                let help = format!("write `\"{name}\"`");
                self.mistakes.push(Mistake::key(&path, format!("`{name}` has no settings"), vec![help]));
            }
            None => {
                let help = known_names(name, names, "allowed");
                self.mistakes.push(Mistake::key(&path, format!("there is no `{}`", excerpt(name)), help));
            }
        }
    }

    /// The values that a schedule goes between: they have the range of the number that it stands for.
    fn ends(&mut self, node: SchemaNode<'static>, settings: &Value, path: &str) {
        for key in ["from", "to"] {
            if let Some(Value::Number(end)) = settings.get(key) {
                self.number(node, end, &join(path, key));
            }
        }
    }

    fn table(&mut self, node: SchemaNode<'static>, entries: &serde_json::Map<String, Value>, path: &str) {
        if entries.is_empty()
            && node.get("minProperties").and_then(Value::as_u64).is_some_and(|least| least > 0)
        {
            self.mistakes.push(Mistake::key(path, "there is none", help(node)));
        }
        let most = node.get("maxProperties").and_then(Value::as_u64);
        if let Some(most) = most.filter(|&most| entries.len() as u64 > most) {
            let message = format!("there are {}; {most} are the most there can be", entries.len());
            return self.mistakes.push(Mistake::key(path, message, help(node)));
        }
        for (key, value) in entries {
            let path = join(path, key);
            // Stages are the one kind of name that is the user's to give.
            let unfit = match node.get("propertyNames") {
                Some(names) => unfit_name(names, key),
                None => unfit_text(key),
            };
            if let Some(message) = unfit {
                self.mistakes.push(Mistake::key(&path, message, Vec::new()));
            }
            match node.child(key) {
                Some(child) => self.any(child, value, &path),
                None if node.get("additionalProperties") == Some(&Value::Bool(false)) => {
                    let help = known_names(key, &node.keys(), "known here");
                    self.mistakes.push(Mistake::key(&path, "there is no such key", help));
                }
                None => {}
            }
        }
        let required = node.get("required").and_then(Value::as_array).into_iter().flatten();
        for key in required.filter_map(Value::as_str).filter(|key| !entries.contains_key(*key)) {
            let full = join(path, key);
            let provided =
                self.provided.iter().any(|axis| *axis == full || axis.starts_with(&format!("{full}.")));
            if !provided {
                let help = node
                    .child(key)
                    .and_then(SchemaNode::sentence)
                    .map(|sentence| format!("{key}: {sentence}"));
                let message = format!("`{key}` is missing");
                self.mistakes.push(Mistake::key(path, message, help.into_iter().collect()));
            }
        }
    }

    fn list(&mut self, node: SchemaNode<'static>, values: &[Value], path: &str) {
        let bound = |keyword: &str| node.get(keyword).and_then(Value::as_u64).map(|bound| bound as usize);
        let (least, most) = (bound("minItems"), bound("maxItems"));
        if let (None, Some(most)) = (least, most)
            && values.len() > most
        {
            let message = format!("there are {}; {most} are the most there can be", values.len());
            return self.mistakes.push(Mistake::key(path, message, help(node)));
        }
        if least.is_some_and(|least| values.len() < least) || most.is_some_and(|most| values.len() > most) {
            let expected = match (least, most) {
                (Some(least), Some(most)) if least == most => format!("{least}"),
                (Some(least), None) => format!("{least} or more"),
                (least, most) => format!("{} to {}", least.unwrap_or(0), most.unwrap_or(usize::MAX)),
            };
            let message = format!("a list of {} values; {expected} are needed", values.len());
            self.mistakes.push(Mistake::value(path, message, help(node)));
        }
        for (index, value) in values.iter().enumerate() {
            if let Some(element) = node.element(index) {
                self.any(element, value, &join(path, &index.to_string()));
            }
        }
    }

    fn text(&mut self, node: SchemaNode<'static>, text: &str, path: &str) {
        // Durations are the one kind of text with a form of its own.
        if node.get("pattern").is_some() {
            if let Err(message) = crate::train::Duration::try_from(text.to_owned()) {
                self.mistakes.push(Mistake::value(path, message, Vec::new()));
            }
        } else if seen(text).is_empty() && node.get("minLength").is_some() {
            let what = if text.is_empty() { "nothing" } else { "nothing that can be seen" };
            let message = format!("{what} stands between the quotes");
            self.mistakes.push(Mistake::value(path, message, help(node)));
        } else if let Some(message) = too_long(node, text).or_else(|| unfit_text(text)) {
            self.mistakes.push(Mistake::value(path, message, help(node)));
        }
    }

    fn number(&mut self, node: SchemaNode<'static>, number: &serde_json::Number, path: &str) {
        let value = number.as_f64().expect("JSON numbers are finite");
        let bound = |keyword: &str| node.get(keyword).and_then(Value::as_f64);
        let allowed = node.get("enum").and_then(Value::as_array);
        let inside = bound("minimum").is_none_or(|least| value >= least)
            && bound("maximum").is_none_or(|most| value <= most)
            && bound("exclusiveMinimum").is_none_or(|least| value > least)
            && bound("exclusiveMaximum").is_none_or(|most| value < most)
            && allowed.is_none_or(|allowed| allowed.iter().any(|one| one.as_f64() == Some(value)));
        let most = node.get("format").and_then(Value::as_str).and_then(largest);
        if !inside {
            self.mistakes.push(Mistake::value(path, format!("{number} is out of range"), help(node)));
        } else if most.is_some_and(|most| value > most) {
            let help = most.map(|most| format!("allowed: at most {most}"));
            let message = format!("{number} is too large");
            self.mistakes.push(Mistake::value(path, message, help.into_iter().collect()));
        }
    }
}

/// How to write `value` as the table `node`, where it fits one of the keys that must be there, or the only one that can be.
fn as_table(node: SchemaNode<'static>, value: &Value) -> Option<String> {
    let required = node.get("required").and_then(Value::as_array);
    let keys: Vec<&str> = match required {
        Some(keys) => keys.iter().filter_map(Value::as_str).collect(),
        None => node.properties().map(|(key, _)| key.as_str()).collect(),
    };
    if required.is_none() && keys.len() > 1 {
        return None;
    }
    let fits = |key: &&&str| node.child(key).is_some_and(|node| check(node, value, "", &[]).is_empty());
    let fitting = *keys.iter().find(fits)?;
    let written = keys.iter().map(|&key| match key == fitting {
        true => format!("{key} = {}", as_toml(value)),
        false => format!("{key} = …"),
    });
    Some(format!("write `{{ {} }}`", written.collect::<Vec<_>>().join(", ")))
}

/// How to write a text that would be right were it the number, or the `true` or `false`, that stands in it.
fn unquoted(node: SchemaNode<'static>, value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    let meant: Value = text.parse().ok().filter(|meant: &Value| meant.is_number() || meant.is_boolean())?;
    check(node, &meant, "", &[]).is_empty().then(|| format!("write {} without quotes", as_toml(&meant)))
}

/// What is wrong with a name for which the schema has the rules `names`.
fn unfit_name(names: &Value, name: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if name.is_empty() || !name.bytes().all(is_plain) {
        return Some("a name is made of letters, digits, `-` and `_`".to_owned());
    }
    let most = names.get("maxLength").and_then(Value::as_u64)?;
    (name.len() as u64 > most)
        .then(|| format!("a name of {} characters; {most} are the most there can be", name.len()))
}

/// That a text is longer than the schema allows.
fn too_long(node: SchemaNode<'static>, text: &str) -> Option<String> {
    let most = node.get("maxLength").and_then(Value::as_u64)?;
    let length = text.chars().count();
    (length as u64 > most).then(|| format!("a text of {length} characters; {most} are the most there can be"))
}

/// The largest number of a type that is smaller than TOML's whole numbers.
fn largest(format: &str) -> Option<f64> {
    match format {
        "uint8" => Some(u8::MAX.into()),
        "uint16" => Some(u16::MAX.into()),
        "uint32" => Some(u32::MAX.into()),
        _ => None,
    }
}
