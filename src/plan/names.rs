//! What nodes are called where people read of them.

use super::{NodeId, Plan, label, relevant_axes, short_keys};

/// Names of a plan's nodes: stage, setting, round and seed. Progress, warnings, errors and the
/// missing results of a report all use them.
#[derive(Clone, Debug)]
pub struct Names {
    stages: Vec<String>,
    /// For each stage, the axes that matter for it.
    relevant: Vec<Vec<usize>>,
    /// Short key of each axis, and its values.
    axes: Vec<(String, Vec<String>)>,
    /// The first place of each node in the sweep.
    nodes: Vec<Place>,
}

/// Where a node belongs. A node that several settings share is called by the first of them.
#[derive(Clone, Debug, Default)]
struct Place {
    stage: usize,
    /// Values of the stage's relevant axes.
    setting: Box<[u32]>,
    round: u32,
    seed: u64,
}

impl Names {
    pub fn of(plan: &Plan) -> Self {
        let relevant = relevant_axes(plan);
        let keys: Vec<&str> = plan.axes.iter().map(|axis| axis.key.as_str()).collect();
        let values = plan.axes.iter().map(|axis| axis.values.iter().map(label).collect());
        let mut nodes: Vec<Option<Place>> = vec![None; plan.nodes.len()];
        for trial in &plan.trials {
            for (stage, chain) in trial.stages.iter().enumerate() {
                for &id in &chain.nodes {
                    nodes[id].get_or_insert_with(|| Place {
                        stage,
                        setting: relevant[stage].iter().map(|&axis| trial.point[axis]).collect(),
                        round: plan.nodes[id].round,
                        seed: trial.seed,
                    });
                }
            }
        }
        Self {
            stages: plan.stages.clone(),
            axes: short_keys(&keys).into_iter().zip(values).collect(),
            nodes: nodes.into_iter().map(Option::unwrap_or_default).collect(),
            relevant,
        }
    }

    /// For each stage, the axes that matter for it.
    pub fn relevant(&self) -> &[Vec<usize>] {
        &self.relevant
    }

    /// `sparse (importance=magnitude, lr=0.1) round 2 seed 0`
    pub fn node(&self, id: NodeId) -> String {
        let Place { stage, setting, round, seed } = &self.nodes[id];
        let (axes, stage) = (&self.relevant[*stage], &self.stages[*stage]);
        let values = axes.iter().zip(setting).map(|(&axis, &value)| {
            let (key, values) = &self.axes[axis];
            format!("{key}={}", values[value as usize])
        });
        let values = values.collect::<Vec<_>>().join(", ");
        let setting = if values.is_empty() { values } else { format!(" ({values})") };
        let round = if *round == 0 { String::new() } else { format!(" round {round}") };
        format!("{stage}{setting}{round} seed {seed}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::planned;

    #[test]
    fn a_node_is_called_by_its_setting() {
        let text = r#"
            title = "A case"
            data.source.synthetic = { train = 100, test = 20 }
            [stage.dense.train]
            model.mlp = { hidden = [10] }
            epochs = 1
            optimizer.sgd.lr = 0.1
            [stage.sparse.prune]
            from = "dense"
            importance = "magnitude"
            schedule.linear = { rounds = 2 }
            target.sparsity = 0.5
            [sweep]
            seed = [3]
            stage.dense.train.optimizer.sgd.lr = [0.1, 1e30]
            stage.sparse.prune.importance = ["random", { taylor = { batches = 2 } }]
        "#;
        let plan = planned(text);
        let names = Names::of(&plan);
        let last = &plan.trials.last().unwrap().stages;
        assert_eq!(names.node(last[0].nodes[0]), "dense (lr=1e30) seed 3");
        let sparse = names.node(last[1].nodes[1]);
        assert_eq!(sparse, "sparse (lr=1e30, importance=taylor(batches=2)) round 2 seed 3");
    }
}
