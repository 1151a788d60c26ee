//! Charts of columns that there are not, and charts that are the same as another. An axis that a stronger layer took
//! away may still be named: the report leaves out a chart along it, and does not group by it.

use super::Sections;
use crate::format::excerpt;
use crate::spec::chart_axes::ending;
use crate::spec::check::Mistake;
use crate::spec::diagnostics::{known_names, listed};
use crate::spec::{Better, Chart, ChartKind, Scale};
use std::collections::BTreeMap;

pub(super) fn mistakes(sections: &Sections) -> Vec<Mistake> {
    // There is always a seed, swept or not.
    let axes: Vec<&str> = sections.axes.iter().map(String::as_str).filter(|axis| *axis != "seed").collect();
    let mut mistakes = Vec::new();
    for (index, chart) in sections.charts.iter().enumerate() {
        let Some(chart) = chart else { continue };
        let named = Named { chart, index, axes: &axes };
        mistakes.extend(named.without_stage());
        mistakes.extend(named.twice());
        mistakes.extend(named.misplaced_scale());
        mistakes.extend(match chart.kind {
            ChartKind::Lines => named.lines(),
            ChartKind::Pareto => named.front(),
            ChartKind::LayerDensity => named.layers(),
            ChartKind::Area => {
                named.summary("the area is always that under accuracy against log₂ compression")
            }
            ChartKind::SparsityAtDrop => {
                named.summary("it is always the largest sparsity that loses little accuracy")
            }
            ChartKind::Training => named.training(),
            ChartKind::Cost => named.cost(),
        });
    }
    mistakes.extend(repeated(&sections.charts));
    mistakes
}

/// A chart, its number, and the axes that there are.
struct Named<'a> {
    chart: &'a Chart,
    index: usize,
    axes: &'a [&'a str],
}

