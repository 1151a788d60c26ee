//! The networks before pruning, as lines to compare with.

use super::entry::Source;
use crate::report::draw::MOST_REFERENCES;
use crate::results::{Estimate, MeasuredStage, Numbers, Setting, estimate};
use std::collections::{BTreeMap, BTreeSet};

/// Reference lines of one chart, and what its subtitle says of them.
#[derive(Clone, Debug, Default)]
pub(super) struct References {
    pub lines: Vec<(String, Estimate)>,
    pub note: Option<String>,
}

impl References {
    /// Those of all settings that are drawn of each stage, each line once. The axes `said` elsewhere, as by the name of a
    /// panel, are left out of what they are called.
    pub fn of<'a>(
        source: &Source<'_>,
        drawn: impl Iterator<Item = (&'a MeasuredStage, Vec<&'a Setting>)>,
        y: &Numbers,
        seeds: usize,
        said: &[usize],
    ) -> Self {
        let mut stages: Vec<(&MeasuredStage, Vec<&Setting>)> = Vec::new();
        for (stage, settings) in drawn {
            match stages.iter_mut().find(|(known, _)| known.name == stage.name) {
                Some((_, known)) => known.extend(settings),
                None => stages.push((stage, settings)),
            }
        }
        let mut all = Self::default();
        for (stage, settings) in stages {
            let Self { lines, note } = references(source, stage, settings.into_iter(), (y, seeds), said);
            let is_new = |(name, _): &(String, Estimate)| !all.lines.iter().any(|(known, _)| known == name);
            let new: Vec<_> = lines.into_iter().filter(is_new).collect();
            all.lines.extend(new);
            all.note = all.note.or(note);
        }
        all
    }

    /// Those of panels with one legend: none where together they are too many to be told apart.
    pub fn in_panels(mut panels: Vec<Self>) -> Vec<Self> {
        let labels: BTreeSet<&str> =
            panels.iter().flat_map(|panel| &panel.lines).map(|(label, _)| label.as_str()).collect();
        if labels.len() > MOST_REFERENCES {
            let note = not_shown(labels.len());
            panels.fill(Self { lines: Vec::new(), note: Some(note) });
        }
        panels
    }
}

/// A line for each setting of the unpruned network that the pruned ones in `settings` come from; none where
/// these are too many to be told apart. One that is not of as many seeds as the chart says (`seeds`) says so.
fn references<'a>(
    source: &Source<'_>,
    stage: &MeasuredStage,
    settings: impl Iterator<Item = &'a Setting>,
    (y, seeds): (&Numbers, usize),
    said: &[usize],
) -> References {
    let steps = source.measurements.numbers("steps").unwrap_or_default();
    let mut found: BTreeMap<(&str, Vec<u32>), Estimate> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for setting in settings.filter(|setting| seen.insert(&setting.values)) {
        let Some(root) = root(source, stage, setting) else { continue };
        for dense in root.compatible(&stage.axes, &setting.values).filter(|dense| is_trained(&steps, dense)) {
            if let Some(mean) = estimate(dense.last(), y).filter(|mean| mean.is_finite()) {
                found.insert((root.name.as_str(), dense.values.clone()), mean);
            }
        }
    }
    if found.len() > MOST_REFERENCES {
        return References { lines: Vec::new(), note: Some(not_shown(found.len())) };
    }
    let line = |((name, values), mean): ((&str, Vec<u32>), Estimate)| {
        let axes = source.measurements.stage(name).map(|root| root.axes.as_slice()).unwrap_or_default();
        let unsaid = axes.iter().zip(values).filter(|(axis, _)| !said.contains(axis));
        let (axes, values): (Vec<usize>, Vec<u32>) = unsaid.unzip();
        let setting = source.measurements.describe(&axes, &values);
        let setting = if setting.is_empty() { setting } else { format!(", {setting}") };
        let n = if mean.n == seeds { String::new() } else { format!(", n = {}", mean.n) };
        (format!("{name} (not pruned{setting}{n})"), mean)
    };
    References { lines: found.into_iter().map(line).collect(), note: None }
}

fn not_shown(settings: usize) -> String {
    format!("the networks before pruning, {settings} settings of them, are not shown")
}

/// Whether the networks of `dense` took steps: initial weights, which a sparse training starts from, are nothing to
/// compare with.
fn is_trained(steps: &Numbers, dense: &Setting) -> bool {
    dense.last().iter().any(|seed| steps.get(seed.row) != Some(&Some(0.0)))
}

/// The training whose network `stage` prunes in `setting`; `None` where it is a training itself.
fn root<'a>(source: &Source<'a>, stage: &MeasuredStage, setting: &Setting) -> Option<&'a MeasuredStage> {
    let mut name = None;
    let mut next = Some(stage.name.clone());
    while let Some(of) = next {
        let axes = &source.measurements.axes;
        let key = format!("stage.{of}.prune.from");
        let swept = stage.axes.iter().zip(&setting.values).find(|(axis, _)| axes[**axis].key == key);
        let facts = source.record.stages.iter().find(|facts| facts.name == of)?;
        let from = match swept {
            Some((&axis, &value)) => Some(axes[axis].values[value as usize].clone()),
            None => facts.from.clone(),
        };
        name = from.clone().or(name);
        next = from;
    }
    source.measurements.stage(&name?)
}
