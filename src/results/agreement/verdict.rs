//! Whether two results agree as closely as they have to.

use super::cells::Cell;
use super::pairs::{Pairs, words};
use super::{Comparison, TableComparison};
use crate::backend::BackendKind;
use crate::results::Record;
use polars::prelude::{DataFrame, PolarsError};
use serde::Serialize;
use std::collections::BTreeMap;

/// How close two results of one experiment have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Promise {
    /// The same bytes in every column but those that a clock measured.
    Bytes,
    /// The same sizes and steps, and in each setting a mean test accuracy over the seeds that is at most
    /// [`Promise::ACCURACY`] away.
    Close,
    /// Nothing: other settings were asked for.
    Nothing,
}

/// The setting whose mean test accuracies over the seeds are the farthest apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct MeanDifference {
    pub difference: f64,
    /// What sets it apart, as `column=value`.
    pub setting: Vec<String>,
    pub seeds: usize,
}

/// Columns of `measurements` that follow from what was asked for, not from how sums are rounded.
const SIZES: [&str; 6] = ["requested", "parameters", "nonzero", "macs", "macs_nonzero", "steps"];

impl Promise {
    /// How far mean accuracies may be from each other where bytes are not promised.
    pub const ACCURACY: f64 = 0.01;

    /// What holds between results with these records: `flex` gives the same bytes everywhere, other backends on one kind
    /// of machine, and only what has the same keys was asked for the same.
    pub fn between(first: &Record, second: &Record, comparison: &Comparison) -> Self {
        let devices = |record: &Record| -> Vec<_> {
            record.trained_by.iter().map(|by| by.computed_by.as_ref().map(|by| by.device.clone())).collect()
        };
        let on_same = first.backend == BackendKind::Flex || devices(first) == devices(second);
        let asked =
            |record: &Record| ["stage", "data", "seed"].map(|section| record.experiment[section].clone());
        match comparison.other_keys == 0 && first.backend == second.backend && on_same {
            true => Self::Bytes,
            false if asked(first) == asked(second) => Self::Close,
            false => Self::Nothing,
        }
    }

    /// Whether `comparison` keeps it.
    pub fn holds(self, comparison: &Comparison) -> bool {
        let same_sizes = |table: &TableComparison| {
            let mut differing = table.differences.iter().map(|difference| difference.column.as_str());
            !differing.any(|column| SIZES.contains(&column))
        };
        if comparison.has_nothing_in_common() {
            return false;
        }
        match self {
            Self::Bytes | Self::Nothing => comparison.is_same(),
            Self::Close => {
                let farthest = comparison.farthest_mean.as_ref().map_or(0.0, |mean| mean.difference);
                comparison.tables.first().is_some_and(same_sizes) && farthest <= Self::ACCURACY
            }
        }
    }
}

/// Of the settings that `columns` tell apart, the one whose mean accuracies over the paired rows are the farthest apart.
pub(super) fn farthest_mean(
    first: &DataFrame,
    second: &DataFrame,
    columns: &[&str],
    pairs: &Pairs,
) -> Result<Option<MeanDifference>, PolarsError> {
    let settings = words(first, columns, |_, cell| cell)?;
    let accuracies = |table: &DataFrame| Cell::all(table.column("accuracy")?);
    let (one, other) = (accuracies(first)?, accuracies(second)?);
    let mut sums: BTreeMap<&Vec<String>, (f64, usize)> = BTreeMap::new();
    for &(row, in_second) in &pairs.both {
        let (Some(one), Some(other)) = (one[row].number(), other[in_second].number()) else { continue };
        let (sum, seeds) = sums.entry(&settings[row]).or_default();
        *sum += one - other;
        *seeds += 1;
    }
    let means = sums.into_iter().map(|(setting, (sum, seeds))| MeanDifference {
        difference: (sum / seeds as f64).abs(),
        setting: columns.iter().zip(setting).map(|(column, word)| format!("{column}={word}")).collect(),
        seeds,
    });
    Ok(means.max_by(|one, other| one.difference.total_cmp(&other.difference)))
}
