//! The teachers of a training as they are written.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The stages whose networks teach, with how much each counts.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub enum TeacherNames {
    /// `"a"`
    One(String),
    /// `["a", "b"]`: all count the same.
    Equal(Vec<String>),
    /// `{ a = 0.7, b = 0.3 }`
    Weighted(BTreeMap<String, f64>),
}

impl TeacherNames {
    /// The stages in the order in which they are written, each with the rest of the key that names it: `""`, `".1"`,
    /// `".a"`.
    pub fn written(&self) -> Vec<(String, &str)> {
        match self {
            Self::One(stage) => vec![(String::new(), stage)],
            Self::Equal(stages) => {
                stages.iter().enumerate().map(|(index, stage)| (format!(".{index}"), &**stage)).collect()
            }
            Self::Weighted(weights) => weights.keys().map(|stage| (format!(".{stage}"), &**stage)).collect(),
        }
    }

    /// The weight of each stage as it is written.
    pub fn weights(&self) -> BTreeMap<&str, f64> {
        match self {
            Self::One(stage) => BTreeMap::from([(&**stage, 1.0)]),
            Self::Equal(stages) => stages.iter().map(|stage| (&**stage, 1.0)).collect(),
            Self::Weighted(weights) => weights.iter().map(|(stage, weight)| (&**stage, *weight)).collect(),
        }
    }

    /// The share of each stage in the sum of the weights; `None` where that is no positive number.
    pub fn shares(&self) -> Option<BTreeMap<&str, f64>> {
        let weights = self.weights();
        let sum: f64 = weights.values().sum();
        let is_sound = sum > 0.0 && sum.is_finite();
        is_sound.then(|| weights.into_iter().map(|(stage, weight)| (stage, weight / sum)).collect())
    }
}

impl TryFrom<Value> for TeacherNames {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match value {
            Value::Array(_) => serde_json::from_value(value).map(Self::Equal),
            Value::Object(_) => serde_json::from_value(value).map(Self::Weighted),
            Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {
                serde_json::from_value(value).map(Self::One)
            }
        }
    }
}

impl Serialize for TeacherNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(stage) => serializer.serialize_str(stage),
            Self::Equal(stages) => serializer.collect_seq(stages),
            Self::Weighted(weights) => {
                let mut map = serializer.serialize_map(Some(weights.len()))?;
                weights.iter().try_for_each(|(stage, weight)| map.serialize_entry(stage, weight))?;
                map.end()
            }
        }
    }
}

impl JsonSchema for TeacherNames {
    fn schema_name() -> Cow<'static, str> {
        "TeacherNames".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "array", "object"],
            "description": "A stage, or several: a list, of which all count the same, or a table with the weight of each.",
            "items": { "type": "string" },
            "minItems": 1,
            "additionalProperties": { "type": "number", "minimum": 0.0 },
            "minProperties": 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> TeacherNames {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn are_written_as_they_are_read() {
        for value in [json!("a"), json!(["b", "a"]), json!({ "a": 0.7, "b": 0.3 })] {
            assert_eq!(serde_json::to_value(read(value.clone())).unwrap(), value);
        }
        assert!(serde_json::from_value::<TeacherNames>(json!(3)).is_err());
        assert!(serde_json::from_value::<TeacherNames>(json!([3])).is_err());
    }

    #[test]
    fn weights_are_shares_of_their_sum() {
        let shares = |value| read(value).shares().map(|shares| shares.into_values().collect::<Vec<_>>());
        assert_eq!(shares(json!("a")), Some(vec![1.0]));
        assert_eq!(shares(json!(["b", "a"])), Some(vec![0.5, 0.5]));
        assert_eq!(shares(json!({ "a": 3.0, "b": 1.0, "c": 0.0 })), Some(vec![0.75, 0.25, 0.0]));
        assert_eq!(shares(json!({ "a": 0.0, "b": 0.0 })), None);
        assert_eq!(shares(json!({ "a": 1e308, "b": 1e308 })), None);
    }

    #[test]
    fn each_is_named_by_a_key() {
        let keys =
            |value| read(value).written().into_iter().map(|(key, stage)| format!("{key} {stage}")).collect();
        let expected = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<String>>();
        let found: Vec<String> = keys(json!("a"));
        assert_eq!(found, expected(&[" a"]));
        assert_eq!(keys(json!(["b", "a"])), expected(&[".0 b", ".1 a"]));
        assert_eq!(keys(json!({ "b": 1.0, "a": 1.0 })), expected(&[".a a", ".b b"]));
    }
}
