//! How a stage goes on from what is there towards its target.

use crate::math::{exp, ln};
use serde::Serialize;

/// What a stage starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// A network of which nothing was removed.
    Dense,
    /// One that an earlier stage pruned. How much is there may be known only once it was.
    Pruned,
}

/// The rounds that are left of a stage, this one included, and how it goes through them. Every round looks at
/// what is there now, so that the stage need not know what it started from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Way {
    pub rounds: u32,
    pub pace: Pace,
}

/// What is the same in every round of a [`Way`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// How much goes.
    Linear,
    /// Which share of what is left goes.
    Geometric,
}

impl Way {
    /// [`left`](Self::left) of what comes in whole numbers: at most that many.
    pub fn whole(self, now: u64, end: u64) -> u64 {
        // What is a whole number but for the last digits is that number.
        (self.left(now as f64, end as f64) + 1e-6).floor() as u64
    }

    /// What is left after the next of k rounds, where `now` is there and `end` shall be after the last:
    /// now − (now − end) / k, or now · (end / now)^(1/k). Where `end` is more than there is, nothing goes.
    pub fn left(self, now: f64, end: f64) -> f64 {
        if end >= now {
            return now;
        }
        let rounds = f64::from(self.rounds);
        match self.pace {
            Pace::Linear => now - (now - end) / rounds,
            Pace::Geometric => now * exp(ln(end / now) / rounds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(pace: Pace, now: f64, end: f64) -> Vec<f64> {
        let rounds = (1..=3).rev();
        let step = |now: &mut f64, rounds| {
            *now = Way { rounds, pace }.left(*now, end);
            Some(*now)
        };
        rounds.scan(now, step).collect()
    }

    #[test]
    fn every_round_takes_as_much_or_the_same_share() {
        for (pace, expected) in [(Pace::Linear, [70.0, 40.0, 10.0]), (Pace::Geometric, [40.0, 16.0, 6.4])] {
            let end = expected[2];
            let found = walk(pace, 100.0, end);
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
        }
    }

    #[test]
    fn nothing_comes_back() {
        assert_eq!(walk(Pace::Linear, 5.0, 10.0), [5.0; 3]);
        assert_eq!(walk(Pace::Geometric, 0.0, 0.0), [0.0; 3]);
    }
}
