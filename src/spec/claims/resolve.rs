//! From what a claim says of its networks to the networks of the sweep.

use super::conditions::Conditions;
use super::planned::Cell;
use crate::spec::Stage;
use crate::spec::check::Mistake;
use crate::spec::diagnostics::{as_toml, shortened};
use crate::spec::overlay::Overlay;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Networks that were found, with the seeds that they are run with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub cell: Cell,
    pub seeds: BTreeSet<u64>,
}

/// What became of the search for networks.
pub(super) enum Outcome {
    Found(Found),
    /// They are not in this run, and which.
    NotRun(String),
    Wrong(Mistake),
}

/// What cells are found in.
pub(super) struct Resolver<'a> {
    pub overlay: &'a Overlay,
    /// The axes that can change what a stage gives.
    pub reach: BTreeMap<String, BTreeSet<usize>>,
    /// Whether the points are a sample of the sweep.
    pub is_sample: bool,
}

impl Resolver<'_> {
    /// `own`, with what `general` says where `own` says nothing: the stage, the round of the same stage, and values of axes
    /// that can have them beside what `own` says of those that advance with them.
    pub fn within(&self, own: Conditions, general: &Conditions) -> Conditions {
        let points = &self.overlay.points;
        let fits = |&(&axis, &value): &(&usize, &u32)| {
            let together =
                own.values.iter().filter(|(other, _)| points.groups[**other] == points.groups[axis]);
            let together = together.map(|(&other, &value)| (other, value)).chain([(axis, value)]);
            points.meet(&together.collect::<Vec<_>>())
        };
        let general_values: Vec<_> = general.values.iter().filter(fits).collect();
        let same_stage = own.stage.is_none() || own.stage == general.stage;
        let mut values = own.values;
        values.extend(general_values);
        Conditions {
            stage: own.stage.or_else(|| general.stage.clone()),
            round: own.round.or(general.round.filter(|_| same_stage)),
            values,
            not_run: own.not_run.or_else(|| general.not_run.clone()),
        }
    }

    /// The networks that fulfil `conditions`, which are written at `path`: one a seed, or, of a `summary`, the curve of
    /// one method.
    pub fn find(&self, conditions: &Conditions, path: &str, is_summary: IsSummary) -> Outcome {
        let points = &self.overlay.points;
        let Some(stage) = conditions.stage.clone() else {
            let help = vec!["write `stage = \"…\"`".to_owned()];
            return Outcome::Wrong(Mistake::key(path, "it does not say of which stage", help));
        };
        if let Some(why) = &conditions.not_run {
            return Outcome::NotRun(why.clone());
        }
        let holds = |point: &&[u32]| conditions.values.iter().all(|(&axis, &value)| point[axis] == value);
        let matched: Vec<&[u32]> = points.points.iter().map(|point| &**point).filter(holds).collect();
        let Some(first) = matched.first() else {
            let message = "no trial has these values together";
            if self.is_sample {
                return Outcome::NotRun(format!("{message} in this sample of the sweep"));
            }
            let help =
                vec!["`sweep.exclude` drops such points, and the axes of a zip advance together".to_owned()];
            return Outcome::Wrong(Mistake::key(path, message, help));
        };
        if let Some(mistake) = self.round(&stage, conditions.round, first, path, is_summary) {
            return Outcome::Wrong(mistake);
        }
        let seed = points.axes.iter().position(|axis| axis.key == "seed");
        let (mut values, mut along, mut free) = (BTreeMap::new(), Vec::new(), Vec::new());
        for &axis in self.reach.get(&stage).into_iter().flatten().filter(|axis| Some(**axis) != seed) {
            let taken: BTreeSet<u32> = matched.iter().map(|point| point[axis]).collect();
            let name = &points.axes[axis];
            match taken.iter().collect::<Vec<_>>().as_slice() {
                [only] => _ = values.insert(name.key.clone(), name.values[**only as usize].clone()),
                _ if is_summary == IsSummary::Yes && self.is_along(&stage, axis) => along.push(axis),
                _ => free.push(axis),
            }
        }
        if !free.is_empty() {
            return Outcome::Wrong(self.several(&free, path, is_summary));
        }
        let base = || self.overlay.value.get("seed").and_then(Value::as_u64).unwrap_or(0);
        let seed_of = |point: &&[u32]| match seed {
            Some(axis) => points.axes[axis].values[point[axis] as usize].as_u64().unwrap_or(0),
            None => base(),
        };
        let seeds = with_all(&along, matched.iter().map(|point| (seed_of(point), *point)));
        Outcome::Found(Found { cell: Cell { stage, round: conditions.round, values }, seeds })
    }

    /// Whether `axis` says how much `stage` prunes, or follows from one that does and advances with it: what the curve of
    /// the stage goes along.
    fn is_along(&self, stage: &str, axis: usize) -> bool {
        let points = &self.overlay.points;
        let is_amount = |path: &[String]| {
            matches!(path, [first, name, kind, key, ..]
                if first == "stage" && name == stage && kind == "prune" && ["target", "schedule"].contains(&key.as_str()))
        };
        let together = (0..points.paths.len()).filter(|&other| points.groups[other] == points.groups[axis]);
        let amounts: Vec<usize> = together.filter(|&other| is_amount(&points.paths[other])).collect();
        !amounts.is_empty() && points.follows(axis, &amounts)
    }

    fn several(&self, free: &[usize], path: &str, is_summary: IsSummary) -> Mistake {
        let axes = &self.overlay.points.axes;
        let what = match is_summary {
            IsSummary::Yes => "several methods",
            IsSummary::No => "several networks a seed",
        };
        let keys: Vec<String> = free.iter().map(|&axis| format!("`{}`", axes[axis].key)).collect();
        let message = format!(
            "this is {what}: {} {} not said",
            keys.join(", "),
            if free.len() == 1 { "is" } else { "are" }
        );
        let help = free.iter().map(|&axis| {
            format!("name one value of `{}`: {}", axes[axis].key, shortened(&axes[axis].values, as_toml))
        });
        Mistake::key(path, message, help.collect())
    }

    /// A round that `stage` does not have.
    fn round(
        &self,
        stage: &str,
        round: Option<u32>,
        point: &[u32],
        path: &str,
        is_summary: IsSummary,
    ) -> Option<Mistake> {
        let round = round?;
        let at = format!("{path}.round");
        if is_summary == IsSummary::Yes {
            let message = "a summary is of all rounds, or of all amounts of pruning";
            return Some(Mistake::key(&at, message, vec!["leave `round` out".to_owned()]));
        }
        let rounds = match Stage::deserialize(self.overlay.at(point, &["stage", stage])).ok()? {
            Stage::Train(_) => 0..=0,
            Stage::Prune(prune) => 1..=prune.schedule.rounds(),
        };
        (!rounds.contains(&round)).then(|| {
            let message = format!("stage `{stage}` has no round {round}");
            let help = match rounds.end() {
                0 => "a training is round 0".to_owned(),
                1 => "it has round 1".to_owned(),
                last => format!("it has rounds 1 to {last}"),
            };
            Mistake::value(&at, message, vec![help])
        })
    }
}

/// The seeds that have all values on the axes `along` a curve that some seed of `points` has: one that lacks a point has
/// another curve.
fn with_all<'a>(along: &[usize], points: impl Iterator<Item = (u64, &'a [u32])>) -> BTreeSet<u64> {
    let mut curves: BTreeMap<u64, BTreeSet<Vec<u32>>> = BTreeMap::new();
    for (seed, point) in points {
        curves.entry(seed).or_default().insert(along.iter().map(|&axis| point[axis]).collect());
    }
    let whole = curves.values().flatten().collect::<BTreeSet<_>>().len();
    curves.iter().filter(|(_, curve)| curve.len() == whole).map(|(&seed, _)| seed).collect()
}

/// Whether a cell is all networks along the curve of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IsSummary {
    Yes,
    No,
}
