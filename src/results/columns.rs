//! Columns of a table, from rows.

use crate::plan::label;
use crate::spec::Axis;
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series};
use serde_json::Value;

/// A table under construction: one column after the other, each a function of the row.
pub(super) struct Columns<'a, R> {
    rows: &'a [R],
    columns: Vec<Column>,
}

impl<'a, R> Columns<'a, R> {
    pub fn new(rows: &'a [R]) -> Self {
        Self { rows, columns: Vec::new() }
    }

    pub fn push(&mut self, series: Series) {
        self.columns.push(series.into_column());
    }

    pub fn whole(&mut self, name: &str, of: impl Fn(&R) -> u64) {
        // Signed, because that is what other tools read without surprises.
        self.push(Series::new(name.into(), self.rows.iter().map(|row| of(row) as i64).collect::<Vec<_>>()));
    }

    pub fn real(&mut self, name: &str, of: impl Fn(&R) -> f64) {
        self.push(Series::new(name.into(), self.rows.iter().map(of).collect::<Vec<_>>()));
    }

    pub fn maybe(&mut self, name: &str, of: impl Fn(&R) -> Option<f64>) {
        self.push(Series::new(name.into(), self.rows.iter().map(of).collect::<Vec<_>>()));
    }

    pub fn text(&mut self, name: &str, of: impl Fn(&R) -> &str) {
        self.push(Series::new(name.into(), self.rows.iter().map(of).collect::<Vec<_>>()));
    }

    pub fn names(&mut self, name: &str, of: impl Fn(&R) -> String) {
        self.push(Series::new(name.into(), self.rows.iter().map(of).collect::<Vec<_>>()));
    }

    pub fn frame(self) -> DataFrame {
        DataFrame::new(self.rows.len(), self.columns).expect("names differ and every row has a value in each")
    }
}

/// The column of an axis: whole numbers or numbers where all of its values are, else their labels.
pub(super) fn axis_column(axis: &Axis, indices: impl Iterator<Item = usize>) -> Series {
    let name = axis.key.as_str().into();
    let whole: Option<Vec<i64>> = axis.values.iter().map(Value::as_i64).collect();
    if let Some(values) = whole {
        return Series::new(name, indices.map(|index| values[index]).collect::<Vec<_>>());
    }
    let real: Option<Vec<f64>> = axis.values.iter().map(Value::as_f64).collect();
    if let Some(values) = real {
        return Series::new(name, indices.map(|index| values[index]).collect::<Vec<_>>());
    }
    let labels: Vec<String> = axis.values.iter().map(label).collect();
    Series::new(name, indices.map(|index| labels[index].as_str()).collect::<Vec<_>>())
}
