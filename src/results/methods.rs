//! The methods of a stage that are compared over all amounts of pruning.

use super::comparisons::Baseline;
use super::curves::{Curves, MethodCurves, Summary};
use super::{MeasuredStage, Measurements, MeasurementsError, Record, Setting};
use std::collections::BTreeMap;

/// Ends of ranges of compression of which one is no more than so many times the other are about the same.
const SAME_RANGE: f64 = 1.05;

/// The methods of a stage: settings that differ in nothing but how much is pruned are one.
pub struct Methods {
    /// The axes that tell methods apart.
    pub axes: Vec<usize>,
    /// Their places among the axes of the stage.
    places: Vec<usize>,
    /// The curves of each method, under its values of `axes`.
    curves: BTreeMap<Vec<u32>, MethodCurves>,
}

impl Methods {
    /// Those of `stage`; `None` where each has one amount.
    pub fn of(
        record: &Record,
        measurements: &Measurements<'_>,
        stage: &MeasuredStage,
    ) -> Result<Option<Self>, MeasurementsError> {
        let is_kept = |&(_, &axis): &(usize, &usize)| !is_amount(&stage.name, &measurements.axes[axis].key);
        let (places, axes): (Vec<usize>, Vec<usize>) = stage.axes.iter().enumerate().filter(is_kept).unzip();
        let mut methods: BTreeMap<Vec<u32>, Vec<&Setting>> = BTreeMap::new();
        for setting in &stage.settings {
            let values = places.iter().map(|&place| setting.values[place]);
            methods.entry(values.collect()).or_default().push(setting);
        }
        let is_curve = |settings: &Vec<&Setting>| {
            settings.len() > 1 || settings.iter().any(|setting| setting.rounds.len() > 1)
        };
        if !methods.values().any(is_curve) {
            return Ok(None);
        }
        let curves = Curves::read(measurements)?;
        let curves = methods.into_iter().map(|(values, settings)| {
            let fixed = axes.iter().zip(&values).map(|(&axis, &value)| {
                let axis = &measurements.axes[axis];
                (axis.key.as_str(), axis.values[value as usize].clone())
            });
            let fixed: Vec<_> = fixed.collect();
            let curves = curves.of(record, measurements, stage, &settings, &fixed);
            (values, curves)
        });
        let curves = curves.collect();
        Ok(Some(Self { axes, places, curves }))
    }

    /// `baseline` of the stage as one of the methods; `None` where its axis says how much is pruned.
    pub fn baseline(&self, baseline: Baseline) -> Option<Baseline> {
        let place = self.places.iter().position(|place| *place == baseline.place)?;
        Some(Baseline { place, ..baseline })
    }

    /// The range of compression of each method, under its values of the axes; empty where all have about the same.
    pub fn uneven_ranges(&self) -> Vec<(&[u32], [f64; 2])> {
        let ranges =
            self.curves.iter().filter_map(|(values, curves)| Some((values.as_slice(), curves.range()?)));
        let ranges: Vec<_> = ranges.collect();
        let is_even = |end: usize| {
            let ends = || ranges.iter().map(|(_, range)| range[end]);
            let (low, high) = (ends().fold(f64::INFINITY, f64::min), ends().fold(0.0, f64::max));
            ranges.is_empty() || high <= SAME_RANGE * low
        };
        if is_even(0) && is_even(1) { Vec::new() } else { ranges }
    }

    /// One number a seed of each method, under its values of the axes.
    pub fn summary(&self, summary: Summary) -> BTreeMap<Vec<u32>, BTreeMap<u64, f64>> {
        self.curves.iter().map(|(values, curves)| (values.clone(), curves.summary(summary))).collect()
    }
}

/// Whether the axis `key` says how much `stage` prunes.
fn is_amount(stage: &str, key: &str) -> bool {
    ["target", "schedule"].iter().any(|start| {
        let start = format!("stage.{stage}.prune.{start}");
        key.strip_prefix(start.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_and_schedules_say_how_much_is_pruned() {
        for key in
            ["stage.a.prune.target.sparsity", "stage.a.prune.target", "stage.a.prune.schedule.linear.rounds"]
        {
            assert!(is_amount("a", key), "{key}");
        }
        for key in ["stage.a.prune.importance", "stage.b.prune.target", "stage.a.prune.targets"] {
            assert!(!is_amount("a", key), "{key}");
        }
    }
}
