//! What each setting of the sweep took, and how much of that others needed too.

use super::{Measurements, MeasurementsError};
use std::collections::{BTreeMap, BTreeSet};

/// What the trainings of an experiment took, in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    /// In the order of their values.
    pub settings: Vec<SettingCost>,
    /// Of all trainings, each once.
    pub together: f64,
    /// Had each trial done all of its own.
    pub apart: f64,
}

/// What all trainings of one setting took, those of all its stages and seeds: each once.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingCost {
    /// The index of the value of each axis.
    pub values: Vec<u32>,
    /// Of trainings that no other setting needs.
    pub own: f64,
    /// Of the others.
    pub shared: f64,
}

impl SettingCost {
    pub fn all(&self) -> f64 {
        self.own + self.shared
    }
}

impl Costs {
    pub fn of(measurements: &Measurements<'_>) -> Result<Self, MeasurementsError> {
        let (seconds, keys) = (measurements.numbers("seconds")?, measurements.keys()?);
        let rows = keys.into_iter().zip(seconds).enumerate();
        let rows = rows.filter_map(|(row, (key, seconds))| Some((measurements.point(row)?, key, seconds?)));
        Ok(Self::of_rows(rows))
    }

    /// Of rows with the setting, the key and the seconds of a training.
    fn of_rows<'a>(rows: impl Iterator<Item = (Vec<u32>, &'a str, f64)>) -> Self {
        let mut trainings: BTreeMap<&str, (f64, BTreeSet<Vec<u32>>)> = BTreeMap::new();
        let mut apart = 0.0;
        for (point, key, seconds) in rows {
            apart += seconds;
            trainings.entry(key).or_insert((seconds, BTreeSet::new())).1.insert(point);
        }
        let mut settings: BTreeMap<&Vec<u32>, (f64, f64)> = BTreeMap::new();
        for (seconds, points) in trainings.values() {
            for point in points {
                let (own, shared) = settings.entry(point).or_default();
                *(if points.len() > 1 { shared } else { own }) += seconds;
            }
        }
        let cost = |(values, (own, shared)): (&Vec<u32>, (f64, f64))| SettingCost {
            values: values.clone(),
            own,
            shared,
        };
        let together = trainings.values().map(|(seconds, _)| seconds).sum();
        Self { settings: settings.into_iter().map(cost).collect(), together, apart }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Two settings of two seeds: a dense network of 10 s for both, and 1 s and 2 s of their own, one of them in two trials.
    #[test]
    fn what_is_shared_counts_for_each_and_once_for_all() {
        let rows = [
            (0, "dense 0", 10.0),
            (0, "a 0", 1.0),
            (1, "dense 0", 10.0),
            (1, "b 0", 2.0),
            (0, "dense 1", 10.0),
            (0, "a 1", 1.0),
            (0, "a 1", 1.0),
            (1, "dense 1", 10.0),
        ];
        let found = Costs::of_rows(rows.into_iter().map(|(point, key, seconds)| (vec![point], key, seconds)));
        let setting = |value, own| SettingCost { values: vec![value], own, shared: 20.0 };
        let expected =
            Costs { settings: vec![setting(0, 2.0), setting(1, 2.0)], together: 24.0, apart: 45.0 };
        assert_eq!(found, expected);
        assert_eq!(found.settings[0].all(), 22.0);
    }
}
