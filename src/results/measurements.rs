//! The measurements by stage, setting, round and seed: what statistics, charts and claims ask.

use super::frame::AxisValues;
use super::settings::{Columns, Place, ProbeRow, SeedRow, Setting, settings};
use super::{Derived, Estimate, Record, Tables};
use crate::plan::{apart, distinct, label, short_keys};
use crate::spec::Labels;
use polars::prelude::{DataFrame, DataType, PolarsError};
use serde_json::Value;
use std::collections::BTreeMap;

/// Why tables and record do not go together.
#[derive(Debug, thiserror::Error)]
pub enum MeasurementsError {
    #[error("the tables are not those of the record: {0}")]
    Table(#[from] PolarsError),
    #[error("the tables are not those of the record: {0}")]
    Record(String),
}

/// All of `measurements`.
#[derive(Clone, Debug)]
pub struct Measurements<'a> {
    table: &'a DataFrame,
    /// By axis, the index of the value of each row.
    points: Vec<Vec<Option<u32>>>,
    /// All axes but the seed.
    pub axes: Vec<SweptAxis>,
    pub stages: Vec<MeasuredStage>,
}

/// An axis of the sweep.
#[derive(Clone, Debug)]
pub struct SweptAxis {
    /// Its dotted key, and the last parts of it that tell it from the others.
    pub key: String,
    pub short: String,
    /// Its values as tables and record write them.
    pub values: Vec<String>,
    /// Its values as people read them: by the experiment's labels, or by what sets each apart from the others.
    pub labels: Vec<String>,
    /// Its values as numbers; `None` where some are words.
    pub numbers: Option<Vec<f64>>,
}

/// What was measured of one stage.
#[derive(Clone, Debug)]
pub struct MeasuredStage {
    pub name: String,
    /// The axes that matter for it.
    pub axes: Vec<usize>,
    /// In the order of their values.
    pub settings: Vec<Setting>,
    /// What its searches tried, which is never averaged with results.
    pub probes: Vec<ProbeRow>,
}

/// A column of the table as numbers, by row; missing ones are `None`.
pub type Numbers = Vec<Option<f64>>;

impl<'a> Measurements<'a> {
    pub fn read(record: &Record, tables: &'a Tables) -> Result<Self, MeasurementsError> {
        let table = &tables.measurements;
        let swept: Vec<_> = record.axes.iter().filter(|(key, _)| key != "seed").collect();
        let values: Vec<AxisValues> = swept.iter().map(|(_, values)| AxisValues::of(values)).collect();
        let keys: Vec<&str> = swept.iter().map(|(key, _)| key.as_str()).collect();
        let axes =
            swept.iter().zip(short_keys(&keys)).zip(&values).map(|((axis, short), values)| SweptAxis {
                key: axis.0.clone(),
                short,
                values: axis.1.iter().map(label).collect(),
                labels: labels(&record.labels, &axis.0, &axis.1),
                numbers: values.numbers(),
            });
        let mut measurements = Self { table, points: Vec::new(), axes: axes.collect(), stages: Vec::new() };
        let points = keys.iter().zip(&values).map(|(key, values)| values.indices(table.column(key)?));
        let points: Vec<Vec<Option<u32>>> = points.collect::<Result<_, _>>()?;
        measurements.stages = measurements.stages_of(record, &points)?;
        measurements.points = points;
        Ok(measurements)
    }

