//! Columns of two tables that differ, and by how much.

use super::super::TIMED;
use super::cells::Cell;
use super::pairs::Pairs;
use polars::prelude::{DataFrame, PolarsError};
use serde::Serialize;

/// A column whose values differ between two tables.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ColumnDifference {
    pub column: String,
    /// Rows whose values differ.
    pub rows: usize,
    /// `None` where no two numbers differ, but words do or a value is missing.
    pub largest: Option<Largest>,
}

/// The two numbers of a column that are the farthest apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Largest {
    pub first: f64,
    pub second: f64,
    pub difference: f64,
    /// Number of the first table's row.
    pub row: usize,
}

/// Names that say which row it is, which trial a row was counted as, or what a clock measured.
const NOT_COMPARED: [&str; 2] = ["trial", "key"];

/// How many of the paired rows are the same to the byte, and the columns in which the others differ.
pub(super) fn differences(
    first: &DataFrame,
    second: &DataFrame,
    pairs: &Pairs,
) -> Result<(usize, Vec<ColumnDifference>), PolarsError> {
    let mut is_same = vec![true; pairs.both.len()];
    let mut found = Vec::new();
    for column in first.columns() {
        let name = column.name().as_str();
        let Ok(other) = second.column(name) else { continue };
        if NOT_COMPARED.contains(&name) || TIMED.contains(&name) {
            continue;
        }
        let (one, other) = (Cell::all(column)?, Cell::all(other)?);
        let mut difference = ColumnDifference { column: name.to_owned(), rows: 0, largest: None };
        for (&(row, second), is_same) in pairs.both.iter().zip(&mut is_same) {
            let (one, other) = (&one[row], &other[second]);
            if one.is_same(other) {
                continue;
            }
            *is_same = false;
            difference.rows += 1;
            if let (Some(first), Some(second)) = (one.number(), other.number()) {
                difference.add(Largest { first, second, difference: (first - second).abs(), row });
            }
        }
        found.extend((difference.rows > 0).then_some(difference));
    }
    Ok((is_same.into_iter().filter(|&same| same).count(), found))
}

impl ColumnDifference {
    fn add(&mut self, found: Largest) {
        // Whatever is no number is farther apart than any two numbers.
        let distance =
            |largest: &Largest| if largest.difference.is_nan() { f64::INFINITY } else { largest.difference };
        if self.largest.is_none_or(|largest| distance(&largest) < distance(&found)) {
            self.largest = Some(found);
        }
    }
}
