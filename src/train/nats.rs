//! A loss that may be infinite.

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A mean negative log-likelihood in nats; infinite where a logit is infinite or not a number. JSON has no such
/// number and holds `"inf"`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Nats(pub f64);

const INFINITE: &str = "inf";

impl Serialize for Nats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == f64::INFINITY { serializer.serialize_str(INFINITE) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Nats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NatsVisitor)
    }
}

struct NatsVisitor;

impl Visitor<'_> for NatsVisitor {
    type Value = Nats;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a number or \"{INFINITE}\"")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Nats, E> {
        Ok(Nats(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Nats, E> {
        Ok(Nats(value as f64))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Nats, E> {
        let unexpected = || E::invalid_value(Unexpected::Str(text), &self);
        (text == INFINITE).then_some(Nats(f64::INFINITY)).ok_or_else(unexpected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_comes_back_from_json_as_it_was() {
        for (loss, text) in [(0.25, "0.25"), (3.0, "3.0"), (f64::INFINITY, "\"inf\"")] {
            assert_eq!(serde_json::to_string(&Nats(loss)).unwrap(), text);
            assert_eq!(serde_json::from_str::<Nats>(text).unwrap(), Nats(loss));
        }
        assert_eq!(serde_json::from_str::<Nats>("3").unwrap(), Nats(3.0));
        assert!(serde_json::from_str::<Nats>("\"many\"").is_err());
    }
}
