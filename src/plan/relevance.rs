//! Which axes of the sweep matter for a stage: what its settings are made of.

use super::{NodeId, Plan, Trial};
use std::collections::{BTreeMap, BTreeSet};

/// For each stage of `plan`, in its order, the axes that matter for it; the seed is never among them.
///
/// An axis matters if two points of the sweep that differ in it alone have different nodes in some round
/// that both have. That a node is shared by points that differ in several axes says nothing of any one
/// of them. Axes that never change alone (they are zipped, or the points are a sample) matter where the
/// nodes cannot be told apart without them, so that no setting has two nodes of one round and seed.
pub fn relevant_axes(plan: &Plan) -> Vec<Vec<usize>> {
    let is_seed: Vec<bool> = plan.axes.iter().map(|axis| axis.key == "seed").collect();
    let evidence = Evidence { tested: is_seed.clone(), matters: vec![false; plan.axes.len()] };
    let mut stages = vec![evidence; plan.stages.len()];
    let mut trials: Vec<&Trial> = plan.trials.iter().collect();
    for axis in (0..plan.axes.len()).filter(|&axis| !is_seed[axis]) {
        trials.sort_unstable_by(|a, b| without(axis, a).cmp(without(axis, b)));
        for alike in trials.chunk_by(|a, b| without(axis, a).eq(without(axis, b))) {
            for (stage, evidence) in stages.iter_mut().enumerate().filter(|_| alike.len() > 1) {
                evidence.tested[axis] = true;
                evidence.matters[axis] |= !agree(stage, alike);
            }
        }
    }
    for (stage, evidence) in stages.iter_mut().enumerate() {
        evidence.complete(stage, &mut trials);
    }
    let matter = |evidence: Evidence| (0..plan.axes.len()).filter(|&axis| evidence.matters[axis]).collect();
    stages.into_iter().map(matter).collect()
}

/// The values that `trial` has on all axes but one.
fn without(axis: usize, trial: &Trial) -> impl Iterator<Item = &u32> {
    trial.point[..axis].iter().chain(&trial.point[axis + 1..])
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
#[derive(Clone)]
struct Evidence {
    /// Some two points differ in this axis alone, or it is the seed.
    tested: Vec<bool>,
    matters: Vec<bool>,
}

impl Evidence {
    /// Adds axes until every setting has one node a round and seed, and its seeds differ in nothing else
    /// that is not known to be without effect.
    fn complete(&mut self, stage: usize, trials: &mut [&Trial]) {
        loop {
            trials.sort_unstable_by(|a, b| self.setting(a).cmp(self.setting(b)));
            let settings = trials.chunk_by(|a, b| self.setting(a).eq(self.setting(b)));
            let missing: BTreeSet<usize> = settings.flat_map(|setting| self.untold(stage, setting)).collect();
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
    fn untold(&self, stage: usize, setting: &[&Trial]) -> Vec<usize> {
        let mut by_seed: BTreeMap<u64, Vec<&Trial>> = BTreeMap::new();
        for &trial in setting {
            by_seed.entry(trial.seed).or_default().push(trial);
        }
        if let Some(differ) = by_seed.values().find(|trials| !agree(stage, trials)) {
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
        (0..self.matters.len()).filter(|&axis| which(axis) && !self.matters[axis] && varies(axis)).collect()
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
            recover = { epochs = 1, teacher = "dense" }
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
