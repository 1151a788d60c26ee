//! `[sweep]` as it is written.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Keys of this same file that take several values: a list is an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep(Map<String, Value>);

impl JsonSchema for Sweep {
    fn schema_name() -> Cow<'static, str> {
        "Sweep".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "Keys of this same file that take several values: a list is an axis, and the sweep is the \
                            product of its axes. A key that a stronger layer sets (a file that extends this \
                            one, or `--set`) is no axis any more, neither here nor in `zip`.",
            "properties": {
                "zip": {
                    "type": "array",
                    "items": { "type": "object" },
                    "description": "Tables of axes that advance together; their lists are of the same length. A list may repeat a \
                                    value, but no two positions have the same value on all axes of the table."
                },
                "exclude": {
                    "type": "array",
                    "items": { "type": "object" },
                    "description": "Points that are dropped: those that have all the values of one of these tables."
                },
                "sample": generator.subschema_for::<Sample>()
            }
        })
    }
}

impl Sweep {
    /// Keys of the table that are no axes.
    pub(super) const OWN: [&str; 3] = ["zip", "exclude", "sample"];
}

/// The split keys of all axes that are written in the table `sweep`, in it and in its `zip`, sound or not.
pub(in crate::spec) fn written_axes(sweep: &Map<String, Value>) -> Vec<Vec<String>> {
    let mut axes = Vec::new();
    for (key, value) in sweep.iter().filter(|(key, _)| !Sweep::OWN.contains(&key.as_str())) {
        collect(&[key], value, &mut axes);
    }
    if let Some(Value::Array(zips)) = sweep.get("zip") {
        for (key, value) in zips.iter().filter_map(Value::as_object).flatten() {
            collect(&[key], value, &mut axes);
        }
    }
    axes
}

/// The paths of the lists below `path`.
fn collect(path: &[&String], value: &Value, axes: &mut Vec<Vec<String>>) {
    match value {
        Value::Object(entries) => {
            entries.iter().for_each(|(key, value)| collect(&[path, &[key]].concat(), value, axes));
        }
        Value::Array(_) => axes.push(path.iter().map(|key| (*key).clone()).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The values of the axis at `path` of the table `sweep`, or of one of its `zip`, as they are written.
pub(in crate::spec) fn values_of<'a>(
    sweep: &'a Map<String, Value>,
    path: &[String],
) -> Option<&'a Vec<Value>> {
    let (first, rest) = path.split_first()?;
    let in_table = |table: &'a Map<String, Value>| {
        rest.iter().try_fold(table.get(first)?, |value, key| value.get(key))?.as_array()
    };
    let zips = sweep.get("zip").and_then(Value::as_array).into_iter().flatten();
    in_table(sweep).or_else(|| zips.filter_map(Value::as_object).find_map(in_table))
}

/// A random subset of the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sample {
    /// How many points; all, where there are fewer.
    #[schemars(range(min = 1, max = 2_000_000))]
    pub count: usize,
    /// Names the draw.
    #[serde(default)]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub seed: u64,
}
