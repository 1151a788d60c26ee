//! Curves of accuracy against compression, one a seed of a method.

use super::summary::{CurvePoint, area, sparsity_at_drop};
use super::{MeasuredStage, Measurements, MeasurementsError, Numbers, Record, SeedRow, Setting};
use std::collections::{BTreeMap, BTreeSet};

/// The columns that curves are made of.
pub struct Curves {
    compression: Numbers,
    sparsity: Numbers,
    accuracy: Numbers,
}

/// The curves of one method, by seed.
#[derive(Clone, Debug, Default)]
pub struct MethodCurves {
    points: BTreeMap<u64, Vec<CurvePoint>>,
    /// The accuracy of the training that the networks come from.
    dense: BTreeMap<u64, f64>,
}

/// What a curve comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Summary {
    Area,
    /// With so much accuracy lost, as a share of the test images.
    SparsityAtDrop(f64),
}

impl Summary {
    /// How much accuracy may be lost where reports ask for the largest sparsity.
    pub const DROPS: [f64; 2] = [0.005, 0.01];
}

impl MethodCurves {
    /// The least and the largest compression, each the mean over the seeds; `None` where there is no curve.
    pub fn range(&self) -> Option<[f64; 2]> {
        let mean = |end: fn(f64, f64) -> f64| {
            let of_seed = |curve: &Vec<CurvePoint>| curve.iter().map(|point| point.compression).reduce(end);
            let ends: Vec<f64> = self.points.values().filter_map(of_seed).collect();
            (!ends.is_empty()).then(|| ends.iter().sum::<f64>() / ends.len() as f64)
        };
        Some([mean(f64::min)?, mean(f64::max)?])
    }

    /// One number a seed.
    pub fn summary(&self, summary: Summary) -> BTreeMap<u64, f64> {
        let number = |(seed, curve): (&u64, &Vec<CurvePoint>)| {
            let number = match summary {
                Summary::Area => area(curve)?,
                Summary::SparsityAtDrop(drop) => sparsity_at_drop(curve, *self.dense.get(seed)?, drop),
            };
            Some((*seed, number))
        };
        self.points.iter().filter_map(number).collect()
    }
}

impl Curves {
    pub fn read(measurements: &Measurements<'_>) -> Result<Self, MeasurementsError> {
        Ok(Self {
            compression: measurements.numbers("compression")?,
            sparsity: measurements.numbers("sparsity")?,
            accuracy: measurements.numbers("accuracy")?,
        })
    }

    /// The curves of the method that is all of `settings` of `stage`: of one setting they go along its rounds, of several
    /// along their last ones. A seed whose curve lacks a point has none: it would be another curve. `fixed` are the axes and
    /// values of the method, as tables write them.
    pub fn of(
        &self,
        record: &Record,
        measurements: &Measurements<'_>,
        stage: &MeasuredStage,
        settings: &[&Setting],
        fixed: &[(&str, String)],
    ) -> MethodCurves {
        let rows: Vec<&SeedRow> = match settings {
            [setting] => setting.rounds.values().flatten().collect(),
            settings => settings.iter().flat_map(|setting| setting.last()).collect(),
        };
        let mut points: BTreeMap<u64, Vec<CurvePoint>> = BTreeMap::new();
        for row in rows {
            let at = |numbers: &Numbers| numbers[row.row];
            let (Some(compression), Some(sparsity)) = (at(&self.compression), at(&self.sparsity)) else {
                continue;
            };
            let (Some(accuracy), Some(seed)) = (at(&self.accuracy), row.number()) else { continue };
            points.entry(seed).or_default().push(CurvePoint { compression, sparsity, accuracy });
        }
        let most = points.values().map(Vec::len).max().unwrap_or(0);
        let whole = if settings.len() == 1 { most } else { settings.len() };
        // A point may be missing of all seeds, so that nothing here shows that there was to be one.
        let lost = record.missing.iter().filter(|missing| missing.stage == stage.name && missing.has(fixed));
        let lost: BTreeSet<u64> = lost.map(|missing| missing.seed).collect();
        points.retain(|seed, curve| curve.len() == whole && !lost.contains(seed));
        let dense = settings.first().map(|setting| self.dense(record, measurements, stage, setting));
        MethodCurves { points, dense: dense.unwrap_or_default() }
    }

    /// The accuracy, by seed, of the training that the networks of `setting` come from.
    fn dense(
        &self,
        record: &Record,
        measurements: &Measurements<'_>,
        stage: &MeasuredStage,
        setting: &Setting,
    ) -> BTreeMap<u64, f64> {
        let from = |name: &str| record.stages.iter().find(|facts| facts.name == name)?.from.as_deref();
        let mut name = stage.name.as_str();
        while let Some(before) = from(name) {
            name = before;
        }
        let Some(dense) = measurements.stage(name) else { return BTreeMap::new() };
        let trained: Vec<&Setting> = dense.compatible(&stage.axes, &setting.values).collect();
        let [trained] = trained.as_slice() else { return BTreeMap::new() };
        trained.last().iter().filter_map(|row| Some((row.number()?, self.accuracy[row.row]?))).collect()
    }
}
