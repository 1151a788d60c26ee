//! What a claim compares, one number a seed.

use crate::plan::label;
use crate::results::curves::{Curves, Summary};
use crate::results::{MeasuredStage, Measurements, MeasurementsError, Numbers, Record, Setting};
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
    let summary = |summary| {
        let fixed: Vec<(&str, String)> =
            cell.values.iter().map(|(key, value)| (key.as_str(), label(value))).collect();
        let curves = Curves::read(measurements)?.of(record, measurements, stage, &settings, &fixed);
        Ok::<_, MeasurementsError>(curves.summary(summary))
    };
    let mut numbers = match claim.metric.as_str() {
        "summary.area" => summary(Summary::Area)?,
        "summary.sparsity-at-drop" => summary(Summary::SparsityAtDrop(claim.drop()))?,
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
    rows.iter().filter_map(|row| Some((row.number()?, numbers[row.row]?))).collect()
}
