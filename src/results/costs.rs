//! What each setting of the sweep took, and how much of that others needed too.

use super::needs::needed;
use super::setting_hours::SettingHours;
use super::{Measurements, MeasurementsError, Record};
use std::collections::{BTreeMap, BTreeSet};

/// What the trainings of an experiment took, in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    /// In the order of their values.
    pub settings: Vec<SettingCost>,
    /// Of all trainings, each once.
    pub together: f64,
    /// How many these are.
    pub trainings: u64,
    /// Had each trial done all of its own.
    pub apart: f64,
}

/// What the trainings that one setting needs took, those of all its seeds, each once: of the stages whose networks differ
/// among settings, and of those that they build on there.
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
    /// By setting, in hours.
    pub fn hours(&self, measurements: &Measurements<'_>) -> Vec<SettingHours> {
        let hours = |cost: &SettingCost| {
            let axes = measurements.axes.iter().zip(&cost.values);
            let setting = axes.map(|(axis, &value)| (axis.key.clone(), axis.values[value as usize].clone()));
            SettingHours {
                setting: setting.collect(),
                own_hours: cost.own / 3_600.0,
                shared_hours: cost.shared / 3_600.0,
            }
        };
        self.settings.iter().map(hours).collect()
    }

    pub fn of(record: &Record, measurements: &Measurements<'_>) -> Result<Self, MeasurementsError> {
        let (seconds, keys) = (measurements.numbers("seconds")?, measurements.keys()?);
        let stages = measurements.stage_names()?;
        let rows = keys.into_iter().zip(seconds).enumerate();
        let rows =
            rows.filter_map(|(row, (key, seconds))| Some((row, measurements.point(row)?, key, seconds?)));
        let mut stages_of: BTreeMap<Vec<u32>, BTreeSet<&str>> = BTreeMap::new();
        let rows = rows.map(|(row, point, key, seconds)| {
            let needed = stages_of
                .entry(point.clone())
                .or_insert_with(|| needed(record, measurements, &point))
                .contains(stages[row]);
            Training { point, key, seconds, needed }
        });
        Ok(Self::of_rows(rows))
    }

    fn of_rows<'a>(rows: impl Iterator<Item = Training<'a>>) -> Self {
        let mut trainings: BTreeMap<&str, (f64, BTreeSet<Vec<u32>>)> = BTreeMap::new();
        let mut apart = 0.0;
        for Training { point, key, seconds, needed } in rows {
            apart += seconds;
            let (_, points) = trainings.entry(key).or_insert((seconds, BTreeSet::new()));
            if needed {
                points.insert(point);
            }
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
        let settings = settings.into_iter().map(cost).collect();
        Self { settings, together, trainings: trainings.len() as u64, apart }
    }
}

/// A training of one trial.
struct Training<'a> {
    point: Vec<u32>,
    key: &'a str,
    seconds: f64,
    /// Whether the setting needs it.
    needed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    // Two settings of two seeds: a dense network of 10 s for both, and 1 s and 2 s of their own, one of them in two trials.
    // A teacher of 4 s is in the trials of both, but one of them alone needs it.
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
            (0, "teacher", 4.0),
            (1, "teacher", 4.0),
        ];
        let training = |(point, key, seconds): (u32, &'static str, f64)| Training {
            point: vec![point],
            key,
            seconds,
            needed: key != "teacher" || point == 1,
        };
        let found = Costs::of_rows(rows.into_iter().map(training));
        let setting = |value, own| SettingCost { values: vec![value], own, shared: 20.0 };
        let settings = vec![setting(0, 2.0), setting(1, 6.0)];
        assert_eq!(found, Costs { settings, together: 28.0, trainings: 6, apart: 53.0 });
        assert_eq!(found.settings[0].all(), 22.0);
    }
}
