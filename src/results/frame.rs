//! A Polars frame, column by column, from rows.

use super::columns::{Column, Of};
use super::rows::Row;
use crate::plan::label;
use polars::prelude::{Column as Values, DataFrame, IntoColumn, NamedFrom, Series};
use serde_json::Value;

/// A table under construction: one column after the other, each a function of the row.
pub(super) struct Frame<'a, R> {
    rows: &'a [R],
    columns: Vec<Values>,
}

impl<'a, R> Frame<'a, R> {
    pub fn new(rows: &'a [R]) -> Self {
        Self { rows, columns: Vec::new() }
    }

    pub fn push(&mut self, series: Series) {
        self.columns.push(series.into_column());
    }

    /// Signed, because that is what other tools read without surprises; null beyond what that holds.
    pub fn whole(&mut self, name: &str, of: impl Fn(&R) -> u64) {
        let values = self.rows.iter().map(|row| i64::try_from(of(row)).ok());
        self.push(Series::new(name.into(), values.collect::<Vec<_>>()));
    }

    pub fn real(&mut self, name: &str, of: impl Fn(&R) -> f64) {
        self.push(Series::new(name.into(), self.rows.iter().map(of).collect::<Vec<_>>()));
    }

    pub fn maybe(&mut self, name: &str, of: impl Fn(&R) -> Option<f64>) {
        self.push(Series::new(name.into(), self.rows.iter().map(of).collect::<Vec<_>>()));
    }

    pub fn text(&mut self, name: &str, of: impl Fn(&R) -> Option<String>) {
        self.push(Series::new(name.into(), self.rows.iter().map(of).collect::<Vec<_>>()));
    }

    pub fn finish(self) -> DataFrame {
        DataFrame::new(self.rows.len(), self.columns).expect("names differ and every row has a value in each")
    }
}

impl Frame<'_, Row<'_>> {
    pub fn column(&mut self, column: &Column) {
        match column.of {
            Of::Whole(of) => self.whole(column.name, of),
            Of::Real(of) => self.real(column.name, of),
            Of::Maybe(of) => self.maybe(column.name, of),
            Of::Text(of) => self.text(column.name, of),
        }
    }
}

/// The values of an axis as a column holds them: whole numbers or numbers where all of them are, else labels.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum AxisValues {
    Whole(Vec<i64>),
    Real(Vec<f64>),
    Labels(Vec<String>),
}

impl AxisValues {
    pub fn of(values: &[Value]) -> Self {
        let whole: Option<Vec<i64>> = values.iter().map(Value::as_i64).collect();
        let real: Option<Vec<f64>> = values.iter().map(Value::as_f64).collect();
        match (whole, real) {
            (Some(values), _) => Self::Whole(values),
            (None, Some(values)) => Self::Real(values),
            (None, None) => Self::Labels(values.iter().map(label).collect()),
        }
    }

    /// The column `name` of rows that have the values at `indices`.
    pub fn column(&self, name: &str, indices: impl Iterator<Item = usize>) -> Series {
        let name = name.into();
        match self {
            Self::Whole(values) => Series::new(name, indices.map(|index| values[index]).collect::<Vec<_>>()),
            Self::Real(values) => Series::new(name, indices.map(|index| values[index]).collect::<Vec<_>>()),
            Self::Labels(labels) => {
                Series::new(name, indices.map(|index| labels[index].as_str()).collect::<Vec<_>>())
            }
        }
    }

    /// The index of each row's value in such a column; `None` for what is no value of the axis.
    pub fn indices(&self, column: &Values) -> Result<Vec<Option<u32>>, polars::prelude::PolarsError> {
        Ok(match self {
            Self::Whole(values) => column.i64()?.iter().map(|found| position(values, &found?)).collect(),
            Self::Real(values) => column.f64()?.iter().map(|found| position(values, &found?)).collect(),
            Self::Labels(labels) => {
                let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
                column.str()?.iter().map(|found| position(&labels, &found?)).collect()
            }
        })
    }

    /// The numbers that a chart can place on an axis; `None` for words.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        match self {
            Self::Whole(values) => Some(values.iter().map(|&value| value as f64).collect()),
            Self::Real(values) => Some(values.clone()),
            Self::Labels(_) => None,
        }
    }
}

fn position<T: PartialEq>(values: &[T], found: &T) -> Option<u32> {
    values.iter().position(|value| value == found).map(|index| index as u32)
}
