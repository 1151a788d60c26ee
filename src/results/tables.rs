//! The tables.

use super::columns::{IDENTITY, MEASURED};
use super::frame::{AxisValues, Frame};
use super::rows::{Part, Row, rows, tried_by};
use crate::model::LayerCost;
use crate::plan::{Node, Plan};
use crate::run::{Latencies, Layer, Summary, Tried};
use crate::train::ClassCount;
use polars::prelude::DataFrame;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// `measurements`, `history`, `layers`, `classes` and, where layers were scanned, `scan`, as Polars frames.
#[derive(Clone, Debug)]
pub struct Tables {
    /// A row for each trial, stage and round, and for each probe of a search.
    pub measurements: DataFrame,
    /// A row for each evaluation of each node.
    pub history: DataFrame,
    /// A row for each measurement and prunable layer, those of probes aside.
    pub layers: DataFrame,
    /// A row for each measurement and class, those of probes aside; `None` in results of earlier versions.
    pub classes: Option<DataFrame>,
    /// A row for each measurement, layer and sparsity that the layer alone was pruned to before the round divided
    /// its weights among the layers; `None` where no round did that.
    pub scan: Option<DataFrame>,
}

impl Tables {
    /// The rows of all nodes that have one of `summaries`, in the order of trials, stages and rounds. A node that has
    /// none has no row, but those of what it `tried`: the record says why.
    pub fn gather(plan: &Plan, summaries: &[Option<Summary>], tried: &Tried, latencies: &Latencies) -> Self {
        let rows = rows(plan, summaries, tried, latencies);
        Self {
            measurements: measurements(plan, &rows),
            history: history(plan, summaries, tried),
            layers: layers(&rows),
            classes: Some(classes(&rows)),
            scan: scan(&rows),
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
fn trainings<'a>(
    plan: &'a Plan,
    summaries: &'a [Option<Summary>],
    tried: &'a Tried,
) -> Vec<(Cow<'a, Node>, &'a Summary)> {
    let mut seen = BTreeSet::new();
    let mut trainings = Vec::new();
    for (id, (node, summary)) in plan.nodes.values().zip(summaries).enumerate() {
        match (node.search(), tried_by(id, summary.as_ref(), tried)) {
            (Some(search), Some((log, probes))) => {
                let nodes = log.nodes(search).into_iter().map(Cow::Owned).zip(probes);
                trainings.extend(nodes.filter_map(|(node, numbers)| Some((node, numbers.as_ref()?))));
            }
            _ => trainings.extend(summary.as_ref().map(|summary| (Cow::Borrowed(node), summary))),
        }
    }
    trainings.retain(|(node, _)| seen.insert(node.key));
    trainings
}

fn history(plan: &Plan, summaries: &[Option<Summary>], tried: &Tried) -> DataFrame {
    let trainings = trainings(plan, summaries, tried);
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
        frame.maybe(&format!("{term}_weighted"), |(_, seen)| seen.weighted.get(term).copied());
        if rows.iter().any(|(_, seen)| seen.temperatures.contains_key(term)) {
            frame.maybe(&format!("{term}_temperature"), |(_, seen)| seen.temperatures.get(term).copied());
        }
    }
    frame.maybe("accuracy_validation", |(_, seen)| seen.accuracy_validation);
    frame.maybe("nll_validation", |(_, seen)| seen.nll_validation);
    frame.real("accuracy_test", |(_, seen)| seen.accuracy_test);
    frame.real("nll_test", |(_, seen)| seen.nll_test);
    frame.text("key", |(node, _)| Some(node.key.to_string()));
    frame.finish()
}

/// The rows of all networks but those that a search tried.
fn given<'a>(rows: &'a [Row<'a>]) -> impl Iterator<Item = &'a Row<'a>> {
    rows.iter().filter(|row| !matches!(row.part, Some(Part::Held | Part::NotHeld)))
}

fn layers(rows: &[Row<'_>]) -> DataFrame {
    let rows: Vec<LayerRow<'_>> = given(rows).flat_map(LayerRow::of).collect();
    let mut frame = Frame::new(&rows);
    frame.whole("trial", |layer| layer.row.trial as u64);
    frame.text("stage", |layer| Some(layer.row.node.stage.to_string()));
    frame.whole("round", |layer| layer.row.node.round.into());
    frame.text("layer", |layer| Some(layer.original.name.clone()));
    frame.whole("weights", |layer| layer.left.map_or(0, |left| left.weights));
    frame.whole("nonzero", |layer| layer.left.map_or(0, |left| left.nonzero));
    frame.real("sparsity", LayerRow::sparsity);
    frame.whole("macs", |layer| layer.left.map_or(0, |left| left.macs));
    frame.whole("macs_nonzero", |layer| layer.left.map_or(0, |left| left.macs_nonzero));
    frame.finish()
}

fn classes(rows: &[Row<'_>]) -> DataFrame {
    let mut classes: Vec<(&Row<'_>, usize, &ClassCount)> = Vec::new();
    for row in given(rows) {
        let counts = row.summary.measurement.classes.iter().enumerate();
        classes.extend(counts.map(|(class, count)| (row, class, count)));
    }
    let mut frame = Frame::new(&classes);
    frame.whole("trial", |(row, ..)| row.trial as u64);
    frame.text("stage", |(row, ..)| Some(row.node.stage.to_string()));
    frame.whole("round", |(row, ..)| row.node.round.into());
    frame.whole("seed", |(row, ..)| row.node.seed);
    frame.whole("class", |(_, class, _)| *class as u64);
    frame.whole("images", |(.., count)| count.images);
    frame.whole("correct", |(.., count)| count.correct);
    frame.whole("predicted", |(.., count)| count.predicted);
    // A test split may have no image of a class.
    frame.maybe("accuracy", |(.., count)| {
        (count.images > 0).then(|| count.correct as f64 / count.images as f64)
    });
    frame.text("key", |(row, ..)| Some(row.node.key.to_string()));
    frame.finish()
}

fn scan(rows: &[Row<'_>]) -> Option<DataFrame> {
    let rows: Vec<_> =
        rows.iter().flat_map(|row| row.summary.course.scan.iter().map(move |point| (row, point))).collect();
    if rows.is_empty() {
        return None;
    }
    let mut frame = Frame::new(&rows);
    frame.whole("trial", |(row, _)| row.trial as u64);
    frame.text("stage", |(row, _)| Some(row.node.stage.to_string()));
    frame.whole("round", |(row, _)| row.node.round.into());
    frame.whole("seed", |(row, _)| row.node.seed);
    frame.text("layer", |(_, point)| Some(point.layer.clone()));
    frame.real("requested", |(_, point)| point.requested);
    frame.real("sparsity", |(_, point)| 1.0 - point.nonzero as f64 / point.weights as f64);
    frame.whole("weights", |(_, point)| point.weights);
    frame.whole("nonzero", |(_, point)| point.nonzero);
    frame.real("accuracy_validation", |(_, point)| point.accuracy);
    frame.real("loss_validation", |(_, point)| point.loss);
    frame.text("key", |(row, _)| Some(row.node.key.to_string()));
    Some(frame.finish())
}

/// A prunable layer of the network that the chain of a row's nodes begins with, and what is left of it.
struct LayerRow<'a> {
    row: &'a Row<'a>,
    original: &'a LayerCost,
    /// `None` where the whole layer was removed.
    left: Option<&'a Layer>,
}

impl<'a> LayerRow<'a> {
    /// Those of a row, in the order of the graph.
    fn of(row: &'a Row<'a>) -> Vec<Self> {
        let left: BTreeMap<&str, &Layer> =
            row.summary.measurement.layers.iter().map(|layer| (layer.layer.as_str(), layer)).collect();
        let layer =
            |original: &'a LayerCost| Self { row, original, left: left.get(original.name.as_str()).copied() };
        row.node.origin.cost.layers.iter().map(layer).collect()
    }

    /// The share of its weights that are zero or were removed.
    fn sparsity(&self) -> f64 {
        let nonzero = self.left.map_or(0, |left| left.nonzero);
        1.0 - nonzero as f64 / self.original.weights as f64
    }
}
