//! Some of the trials of a plan.

use super::{NodeId, Plan};
use crate::draw::{Draw, Generator, Purpose};
use std::collections::{BTreeMap, BTreeSet};

impl Plan {
    /// The plan of `count` of the trials, drawn by `seed`, with the nodes that they need; of all where there are no more.
    #[must_use]
    pub fn sampled(mut self, count: u64, seed: u64) -> Self {
        let mut generator = Draw::new(seed, "verify").generator(Purpose::SweepSample, 0);
        let chosen = generator.sample(self.trials.len() as u64, count);
        let mut index = 0..;
        self.trials.retain(|_| index.next().is_some_and(|index| chosen.contains(&index)));
        let mut needed: BTreeSet<NodeId> = BTreeSet::new();
        let of_trials = self.trials.iter().flat_map(|trial| &trial.stages).flat_map(|stage| &stage.nodes);
        let mut open: Vec<NodeId> = of_trials.copied().collect();
        while let Some(id) = open.pop() {
            if needed.insert(id) {
                open.extend(self.needs(id));
            }
        }
        let places: BTreeMap<NodeId, NodeId> = needed.iter().copied().zip(0..).collect();
        for stage in self.trials.iter_mut().flat_map(|trial| &mut trial.stages) {
            stage.nodes.iter_mut().for_each(|id| *id = places[id]);
        }
        let mut id = 0..;
        self.nodes.retain(|_, _| id.next().is_some_and(|id| places.contains_key(&id)));
        self
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::testing::planned;

    const TEXT: &str = r#"
        title = "A case"
        data.source.synthetic = { train = 100, test = 20 }
        [stage.dense.train]
        model.mlp = { hidden = [10] }
        epochs = 1
        [stage.sparse.prune]
        from = "dense"
        importance = "magnitude"
        schedule.linear = { rounds = 2 }
        target.sparsity = 0.5
        recover.epochs = 1
        [sweep]
        seed = [0, 1]
        stage.sparse.prune.target.sparsity = [0.5, 0.6, 0.7]
    "#;

    #[test]
    fn a_sample_has_what_its_trials_need_under_the_same_keys() {
        let plan = planned(TEXT);
        let sample = plan.clone().sampled(2, 7);
        assert_eq!(sample.trials.len(), 2);
        for trial in &sample.trials {
            let same = plan.trials.iter().find(|other| other.point == trial.point).unwrap();
            let keys = |of: &crate::plan::Plan, trial: &crate::plan::Trial| -> Vec<_> {
                let nodes = trial.stages.iter().flat_map(|stage| stage.nodes.clone());
                nodes.map(|id| of.nodes[id].key).collect()
            };
            assert_eq!(keys(&sample, trial), keys(&plan, same));
        }
        assert!(sample.nodes.len() < plan.nodes.len());
        // Whatever a node needs comes before it.
        for id in 0..sample.nodes.len() {
            assert!(sample.needs(id).into_iter().all(|need| need < id));
        }
        assert_eq!(plan.clone().sampled(100, 0).nodes.len(), plan.nodes.len());
    }
}
