//! The measurements by stage, setting, round and seed: what statistics, charts and claims ask.

use super::frame::AxisValues;
use super::{Estimate, Record, Tables};
use crate::plan::{label, short_keys};
use polars::prelude::{DataFrame, DataType, PolarsError};
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
    /// Its values as people read them.
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
}

/// One setting of a stage: every axis that matters is fixed, and only the seeds differ.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The index of the value of each of the stage's axes.
    pub values: Vec<u32>,
    /// The round that ends it, whether it was measured or not; 0 for a training.
    pub last_round: i64,
    pub rounds: BTreeMap<i64, Vec<SeedRow>>,
}

/// The network of one seed: a training, or a round of one.
#[derive(Clone, Copy, Debug)]
pub struct SeedRow {
    pub seed: i64,
    /// Number of its row in the table.
    pub row: usize,
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
                labels: axis.1.iter().map(label).collect(),
                numbers: values.numbers(),
            });
        let mut measurements = Self { table, axes: axes.collect(), stages: Vec::new() };
        let points = keys.iter().zip(&values).map(|(key, values)| values.indices(table.column(key)?));
        let points: Vec<Vec<Option<u32>>> = points.collect::<Result<_, _>>()?;
        measurements.stages = measurements.stages_of(record, &points)?;
        Ok(measurements)
    }

    fn stages_of(
        &self,
        record: &Record,
        points: &[Vec<Option<u32>>],
    ) -> Result<Vec<MeasuredStage>, MeasurementsError> {
        let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let stage = self.table.column("stage")?.str()?;
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
            let mut settings = self.settings(&axes, &rows, points)?;
            self.last_rounds(record, &facts.name, &axes, &mut settings);
            stages.push(MeasuredStage { name: facts.name.clone(), axes, settings });
        }
        Ok(stages)
    }

    /// Groups `rows` of one stage. A network that several trials share is counted once.
    fn settings(
        &self,
        axes: &[usize],
        rows: &[usize],
        points: &[Vec<Option<u32>>],
    ) -> Result<Vec<Setting>, MeasurementsError> {
        let key = self.table.column("key")?.str()?;
        let (round, seed) = (self.table.column("round")?.i64()?, self.table.column("seed")?.i64()?);
        let mut found: BTreeMap<Vec<u32>, BTreeMap<i64, BTreeMap<i64, usize>>> = BTreeMap::new();
        for &row in rows {
            let values: Option<Vec<u32>> = axes.iter().map(|&axis| points[axis][row]).collect();
            let (Some(values), Some(round), Some(seed)) = (values, round.get(row), seed.get(row)) else {
                return Err(MeasurementsError::Record(format!("row {row} of `measurements` has no place")));
            };
            let seeds = found.entry(values).or_default().entry(round).or_default();
            let first = *seeds.entry(seed).or_insert(row);
            if key.get(first) != key.get(row) {
                let problem = format!("rows {first} and {row} of `measurements` are of one setting and seed");
                return Err(MeasurementsError::Record(problem));
            }
        }
        let network = |(seed, row): (i64, usize)| SeedRow { seed, row };
        let setting = |(values, rounds): (Vec<u32>, BTreeMap<i64, BTreeMap<i64, usize>>)| Setting {
            values,
            last_round: rounds.keys().next_back().copied().unwrap_or(0),
            rounds: rounds
                .into_iter()
                .map(|(round, seeds)| (round, seeds.into_iter().map(network).collect()))
                .collect(),
        };
        Ok(found.into_iter().map(setting).collect())
    }

    /// A setting that was interrupted ends with a round that is missing.
    fn last_rounds(&self, record: &Record, stage: &str, axes: &[usize], settings: &mut [Setting]) {
        let mut last: BTreeMap<Vec<&str>, i64> = BTreeMap::new();
        for missing in record.missing.iter().filter(|missing| missing.stage == stage) {
            let labels = missing.setting.iter().map(|(_, label)| label.as_str()).collect();
            let round = last.entry(labels).or_default();
            *round = (*round).max(missing.round.into());
        }
        for setting in settings {
            if let Some(&round) = last.get(&self.labels(axes, &setting.values)) {
                setting.last_round = setting.last_round.max(round);
            }
        }
    }

    pub fn stage(&self, name: &str) -> Option<&MeasuredStage> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    /// A column of numbers.
    pub fn numbers(&self, column: &str) -> Result<Numbers, MeasurementsError> {
        let column = self.table.column(column)?.cast(&DataType::Float64)?;
        Ok(column.f64()?.iter().collect())
    }

    /// The keys of the networks, by row.
    pub fn keys(&self) -> Result<Vec<&'a str>, MeasurementsError> {
        Ok(self.table.column("key")?.str()?.iter().map(Option::unwrap_or_default).collect())
    }

    /// The quantities that pruning was asked for, by row; `None` of a training.
    pub fn targets(&self) -> Result<Vec<Option<&'a str>>, MeasurementsError> {
        Ok(self.table.column("target")?.str()?.iter().collect())
    }

    /// The labels of `values` on `axes`.
    pub fn labels(&self, axes: &[usize], values: &[u32]) -> Vec<&str> {
        axes.iter()
            .zip(values)
            .map(|(&axis, &value)| self.axes[axis].labels[value as usize].as_str())
            .collect()
    }

    /// `importance=magnitude, target.sparsity=0.5`
    pub fn describe(&self, axes: &[usize], values: &[u32]) -> String {
        let labels = axes.iter().zip(self.labels(axes, values));
        let parts = labels.map(|(&axis, label)| format!("{}={label}", self.axes[axis].short));
        parts.collect::<Vec<_>>().join(", ")
    }
}

impl MeasuredStage {
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

impl Setting {
    /// The networks after its last round; none where it was interrupted before.
    pub fn last(&self) -> &[SeedRow] {
        self.rounds.get(&self.last_round).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The mean over seeds of a column; `None` where no network has a value.
pub fn estimate(networks: &[SeedRow], numbers: &Numbers) -> Option<Estimate> {
    let values: Vec<f64> = networks.iter().filter_map(|network| numbers[network.row]).collect();
    (!values.is_empty()).then(|| Estimate::of(&values))
}