    fn stages_of(
        &self,
        record: &Record,
        points: &[Vec<Option<u32>>],
    ) -> Result<Vec<MeasuredStage>, MeasurementsError> {
        let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let stage = self.table.column("stage")?.str()?;
        let columns = Columns::of(self.table)?;
        for row in 0..self.table.height() {
            rows.entry(stage.get(row).unwrap_or_default()).or_default().push(row);
        }
        let mut stages = Vec::new();
        for facts in &record.stages {
            let axes = facts.axes.iter().map(|key| {
                let axis = self.axes.iter().position(|axis| axis.key == *key);
                axis.ok_or_else(|| MeasurementsError::Record(format!("there is no axis `{key}`")))
            });
            let axes = axes.collect::<Result<Vec<_>, _>>()?;
            let rows = rows.remove(facts.name.as_str()).unwrap_or_default();
            let places = rows.iter().map(|&row| columns.place(row, &axes, points));
            let places = places.collect::<Result<Vec<_>, _>>().map_err(MeasurementsError::Record)?;
            let (tried, places): (Vec<_>, Vec<_>) =
                places.into_iter().partition(|place| place.verdict().is_some());
            let probe = |place: Place<'_>| {
                let verdict = place.verdict()?;
                Some(ProbeRow { values: place.values, seed: place.seed, row: place.row, verdict })
            };
            let probes = tried.into_iter().filter_map(probe).collect();
            let mut settings = settings(places).map_err(MeasurementsError::Record)?;
            self.last_rounds(record, &facts.name, &axes, &mut settings);
            stages.push(MeasuredStage { name: facts.name.clone(), axes, settings, probes });
        }
        Ok(stages)
    }

    /// A setting that was interrupted ends with a round that is missing.
    fn last_rounds(&self, record: &Record, stage: &str, axes: &[usize], settings: &mut [Setting]) {
        let mut last: BTreeMap<Vec<&str>, i64> = BTreeMap::new();
        for missing in record.missing.iter().filter(|missing| missing.stage == stage) {
            let round = last.entry(missing.values()).or_default();
            *round = (*round).max(missing.round.into());
        }
        for setting in settings {
            if let Some(&round) = last.get(&self.values(axes, &setting.values)) {
                setting.last_round = setting.last_round.max(round);
            }
        }
    }

    pub fn stage(&self, name: &str) -> Option<&MeasuredStage> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    /// The axis called `key`.
    pub fn axis(&self, key: &str) -> Option<&SweptAxis> {
        self.axes.iter().find(|axis| axis.key == key)
    }

    /// A column of numbers, or a quantity that is derived from two.
    pub fn numbers(&self, column: &str) -> Result<Numbers, MeasurementsError> {
        if let Some(Derived { difference: [of, less], .. }) = Derived::named(column) {
            let (of, less) = (self.numbers(of)?, self.numbers(less)?);
            return Ok(of.into_iter().zip(less).map(|(of, less)| Some(of? - less?)).collect());
        }
        let column = self.table.column(column)?.cast(&DataType::Float64)?;
        Ok(column.f64()?.iter().collect())
    }

    /// A column of numbers that results of earlier versions may lack: all missing there.
    pub fn numbers_if_there(&self, column: &str) -> Result<Numbers, MeasurementsError> {
        match self.table.column(column) {
            _ if Derived::named(column).is_some() => self.numbers(column),
            Ok(_) => self.numbers(column),
            Err(_) => Ok(vec![None; self.table.height()]),
        }
    }

    /// The keys of the networks, by row.
    pub fn keys(&self) -> Result<Vec<&'a str>, MeasurementsError> {
        Ok(self.table.column("key")?.str()?.iter().map(Option::unwrap_or_default).collect())
    }

    /// The stages of the networks, by row.
    pub fn stage_names(&self) -> Result<Vec<&'a str>, MeasurementsError> {
        Ok(self.table.column("stage")?.str()?.iter().map(Option::unwrap_or_default).collect())
    }

    /// The setting of row `row`: the index of its value on each of the axes.
    pub fn point(&self, row: usize) -> Option<Vec<u32>> {
        self.points.iter().map(|axis| axis[row]).collect()
    }

    /// The quantities that pruning was asked for, by row; `None` of a training.
    pub fn targets(&self) -> Result<Vec<Option<&'a str>>, MeasurementsError> {
        Ok(self.table.column("target")?.str()?.iter().collect())
    }

    /// `values` on `axes` as tables and record write them.
    pub fn values(&self, axes: &[usize], values: &[u32]) -> Vec<&str> {
        axes.iter()
            .zip(values)
            .map(|(&axis, &value)| self.axes[axis].values[value as usize].as_str())
            .collect()
    }

    /// The labels of `values` on `axes`.
    pub fn labels(&self, axes: &[usize], values: &[u32]) -> Vec<&str> {
        axes.iter()
            .zip(values)
            .map(|(&axis, &value)| self.axes[axis].labels[value as usize].as_str())
            .collect()
    }

    /// What `axes` are called.
    pub fn short_names(&self, axes: &[usize]) -> Vec<&str> {
        axes.iter().map(|&axis| self.axes[axis].short.as_str()).collect()
    }

    /// `importance=magnitude, target.sparsity=0.5`
    pub fn describe(&self, axes: &[usize], values: &[u32]) -> String {
        let labels = self.short_names(axes).into_iter().zip(self.labels(axes, values));
        let parts = labels.map(|(name, label)| format!("{name}={label}"));
        parts.collect::<Vec<_>>().join(", ")
    }
}

