//! The three tables.

use super::columns::{IDENTITY, MEASURED};
use super::frame::{AxisValues, Frame};
use super::rows::{Part, Row, rows};
use crate::plan::{Node, Plan};
use crate::run::Summary;
use polars::prelude::DataFrame;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// `measurements`, `history` and `layers`, as Polars frames.
#[derive(Clone, Debug)]
pub struct Tables {
    /// A row for each trial, stage and round, and for each probe of a search.
    pub measurements: DataFrame,
    /// A row for each evaluation of each node.
    pub history: DataFrame,
    /// A row for each measurement and prunable layer, those of probes aside.
    pub layers: DataFrame,
}

impl Tables {
    /// The rows of all nodes that have one of `summaries`, in the order of trials, stages and rounds. A node that has
    /// none has no row: the record says why.
    pub fn gather(plan: &Plan, summaries: &[Option<Summary>]) -> Self {
        let rows = rows(plan, summaries);
        Self {
            measurements: measurements(plan, &rows),
            history: history(plan, summaries),
            layers: layers(&rows),
        }
    }
}

fn measurements(plan: &Plan, rows: &[Row<'_>]) -> DataFrame {
    let mut frame = Frame::new(rows);
    IDENTITY.iter().for_each(|column| frame.column(column));
    for (index, axis) in plan.axes.iter().enumerate().filter(|(_, axis)| axis.key != "seed") {
        let values = AxisValues::of(&axis.values);
        frame.push(values.column(&axis.key, rows.iter().map(|row| row.point[index] as usize)));
    }
    MEASURED.iter().for_each(|column| frame.column(column));
    frame.finish()
}

/// Every training of the plan once, those of a search in its place.
fn trainings<'a>(plan: &'a Plan, summaries: &'a [Option<Summary>]) -> Vec<(Cow<'a, Node>, &'a Summary)> {
    let mut seen = BTreeSet::new();
    let mut trainings = Vec::new();
    for (node, summary) in plan.nodes.values().zip(summaries) {
        let Some(summary) = summary else { continue };
        match (node.search(), &summary.course.search) {
            (Some(search), Some(log)) => {
                let nodes = log.nodes(search).into_iter().map(Cow::Owned).zip(&summary.probes);
                trainings.extend(nodes.filter_map(|(node, numbers)| Some((node, numbers.as_ref()?))));
            }
            _ => trainings.push((Cow::Borrowed(node), summary)),
        }
    }
    trainings.retain(|(node, _)| seen.insert(node.key));
    trainings
}

fn history(plan: &Plan, summaries: &[Option<Summary>]) -> DataFrame {
    let trainings = trainings(plan, summaries);
    let seen = trainings.iter().flat_map(|(node, summary)| {
        let node: &Node = node;
        summary.course.history.iter().map(move |seen| (node, seen))
    });
    let rows: Vec<_> = seen.collect();
    let terms: BTreeSet<&String> = rows.iter().flat_map(|(_, seen)| seen.terms.keys()).collect();
    let mut frame = Frame::new(&rows);
    frame.text("stage", |(node, _)| Some(node.stage.to_string()));
    frame.whole("round", |(node, _)| node.round.into());
    frame.whole("seed", |(node, _)| node.seed);
    frame.whole("step", |(_, seen)| seen.step);
    frame.real("epoch", |(_, seen)| seen.epoch);
    frame.real("learning_rate", |(_, seen)| seen.learning_rate);
    frame.maybe("temperature", |(_, seen)| seen.temperature);
    frame.maybe("loss_train", |(_, seen)| seen.loss_train);
    for term in terms {
        frame.maybe(term, |(_, seen)| seen.terms.get(term).copied());
    }
    frame.maybe("accuracy_validation", |(_, seen)| seen.accuracy_validation);
    frame.maybe("nll_validation", |(_, seen)| seen.nll_validation);
    frame.real("accuracy_test", |(_, seen)| seen.accuracy_test);
    frame.real("nll_test", |(_, seen)| seen.nll_test);
    frame.text("key", |(node, _)| Some(node.key.to_string()));
    frame.finish()
}

fn layers(rows: &[Row<'_>]) -> DataFrame {
    let is_probe = |row: &&Row<'_>| matches!(row.part, Some(Part::Held | Part::NotHeld));
    let rows: Vec<_> = rows
        .iter()
        .filter(|row| !is_probe(row))
        .flat_map(|row| row.summary.measurement.layers.iter().map(move |layer| (row, layer)))
        .collect();
    let mut frame = Frame::new(&rows);
    frame.whole("trial", |(row, _)| row.trial as u64);
    frame.text("stage", |(row, _)| Some(row.node.stage.to_string()));
    frame.whole("round", |(row, _)| row.node.round.into());
    frame.text("layer", |(_, layer)| Some(layer.layer.clone()));
    frame.whole("weights", |(_, layer)| layer.weights);
    frame.whole("nonzero", |(_, layer)| layer.nonzero);
    frame.real("sparsity", |(_, layer)| 1.0 - layer.nonzero as f64 / layer.weights as f64);
    frame.whole("macs", |(_, layer)| layer.macs);
    frame.whole("macs_nonzero", |(_, layer)| layer.macs_nonzero);
    frame.finish()
}
