//! Numbers in JSON, with those that JSON does not have: infinity is `"inf"` or `"-inf"`, and what is no
//! number is `"nan"`. For fields, as `#[serde(with = "crate::real")]`.

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// What can be a field: a number, or numbers in something.
pub(crate) trait Real: Sized {
    type Json: Serialize + for<'de> Deserialize<'de>;

    fn to_json(&self) -> Self::Json;
    fn from_json(json: Self::Json) -> Self;
}

pub(crate) fn serialize<T: Real, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.to_json().serialize(serializer)
}

pub(crate) fn deserialize<'de, T: Real, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::Json::deserialize(deserializer).map(T::from_json)
}

/// One number as it stands in JSON.
pub(crate) struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            value if value.is_finite() => serializer.serialize_f64(value),
            value if value.is_nan() => serializer.serialize_str("nan"),
            value if value > 0.0 => serializer.serialize_str("inf"),
            _ => serializer.serialize_str("-inf"),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl Visitor<'_> for Read {
            type Value = f64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, `inf`, `-inf` or `nan`")
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
                Ok(value)
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
                Ok(value as f64)
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
                Ok(value as f64)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
                match text {
                    "inf" => Ok(f64::INFINITY),
                    "-inf" => Ok(f64::NEG_INFINITY),
                    "nan" => Ok(f64::NAN),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }
        }

        deserializer.deserialize_any(Read).map(Self)
    }
}

impl Real for f64 {
    type Json = Number;

    fn to_json(&self) -> Number {
        Number(*self)
    }

    fn from_json(json: Number) -> Self {
        json.0
    }
}

impl<T: Real> Real for Option<T> {
    type Json = Option<T::Json>;

    fn to_json(&self) -> Self::Json {
        self.as_ref().map(T::to_json)
    }

    fn from_json(json: Self::Json) -> Self {
        json.map(T::from_json)
    }
}

impl<T: Real> Real for BTreeMap<String, T> {
    type Json = BTreeMap<String, T::Json>;

    fn to_json(&self) -> Self::Json {
        self.iter().map(|(name, value)| (name.clone(), value.to_json())).collect()
    }

    fn from_json(json: Self::Json) -> Self {
        json.into_iter().map(|(name, value)| (name, T::from_json(value))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Losses {
        #[serde(with = "crate::real")]
        test: f64,
        #[serde(with = "crate::real")]
        train: Option<f64>,
        #[serde(with = "crate::real")]
        terms: BTreeMap<String, f64>,
    }

    #[test]
    fn numbers_that_json_does_not_have_are_words() {
        let terms = [("a".to_owned(), f64::NEG_INFINITY), ("b".to_owned(), -1.0)].into();
        let losses = Losses { test: f64::INFINITY, train: Some(f64::NAN), terms };
        let text = serde_json::to_string(&losses).unwrap();
        assert_eq!(text, r#"{"test":"inf","train":"nan","terms":{"a":"-inf","b":-1.0}}"#);
        let again: Losses = serde_json::from_str(&text).unwrap();
        assert_eq!((again.test, again.terms), (losses.test, losses.terms));
        assert!(again.train.is_some_and(f64::is_nan));
    }

    #[test]
    fn other_words_are_no_numbers() {
        assert!(serde_json::from_str::<Number>("\"many\"").is_err());
        assert!(serde_json::from_str::<Option<Number>>("null").unwrap().is_none());
    }
}
