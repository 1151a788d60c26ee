//! When results were worked on.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// One run that trained something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Session {
    /// `2026-11-26T14:57:53Z`
    pub began: String,
    pub ended: String,
    /// Trainings that it did.
    pub trainings: u64,
}

impl Session {
    /// One that began then and has ended now.
    pub fn since(began: SystemTime, trainings: usize) -> Self {
        Self { began: written(began), ended: written(now()), trainings: trainings as u64 }
    }
}

/// When it is, for the record alone.
#[expect(
    clippy::disallowed_methods,
    reason = "the record says when results were worked on, and nothing depends on it"
)]
pub fn now() -> SystemTime {
    SystemTime::now()
}

fn written(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_are_of_greenwich() {
        assert_eq!(
            written(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)),
            "2001-09-09T01:46:40Z"
        );
    }
}
