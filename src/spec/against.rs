//! What a claim compares: networks, or a published number.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Networks, one a seed: `stage`, `round` (the last one when absent) and values of axes, each under its key or the last
/// parts of it that tell it from the others. What is not said must not differ.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WrittenCell(pub BTreeMap<String, Value>);

impl WrittenCell {
    /// The stage that it names.
    pub fn stage(&self) -> Option<&str> {
        self.0.get("stage")?.as_str()
    }
}

/// What networks are compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Value>", into = "BTreeMap<String, Value>")]
pub enum Against {
    Cell(WrittenCell),
    Published(Published),
}

/// A published number, with the standard deviation over `runs` of it where that was published too.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Published {
    pub value: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<u32>,
}

impl TryFrom<BTreeMap<String, Value>> for Against {
    type Error = serde_json::Error;

    fn try_from(entries: BTreeMap<String, Value>) -> Result<Self, Self::Error> {
        if ["value", "deviation", "runs"].iter().any(|key| entries.contains_key(*key)) {
            serde_json::from_value(Value::Object(entries.into_iter().collect())).map(Self::Published)
        } else {
            Ok(Self::Cell(WrittenCell(entries)))
        }
    }
}

impl From<Against> for BTreeMap<String, Value> {
    fn from(against: Against) -> Self {
        match against {
            Against::Cell(cell) => cell.0,
            Against::Published(published) => match serde_json::to_value(published) {
                Ok(Value::Object(entries)) => entries.into_iter().collect(),
                Ok(_) | Err(_) => unreachable!("a struct of numbers is a table"),
            },
        }
    }
}

impl JsonSchema for WrittenCell {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Cell".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {
                "stage": { "type": "string", "description": "The stage whose networks they are." },
                "round": {
                    "type": "integer", "minimum": 0, "maximum": 1_000_000,
                    "description": "The round of pruning after which they are; the last one when absent.",
                },
            },
            "additionalProperties": {
                "description": "The value of an axis of the sweep, under its key or the end of it: `importance = \"random\"`.",
            },
        })
    }
}

impl JsonSchema for Against {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Against".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = WrittenCell::json_schema(generator);
        let published = json_schema!({
            "value": { "type": "number", "minimum": -1e12, "maximum": 1e12, "description": "A published number, in place of networks." },
            "deviation": {
                "type": "number", "minimum": 0.0, "maximum": 1e12,
                "description": "Its standard deviation over `runs` runs; without it the number is taken as exact.",
            },
            "runs": {
                "type": "integer", "minimum": 2, "maximum": 1_000_000,
                "description": "How many runs the published number is the mean of.",
            },
        });
        if let (Some(Value::Object(properties)), Some(published)) =
            (schema.get_mut("properties"), published.as_object())
        {
            properties.extend(published.clone());
        }
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn against_is_networks_or_a_published_number() {
        let read = |value: Value| serde_json::from_value::<Against>(value);
        let cell = WrittenCell([("stage".to_owned(), json!("dense"))].into());
        assert_eq!(read(json!({ "stage": "dense" })).unwrap(), Against::Cell(cell));
        let published = Published { value: 0.98, deviation: Some(0.001), runs: Some(5) };
        let written = json!({ "value": 0.98, "deviation": 0.001, "runs": 5 });
        assert_eq!(read(written.clone()).unwrap(), Against::Published(published));
        assert_eq!(serde_json::to_value(Against::Published(published)).unwrap(), written);
        assert!(read(json!({ "value": 0.98, "stage": "dense" })).is_err());
    }
}