impl Named<'_> {
    fn path(&self, key: &str) -> String {
        format!("chart.{}.{key}", self.index)
    }

    fn without_stage(&self) -> Option<Mistake> {
        if self.chart.stage.is_some() {
            return None;
        }
        let (message, help) = match self.chart.kind {
            ChartKind::Lines
            | ChartKind::LayerDensity
            | ChartKind::Area
            | ChartKind::SparsityAtDrop
            | ChartKind::Training => ("it does not say which stage it draws", "write `stage = \"…\"`"),
            ChartKind::Cost => return None,
            ChartKind::Pareto if self.chart.beside.is_empty() => return None,
            ChartKind::Pareto => (
                "it names stages with `beside`, and no `stage` that they are beside",
                "write `stage = \"…\"`, or leave `beside` out for a front over all stages",
            ),
        };
        Some(Mistake::key(&format!("chart.{}", self.index), message, vec![help.to_owned()]))
    }

    /// Stages and axes that a list names again.
    fn twice(&self) -> Vec<Mistake> {
        let stages =
            self.chart.stage.iter().chain(&self.chart.beside).map(String::as_str).collect::<Vec<_>>();
        let is_again = |names: &[&str], index: usize| names[..index].contains(&names[index]);
        let before = stages.len() - self.chart.beside.len();
        let again = (before..stages.len()).filter(|&index| is_again(&stages, index));
        let beside = again.map(|index| (format!("beside.{}", index - before), stages[index]));
        let axes: Vec<&str> = self.chart.group.iter().flatten().map(String::as_str).collect();
        let again = (0..axes.len()).filter(|&index| is_again(&axes, index));
        let group = again.map(|index| (format!("group.{index}"), axes[index]));
        let mistake = |(key, name): (String, &str)| {
            let message = format!("`{}` is named twice", excerpt(name));
            Mistake::value(&self.path(&key), message, vec!["leave it out here".to_owned()])
        };
        beside.chain(group).map(mistake).collect()
    }

    /// A scale of sparsities for what is no share that was removed.
    fn misplaced_scale(&self) -> Option<Mistake> {
        let has_x = matches!(self.chart.kind, ChartKind::Lines | ChartKind::Pareto);
        let x = self.chart.x();
        let is_removed = ["sparsity", "requested"].contains(&x) || x.ends_with(".sparsity");
        (has_x && self.chart.scale == Some(Scale::Sparsity) && !is_removed).then(|| {
            let message = format!("`{}` is no share of weights removed, which this scale is for", excerpt(x));
            let help = "it goes with `sparsity`, `requested` and axes of sparsities; elsewhere write \"linear\" or \"log\"";
            Mistake::value(&self.path("scale"), message, vec![help.to_owned()])
        })
    }

    fn lines(&self) -> Vec<Mistake> {
        let chart = self.chart;
        let columns = [&Chart::IDENTITY, &Chart::MEASURED[..], self.axes].concat();
        let mut mistakes = Vec::new();
        mistakes.extend(self.unknown("x", chart.x(), &columns, "columns and axes"));
        let drawn = [&Chart::MEASURED[..], &Chart::DERIVED].concat();
        mistakes.extend(self.unknown("y", chart.y(), &drawn, "columns"));
        let grouping = [self.axes, &["seed"]].concat();
        for (number, name) in chart.group.iter().flatten().enumerate() {
            mistakes.extend(self.unknown(&format!("group.{number}"), name, &grouping, "axes"));
        }
        mistakes.extend(self.facet());
        let is_grouped_beside = !chart.beside.is_empty() && chart.group.is_some();
        mistakes.extend(is_grouped_beside.then(|| {
            let message = "beside other stages each setting has a line of its own, so nothing is grouped";
            Mistake::key(&self.path("group"), message, vec!["leave `group` or `beside` out".to_owned()])
        }));
        mistakes
    }

    fn facet(&self) -> Option<Mistake> {
        let facet = self.chart.facet.as_deref()?;
        let is_grouped = |axis: &str| self.chart.group.iter().flatten().any(|name| name == axis);
        let free = self.axes.iter().copied().filter(|axis| *axis != self.chart.x() && !is_grouped(axis));
        let free: Vec<&str> = free.collect();
        let message = if facet == "seed" {
            "a panel is of the mean over the seeds, and `group = [\"seed\"]` has a line for each"
        } else if facet == self.chart.x() {
            "it is `x` too, so each panel has one point"
        } else if is_grouped(facet) {
            "it is in `group` too, and an axis sets either panels apart or lines"
        } else {
            return self.unknown("facet", facet, &free, "axes");
        };
        let help = match free.as_slice() {
            [] => "leave `facet` out: there is no axis that could have panels".to_owned(),
            free => format!("axes that can have panels: {}", listed(free)),
        };
        Some(Mistake::value(&self.path("facet"), message.to_owned(), vec![help]))
    }

    fn front(&self) -> Vec<Mistake> {
        let chart = self.chart;
        let mut mistakes = Vec::new();
        for (key, name) in [("x", chart.x()), ("y", chart.y())] {
            mistakes.extend(self.no_objective(key, name));
        }
        if chart.x() == chart.y() {
            let message = format!("`{}` is on both axes, and a front is of two quantities", chart.x());
            let key = if chart.x.is_some() { "x" } else { "y" };
            mistakes.push(Mistake::value(&self.path(key), message, Vec::new()));
        }
        let grouped = [
            ("group", chart.group.is_some(), "a front is over all settings, so nothing is grouped"),
            ("facet", chart.facet.is_some(), "a front is over all settings, so it has one panel"),
            ("baseline", chart.baseline.is_some(), "a front compares all settings with each other"),
        ];
        mistakes.extend(self.refused(&grouped));
        mistakes
    }

    fn layers(&self) -> Vec<Mistake> {
        let chart = self.chart;
        let along = [&["round"], self.axes].concat();
        let mut mistakes = Vec::new();
        if let Some(x) = &chart.x {
            mistakes.extend(self.unknown("x", x, &along, "a heat map goes along"));
        }
        mistakes.extend(self.refused(&[
            ("y", chart.y.is_some(), "a heat map always draws the share of weights left in each layer"),
            ("scale", chart.scale.is_some(), "a heat map has no scale: its columns are names"),
            ("group", chart.group.is_some(), "a heat map has no lines to group"),
            ("facet", chart.facet.is_some(), "a heat map has one panel: `x` says what its columns are"),
            ("baseline", chart.baseline.is_some(), "a heat map compares nothing"),
            ("beside", !chart.beside.is_empty(), "a heat map is of one stage, whose layers are its own"),
        ]));
        mistakes
    }

    /// A summary of curves, which is what `why` says.
    fn summary(&self, why: &'static str) -> Vec<Mistake> {
        let of_axes = [("x", self.chart.x.is_some(), why), ("y", self.chart.y.is_some(), why)];
        let mut mistakes = self.refused(&of_axes);
        mistakes.extend(self.refused(&[
            ("scale", self.chart.scale.is_some(), "it is a share, on a linear axis"),
            ("group", self.chart.group.is_some(), "each method of the stage has a row of its own"),
            (
                "baseline",
                self.chart.baseline.is_some(),
                "the report's tables compare methods with a baseline",
            ),
            ("beside", !self.chart.beside.is_empty(), "the methods are those of one stage"),
        ]));
        mistakes
    }

    fn training(&self) -> Vec<Mistake> {
        let chart = self.chart;
        let why = "training curves are always test accuracy over epochs";
        let lines = "each setting of the stage has a line of its own, in panels where there are many";
        self.refused(&[
            ("x", chart.x.is_some(), why),
            ("y", chart.y.is_some(), why),
            ("scale", chart.scale.is_some(), why),
            ("group", chart.group.is_some(), lines),
            ("facet", chart.facet.is_some(), lines),
            ("baseline", chart.baseline.is_some(), "training curves compare nothing"),
            ("beside", !chart.beside.is_empty(), "training curves are of one stage"),
        ])
    }

    fn cost(&self) -> Vec<Mistake> {
        let why = "the time that each setting of the sweep took is always drawn whole";
        let keys = [
            ("stage", self.chart.stage.is_some()),
            ("beside", !self.chart.beside.is_empty()),
            ("x", self.chart.x.is_some()),
            ("y", self.chart.y.is_some()),
            ("scale", self.chart.scale.is_some()),
            ("group", self.chart.group.is_some()),
            ("baseline", self.chart.baseline.is_some()),
        ];
        self.refused(&keys.map(|(key, is_there)| (key, is_there, why)))
    }

    /// `name`, where it is none of the names that are `known`.
    fn unknown(&self, key: &str, name: &str, known: &[&str], what: &str) -> Option<Mistake> {
        let several = ending(name, self.chart.stage.as_deref(), self.axes.iter().copied());
        if several.len() > 1 && several.iter().all(|axis| known.contains(axis)) && !known.contains(&name) {
            let message = format!("`{}` may be one of several axes", excerpt(name));
            let help = format!("write more of its key: {}", listed(&several));
            return Some(Mistake::value(&self.path(key), message, vec![help]));
        }
        (!known.contains(&name)).then(|| {
            let message = format!("there is no `{}` to draw", excerpt(name));
            Mistake::value(&self.path(key), message, known_names(name, known, what))
        })
    }

    /// `name`, where it is no column of which one value is better than another.
    fn no_objective(&self, key: &str, name: &str) -> Option<Mistake> {
        let objectives = Better::COLUMNS.map(|(name, _)| name);
        if Better::of(name).is_some() {
            return None;
        }
        let all = [&Chart::IDENTITY[..], &Chart::MEASURED, &Chart::DERIVED, self.axes];
        let is_there = all.concat().contains(&name);
        if !is_there {
            return self.unknown(key, name, &objectives, "columns");
        }
        let message = format!("no value of `{}` is better than another", excerpt(name));
        let help = format!("a front is of two of these columns: {}", listed(&objectives));
        Some(Mistake::value(&self.path(key), message, vec![help]))
    }

    /// The `keys` that say nothing to this kind of chart, and why, as far as they are there.
    fn refused(&self, keys: &[(&str, bool, &str)]) -> Vec<Mistake> {
        let there = keys.iter().filter(|(_, is_there, _)| *is_there);
        let mistake = |&(key, _, why): &(&str, bool, &str)| {
            Mistake::key(&self.path(key), why, vec![format!("leave `{key}` out")])
        };
        there.map(mistake).collect()
    }
}

/// Every chart that says what an earlier one says, defaults spelled out or not.
fn repeated(charts: &[Option<Chart>]) -> Vec<Mistake> {
    let mut seen = BTreeMap::new();
    let charts = charts.iter().enumerate().filter_map(|(index, chart)| Some((index, chart.as_ref()?)));
    let repeated = charts.filter_map(|(index, chart)| {
        let text = serde_json::to_string(&chart.spelled_out()).expect("a chart is plain data");
        let earlier = *seen.entry(text).or_insert(index);
        (earlier < index).then(|| {
            let message = format!("it draws the same as `chart.{earlier}`");
            Mistake::key(&format!("chart.{index}"), message, vec!["leave one of them out".to_owned()])
        })
    });
    repeated.collect()
}
