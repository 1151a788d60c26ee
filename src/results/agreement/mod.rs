//! How two results of one experiment compare: row by row, column by column, to the byte.

mod cells;
mod circumstances;
mod columns;
mod pairs;
mod verdict;

pub use circumstances::{Circumstance, circumstances};
pub use columns::ColumnDifference;
pub use verdict::{MeanDifference, Promise};

use super::{Record, Tables};
use columns::differences;
use pairs::{Pairing, Pairs};
use polars::prelude::{DataFrame, PolarsError};
use serde::Serialize;
use verdict::farthest_mean;

/// Two results of one experiment.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Comparison {
    /// `measurements` first.
    pub tables: Vec<TableComparison>,
    /// Measurements of networks whose keys differ: something that can change their numbers is not the same.
    pub other_keys: usize,
    /// `None` where no measurement is in both.
    pub farthest_mean: Option<MeanDifference>,
}

/// The same table of two results.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TableComparison {
    pub table: &'static str,
    /// Rows that both have.
    pub rows: usize,
    /// Those of them that have the same bytes in every column that both have, but for what a clock measured.
    pub same: usize,
    pub only_first: usize,
    pub only_second: usize,
    /// Columns that the other has not.
    pub columns_only_first: Vec<String>,
    pub columns_only_second: Vec<String>,
    pub differences: Vec<ColumnDifference>,
}

/// Why two results cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum ComparisonError {
    #[error(
        "these are results of different experiments: the axes of one are {first}, those of the other {second}"
    )]
    Axes { first: String, second: String },
    #[error("a table cannot be compared: {0}")]
    Table(#[from] PolarsError),
}

impl Comparison {
    /// Of results with these records and tables, first and second.
    pub fn of(first: (&Record, &Tables), second: (&Record, &Tables)) -> Result<Self, ComparisonError> {
        let axes = same_axes(first.0, second.0)?;
        let (first, second) = (first.1, second.1);
        let point = [&axes[..], &["seed"]].concat();
        let setting: Vec<&str> = ["stage", "round", "probe"].into_iter().chain(axes).collect();
        let identity = [&setting[..], &["seed"]].concat();
        let pairing = Pairing::default();
        let pairs = Pairs::of(&first.measurements, &second.measurements, &identity, &pairing)?;
        let pairing = pairing.learnt(&first.measurements, &second.measurements, &point, &pairs)?;
        let compared = |table, first: &DataFrame, second: &DataFrame, identity: &[&str]| {
            let pairs = Pairs::of(first, second, identity, &pairing)?;
            TableComparison::of(table, first, second, &pairs)
        };
        let mut tables =
            vec![TableComparison::of("measurements", &first.measurements, &second.measurements, &pairs)?];
        tables.push(compared("history", &first.history, &second.history, &["key", "step"])?);
        let of_trial = ["trial", "stage", "round"];
        tables.push(compared(
            "layers",
            &first.layers,
            &second.layers,
            &[&of_trial[..], &["layer"]].concat(),
        )?);
        if let (Some(first), Some(second)) = (&first.classes, &second.classes) {
            tables.push(compared("classes", first, second, &[&of_trial[..], &["class"]].concat())?);
        }
        if let (Some(first), Some(second)) = (&first.scan, &second.scan) {
            tables.push(compared("scan", first, second, &[&of_trial[..], &["layer", "requested"]].concat())?);
        }
        let setting: Vec<&str> =
            setting.into_iter().filter(|name| first.measurements.column(name).is_ok()).collect();
        let farthest_mean = farthest_mean(&first.measurements, &second.measurements, &setting, &pairs)?;
        Ok(Self { tables, other_keys: pairing.other_keys, farthest_mean })
    }

    /// Whether every row that both have is the same to the byte.
    pub fn is_same(&self) -> bool {
        self.tables.iter().all(|table| table.same == table.rows)
    }

    /// Whether no network was measured in both.
    pub fn has_nothing_in_common(&self) -> bool {
        self.tables.first().is_none_or(|measurements| measurements.rows == 0)
    }

    /// Whether each has rows for all that the other measured.
    pub fn is_whole(&self) -> bool {
        self.tables.iter().all(|table| table.only_first == 0 && table.only_second == 0)
    }
}

impl TableComparison {
    fn of(
        table: &'static str,
        first: &DataFrame,
        second: &DataFrame,
        pairs: &Pairs,
    ) -> Result<Self, PolarsError> {
        let (same, differences) = differences(first, second, pairs)?;
        let lacking = |of: &DataFrame, in_other: &DataFrame| {
            let names = of.get_column_names().into_iter().map(|name| name.as_str());
            names.filter(|name| in_other.column(name).is_err()).map(str::to_owned).collect()
        };
        Ok(Self {
            table,
            rows: pairs.both.len(),
            same,
            only_first: pairs.only_first,
            only_second: pairs.only_second,
            columns_only_first: lacking(first, second),
            columns_only_second: lacking(second, first),
            differences,
        })
    }
}

/// The axes that both have, but for the seed.
fn same_axes<'r>(first: &'r Record, second: &Record) -> Result<Vec<&'r str>, ComparisonError> {
    let names = |record: &'r Record| -> Vec<&'r str> {
        let keys = record.axes.iter().map(|(key, _)| key.as_str());
        keys.filter(|&key| key != "seed").collect()
    };
    let of_second: Vec<&str> =
        second.axes.iter().map(|(key, _)| key.as_str()).filter(|&key| key != "seed").collect();
    let of_first = names(first);
    if of_first == of_second {
        return Ok(of_first);
    }
    let listed = |axes: &[&str]| if axes.is_empty() { "none".to_owned() } else { axes.join(", ") };
    Err(ComparisonError::Axes { first: listed(&of_first), second: listed(&of_second) })
}
