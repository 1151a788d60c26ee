//! Every setting of a stage beside a baseline, paired by seed.

use super::statistics::{Paired, Test, Unpaired, holm};
use super::{MeasuredStage, Measurements, Numbers, SeedRow, Setting};
use std::collections::BTreeMap;

/// An axis along which methods differ, and the one that the others are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// The place of the axis among those of the stage.
    pub place: usize,
    /// The index of the baseline's value.
    pub value: u32,
}

/// A setting, or a method, beside the baseline that is like it in all else.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The index of the value of each of the stage's axes.
    pub values: Vec<u32>,
    pub tested: Tested,
    /// The p value of the t test, where there is one, after Holm's adjustment over all comparisons beside it.
    pub adjusted: Option<f64>,
}

/// What the numbers of two settings say of their difference.
#[derive(Clone, Debug)]
pub enum Tested {
    /// Seed by seed.
    Paired(Paired),
    /// Of settings that have no two seeds in common.
    Unpaired(Unpaired),
}

impl Tested {
    /// Of numbers by seed; `None` of one seed.
    fn of(numbers: &BTreeMap<u64, f64>, baseline: &BTreeMap<u64, f64>) -> Option<Self> {
        let differences: Vec<f64> =
            numbers.iter().filter_map(|(seed, number)| Some(number - baseline.get(seed)?)).collect();
        if differences.len() > 1 {
            return Some(Self::Paired(Paired::of(&differences)));
        }
        let all = |numbers: &BTreeMap<u64, f64>| numbers.values().copied().collect::<Vec<_>>();
        Unpaired::of(&all(numbers), &all(baseline)).map(Self::Unpaired)
    }

    /// The t test of the difference against zero.
    pub fn test(&self) -> Option<Test> {
        match self {
            Self::Paired(paired) => paired.test,
            Self::Unpaired(unpaired) => unpaired.test,
        }
    }
}

/// Ends of the keys of axes along which methods and controls differ, each with what is usually compared with; where it is
/// no value of the axis, that is the first one.
const METHODS: [(&str, &str); 4] = [
    ("prune.importance", "random"),
    ("loss", "cross-entropy=1"),
    ("prune.masks", "scored"),
    ("recover.weights", "kept"),
];

/// The baselines of `stage`: one for each axis of methods or controls of its own, or the one called `named`.
pub fn baselines(
    measurements: &Measurements<'_>,
    stage: &MeasuredStage,
    named: Option<&str>,
) -> Vec<Baseline> {
    let own = format!("stage.{}.", stage.name);
    let baseline = |(place, &axis): (usize, &usize)| {
        let axis = &measurements.axes[axis];
        let position = |name: &str| axis.values.iter().position(|value| is_called(value, name));
        let labelled = |name: &str| axis.labels.iter().position(|label| label == name);
        let value = match named {
            Some(name) => position(name).or_else(|| labelled(name))?,
            None => {
                let below = axis.key.strip_prefix(&own)?;
                let (_, usual) = METHODS.iter().find(|(end, _)| below.ends_with(end))?;
                position(usual).unwrap_or(0)
            }
        };
        Some(Baseline { place, value: value as u32 })
    };
    stage.axes.iter().enumerate().filter_map(baseline).collect()
}

/// Whether a value that tables write as `value` goes by `name`: `taylor(batches=8)` is called `taylor`.
fn is_called(value: &str, name: &str) -> bool {
    value.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('('))
}

/// The settings of `stage` with other values than that of `baseline`, each beside the setting that has it and is the
/// same on all other axes: differences of what `number` gives for the networks that the stage gives. Those of which one
/// is of one seed are left out.
pub fn comparisons(
    stage: &MeasuredStage,
    baseline: Baseline,
    number: impl Fn(&SeedRow) -> Option<f64>,
) -> Vec<Comparison> {
    let by_seed = |setting: &Setting| {
        let numbers = setting.last().iter().filter_map(|row| Some((row.number()?, number(row)?)));
        numbers.filter(|(_, number)| number.is_finite()).collect::<BTreeMap<u64, f64>>()
    };
    let methods = stage.settings.iter().map(|setting| (setting.values.clone(), by_seed(setting)));
    compared(&methods.collect(), baseline)
}

/// By row, the difference of `numbers` to those of the network of the same seed and round that has the value of
/// `baseline` and is the same on all other axes; `None` where there is none, and for the baseline itself.
pub fn differences(stage: &MeasuredStage, baseline: Baseline, numbers: &Numbers) -> Numbers {
    let by_values: BTreeMap<&[u32], &Setting> =
        stage.settings.iter().map(|setting| (setting.values.as_slice(), setting)).collect();
    let mut found = vec![None; numbers.len()];
    for setting in &stage.settings {
        let mut values = setting.values.clone();
        if std::mem::replace(&mut values[baseline.place], baseline.value) == baseline.value {
            continue;
        }
        let Some(other) = by_values.get(values.as_slice()) else { continue };
        let rounds = setting
            .rounds
            .iter()
            .filter_map(|(round, rows)| Some((rows.as_slice(), other.rounds.get(round)?)));
        let rounds = rounds.map(|(rows, others)| (rows, others.as_slice()));
        for (rows, others) in rounds.chain([(setting.last(), other.last())]) {
            for row in rows {
                let beside = others.iter().find(|other| other.seed == row.seed);
                found[row.row] = beside.and_then(|beside| Some(numbers[row.row]? - numbers[beside.row]?));
            }
        }
    }
    found
}

