//! The networks that train beside one and are taught by it, as they are written.

use crate::model::Model;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;

/// The networks that train beside one: how many of its own architecture, or the architecture of each.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Peers {
    /// `2`
    Alike(usize),
    /// `["lenet5", { resnet = { depth = 8 } }]`
    Models(Vec<Model>),
}

impl Peers {
    /// The architecture of each, beside a network of `own`.
    pub fn models(&self, own: &Model) -> Vec<Model> {
        match self {
            Self::Alike(count) => vec![own.clone(); *count],
            Self::Models(models) => models.clone(),
        }
    }
}

impl TryFrom<Value> for Peers {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match value {
            Value::Array(_) => serde_json::from_value(value).map(Self::Models),
            Value::Number(_) | Value::String(_) | Value::Object(_) | Value::Bool(_) | Value::Null => {
                serde_json::from_value(value).map(Self::Alike)
            }
        }
    }
}

impl Serialize for Peers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Alike(count) => count.serialize(serializer),
            Self::Models(models) => models.serialize(serializer),
        }
    }
}

impl JsonSchema for Peers {
    fn schema_name() -> Cow<'static, str> {
        "Peers".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["integer", "array"],
            "description": "How many networks of the same architecture, or a list of architectures.",
            "minimum": 1,
            "maximum": 100,
            "items": generator.subschema_for::<Model>(),
            "minItems": 1,
            "maxItems": 100
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::architecture::Mlp;
    use serde_json::json;

    #[test]
    fn are_so_many_of_one_architecture_or_of_any() {
        let own = Model::Mlp(Mlp { hidden: vec![8] });
        let read = |value: Value| serde_json::from_value::<Peers>(value);
        assert_eq!(read(json!(2)).unwrap().models(&own), [own.clone(), own.clone()]);
        let listed = json!(["lenet5", { "mlp": { "hidden": [4] } }]);
        let models = [Model::Lenet5, Model::Mlp(Mlp { hidden: vec![4] })];
        assert_eq!(read(listed.clone()).unwrap().models(&own), models);
        for value in [json!(2), listed] {
            assert_eq!(serde_json::to_value(read(value.clone()).unwrap()).unwrap(), value);
        }
        assert!(read(json!("lenet5")).is_err() && read(json!([2])).is_err());
    }
}
