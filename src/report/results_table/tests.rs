use super::*;
use crate::plan::{Plan, label};
use crate::report::testing::measured;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What a random sweep is made of: its seeds, which axes it has, and how they go together.
#[derive(Clone, Debug)]
struct Case {
    seeds: usize,
    axes: BTreeSet<usize>,
    /// The first two axes advance together.
    zipped: bool,
    excluded: bool,
    sample: Option<usize>,
}

/// Axes with two or three values each: shared rounds, teachers, validation splits, widths, rates.
const AXES: [(&str, &[&str]); 8] = [
    ("data.validation", &["0.1", "0.2"]),
    ("stage.big.train.model.mlp.hidden", &["[12]", "[14]"]),
    ("stage.dense.train.optimizer", &["\"adam\"", "{ sgd = { lr = 0.1 } }"]),
    ("stage.sparse.prune.importance", &["\"magnitude\"", "\"random\"", "{ taylor = { batches = 2 } }"]),
    ("stage.sparse.prune.recover.teacher", &["\"dense\"", "\"big\""]),
    (
        "stage.sparse.prune.schedule",
        &["\"one-shot\"", "{ linear = { rounds = 2 } }", "{ linear = { rounds = 3 } }"],
    ),
    ("stage.sparse.prune.target.sparsity", &["0.3", "0.45", "0.9"]),
    ("stage.student.train.teacher", &["\"dense\"", "\"big\""]),
];

const BASE: &str = r#"
title = "A case"
[data]
source.synthetic = { train = 100, test = 20 }
[stage.big.train]
model.mlp = { hidden = [11] }
epochs = 1
[stage.dense.train]
model.mlp = { hidden = [10] }
epochs = 1
[stage.sparse.prune]
from = "dense"
importance = "magnitude"
target.sparsity = 0.9
recover = { epochs = 1, teacher = "dense" }
[stage.student.train]
model.mlp = { hidden = [4] }
epochs = 1
teacher = "dense"
[sweep]
"#;

/// Each stage, in the order of the plan, and what it is made of.
const BUILT_ON: [(&str, &[&str]); 4] = [
    ("big", &["big"]),
    ("dense", &["dense"]),
    ("sparse", &["sparse", "dense", "big"]),
    ("student", &["student", "dense", "big"]),
];

fn case() -> impl Strategy<Value = Case> {
    let axes = prop::collection::btree_set(0..AXES.len(), 0..=4);
    let sample = prop::option::weighted(0.2, 1_usize..12);
    (1_usize..=3, axes, any::<bool>(), any::<bool>(), sample)
        .prop_map(|(seeds, axes, zipped, excluded, sample)| Case { seeds, axes, zipped, excluded, sample })
}

fn text(case: &Case) -> String {
    let axes: Vec<_> = case.axes.iter().map(|&axis| AXES[axis]).collect();
    let list =
        |(key, values): (&str, &[&str]), count: usize| format!("{key} = [{}]\n", values[..count].join(", "));
    let zipped = if case.zipped { axes.len().min(2) } else { 0 };
    let mut text = format!("{BASE}seed = [{}]\n", ["0", "1", "2"][..case.seeds].join(", "));
    axes[zipped..].iter().for_each(|&axis| text += &list(axis, axis.1.len()));
    if let Some(count) = case.sample {
        text += &format!("sample = {{ count = {count}, seed = 1 }}\n");
    }
    if zipped > 0 {
        text += "[[sweep.zip]]\n";
        axes[..zipped].iter().for_each(|&axis| text += &list(axis, 2));
    }
    if let (true, Some((key, values))) = (case.excluded && case.seeds > 1, axes.last()) {
        text += &format!("[[sweep.exclude]]\n{key} = {}\nseed = 0\n", values[0]);
    }
    text
}

/// A number that each node has alone.
fn accuracy(plan: &Plan, id: usize) -> f64 {
    let digits = plan.nodes[id].key.to_string();
    u32::from_str_radix(&digits[..8], 16).unwrap() as f64 / f64::from(u32::MAX)
}

/// A row of `measurements` as the oracle reads it from the plan, without the code under test.
struct Expected {
    /// The label of every axis but the seed, by key.
    values: BTreeMap<String, String>,
    round: i64,
    seed: u64,
    node: usize,
}

