//! One prune-and-recover turn, and how it recovers.

use super::Key;
use crate::distill::LossMix;
use crate::prune::Pruning;
use crate::train::{OptimizerState, Training};
use std::sync::Arc;

/// One prune-and-recover turn.
#[derive(Clone, Debug)]
pub struct Round {
    /// The node whose network is pruned.
    pub from: Key,
    pub pruning: Arc<Pruning>,
    /// What recovers; its batch size and loss are also those that importance takes gradients with.
    pub training: Arc<Training>,
    /// Teach the recovery, and the loss whose gradient importance takes: in the order of the training's teachers.
    pub teachers: Arc<[Key]>,
    pub recovery: Recovery,
}

/// The training after a round of pruning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// There is none; the training has no steps.
    Absent,
    /// The running statistics of batch norm are computed anew, and nothing else is done; the training has no steps.
    Recalibrate,
    /// From the pruned weights, with a fresh optimizer, from step `start` of its training on: a later one than
    /// 0 where the learning rate is rewound.
    FineTune { start: u64 },
    /// From an earlier point of the training that made the dense network, to its end.
    Rewind(Rewind),
}

/// Back to the checkpoint that training `root` had after `step` steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewind {
    pub root: Key,
    pub step: u64,
    pub optimizer_state: OptimizerState,
}

impl Recovery {
    /// The first step of its training that is taken.
    pub fn start(&self) -> u64 {
        match *self {
            Self::Absent | Self::Recalibrate => 0,
            Self::FineTune { start } | Self::Rewind(Rewind { step: start, .. }) => start,
        }
    }
}

impl Round {
    /// Training steps of its recovery.
    pub fn steps(&self) -> u64 {
        self.training.steps - self.recovery.start()
    }

    /// The loss that an importance takes gradients of: the terms of the logits, as they are where the recovery begins.
    pub fn scored_loss(&self) -> LossMix {
        self.training.loss.of_logits().at(self.recovery.start(), self.training.steps)
    }

    /// Where the recovery goes back to, if it does.
    pub fn rewind(&self) -> Option<Rewind> {
        match self.recovery {
            Recovery::Absent | Recovery::Recalibrate | Recovery::FineTune { .. } => None,
            Recovery::Rewind(rewind) => Some(rewind),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::testing::planned;
    use crate::plan::{Node, Plan};

    /// Ten steps an epoch: the weight of the cross-entropy falls from 1 to 0, the temperature from 9 to 1.
    const TEXT: &str = r#"
        title = "A case"
        data = { source.synthetic = { train = 100, test = 20 }, validation = 0.0 }
        [stage.dense.train]
        model.mlp = { hidden = [8] }
        epochs = 2
        batch = 10
        teacher = "teacher"
        loss.cross-entropy = { weight = { linear = { from = 1.0, to = 0.2 } } }
        loss.soft-labels = { weight = 1.0, temperature = { linear = { from = 9.0, to = 1.0 } } }
        [stage.teacher.train]
        model.mlp = { hidden = [8] }
        epochs = 1
        [stage.sparse.prune]
        from = "dense"
        importance = "taylor"
        target.sparsity = 0.5
    "#;

    /// Weight of the cross-entropy and temperature that the importance sees of the last round.
    fn seen(recover: &str) -> [f64; 2] {
        let plan: Plan = planned(&format!("{TEXT}{recover}"));
        let round = plan.nodes.values().filter_map(Node::pruned).next_back().unwrap();
        let loss = round.scored_loss();
        [loss.cross_entropy.unwrap().weight.value(), loss.soft_labels.unwrap().temperature.value()]
    }

    // Where nothing is said the training before it is over, and what its schedules came to holds.
    #[test]
    fn an_importance_sees_the_loss_as_it_is_where_the_recovery_begins() {
        let near = |found: [f64; 2], expected: [f64; 2]| {
            let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12);
            assert!(near, "{found:?} is not {expected:?}");
        };
        near(seen(""), [0.2, 1.0]);
        near(seen("recover.epochs = 1"), [0.2, 1.0]);
        near(seen("recover.lr-rewind = \"1ep\""), [0.6, 5.0]);
        near(seen("recover.rewind = \"5it\""), [0.8, 7.0]);
        near(seen("recover.rewind = \"0it\""), [1.0, 9.0]);
        let own = "recover = { epochs = 1, loss.cross-entropy.weight = 1.0, \
                   loss.soft-labels = { weight = 1.0, temperature = { cosine = { from = 3.0, to = 1.0 } } } }";
        near(seen(own), [1.0, 3.0]);
    }
}
