//! A number, or a schedule of one.

use super::Schedule;
use crate::train::Stretch;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A number that may change over a training.
#[derive(Clone, Debug, PartialEq)]
pub enum Scheduled {
    /// The same throughout: written as a number.
    Constant(f64),
    Changing(Schedule),
}

impl From<f64> for Scheduled {
    fn from(value: f64) -> Self {
        Self::Constant(value)
    }
}

impl Scheduled {
    /// The number in step `step` (from 0) of `total`; durations are in steps.
    pub fn at(&self, step: u64, total: u64) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Changing(schedule) => schedule.at(step, total),
        }
    }

    /// What the number comes to in a training of `total` steps; durations are in steps.
    pub fn last(&self, total: u64) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Changing(schedule) => schedule.last(total),
        }
    }

    /// The number, of a loss that is as it is at a step.
    pub fn value(&self) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Changing(_) => unreachable!("a loss is computed as it is at a step: see `LossMix::at`"),
        }
    }

    /// Whether it is zero throughout.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Constant(value) => *value == 0.0,
            Self::Changing(schedule) => schedule.ends() == [0.0; 2],
        }
    }

    /// The same with its durations in steps, of which an epoch has `per_epoch`.
    #[must_use]
    pub fn in_steps(&self, per_epoch: u64) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(*value),
            Self::Changing(schedule) => Self::Changing(schedule.in_steps(per_epoch)),
        }
    }

    /// The same in a training that is longer by `stretch`; durations are in steps.
    #[must_use]
    pub fn stretched(&self, stretch: Stretch) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(*value),
            Self::Changing(schedule) => Self::Changing(schedule.stretched(stretch)),
        }
    }
}

impl Serialize for Scheduled {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Constant(value) => serializer.serialize_f64(*value),
            Self::Changing(schedule) => schedule.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Scheduled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOr::<Schedule, Self>::new())
    }
}

impl From<Schedule> for Scheduled {
    fn from(schedule: Schedule) -> Self {
        Self::Changing(schedule)
    }
}

/// Reads a `To`, from a number or from a table of what is written as `Table`.
pub(super) struct NumberOr<Table, To>(PhantomData<(Table, To)>);

impl<Table, To> NumberOr<Table, To> {
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, Table: Deserialize<'de>, To: From<f64> + From<Table>> Visitor<'de> for NumberOr<Table, To> {
    type Value = To;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number or a schedule")
    }

    fn visit_f64<E>(self, value: f64) -> Result<To, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<To, E> {
        Ok((value as f64).into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<To, E> {
        Ok((value as f64).into())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<To, A::Error> {
        Table::deserialize(MapAccessDeserializer::new(map)).map(To::from)
    }
}

/// The schema of a choice of tables, with a number as another choice.
pub(super) fn with_number(mut schema: Schema) -> Schema {
    let number = json_schema!({ "type": "number", "description": "The same throughout the training." });
    let choices = schema.get_mut("oneOf").and_then(|choices| choices.as_array_mut());
    choices.expect("an enum with settings is a choice of tables").insert(0, number.into());
    schema
}

impl JsonSchema for Scheduled {
    fn schema_name() -> Cow<'static, str> {
        "Scheduled".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        with_number(Schedule::json_schema(generator))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distill::schedule::Transition;
    use crate::train::Duration;
    use serde_json::{Value, json};

    fn read(value: Value) -> Result<Scheduled, serde_json::Error> {
        serde_json::from_value(value)
    }

    #[test]
    fn a_number_stays_a_number() {
        for number in [json!(4.0), json!(0.1)] {
            assert_eq!(serde_json::to_value(read(number.clone()).unwrap()).unwrap(), number);
        }
        assert_eq!(read(json!(4)).unwrap(), Scheduled::Constant(4.0));
    }

    #[test]
    fn schedules_are_written_as_they_are_read() {
        let written = json!({ "cosine": { "from": 8.0, "to": 1.0, "begin": "2ep" } });
        let read_back = read(written.clone()).unwrap();
        let transition = Transition { from: 8.0, to: 1.0, begin: Some(Duration::epochs(2)), end: None };
        assert_eq!(read_back, Scheduled::Changing(Schedule::Cosine(transition)));
        assert_eq!(serde_json::to_value(read_back).unwrap(), written);
        let steps = json!({ "multi-step": { "from": 8.0, "gamma": 0.5, "at": ["10ep", "20ep"] } });
        assert_eq!(serde_json::to_value(read(steps.clone()).unwrap()).unwrap(), steps);
        for wrong in [json!("4"), json!(null), json!({ "sine": {} }), json!({ "linear": { "from": 1.0 } })] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn holds_what_it_comes_to() {
        let last = |value: Value| read(value).unwrap().in_steps(10).last(30);
        assert_eq!(last(json!(4.0)), 4.0);
        assert_eq!(last(json!({ "linear": { "from": 8.0, "to": 1.0 } })), 1.0);
        assert_eq!(last(json!({ "exponential": { "from": 8.0, "to": 1.0, "end": "1ep" } })), 1.0);
        // A training that ends half-way holds what it has by then.
        assert_eq!(last(json!({ "linear": { "from": 8.0, "to": 2.0, "end": "6ep" } })), 5.0);
        // A milestone after the last step is never reached.
        assert_eq!(last(json!({ "multi-step": { "from": 8.0, "gamma": 0.5, "at": ["1ep", "3ep"] } })), 4.0);
    }

    #[test]
    fn is_zero_where_it_is_never_anything_else() {
        let is_zero = |value: Value| read(value).unwrap().is_zero();
        assert!(is_zero(json!(0.0)) && is_zero(json!({ "linear": { "from": 0, "to": 0 } })));
        assert!(is_zero(json!({ "multi-step": { "from": 0, "gamma": 2, "at": ["1ep"] } })));
        assert!(!is_zero(json!(0.1)) && !is_zero(json!({ "linear": { "from": 0, "to": 0.1 } })));
    }
}
