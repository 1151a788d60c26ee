//! How long something lasts: epochs, steps, or both.

use crate::format::excerpt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A length of training: `"30ep"`, `"500it"`, `"1ep50it"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Duration {
    pub epochs: u64,
    pub steps: u64,
}

impl Duration {
    pub fn epochs(epochs: u64) -> Self {
        Self { epochs, steps: 0 }
    }

    pub fn steps(steps: u64) -> Self {
        Self { epochs: 0, steps }
    }

    /// Length in steps, of which an epoch has `per_epoch`.
    pub fn in_steps(self, per_epoch: u64) -> u64 {
        self.epochs * per_epoch + self.steps
    }
}

impl TryFrom<String> for Duration {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{}` is not a duration; write epochs, steps or both: \"30ep\", \"500it\", \"1ep50it\"",
                excerpt(&text)
            )
        };
        let number = |digits: &str| match digits.bytes().all(|byte| byte.is_ascii_digit()) {
            true => digits.parse::<u32>().map(u64::from).map_err(|_| wrong()),
            false => Err(wrong()),
        };
        let (epochs, rest) = match text.split_once("ep") {
            Some((digits, rest)) => (number(digits)?, rest),
            None => (0, text.as_str()),
        };
        let steps = match rest.strip_suffix("it") {
            Some(digits) => number(digits)?,
            None if rest.is_empty() && !text.is_empty() => 0,
            None => return Err(wrong()),
        };
        Ok(Self { epochs, steps })
    }
}

impl From<Duration> for String {
    fn from(duration: Duration) -> String {
        match duration {
            Duration { epochs, steps: 0 } if epochs > 0 => format!("{epochs}ep"),
            Duration { epochs: 0, steps } => format!("{steps}it"),
            Duration { epochs, steps } => format!("{epochs}ep{steps}it"),
        }
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A length of training: \"30ep\", \"500it\", \"1ep50it\".",
            "pattern": r"^([0-9]+ep)?([0-9]+it)?$",
            "minLength": 3
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_epochs_steps_and_both() {
        let read = |text: &str| Duration::try_from(text.to_owned());
        assert_eq!(read("30ep"), Ok(Duration::epochs(30)));
        assert_eq!(read("500it"), Ok(Duration::steps(500)));
        assert_eq!(read("1ep50it"), Ok(Duration { epochs: 1, steps: 50 }));
        for wrong in ["", "30", "ep", "it", "5it1ep", "-1ep", "1.5ep", "1 ep", "+1ep"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn is_written_as_it_is_read() {
        for text in ["30ep", "500it", "1ep50it", "0it"] {
            assert_eq!(String::from(Duration::try_from(text.to_owned()).unwrap()), text);
        }
    }

    #[test]
    fn counts_in_steps() {
        assert_eq!(Duration { epochs: 2, steps: 5 }.in_steps(100), 205);
    }
}
