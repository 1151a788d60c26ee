//! What is drawn: one file a kind of chart.

mod caption;
mod distillation;
mod entry;
mod references;
mod search;
mod series;
mod sweep;
mod training_curves;

pub(super) use entry::{Entry, Source, named_apart};

use super::error::ReportError;

/// A kind of chart: all that it draws of an experiment.
type Kind = fn(&Source<'_>) -> Result<Vec<Entry>, ReportError>;

/// The charts of an experiment that asks for none.
const DEFAULT: [Kind; 4] = [sweep::of_pruning, search::charts, distillation::charts, training_curves::charts];

/// The charts that the experiment asks for, or else the default ones.
pub(super) fn charts(source: &Source<'_>) -> Result<Vec<Entry>, ReportError> {
    if !source.record.charts.is_empty() {
        return sweep::asked_for(source);
    }
    let mut entries = Vec::new();
    for charts in DEFAULT {
        entries.extend(charts(source)?);
    }
    Ok(entries)
}
