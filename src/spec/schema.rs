//! The JSON Schema of the language.
pub fn json_schema() -> serde_json::Value {
    serde_json::to_value(schemars::schema_for!(super::Experiment)).expect("a schema is plain data")
}
