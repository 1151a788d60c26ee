//! What a claim compares, one number a seed.

use crate::results::summary::{CurvePoint, area, sparsity_at_drop};
use crate::results::{MeasuredStage, Measurements, MeasurementsError, Numbers, Record, SeedRow, Setting};
use crate::spec::{Cell, Claim};
use std::collections::BTreeMap;

/// Numbers by seed.
pub(super) type BySeed = BTreeMap<u64, f64>;

/// The numbers of the networks of `cell` that `claim` is about; those that are missing or not finite are left out.
pub(super) fn by_seed(
    record: &Record,
    measurements: &Measurements<'_>,
    claim: &Claim,
    cell: &Cell,
) -> Result<BySeed, MeasurementsError> {
    let Some(stage) = measurements.stage(&cell.stage) else { return Ok(BySeed::new()) };
    let settings = settings(record, measurements, stage, cell);
    let mut numbers = match claim.metric.as_str() {
        "summary.area" | "summary.sparsity-at-drop" => {
            Summaries::read(measurements)?.of(record, measurements, claim, stage, &settings)
        }
        column => match settings.as_slice() {
            [setting] => column_of(setting, cell, &measurements.numbers_if_there(column)?),
            _ => BySeed::new(),
        },
    };
    numbers.retain(|_, number| number.is_finite());
    Ok(numbers)
}

/// The settings of `stage` that have the values of `cell`.
fn settings<'m>(
    record: &Record,
    measurements: &Measurements<'_>,
    stage: &'m MeasuredStage,
    cell: &Cell,
) -> Vec<&'m Setting> {
    let fits = |axis: usize, value: u32| {
        let key = &measurements.axes[axis].key;
        let values = record.axes.iter().find(|(other, _)| other == key).map(|(_, values)| values);
        let found = values.and_then(|values| values.get(value as usize));
        cell.values.get(key).is_none_or(|wanted| found == Some(wanted))
    };
    let fits =
        |setting: &&Setting| stage.axes.iter().zip(&setting.values).all(|(&axis, &value)| fits(axis, value));
    stage.settings.iter().filter(fits).collect()
}

fn column_of(setting: &Setting, cell: &Cell, numbers: &Numbers) -> BySeed {
    let rows = match cell.round {
        Some(round) => setting.rounds.get(&i64::from(round)).map(Vec::as_slice).unwrap_or_default(),
        None => setting.last(),
    };
    rows.iter().filter_map(|row| Some((seed(row)?, numbers[row.row]?))).collect()
}

fn seed(row: &SeedRow) -> Option<u64> {
    u64::try_from(row.seed).ok()
}

/// The columns that curves are made of.
struct Summaries {
    compression: Numbers,
    sparsity: Numbers,
    accuracy: Numbers,
}

impl Summaries {
    fn read(measurements: &Measurements<'_>) -> Result<Self, MeasurementsError> {
        Ok(Self {
            compression: measurements.numbers("compression")?,
            sparsity: measurements.numbers("sparsity")?,
            accuracy: measurements.numbers("accuracy")?,
        })
    }

    /// The summary that `claim` is about, of the method that is all of `settings`: of one setting the curve goes along its
    /// rounds, of several along their last ones.
    fn of(
        &self,
        record: &Record,
        measurements: &Measurements<'_>,
        claim: &Claim,
        stage: &MeasuredStage,
        settings: &[&Setting],
    ) -> BySeed {
        let rows: Vec<&SeedRow> = match settings {
            [setting] => setting.rounds.values().flatten().collect(),
            settings => settings.iter().flat_map(|setting| setting.last()).collect(),
        };
        let mut curves: BTreeMap<u64, Vec<CurvePoint>> = BTreeMap::new();
        for row in &rows {
            let at = |numbers: &Numbers| numbers[row.row];
            let (Some(compression), Some(sparsity)) = (at(&self.compression), at(&self.sparsity)) else {
                continue;
            };
            let (Some(accuracy), Some(seed)) = (at(&self.accuracy), seed(row)) else { continue };
            curves.entry(seed).or_default().push(CurvePoint { compression, sparsity, accuracy });
        }
        // A curve that lacks a point is another curve.
        let most = curves.values().map(Vec::len).max().unwrap_or(0);
        let expected = if settings.len() == 1 { most } else { settings.len() };
        curves.retain(|_, curve| curve.len() == expected);
        let dense = settings.first().map(|setting| self.dense(record, measurements, stage, setting));
        let dense = dense.unwrap_or_default();
        let number = |(seed, curve): (u64, Vec<CurvePoint>)| {
            let number = match claim.metric.as_str() {
                "summary.area" => area(&curve)?,
                _ => sparsity_at_drop(&curve, *dense.get(&seed)?, claim.drop()),
            };
            Some((seed, number))
        };
        curves.into_iter().filter_map(number).collect()
    }

    /// The accuracy, by seed, of the training that the networks of `setting` come from.
    fn dense(
        &self,
        record: &Record,
        measurements: &Measurements<'_>,
        stage: &MeasuredStage,
        setting: &Setting,
    ) -> BySeed {
        let from = |name: &str| record.stages.iter().find(|facts| facts.name == name)?.from.as_deref();
        let mut name = stage.name.as_str();
        while let Some(before) = from(name) {
            name = before;
        }
        let Some(dense) = measurements.stage(name) else { return BySeed::new() };
        let trained: Vec<&Setting> = dense.compatible(&stage.axes, &setting.values).collect();
        let [trained] = trained.as_slice() else { return BySeed::new() };
        let rows = trained.last().iter();
        rows.filter_map(|row| Some((seed(row)?, self.accuracy[row.row]?))).collect()
    }
}
