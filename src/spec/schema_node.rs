//! How the rest of this module reads the schema.

use super::schema::json_schema;
use crate::format::first_sentence;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// The schema with every reference replaced by what it refers to. What stands beside a reference (the
/// description of this very key, a narrower range) goes before what the definition says.
fn tree() -> &'static Value {
    static TREE: LazyLock<Value> = LazyLock::new(|| {
        let schema = json_schema();
        resolved(schema, &schema["$defs"])
    });
    &TREE
}

/// The types of the language do not contain themselves, so this ends.
fn resolved(schema: &Value, definitions: &Value) -> Value {
    match schema {
        Value::Object(entries) => {
            let mut whole = match entries.get("$ref").and_then(Value::as_str) {
                None => Map::new(),
                Some(reference) => {
                    let name = reference.strip_prefix("#/$defs/").expect("references are to definitions");
                    match resolved(&definitions[name], definitions) {
                        Value::Object(definition) => definition,
                        other => unreachable!("a definition is an object, not {other}"),
                    }
                }
            };
            let own = entries.iter().filter(|(keyword, _)| !["$ref", "$defs"].contains(&keyword.as_str()));
            whole.extend(own.map(|(keyword, value)| (keyword.clone(), resolved(value, definitions))));
            Value::Object(whole)
        }
        Value::Array(values) => values.iter().map(|value| resolved(value, definitions)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

/// A place in the schema.
#[derive(Clone, Copy, Debug)]
pub(super) struct SchemaNode<'a>(&'a Map<String, Value>);

/// One way to write an externally tagged enum.
#[derive(Clone, Copy, Debug)]
pub(super) enum Variant<'a> {
    /// Its name alone.
    Bare(&'a str),
    /// `{ name = { … } }`
    Tagged(&'a str, SchemaNode<'a>),
}

impl<'a> Variant<'a> {
    pub fn name(self) -> &'a str {
        match self {
            Self::Bare(name) | Self::Tagged(name, _) => name,
        }
    }

    /// What the settings are, if this is the variant `name` with settings.
    pub fn settings_of(self, name: &str) -> Option<SchemaNode<'a>> {
        match self {
            Self::Tagged(tag, settings) if tag == name => Some(settings),
            Self::Tagged(..) | Self::Bare(_) => None,
        }
    }
}

