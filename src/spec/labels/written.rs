//! `[labels]` as it is written.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Lists of words by the dotted keys of axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WrittenLabels(Map<String, Value>);

impl JsonSchema for WrittenLabels {
    fn schema_name() -> Cow<'static, str> {
        "Labels".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "The words that a paper uses for the values of axes, which stand in legends, tables, captions and \
                            documents in place of the settings: `stage.small.prune.recover.loss = [\"plain\", \"distilled\"]`, \
                            under the dotted key of each axis of `[sweep]` or `[[sweep.zip]]` a list as long as the axis, in the \
                            order of its values (of a zip that repeats a value, one label for each that is new). A label goes with its value: where a stronger layer (`--set`, a file that \
                            extends this one) gives the axis other values, those that were labelled keep their labels. \
                            Nothing that is computed depends on labels, and the data of tables has the values themselves. A \
                            value without a label is shown by what sets it apart from the others of its axis."
        })
    }
}
