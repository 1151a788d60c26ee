//! Which axes of the sweep matter for a stage: what its settings are made of.

use super::{NodeId, Plan, Trial};
use std::collections::{BTreeMap, BTreeSet};

/// For each stage of `plan`, in its order, the axes that matter for it; the seed is never among them.
///
/// An axis matters if it is of the stage or of what the stage builds on, and two points that among such axes
/// differ in it alone (or in it and those zipped with it, which never move without it) have different nodes in
/// some round that both have.
///
/// That a node is shared by points that differ in several axes says nothing of any one of them. Axes that never
/// change alone (the points are a sample, or the others are excluded) matter where the nodes cannot be told
/// apart without them, so that no setting has two nodes of one round and seed.
pub fn relevant_axes(plan: &Plan) -> Vec<Vec<usize>> {
    (0..plan.stages.len()).map(|stage| relevant(plan, stage)).collect()
}

fn relevant(plan: &Plan, stage: usize) -> Vec<usize> {
    let is_seed = |axis: usize| plan.axes[axis].key == "seed";
    let reach: Vec<usize> = plan.reach[stage].iter().copied().filter(|&axis| !is_seed(axis)).collect();
    let with_seed: BTreeSet<usize> =
        (0..plan.axes.len()).filter(|&axis| is_seed(axis)).map(|axis| plan.groups[axis]).collect();
    // Points that differ in nothing that reaches the stage have the same nodes of it.
    let mut trials: Vec<&Trial> = plan.trials.iter().collect();
    trials.sort_unstable_by(|a, b| values(&reach, a).cmp(values(&reach, b)));
    trials.dedup_by(|a, b| values(&reach, a).eq(values(&reach, b)));
    let untold = vec![false; plan.axes.len()];
    let mut evidence = Evidence { stage, tested: untold.clone(), matters: untold, reach };
    let groups: BTreeSet<usize> = evidence.reach.iter().map(|&axis| plan.groups[axis]).collect();
    for group in groups.difference(&with_seed) {
        let is_moved = |&axis: &usize| plan.groups[axis] == *group;
        let moved: Vec<usize> = evidence.reach.iter().copied().filter(is_moved).collect();
        // In a zip that repeats values an axis may move alone.
        for &axis in &moved {
            evidence.compare(&[axis], &[axis], &mut trials);
        }
        let untested: Vec<usize> = moved.iter().copied().filter(|&axis| !evidence.tested[axis]).collect();
        evidence.compare(&moved, &untested, &mut trials);
    }
    evidence.complete(&mut trials);
    evidence.reach.iter().copied().filter(|&axis| evidence.matters[axis]).collect()
}

/// The seed of `trial` and its values on `axes`.
fn values<'a>(axes: &'a [usize], trial: &'a Trial) -> impl Iterator<Item = u64> + 'a {
    [trial.seed].into_iter().chain(axes.iter().map(|&axis| trial.point[axis].into()))
}

/// Whether `trials` have the same node of `stage` in every round that they have: a longer chain of rounds
/// goes on where a shorter one ends.
fn agree(stage: usize, trials: &[&Trial]) -> bool {
    let mut longest: &[NodeId] = &[];
    trials.iter().all(|trial| {
        let chain = trial.stages[stage].nodes.as_slice();
        let common = chain.len().min(longest.len());
        let is_same = chain[..common] == longest[..common];
        if chain.len() > longest.len() {
            longest = chain;
        }
        is_same
    })
}

/// What is known of each axis, for one stage.
struct Evidence {
    stage: usize,
    /// The axes that can matter.
    reach: Vec<usize>,
    /// Some two points differ in this axis alone.
    tested: Vec<bool>,
    matters: Vec<bool>,
}

impl Evidence {
    /// Compares `trials` that differ in nothing but the axes `moved`: what that says of the axes `of` them.
    fn compare(&mut self, moved: &[usize], of: &[usize], trials: &mut [&Trial]) {
        let others: Vec<usize> = self.reach.iter().copied().filter(|axis| !moved.contains(axis)).collect();
        trials.sort_unstable_by(|a, b| values(&others, a).cmp(values(&others, b)));
        for alike in trials.chunk_by(|a, b| values(&others, a).eq(values(&others, b))) {
            if alike.len() > 1 {
                self.add(of, !agree(self.stage, alike));
            }
        }
    }

    /// Some two points differ in the axes `moved` alone; whether their nodes do.
    fn add(&mut self, moved: &[usize], differ: bool) {
        for &axis in moved {
            self.tested[axis] = true;
            self.matters[axis] |= differ;
        }
    }