impl SweptAxis {
    /// The label of the value that tables and record write as `value`.
    pub fn label_of<'a>(&'a self, value: &'a str) -> &'a str {
        let position = self.values.iter().position(|known| known == value);
        position.map_or(value, |position| &self.labels[position])
    }
}

/// What people read for `values` of the axis `key`.
fn labels(given: &Labels, key: &str, values: &[Value]) -> Vec<String> {
    let is_given = |name: &String| values.iter().any(|value| given.of(key, value) == Some(name.as_str()));
    let names = values.iter().zip(apart(values)).map(|(value, short)| match given.of(key, value) {
        Some(own) => vec![own.to_owned()],
        None if is_given(&short) => vec![label(value)],
        None => vec![short, label(value)],
    });
    distinct(&names.collect::<Vec<_>>())
}

impl MeasuredStage {
    /// Whether its searches, or what its schedules go on until, decide how much is pruned, so that the networks of two
    /// settings, and of two seeds, are of different sparsities.
    pub fn ends_by_itself(&self) -> bool {
        !self.probes.is_empty() || self.settings.iter().any(Setting::is_found)
    }

    /// The values of `setting` on those of `axes` that are this stage's.
    pub fn values(&self, axes: &[usize], setting: &Setting) -> Vec<u32> {
        let place = |axis: &usize| self.axes.iter().position(|other| other == axis);
        axes.iter().filter_map(place).map(|place| setting.values[place]).collect()
    }

    /// The settings that go with one of another stage: `values` on `axes`, where this stage has these axes.
    pub fn compatible(&self, axes: &[usize], values: &[u32]) -> impl Iterator<Item = &Setting> {
        let fixed: Vec<(usize, u32)> = self
            .axes
            .iter()
            .enumerate()
            .filter_map(|(place, axis)| Some((place, values[axes.iter().position(|other| other == axis)?])))
            .collect();
        self.settings
            .iter()
            .filter(move |setting| fixed.iter().all(|&(place, value)| setting.values[place] == value))
    }
}

/// The mean over seeds of a column; `None` where no network has a value.
pub fn estimate(networks: &[SeedRow], numbers: &Numbers) -> Option<Estimate> {
    let values: Vec<f64> = networks.iter().filter_map(|network| numbers[network.row]).collect();
    (!values.is_empty()).then(|| Estimate::of(&values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    // As where `--set` gives an axis with labels another value, which would be called as one of them is.
    #[test]
    fn a_label_is_of_one_value() {
        let given =
            serde_json::from_value::<Labels>(json!({ "loss": [[1, "soft-labels"], [2, "2"]] })).unwrap();
        let values = [json!(1), json!({ "soft-labels": { "temperature": 4.0 } }), json!({ "logits": {} })];
        assert_eq!(labels(&given, "loss", &values), ["soft-labels", "soft-labels(temperature=4)", "logits"]);
        assert_eq!(labels(&given, "other", &values), ["1", "soft-labels", "logits"]);
    }
}