fn expected(plan: &Plan, stage: usize) -> Vec<Expected> {
    let mut rows = Vec::new();
    for trial in &plan.trials {
        let axes = plan.axes.iter().zip(&trial.point).filter(|(axis, _)| axis.key != "seed");
        let values: BTreeMap<String, String> =
            axes.map(|(axis, &value)| (axis.key.clone(), label(&axis.values[value as usize]))).collect();
        for &node in &trial.stages[stage].nodes {
            let round = plan.nodes[node].round.into();
            rows.push(Expected { values: values.clone(), round, seed: trial.seed, node });
        }
    }
    rows
}

/// The keys of the axes in which two rows of one round differ.
fn differing<'a>(one: &'a Expected, other: &Expected) -> Vec<&'a str> {
    let differ = one.values.iter().filter(|(key, value)| other.values[*key] != **value);
    differ.map(|(key, _)| key.as_str()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    // The rule: a row is of one setting and round, n is the number of its seeds, and its numbers are the means over
    // them; every measurement is in one row; an axis is left out only where it alone never changes anything.
    #[test]
    fn each_row_is_the_mean_over_the_seeds_of_one_setting(case in case()) {
        let (plan, record, tables) = measured(&text(&case), |plan, id| Some(accuracy(plan, id)));
        let measurements = Measurements::read(&record, &tables).unwrap();
        for (index, stage) in measurements.stages.iter().enumerate() {
            let expected = expected(&plan, index);
            let keys: Vec<&str> = stage.axes.iter().map(|&axis| measurements.axes[axis].key.as_str()).collect();
            let reach = ["data"].iter().chain(BUILT_ON[index].1).copied();
            let reach: Vec<String> = reach.map(|name| if name == "data" { "data.".into() } else { format!("stage.{name}.") }).collect();
            prop_assert_eq!(BUILT_ON[index].0, &stage.name);
            prop_assert!(keys.iter().all(|key| reach.iter().any(|on| key.starts_with(on))), "{}: {keys:?}", stage.name);
            let mut seen = 0;
            for row in rows(&measurements, stage).unwrap() {
                let values = stage.axes.iter().zip(&row.setting.values);
                let values = values.map(|(&axis, &value)| measurements.axes[axis].values[value as usize].as_str());
                let setting: BTreeMap<&str, &str> = keys.iter().copied().zip(values).collect();
                let of_row = expected.iter().filter(|expected| {
                    Some(expected.round) == row.round && setting.iter().all(|(key, value)| expected.values[*key] == *value)
                });
                let of_row: Vec<&Expected> = of_row.collect();
                let by_seed: BTreeMap<u64, BTreeSet<usize>> =
                    of_row.iter().fold(BTreeMap::new(), |mut seeds, expected| {
                        seeds.entry(expected.seed).or_insert_with(BTreeSet::new).insert(expected.node);
                        seeds
                    });
                prop_assert!(by_seed.values().all(|nodes| nodes.len() == 1), "{setting:?}: {by_seed:?}");
                let values: Vec<f64> =
                    by_seed.values().flatten().map(|&node| accuracy(&plan, node)).collect();
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                prop_assert_eq!(row.seeds, values.len());
                prop_assert!((row.means[2].unwrap().mean - mean).abs() < 1e-12);
                seen += of_row.len();
            }
            prop_assert_eq!(seen, expected.len());
            for (number, one) in expected.iter().enumerate() {
                for other in &expected[..number] {
                    if let ([key], true) = (differing(one, other).as_slice(), one.round == other.round && one.seed == other.seed)
                        && one.node != other.node
                    {
                        prop_assert!(keys.contains(key), "{key} alone changes stage {}", stage.name);
                    }
                }
            }
        }
    }
}

// Axes that never change anything alone are not shown: of `dense` there is one setting.
#[test]
fn an_axis_that_changes_nothing_is_left_out() {
    let axes = BTreeSet::from([3, 5, 6]);
    let case = Case { seeds: 3, axes, zipped: false, excluded: false, sample: None };
    let (_, record, tables) = measured(&text(&case), |_, _| Some(0.5));
    let measurements = Measurements::read(&record, &tables).unwrap();
    let settings = |stage: &str| measurements.stage(stage).unwrap().settings.len();
    // 3 importances × 3 schedules × 3 targets.
    assert_eq!((settings("dense"), settings("sparse")), (1, 27));
}