    /// Adds axes until every setting has one node a round and seed, and its seeds differ in nothing else
    /// that is not known to be without effect.
    fn complete(&mut self, trials: &mut [&Trial]) {
        loop {
            trials.sort_unstable_by(|a, b| self.setting(a).cmp(self.setting(b)));
            let settings = trials.chunk_by(|a, b| self.setting(a).eq(self.setting(b)));
            let missing: BTreeSet<usize> = settings.flat_map(|setting| self.untold(setting)).collect();
            if missing.is_empty() {
                return;
            }
            missing.into_iter().for_each(|axis| self.matters[axis] = true);
        }
    }

    /// The values of the axes that matter.
    fn setting<'t>(&'t self, trial: &'t Trial) -> impl Iterator<Item = u32> + 't {
        trial.point.iter().zip(&self.matters).filter(|(_, matters)| **matters).map(|(&value, _)| value)
    }

    /// Axes that are needed to tell apart the trials of what looks like one setting.
    fn untold(&self, setting: &[&Trial]) -> Vec<usize> {
        let mut by_seed: BTreeMap<u64, Vec<&Trial>> = BTreeMap::new();
        for &trial in setting {
            by_seed.entry(trial.seed).or_default().push(trial);
        }
        if let Some(differ) = by_seed.values().find(|trials| !agree(self.stage, trials)) {
            return self.varying(differ, |_| true);
        }
        // Seeds may be averaged if one point of the untested axes has all of them.
        let untested = |axis: usize| !self.tested[axis];
        let axes = self.varying(setting, untested);
        let mut seeds: BTreeMap<Vec<u32>, BTreeSet<u64>> = BTreeMap::new();
        for trial in setting {
            let values = axes.iter().map(|&axis| trial.point[axis]).collect();
            seeds.entry(values).or_default().insert(trial.seed);
        }
        if seeds.values().any(|seeds| seeds.len() == by_seed.len()) { Vec::new() } else { axes }
    }

