//! A temperature: a number, a schedule, or learned.

use super::scheduled::{NumberOr, with_number};
use super::{Learned, Milestones, Schedule, Scheduled, Transition};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// A temperature that may change over a training, or be learned.
#[derive(Clone, Debug, PartialEq)]
pub enum Temperature {
    Scheduled(Scheduled),
    Learned(Learned),
    /// A learned one as it is at a step: never written.
    Current(Current),
}

/// What a learned temperature is at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Current {
    pub temperature: f64,
    /// What the derivative for it is multiplied by to give the direction of what is trained.
    pub reversal: f64,
}

impl From<f64> for Temperature {
    fn from(value: f64) -> Self {
        Self::Scheduled(value.into())
    }
}

impl Temperature {
    /// The number, of a loss that is as it is at a step. A learned one of which nothing is trained is as before a
    /// training.
    pub fn value(&self) -> f64 {
        match self {
            Self::Scheduled(scheduled) => scheduled.value(),
            Self::Learned(learned) => learned.temperature(Learned::START),
            Self::Current(current) => current.temperature,
        }
    }

    /// What follows a schedule, with the end of its key.
    pub fn scheduled(&self) -> Option<(&'static str, &Scheduled)> {
        match self {
            Self::Scheduled(scheduled) => Some(("temperature", scheduled)),
            Self::Learned(learned) => Some(("temperature.learned.strength", &learned.strength)),
            Self::Current(_) => None,
        }
    }

    pub fn scheduled_mut(&mut self) -> Option<&mut Scheduled> {
        match self {
            Self::Scheduled(scheduled) => Some(scheduled),
            Self::Learned(learned) => Some(&mut learned.strength),
            Self::Current(_) => None,
        }
    }
}

/// As it is written, where it is a table.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Written {
    Linear(Transition),
    Cosine(Transition),
    Exponential(Transition),
    MultiStep(Milestones),
    /// Trained against the student.
    Learned(Learned),
}

impl From<Written> for Temperature {
    fn from(written: Written) -> Self {
        let changing = |schedule| Self::Scheduled(Scheduled::Changing(schedule));
        match written {
            Written::Linear(transition) => changing(Schedule::Linear(transition)),
            Written::Cosine(transition) => changing(Schedule::Cosine(transition)),
            Written::Exponential(transition) => changing(Schedule::Exponential(transition)),
            Written::MultiStep(milestones) => changing(Schedule::MultiStep(milestones)),
            Written::Learned(learned) => Self::Learned(learned),
        }
    }
}

impl Serialize for Temperature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Scheduled(scheduled) => scheduled.serialize(serializer),
            Self::Learned(learned) => Written::Learned(learned.clone()).serialize(serializer),
            Self::Current(current) => serializer.serialize_f64(current.temperature),
        }
    }
}

impl<'de> Deserialize<'de> for Temperature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOr::<Written, Self>::new())
    }
}

impl JsonSchema for Temperature {
    fn schema_name() -> Cow<'static, str> {
        "Temperature".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let choices = |schema: &mut Schema| {
            let choices = schema.get_mut("oneOf").and_then(|choices| choices.as_array_mut());
            std::mem::take(choices.expect("an enum with settings is a choice of tables"))
        };
        let mut schema = Schedule::json_schema(generator);
        let (mut all, learned) = (choices(&mut schema), choices(&mut Written::json_schema(generator)).pop());
        all.extend(learned);
        schema.insert("oneOf".to_owned(), all.into());
        with_number(schema)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(value: Value) -> Temperature {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn is_a_number_a_schedule_or_learned() {
        assert_eq!(read(json!(4)), 4.0.into());
        for written in [json!(4.0), json!({ "linear": { "from": 8.0, "to": 1.0, "end": "3ep" } })] {
            assert_eq!(serde_json::to_value(read(written.clone())).unwrap(), written);
        }
        let learned = read(json!({ "learned": { "range": 9.0 } }));
        assert_eq!(learned, Temperature::Learned(Learned { range: 9.0, ..Learned::default() }));
        let strength = json!({ "cosine": { "from": 0.0, "to": 1.0, "end": "10ep" } });
        let written = json!({ "learned": { "init": 1.0, "range": 9.0, "strength": strength } });
        assert_eq!(serde_json::to_value(learned).unwrap(), written);
        assert!(serde_json::from_value::<Temperature>(json!({ "learnt": {} })).is_err());
    }
}