impl SchemaNode<'static> {
    pub fn root() -> Self {
        Self::of(tree())
    }

    fn of(schema: &'static Value) -> Self {
        Self(schema.as_object().expect("every part of the schema is an object"))
    }

    pub fn get(self, keyword: &str) -> Option<&'static Value> {
        self.0.get(keyword)
    }

    /// First sentence of its description.
    pub fn sentence(self) -> Option<String> {
        Some(first_sentence(&self.get("description")?.as_str()?.replace('\n', " ")).to_owned())
    }

    /// The variants, where this is an enum; empty where it is not. A name may come twice: bare and tagged.
    pub fn variants(self) -> Vec<Variant<'static>> {
        let plain = self.get("enum").and_then(Value::as_array).into_iter().flatten();
        let plain = plain.filter_map(Value::as_str).map(Variant::Bare);
        let chosen = self.choices().into_iter().flat_map(|choice| {
            let bare = choice.get("const").and_then(Value::as_str).map(Variant::Bare);
            let listed = choice.get("enum").and_then(Value::as_array).into_iter().flatten();
            let listed = listed.filter_map(Value::as_str).map(Variant::Bare);
            let tagged = choice.properties().map(|(name, settings)| Variant::Tagged(name, settings));
            bare.into_iter().chain(listed).chain(tagged).collect::<Vec<_>>()
        });
        plain.chain(chosen).collect()
    }

    /// The ways to write an enum, each with what is said of it.
    pub fn choices(self) -> Vec<Self> {
        let choices = self.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        choices.map(Self::of).collect()
    }

    /// Names of the variants, each once.
    pub fn variant_names(self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.variants().into_iter().map(Variant::name).collect();
        let mut seen = Vec::new();
        names.retain(|name| {
            !seen.contains(name) && {
                seen.push(name);
                true
            }
        });
        names
    }

    /// Keys of a table and what they hold.
    pub fn properties(self) -> impl Iterator<Item = (&'static String, SchemaNode<'static>)> {
        let properties = self.get("properties").and_then(Value::as_object).into_iter().flatten();
        properties.map(|(name, schema)| (name, Self::of(schema)))
    }

    /// What any other key of a table holds.
    pub fn others(self) -> Option<SchemaNode<'static>> {
        self.get("additionalProperties").filter(|others| others.is_object()).map(Self::of)
    }

    /// What the elements of a list are.
    pub fn element(self, index: usize) -> Option<SchemaNode<'static>> {
        let fixed = self.get("prefixItems").and_then(|items| items.get(index));
        fixed.or_else(|| self.get("items").filter(|items| items.is_object())).map(Self::of)
    }

    /// What is under `key`: of a table, or of a tagged variant.
    pub fn child(self, key: &str) -> Option<SchemaNode<'static>> {
        let tagged = self.variants().into_iter().find_map(|variant| variant.settings_of(key));
        let property = || self.properties().find(|(name, _)| *name == key).map(|(_, node)| node);
        tagged.or_else(property).or_else(|| self.others())
    }

    /// Names of the types that a value may have; empty where any may stand.
    pub fn kinds(self) -> Vec<&'static str> {
        match self.get("type") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Keys that a table, or a variant's table, may have.
    pub fn keys(self) -> Vec<&'static str> {
        let tagged = self.variants().into_iter().filter_map(|variant| match variant {
            Variant::Tagged(name, _) => Some(name),
            Variant::Bare(_) => None,
        });
        tagged.chain(self.properties().map(|(name, _)| name.as_str())).collect()
    }

    /// The key that a number stands for, where one may stand for this table: the only one that has no default.
    pub fn key_of_number(self) -> Option<&'static str> {
        let is_either = self.get("type")?.as_array()?.iter().any(|name| name == "number");
        match self.get("required")?.as_array()?.as_slice() {
            [Value::String(key)] if is_either => Some(key),
            _ => None,
        }
    }

    /// Turns a number that stands for this table into the table.
    pub fn spell_out(self, value: &mut Value) {
        if let (Some(key), Value::Number(_)) = (self.key_of_number(), &*value) {
            *value = json!({ key: value });
        }
    }

    /// Whether a number may stand for what is one of some variants otherwise: the number that they schedule.
    pub fn takes_numbers(self) -> bool {
        let choices = self.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        choices.into_iter().any(|choice| choice["type"] == "number")
    }

    /// Whether the keys of this table are entries that its writer chose, some of many, as the terms of a loss, or any names:
    /// then the schema says how many there may be, or what each holds.
    pub fn is_choice(self) -> bool {
        self.0.contains_key("minProperties") || self.others().is_some()
    }

    pub fn is_enum(self) -> bool {
        self.0.contains_key("oneOf")
            || self.0.contains_key("enum") && self.0.get("type") == Some(&json!("string"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Every keyword that is used in `schema`, with what patterns there are.
    fn keywords(schema: &Value, found: &mut BTreeSet<String>) {
        let Value::Object(entries) = schema else { return };
        for (keyword, value) in entries {
            match keyword.as_str() {
                "properties" => value.as_object().unwrap().values().for_each(|value| keywords(value, found)),
                "oneOf" | "prefixItems" => {
                    value.as_array().unwrap().iter().for_each(|value| keywords(value, found));
                }
                "items" | "additionalProperties" | "propertyNames" => keywords(value, found),
                "pattern" => _ = found.insert(format!("pattern {}", value.as_str().unwrap())),
                _ => {}
            }
            found.insert(keyword.clone());
        }
    }

    #[test]
    fn the_checks_know_every_keyword_of_the_schema() {
        let known = [
            "$schema",
            "additionalProperties",
            "const",
            "default",
            "description",
            "enum",
            "examples",
            "exclusiveMaximum",
            "exclusiveMinimum",
            "format",
            "items",
            "maxItems",
            "maxLength",
            "maxProperties",
            "maximum",
            "minItems",
            "minLength",
            "minProperties",
            "minimum",
            "oneOf",
            "pattern",
            "properties",
            "propertyNames",
            "required",
            "title",
            "type",
            "writeOnly",
            // Durations, and names of stages.
            "pattern ^([0-9]+ep)?([0-9]+it)?$",
            "pattern ^[A-Za-z0-9_-]+$",
        ];
        let mut found = BTreeSet::new();
        keywords(tree(), &mut found);
        let unknown: Vec<_> = found.iter().filter(|keyword| !known.contains(&keyword.as_str())).collect();
        assert!(unknown.is_empty(), "check.rs does not look at {unknown:?}");
    }

    #[test]
    fn what_stands_beside_a_reference_goes_first() {
        let definitions = json!({ "Share": { "type": "number", "description": "any share", "minimum": 0 } });
        let key = json!({ "$ref": "#/$defs/Share", "description": "this share", "maximum": 0.5 });
        assert_eq!(
            resolved(&key, &definitions),
            json!({ "type": "number", "description": "this share", "minimum": 0, "maximum": 0.5 })
        );
    }
}