    /// The axes among `which` that take several values in `trials` and do not matter so far.
    fn varying(&self, trials: &[&Trial], which: impl Fn(usize) -> bool) -> Vec<usize> {
        let varies = |axis: usize| trials.iter().any(|trial| trial.point[axis] != trials[0].point[axis]);
        let axes = self.reach.iter().copied();
        axes.filter(|&axis| which(axis) && !self.matters[axis] && varies(axis)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::planned;

    /// The axes that matter, by stage, by the last parts of their keys.
    fn relevant(sweep: &str) -> BTreeMap<String, Vec<String>> {
        let text = r#"
            title = "A case"
            data.source.synthetic = { train = 100, test = 20 }
            [stage.big.train]
            model.mlp = { hidden = [12] }
            epochs = 1
            [stage.dense.train]
            model.mlp = { hidden = [10] }
            epochs = 1
            [stage.sparse.prune]
            from = "dense"
            importance = "magnitude"
            recover = { epochs = 1, teacher = "dense", loss.logits = 1.0 }
        "#;
        // A schedule with a rate of its own has no target.
        let target = if sweep.contains("rate") { "" } else { "target.sparsity = 0.9" };
        let plan = planned(&format!("{text}\n{target}\n[sweep]\n{sweep}"));
        let last = |axis: usize| plan.axes[axis].key.rsplit('.').next().unwrap().to_owned();
        let keys = relevant_axes(&plan).into_iter().map(|axes| axes.into_iter().map(last).collect());
        plan.stages.iter().cloned().zip(keys).collect()
    }

    fn of_sparse(sweep: &str) -> Vec<String> {
        relevant(sweep)["sparse"].clone()
    }

    #[test]
    fn only_the_axes_that_change_a_stage_matter_for_it() {
        let found = relevant(
            "seed = [0, 1]\nstage.sparse.prune.target.sparsity = [0.5, 0.9]\nstage.dense.train.epochs = [1, 2]",
        );
        assert_eq!(found["big"], [""; 0]);
        assert_eq!(found["dense"], ["epochs"]);
        assert_eq!(found["sparse"], ["epochs", "sparsity"]);
    }

    // 0.45 at once is the first of two equal rounds to 0.9: one node of two settings.
    #[test]
    fn a_node_shared_across_two_axes_hides_neither() {
        let sweep = "stage.sparse.prune.schedule = [\"one-shot\", { linear = { rounds = 2 } }]\nstage.sparse.prune.target.sparsity = [0.45, 0.9]";
        assert_eq!(of_sparse(sweep), ["schedule", "sparsity"]);
    }

    // The width of `big` changes nothing where `dense` teaches, and all where `big` does.
    #[test]
    fn an_axis_matters_that_changes_something_at_one_value_of_another() {
        let sweep = "stage.sparse.prune.recover.teacher = [\"dense\", \"big\"]\nstage.big.train.model.mlp.hidden = [[12], [14]]";
        assert_eq!(of_sparse(sweep), ["hidden", "teacher"]);
    }

    // Rounds of a fixed rate: the first two of five are the same, however many follow.
    #[test]
    fn a_longer_chain_of_rounds_is_the_same_setting() {
        let schedule = |rounds: u32| format!("{{ geometric = {{ rate = 0.2, rounds = {rounds} }} }}");
        let [five, two, nine] = [5, 2, 9].map(schedule);
        assert_eq!(of_sparse(&format!("stage.sparse.prune.schedule = [{five}, {two}, {nine}]")), [""; 0]);
    }

    #[test]
    fn zipped_axes_matter_together_where_they_matter() {
        let sweep = "seed = [0, 1]\n[[sweep.zip]]\nstage.sparse.prune.target.sparsity = [0.5, 0.9]\nstage.sparse.prune.recover.epochs = [1, 2]";
        let found = relevant(sweep);
        assert_eq!(found["dense"], [""; 0]);
        assert_eq!(found["sparse"], ["epochs", "sparsity"]);
    }

    // The first two positions differ in what is repeated beside `magnitude` alone, the last two in the importance. Two
    // rounds of a fixed rate are the first of five.
    #[test]
    fn axes_of_a_zip_that_move_alone_matter_alone() {
        let zip = |more: &str| {
            of_sparse(&format!(
                "seed = [0, 1]\n[[sweep.zip]]\nstage.sparse.prune.importance = [\"magnitude\", \"magnitude\", \"random\"]\n{more}"
            ))
        };
        let sparsity = "stage.sparse.prune.target.sparsity = [0.5, 0.9, 0.9]";
        assert_eq!(zip(sparsity), ["importance", "sparsity"]);
        let [five, two] =
            [5, 2].map(|rounds| format!("{{ geometric = {{ rate = 0.2, rounds = {rounds} }} }}"));
        let schedule = format!("stage.sparse.prune.schedule = [{five}, {two}, {two}]");
        assert_eq!(zip(&schedule), ["importance"]);
    }

    // The importance of `sparse` is no part of what makes `dense`, whatever its trials share.
    #[test]
    fn a_stage_is_not_split_by_what_is_made_from_it() {
        let zip = "[[sweep.zip]]\nstage.dense.train.epochs = [1, 2]\nstage.dense.train.batch = [8, 16]";
        let importance = "stage.sparse.prune.importance = [\"magnitude\", \"random\"]";
        let exclude = "[[sweep.exclude]]\nseed = 2\nstage.sparse.prune.importance = \"random\"";
        let sample = "sample = { count = 7, seed = 1 }";
        for sweep in [
            format!("seed = [0, 1, 2]\n{importance}\n{zip}"),
            format!("seed = [0, 1, 2]\n{importance}\n{zip}\n{exclude}"),
            format!("seed = [0, 1, 2]\n{sample}\n{importance}\n{zip}"),
        ] {
            let found = relevant(&sweep);
            assert_eq!(
                (found["big"].len(), &found["dense"]),
                (0, &["batch", "epochs"].map(str::to_owned).to_vec())
            );
            assert_eq!(found["sparse"], ["importance", "batch", "epochs"], "{sweep}");
        }
        let across = "[[sweep.zip]]\nstage.dense.train.epochs = [1, 2]\nstage.sparse.prune.target.sparsity = [0.5, 0.9]";
        let found = relevant(across);
        assert_eq!(
            (&*found["dense"], &*found["sparse"]),
            (&["epochs".to_owned()][..], &["epochs", "sparsity"].map(str::to_owned)[..])
        );
    }

    // Each seed has a rate of its own: nothing says that the rates may be averaged as if they were seeds.
    #[test]
    fn an_axis_zipped_with_the_seed_is_not_averaged_over() {
        let sweep = "[[sweep.zip]]\nseed = [0, 1]\nstage.sparse.prune.target.sparsity = [0.5, 0.9]";
        assert_eq!(of_sparse(sweep), ["sparsity"]);
    }

    #[test]
    fn a_sample_never_has_two_nodes_in_one_setting() {
        let sweep = "sample = { count = 5, seed = 3 }\nstage.sparse.prune.target.sparsity = [0.5, 0.6, 0.7, 0.8, 0.9]\nstage.sparse.prune.recover.epochs = [1, 2, 3, 4, 5]";
        assert!(!of_sparse(sweep).is_empty());
    }
}
