//! From one value to another.

use crate::train::{Duration, Stretch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// From one value to another, between two points of the training. In step s = 0, 1, …, x = (s − begin) / (end − begin)
/// of the way is behind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Transition {
    /// The value up to `begin`.
    pub from: f64,
    /// The value from `end` on.
    pub to: f64,
    /// When it begins to change (at the start of the training).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begin: Option<Duration>,
    /// When it has come to `to` (at the end of the training).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Duration>,
}

impl Transition {
    /// The value in step `step` of `total`, where `between` leads from one to the other; durations are in steps.
    pub(super) fn at(&self, step: u64, total: u64, between: fn(f64, f64, f64) -> f64) -> f64 {
        let [begin, end] = self.span(total);
        if step <= begin {
            self.from
        } else if step >= end {
            self.to
        } else {
            between(self.from, self.to, (step - begin) as f64 / (end - begin) as f64)
        }
    }

    /// Its first and last step in a training of `total` steps.
    fn span(&self, total: u64) -> [u64; 2] {
        [self.begin.map_or(0, |begin| begin.steps), self.end.map_or(total, |end| end.steps)]
    }

    pub(super) fn in_steps(self, per_epoch: u64) -> Self {
        let in_steps = |point: Duration| Duration::steps(point.in_steps(per_epoch));
        Self { begin: self.begin.map(in_steps), end: self.end.map(in_steps), ..self }
    }

    pub(super) fn stretched(self, stretch: Stretch) -> Self {
        let stretched = |point: Duration| Duration::steps(stretch.steps(point.steps));
        Self { begin: self.begin.map(stretched), end: self.end.map(stretched), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(from: f64, to: f64, passed: f64) -> f64 {
        from + (to - from) * passed
    }

    #[test]
    fn is_still_before_its_begin_and_after_its_end() {
        let points = [Duration::epochs(2), Duration { epochs: 3, steps: 5 }].map(Some);
        let written = Transition { from: 8.0, to: 2.0, begin: points[0], end: points[1] };
        let transition = written.in_steps(10);
        assert_eq!(transition.begin, Some(Duration::steps(20)));
        let values = [0, 20, 25, 30, 35, 1000].map(|step| transition.at(step, 50, line));
        assert_eq!(values, [8.0, 8.0, 6.0, 4.0, 2.0, 2.0]);
    }

    #[test]
    fn takes_the_whole_training_where_nothing_else_is_said() {
        let transition = Transition { from: 0.1, to: 0.3, begin: None, end: None };
        let values = [0, 5, 10].map(|step| transition.at(step, 10, line));
        assert_eq!(values, [0.1, 0.1 + (0.3 - 0.1) * 0.5, 0.3]);
        // A training without steps has come nowhere.
        assert_eq!(transition.at(0, 0, line), 0.1);
    }

    #[test]
    fn is_stretched_with_the_training() {
        let [begin, end] = [4, 10].map(|step| Some(Duration::steps(step)));
        let transition = Transition { from: 0.0, to: 1.0, begin, end }.stretched(Stretch { by: 5, of: 2 });
        assert_eq!([transition.begin, transition.end], [10, 25].map(|step| Some(Duration::steps(step))));
    }
}
