//! The measurements as a report reads them: by stage, setting and seed.

use crate::plan::label;
use crate::results::{Record, Tables};
use polars::prelude::{Column, DataFrame, DataType, PolarsError};
use std::collections::{BTreeMap, BTreeSet};

/// One network: a training or a round, once however many trials share it.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub round: i64,
    pub seed: i64,
    /// For each axis, the index of its value.
    pub point: Box<[u32]>,
    /// Number of its row in the table.
    pub index: usize,
}

/// The rows of one stage, and the axes that change them.
#[derive(Clone, Debug)]
pub(super) struct StageRows {
    pub name: String,
    pub rows: Vec<Row>,
    /// Axes, other than the seed, with several values of which each gives other numbers here.
    pub axes: Vec<usize>,
}

/// All of `measurements`.
#[derive(Clone, Debug)]
pub(super) struct Rows<'a> {
    pub table: &'a DataFrame,
    /// Dotted keys of the axes, the seed's left out.
    pub axes: Vec<String>,
    /// For each axis, its values as people read them.
    pub labels: Vec<Vec<String>>,
    pub stages: Vec<StageRows>,
}

impl<'a> Rows<'a> {
    pub fn read(record: &Record, tables: &'a Tables) -> Result<Self, PolarsError> {
        let table = &tables.measurements;
        let written = record.axes.iter().filter(|(key, _)| key != "seed");
        let (axes, labels): (Vec<String>, Vec<Vec<String>>) =
            written.map(|(key, values)| (key.clone(), values.iter().map(label).collect::<Vec<_>>())).unzip();
        let codes = axes.iter().zip(&labels).map(|(key, labels)| codes(table.column(key)?, labels));
        let codes: Vec<Vec<u32>> = codes.collect::<Result<_, _>>()?;
        let stage = table.column("stage")?.str()?;
        let key = table.column("key")?.str()?;
        let round = table.column("round")?.i64()?;
        let seed = table.column("seed")?.i64()?;
        let mut found: BTreeMap<&str, Found<'_>> = BTreeMap::new();
        for index in 0..table.height() {
            let point: Box<[u32]> = codes.iter().map(|codes| codes[index]).collect();
            let of_stage = found.entry(stage.get(index).unwrap_or_default()).or_default();
            let row = Row {
                round: round.get(index).unwrap_or(0),
                seed: seed.get(index).unwrap_or(0),
                point,
                index,
            };
            of_stage.add(key.get(index).unwrap_or_default(), row);
        }
        let stages = record.stages.iter().filter_map(|facts| {
            let found = found.remove(facts.name.as_str())?;
            Some(found.finish(facts.name.clone(), &labels))
        });
        let stages = stages.collect();
        Ok(Self { table, axes, labels, stages })
    }

    pub fn stage(&self, name: &str) -> Option<&StageRows> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    /// The numbers of a column, by row of the table; missing ones are `None`.
    pub fn numbers(&self, column: &str) -> Result<Vec<Option<f64>>, PolarsError> {
        let column = self.table.column(column)?.cast(&DataType::Float64)?;
        Ok(column.f64()?.iter().collect())
    }

    /// The last parts of the axes' keys that tell them apart: `importance`, `recover.loss`.
    pub fn short(&self, axis: usize) -> &str {
        self.axes[axis].rsplit('.').next().unwrap_or_default()
    }

    /// A setting for people: the labels of its values.
    pub fn setting(&self, axes: &[usize], values: &[u32]) -> String {
        let labels =
            axes.iter().zip(values).map(|(&axis, &value)| self.labels[axis][value as usize].as_str());
        labels.collect::<Vec<_>>().join(" · ")
    }
}

impl StageRows {
    /// The values that a row has on `axes`.
    pub fn at(row: &Row, axes: &[usize]) -> Vec<u32> {
        axes.iter().map(|&axis| row.point[axis]).collect()
    }

    pub fn seeds(&self) -> usize {
        self.rows.iter().map(|row| row.seed).collect::<BTreeSet<_>>().len()
    }
}

/// A stage's rows while they are read.
#[derive(Default)]
struct Found<'a> {
    rows: Vec<Row>,
    /// Row of each key.
    by_key: BTreeMap<&'a str, usize>,
    /// Axes that some node does not depend on.
    irrelevant: BTreeSet<usize>,
}

impl<'a> Found<'a> {
    fn add(&mut self, key: &'a str, row: Row) {
        match self.by_key.get(key) {
            Some(&first) => {
                let first = &self.rows[first].point;
                let differ =
                    first.iter().zip(&row.point).enumerate().filter(|(_, (first, now))| first != now);
                self.irrelevant.extend(differ.map(|(axis, _)| axis));
            }
            None => {
                self.by_key.insert(key, self.rows.len());
                self.rows.push(row);
            }
        }
    }

    fn finish(self, name: String, labels: &[Vec<String>]) -> StageRows {
        let axes =
            (0..labels.len()).filter(|axis| labels[*axis].len() > 1 && !self.irrelevant.contains(axis));
        StageRows { name, axes: axes.collect(), rows: self.rows }
    }
}

/// For each row, the index of its axis value.
fn codes(column: &Column, labels: &[String]) -> Result<Vec<u32>, PolarsError> {
    let known: BTreeMap<&str, u32> = labels.iter().map(String::as_str).zip(0..).collect();
    let of = |text: &str| known.get(text).copied().unwrap_or(0);
    Ok(match column.dtype() {
        DataType::String => column.str()?.iter().map(|text| of(text.unwrap_or_default())).collect(),
        DataType::Int64 => column.i64()?.iter().map(|value| of(&value.unwrap_or(0).to_string())).collect(),
        _ => column
            .cast(&DataType::Float64)?
            .f64()?
            .iter()
            .map(|value| of(&value.unwrap_or(0.0).to_string()))
            .collect(),
    })
}
