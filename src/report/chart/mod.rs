//! What is drawn: one file a kind of chart.

mod caption;
mod claims;
mod cost;
mod distillation;
mod entry;
mod front;
mod layer_density;
mod naming;
mod panels;
mod pareto;
mod part;
mod quantities;
mod references;
mod scan;
mod search;
mod series;
mod spread;
mod summaries;
mod sweep;
mod training_curves;

pub(super) use entry::{Entry, Source, named_apart};

use super::error::ReportError;
use crate::spec::ChartKind;

/// A kind of chart: all that it draws of an experiment.
type Kind = fn(&Source<'_>) -> Result<Vec<Entry>, ReportError>;

/// The charts of an experiment that asks for none.
const DEFAULT: [Kind; 8] = [
    sweep::of_pruning,
    summaries::of_pruning,
    layer_density::of_pruning,
    search::charts,
    scan::charts,
    distillation::charts,
    training_curves::charts,
    cost::of_experiment,
];

/// The charts that the experiment asks for, or else the default ones.
pub(super) fn charts(source: &Source<'_>) -> Result<Vec<Entry>, ReportError> {
    let mut entries = claims::charts(source);
    if source.record.charts.is_empty() {
        for charts in DEFAULT {
            entries.extend(charts(source)?);
        }
    }
    for (number, chart) in (1..).zip(&source.record.charts) {
        entries.extend(match chart.kind {
            ChartKind::Lines => sweep::asked_for(source, chart, number)?,
            ChartKind::Pareto => pareto::asked_for(source, chart, number)?,
            ChartKind::LayerDensity => layer_density::asked_for(source, chart, number)?,
            ChartKind::Area => summaries::areas_asked_for(source, chart, number)?,
            ChartKind::SparsityAtDrop => summaries::sparsities_asked_for(source, chart, number)?,
            ChartKind::Training => training_curves::asked_for(source, chart, number)?,
            ChartKind::Cost => cost::asked_for(source, chart, number),
        });
    }
    Ok(entries)
}
