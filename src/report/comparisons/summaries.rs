//! Tables of methods, each one number a seed over all amounts of pruning.

use super::columns::{headings, tested_or_not};
use crate::report::markdown::{Align, plain, table};
use crate::report::results_table::interval;
use crate::results::Measurements;
use crate::results::claims::Unit;
use crate::results::comparisons::{Baseline, Comparison, compared};
use crate::results::curves::Summary;
use crate::results::methods::Methods;
use crate::results::statistics::{Estimate, bootstrap, interquartile_mean};
use std::collections::BTreeMap;

/// A table for each summary of `methods` beside `baseline`, which `what` says; empty where there is nothing to compare.
pub(super) fn summaries(
    measurements: &Measurements<'_>,
    methods: &Methods,
    baseline: Baseline,
    what: &str,
) -> String {
    let Some(baseline) = methods.baseline(baseline) else { return String::new() };
    let at = |drop| (Summary::SparsityAtDrop(drop), format!("sparsity at −{} pp", 100.0 * drop));
    let drops = Summary::DROPS.map(at);
    let tables = [(Summary::Area, "area".to_owned())].into_iter().chain(drops).map(|(summary, name)| {
        let by_seed = methods.summary(summary);
        let rows = compared(&by_seed, baseline);
        let table = SummaryTable { measurements, methods, baseline, by_seed: &by_seed, rows: &rows };
        table.written(&name).map_or_else(String::new, |table| format!("### {name} of {what}\n\n{table}\n"))
    });
    let text: String = tables.collect();
    if text.is_empty() {
        return text;
    }
    format!(
        "Over all amounts of pruning, one number a seed of each method: `area` is that under accuracy against log₂ \
         compression by the trapezoid rule, divided by the range of compressions, so that it is a mean accuracy; \
         `sparsity at −0.5 pp` and `sparsity at −1 pp` are the largest sparsities that were measured with an accuracy within \
         half a percentage point and within one of that of the training that was pruned, 0 where there is none. `middle half` is the interquartile mean over the \
         seeds, which one bad seed does not move, with the 95 % percentile interval of its bootstrap over all samples, \
         which of few seeds is too narrow.{}\n\n{text}",
        own_ranges(measurements, methods)
    )
}

/// Over which compressions each area is, where these differ: then they are of other networks.
fn own_ranges(measurements: &Measurements<'_>, methods: &Methods) -> String {
    let range = |(values, [low, high]): (&[u32], [f64; 2])| {
        format!("{} {low:.2} to {high:.2}", plain(&measurements.describe(&methods.axes, values)))
    };
    let ranges: Vec<String> = methods.uneven_ranges().into_iter().map(range).collect();
    if ranges.is_empty() {
        return String::new();
    }
    format!(
        " Here methods were measured over other ranges of compression, and **each area is over its own**, so that a difference \
         may be one of ranges: {}.",
        ranges.join("; ")
    )
}

/// The table of one summary.
struct SummaryTable<'a> {
    measurements: &'a Measurements<'a>,
    methods: &'a Methods,
    baseline: Baseline,
    by_seed: &'a BTreeMap<Vec<u32>, BTreeMap<u64, f64>>,
    rows: &'a [Comparison],
}

impl SummaryTable<'_> {
    /// The table with the column `name`; `None` where nothing is compared.
    fn written(&self, name: &str) -> Option<String> {
        if self.rows.is_empty() {
            return None;
        }
        let axes = self.measurements.short_names(&self.methods.axes);
        let labels = axes.into_iter().map(|name| (plain(name), Align::Left));
        let means = [name, "middle half"].map(|name| (name.to_owned(), Align::Right));
        let header: Vec<_> = labels.chain(means).chain(headings()).collect();
        let shown = self.by_seed.iter().filter(|(values, _)| self.is_shown(values));
        Some(table(&header, &shown.map(|(values, numbers)| self.cells(values, numbers)).collect::<Vec<_>>()))
    }

    /// Methods that are compared are, and those that they are compared with.
    fn is_shown(&self, values: &[u32]) -> bool {
        self.rows.iter().any(|row| {
            let mut beside = row.values.clone();
            beside[self.baseline.place] = self.baseline.value;
            row.values == values || beside == values
        })
    }

    fn cells(&self, values: &[u32], numbers: &BTreeMap<u64, f64>) -> Vec<String> {
        let numbers: Vec<f64> = numbers.values().copied().collect();
        let labels = self.measurements.labels(&self.methods.axes, values).into_iter().map(plain);
        let means = match numbers.as_slice() {
            [] => ["—", "—"].map(str::to_owned),
            numbers => [interval(Estimate::of(numbers)), middle_half(numbers)],
        };
        let row = self.rows.iter().find(|row| row.values == values);
        labels.chain(means).chain(tested_or_not(Unit::Points, row)).collect()
    }
}

/// `97.05 % [96.90, 97.11]`, or without the interval of more seeds than can be enumerated, and of one.
fn middle_half(numbers: &[f64]) -> String {
    let mean = 100.0 * interquartile_mean(numbers);
    match bootstrap(numbers, interquartile_mean) {
        Some([low, high]) => format!("{mean:.2} % [{:.2}, {:.2}]", 100.0 * low, 100.0 * high),
        None => format!("{mean:.2} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // By `tests/reference/seed_statistics.py`: 0.9617 [0.9586, 0.9644] of five accuracies.
    #[test]
    fn a_bad_seed_hardly_moves_the_middle_half() {
        assert_eq!(middle_half(&[0.962, 0.958, 0.965, 0.960, 0.963]), "96.17 % [95.86, 96.44]");
        assert_eq!(middle_half(&[0.9]), "90.00 %");
        assert_eq!(middle_half(&[0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.1]), "90.00 %");
    }
}
