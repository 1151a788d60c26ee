//! The three tables.

use super::columns::{Columns, axis_column};
use crate::plan::{Node, Plan};
use crate::run::Summary;
use polars::prelude::DataFrame;
use std::collections::BTreeSet;

/// `measurements`, `history` and `layers`, as Polars frames.
#[derive(Clone, Debug)]
pub struct Tables {
    /// A row for each trial, stage and round.
    pub measurements: DataFrame,
    /// A row for each evaluation of each node.
    pub history: DataFrame,
    /// A row for each measurement and prunable layer.
    pub layers: DataFrame,
}

impl Tables {
    /// The rows of all nodes that have one of `summaries`, in the order of trials, stages and rounds. A node that has
    /// none has no row: the record says why.
    pub fn gather(plan: &Plan, summaries: &[Option<Summary>]) -> Self {
        let rows: Vec<Row<'_>> = rows(plan, summaries).collect();
        Self {
            measurements: measurements(plan, &rows),
            history: history(plan, summaries),
            layers: layers(&rows),
        }
    }
}

/// One measurement.
struct Row<'a> {
    trial: usize,
    point: &'a [u32],
    node: &'a Node,
    summary: &'a Summary,
}

fn rows<'a>(plan: &'a Plan, summaries: &'a [Option<Summary>]) -> impl Iterator<Item = Row<'a>> {
    plan.trials.iter().enumerate().flat_map(move |(trial, at)| {
        at.stages.iter().flat_map(|stage| &stage.nodes).filter_map(move |&id| {
            Some(Row { trial, point: &at.point, node: &plan.nodes[id], summary: summaries[id].as_ref()? })
        })
    })
}

fn measurements(plan: &Plan, rows: &[Row<'_>]) -> DataFrame {
    let mut columns = Columns::new(rows);
    columns.whole("trial", |row| row.trial as u64);
    columns.text("stage", |row| &row.node.stage);
    columns.whole("round", |row| row.node.round.into());
    columns.whole("seed", |row| row.node.seed);
    for (index, axis) in plan.axes.iter().enumerate().filter(|(_, axis)| axis.key != "seed") {
        columns.push(axis_column(axis, rows.iter().map(|row| row.point[index] as usize)));
    }
    columns.real("sparsity_requested", |row| row.node.requested);
    columns.real("sparsity", |row| row.summary.measurement.sparsity);
    columns.whole("parameters", |row| row.summary.measurement.parameters);
    columns.whole("nonzero", |row| row.summary.measurement.nonzero);
    // A network with nothing left is compressed without bound: infinity.
    columns.real("compression", |row| {
        let measurement = &row.summary.measurement;
        measurement.prunable as f64 / measurement.nonzero as f64
    });
    columns.whole("macs", |row| row.summary.measurement.macs);
    columns.whole("macs_nonzero", |row| row.summary.measurement.macs_nonzero);
    columns.real("accuracy", |row| row.summary.measurement.accuracy);
    columns.real("loss", |row| row.summary.measurement.loss);
    columns.maybe("accuracy_validation", |row| row.summary.measurement.accuracy_validation);
    columns.real("accuracy_last", |row| row.summary.course.accuracy_last);
    columns.real("accuracy_best_test", |row| row.summary.course.accuracy_best_test);
    columns.real("ece", |row| row.summary.measurement.ece);
    columns.maybe("teacher_agreement", |row| row.summary.measurement.teacher_agreement);
    columns.whole("steps", |row| row.summary.course.steps);
    columns.real("seconds", |row| row.summary.course.seconds);
    columns.names("key", |row| row.node.key.to_string());
    columns.frame()
}

fn history(plan: &Plan, summaries: &[Option<Summary>]) -> DataFrame {
    let nodes =
        plan.nodes.values().zip(summaries).filter_map(|(node, summary)| Some((node, summary.as_ref()?)));
    let rows: Vec<_> = nodes
        .flat_map(|(node, summary)| summary.course.history.iter().map(move |seen| (node, seen)))
        .collect();
    let terms: BTreeSet<&String> = rows.iter().flat_map(|(_, seen)| seen.terms.keys()).collect();
    let mut columns = Columns::new(&rows);
    columns.text("stage", |(node, _)| &node.stage);
    columns.whole("round", |(node, _)| node.round.into());
    columns.whole("seed", |(node, _)| node.seed);
    columns.whole("step", |(_, seen)| seen.step);
    columns.real("epoch", |(_, seen)| seen.epoch);
    columns.real("learning_rate", |(_, seen)| seen.learning_rate);
    columns.maybe("temperature", |(_, seen)| seen.temperature);
    columns.maybe("loss_train", |(_, seen)| seen.loss_train);
    for term in terms {
        columns.maybe(term, |(_, seen)| seen.terms.get(term).copied());
    }
    columns.maybe("accuracy_validation", |(_, seen)| seen.accuracy_validation);
    columns.maybe("nll_validation", |(_, seen)| seen.nll_validation);
    columns.real("accuracy_test", |(_, seen)| seen.accuracy_test);
    columns.real("nll_test", |(_, seen)| seen.nll_test);
    columns.names("key", |(node, _)| node.key.to_string());
    columns.frame()
}

fn layers(rows: &[Row<'_>]) -> DataFrame {
    let rows: Vec<_> = rows
        .iter()
        .flat_map(|row| row.summary.measurement.layers.iter().map(move |layer| (row, layer)))
        .collect();
    let mut columns = Columns::new(&rows);
    columns.whole("trial", |(row, _)| row.trial as u64);
    columns.text("stage", |(row, _)| &row.node.stage);
    columns.whole("round", |(row, _)| row.node.round.into());
    columns.text("layer", |(_, layer)| &layer.layer);
    columns.whole("weights", |(_, layer)| layer.weights);
    columns.whole("nonzero", |(_, layer)| layer.nonzero);
    columns.real("sparsity", |(_, layer)| 1.0 - layer.nonzero as f64 / layer.weights as f64);
    columns.whole("macs", |(_, layer)| layer.macs);
    columns.whole("macs_nonzero", |(_, layer)| layer.macs_nonzero);
    columns.frame()
}