/// The same of `methods`: numbers by seed, under the values of axes.
pub fn compared(methods: &BTreeMap<Vec<u32>, BTreeMap<u64, f64>>, baseline: Baseline) -> Vec<Comparison> {
    let comparison = |(values, numbers): (&Vec<u32>, &BTreeMap<u64, f64>)| {
        let mut beside = values.clone();
        if std::mem::replace(&mut beside[baseline.place], baseline.value) == baseline.value {
            return None;
        }
        let of_baseline = methods.get(&beside)?;
        let tested = Tested::of(numbers, of_baseline)?;
        Some(Comparison { values: values.clone(), tested, adjusted: None })
    };
    let mut found: Vec<Comparison> = methods.iter().filter_map(comparison).collect();
    let tests: Vec<Option<Test>> = found.iter().map(|comparison| comparison.tested.test()).collect();
    let p: Vec<f64> = tests.iter().flatten().map(|test| test.p).collect();
    let is_tested = |(comparison, test): (_, &Option<Test>)| test.map(|_| comparison);
    for (comparison, adjusted) in found.iter_mut().zip(&tests).filter_map(is_tested).zip(holm(&p)) {
        comparison.adjusted = Some(adjusted);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    // p of the paired t tests by SciPy 1.17: 0.000930933 of 0.0106 on average, 0.129203 of -0.004 (with the sign turned).
    #[test]
    fn each_is_compared_with_the_baseline_that_is_like_it() {
        let by_seed = |values: [f64; 5]| (0..).zip(values).collect::<BTreeMap<u64, f64>>();
        let (magnitude, random, taylor) = (
            by_seed([0.962, 0.958, 0.965, 0.960, 0.963]),
            by_seed([0.951, 0.949, 0.957, 0.950, 0.948]),
            by_seed([0.955, 0.957, 0.953, 0.956, 0.954]),
        );
        let methods = [
            (vec![0, 7], magnitude),
            (vec![1, 7], random),
            (vec![2, 7], taylor.clone()),
            // At another sparsity there is no baseline.
            (vec![2, 8], taylor),
        ];
        let found = compared(&methods.into(), Baseline { place: 0, value: 1 });
        let values: Vec<&[u32]> = found.iter().map(|comparison| comparison.values.as_slice()).collect();
        assert_eq!(values, [[0, 7], [2, 7]]);
        let expected = [(0.0106, 2.0 * 0.000_930_933_063_537), (0.004, 0.129_202_984_639_41)];
        for (comparison, (mean, p)) in found.iter().zip(expected) {
            let Tested::Paired(paired) = &comparison.tested else { panic!("they have seeds in common") };
            assert!((paired.difference.mean - mean).abs() < 1e-12, "{comparison:?}");
            assert!((comparison.adjusted.unwrap() - p).abs() < 1e-9, "{comparison:?}");
        }
    }

    // Of three comparisons two are tested: Holm counts these.
    #[test]
    fn what_differs_alike_in_every_seed_is_not_tested() {
        let by_seed = |values: [f64; 3]| (0..).zip(values).collect::<BTreeMap<u64, f64>>();
        let methods = [
            (vec![0], by_seed([0.9, 0.8, 0.7])),
            (vec![1], by_seed([0.7, 0.6, 0.5])),
            (vec![2], by_seed([0.91, 0.83, 0.72])),
            (vec![3], by_seed([0.95, 0.81, 0.72])),
        ];
        let found = compared(&methods.into(), Baseline { place: 0, value: 0 });
        let p = |index: usize| found[index].tested.test().map(|test| test.p);
        assert_eq!((p(0), found[0].adjusted), (None, None));
        let smaller = p(1).unwrap().min(p(2).unwrap());
        let adjusted = [found[1].adjusted.unwrap(), found[2].adjusted.unwrap()];
        assert!(adjusted.contains(&(2.0 * smaller)), "{adjusted:?}");
    }

    #[test]
    fn settings_without_two_seeds_in_common_are_not_paired() {
        let by_seed = |seeds: [u64; 3], numbers: [f64; 3]| seeds.into_iter().zip(numbers).collect();
        let baseline = by_seed([0, 1, 2], [0.95, 0.949, 0.957]);
        let methods = [
            (vec![0], baseline),
            (vec![1], by_seed([2, 3, 4], [0.962, 0.958, 0.965])),
            (vec![2], [(7, 0.9)].into()),
        ];
        let found = compared(&methods.into(), Baseline { place: 0, value: 0 });
        let [Comparison { tested: Tested::Unpaired(unpaired), .. }] = found.as_slice() else {
            panic!("one of them is of several seeds: {found:?}")
        };
        assert_eq!(unpaired.n, [3, 3]);
    }

    #[test]
    fn a_value_goes_by_its_name_whatever_its_settings() {
        assert!(is_called("taylor(batches=8)", "taylor") && is_called("random", "random"));
        assert!(!is_called("taylor(batches=8)", "tay"));
    }
}
