//! What a node is: a training, or pruning and the training after it.

use super::{Artifact, Inputs, Layer, Measurement, Store, Summary};
use crate::distill::Objective;
use crate::draw::Draw;
use crate::kernel::Kernel;
use crate::model::{Network, Weights};
use crate::plan::{Key, Node, NodeId, Plan, Recovery, Round, Work};
use crate::prune::{Masks, Subject, macs_nonzero, select};
use crate::train::{
    Checkpoint, Control, EVALUATION_BATCH, Job, Outcome, Quality, TrainError, Training, evaluate, train,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Why a node left nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It was told to stop.
    Interrupted,
    Error(String),
}

/// What a node left.
#[derive(Debug)]
pub(super) struct Made {
    pub artifact: Artifact,
    pub checkpoints: Vec<Checkpoint>,
}

/// Does the nodes of a plan on backend `B`.
pub(super) struct Bench<'a, B: Kernel> {
    plan: &'a Plan,
    store: &'a Store,
    inputs: &'a Inputs,
    device: B::Device,
    /// For each node, the steps after which another node wants its checkpoint.
    wanted: Vec<Vec<u64>>,
    /// What teachers say about the test images.
    teachers: Mutex<BTreeMap<Key, Arc<Quality>>>,
}

/// For each node, the steps after which another node rewinds to it. Step 0 needs no checkpoint: initial
/// weights are drawn again.
pub(super) fn wanted_checkpoints(plan: &Plan) -> Vec<Vec<u64>> {
    let mut wanted = vec![BTreeSet::new(); plan.nodes.len()];
    for node in &plan.nodes {
        if let Work::Round(Round { recovery: Recovery::Rewind(rewind), .. }) = &node.work
            && rewind.step > 0
        {
            wanted[rewind.node].insert(rewind.step);
        }
    }
    wanted.into_iter().map(|steps| steps.into_iter().collect()).collect()
}

/// What a training, or the one after a round, is given.
struct Start<'a> {
    training: &'a Training,
    checkpoint: Checkpoint,
    masks: Masks,
    teacher: Option<NodeId>,
    draw: Draw,
}

impl<'a, B: Kernel> Bench<'a, B> {
    pub fn new(plan: &'a Plan, store: &'a Store, inputs: &'a Inputs, device: B::Device) -> Self {
        let wanted = wanted_checkpoints(plan);
        Self { plan, store, inputs, device, wanted, teachers: Mutex::default() }
    }

    /// Does node `id`, all of whose needs are in the store.
    pub fn make(&self, id: NodeId, control: &Control<'_>) -> Result<Made, Failure> {
        let node = &self.plan.nodes[id];
        let begun = Instant::now();
        let start = match &node.work {
            Work::Train { training, teacher } => Start {
                training,
                checkpoint: self.initial(node),
                masks: Masks::default(),
                teacher: *teacher,
                draw: scope(node),
            },
            Work::Round(round) => self.prune(node, round)?,
        };
        let masks = start.masks.clone();
        let (outcome, agreement) = self.train(id, start, control)?;
        let seconds = begun.elapsed().as_secs_f64();
        let summary = summary(node, &masks, &outcome, agreement, seconds);
        let Outcome { kept, checkpoints, .. } = outcome;
        Ok(Made { artifact: Artifact { summary, weights: kept, masks }, checkpoints })
    }

    fn initial(&self, node: &Node) -> Checkpoint {
        let weights = Weights::initial(&node.network.graph, &scope(node));
        Checkpoint { step: 0, weights, optimizer: Default::default() }
    }

    /// Scores the parent's weights, removes the least important, and goes to where recovery starts.
    fn prune<'b>(&self, node: &Node, round: &'b Round) -> Result<Start<'b>, Failure> {
        let parent = self.artifact(round.from)?;
        let network = self.network(round.from, &parent.weights);
        let teacher = round.teacher.map(|teacher| self.load(teacher)).transpose()?;
        let splits = self.inputs.splits(&node.data, node.seed).map_err(error)?;
        let draw = Draw::new(node.seed, format!("{}#{}", node.stage, node.round));
        let scores = round.importance.scores(&Subject {
            network: &network,
            layers: &round.layers,
            objective: Objective {
                loss: &round.training.loss,
                label_smoothing: round.training.label_smoothing,
                teacher: teacher.as_ref(),
            },
            splits: &splits,
            batch: round.training.batch,
            draw: &draw,
            device: &self.device,
        });
        let masks = select(&scores, &parent.masks, &round.request).map_err(error)?;
        let pruned = Checkpoint { step: 0, weights: parent.weights, optimizer: Default::default() };
        let (mut checkpoint, draw) = match round.recovery {
            Recovery::Absent | Recovery::FineTune => (pruned, draw),
            Recovery::Rewind(rewind) => {
                let root = &self.plan.nodes[rewind.node];
                let checkpoint = match rewind.step {
                    0 => self.initial(root),
                    step => self.checkpoint(root, step)?,
                };
                (checkpoint, scope(root))
            }
        };
        masks.apply(&mut checkpoint.weights);
        Ok(Start { training: &round.training, checkpoint, masks, teacher: round.teacher, draw })
    }

    fn train(
        &self,
        id: NodeId,
        start: Start<'_>,
        control: &Control<'_>,
    ) -> Result<(Outcome, Option<f64>), Failure> {
        let node = &self.plan.nodes[id];
        let splits = self.inputs.splits(&node.data, node.seed).map_err(error)?;
        let job = Job {
            graph: Arc::clone(&node.network.graph),
            splits: &splits,
            augment: &node.data.augment,
            training: start.training,
            start: start.checkpoint,
            masks: &start.masks,
            teacher: start.teacher.map(|teacher| self.load(teacher)).transpose()?,
            draw: start.draw,
            checkpoints: &self.wanted[id],
        };
        let outcome = train::<B>(job, &self.device, control).map_err(|problem| match problem {
            TrainError::Interrupted => Failure::Interrupted,
            TrainError::Diverged { .. } => error(problem),
        })?;
        let agreement = match start.teacher {
            Some(teacher) => Some(outcome.test.agreement(&*self.says(teacher)?)),
            None => None,
        };
        Ok((outcome, agreement))
    }

    /// What teacher `id` says about the test images; asked once.
    fn says(&self, id: NodeId) -> Result<Arc<Quality>, Failure> {
        let node = &self.plan.nodes[id];
        let known = |teachers: &BTreeMap<Key, Arc<Quality>>| teachers.get(&node.key).cloned();
        if let Some(says) = known(&self.teachers.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(says);
        }
        let splits = self.inputs.splits(&node.data, node.seed).map_err(error)?;
        let says = evaluate(&self.load(id)?, splits.test_batches(EVALUATION_BATCH), &self.device);
        let mut teachers = self.teachers.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(teachers.entry(node.key).or_insert(Arc::new(says))))
    }

    fn artifact(&self, id: NodeId) -> Result<Artifact, Failure> {
        let key = self.plan.nodes[id].key;
        let artifact = self.store.artifact(key).map_err(error)?;
        artifact.ok_or_else(|| Failure::Error(format!("artifact {key} is gone from the store")))
    }

    fn checkpoint(&self, node: &Node, step: u64) -> Result<Checkpoint, Failure> {
        let checkpoint = self.store.checkpoint(node.key, step).map_err(error)?;
        let gone = || Failure::Error(format!("checkpoint {step} of {} is gone from the store", node.key));
        let mut checkpoint = checkpoint.ok_or_else(gone)?;
        checkpoint.weights = checkpoint.weights.for_graph(&node.network.graph).map_err(error)?;
        Ok(checkpoint)
    }

    fn load(&self, id: NodeId) -> Result<Network<B>, Failure> {
        let weights = self.artifact(id)?.weights;
        weights.clone().for_graph(&self.plan.nodes[id].network.graph).map_err(error)?;
        Ok(self.network(id, &weights))
    }

    fn network(&self, id: NodeId, weights: &Weights) -> Network<B> {
        Network::new(Arc::clone(&self.plan.nodes[id].network.graph), weights, &self.device)
    }
}

/// Names the draws of a training: by its stage.
fn scope(node: &Node) -> Draw {
    Draw::new(node.seed, &*node.stage)
}

fn error(error: impl std::fmt::Display) -> Failure {
    Failure::Error(error.to_string())
}

fn summary(
    node: &Node,
    masks: &Masks,
    outcome: &Outcome,
    teacher_agreement: Option<f64>,
    seconds: f64,
) -> Summary {
    let cost = &node.network.cost;
    let layers: Vec<Layer> = cost
        .layers
        .iter()
        .zip(masks.kept(cost))
        .map(|(layer, (_, kept))| Layer {
            layer: layer.name.clone(),
            weights: layer.weights,
            nonzero: kept,
            macs: layer.macs,
            macs_nonzero: macs_nonzero(layer, kept),
        })
        .collect();
    let nonzero: u64 = layers.iter().map(|layer| layer.nonzero).sum();
    let measurement = Measurement {
        sparsity: 1.0 - nonzero as f64 / cost.prunable as f64,
        parameters: cost.parameters,
        prunable: cost.prunable,
        nonzero,
        macs: cost.macs,
        macs_nonzero: layers.iter().map(|layer| layer.macs_nonzero).sum(),
        accuracy: outcome.test.accuracy,
        loss: outcome.test.nll,
        accuracy_validation: outcome.validation.as_ref().map(|quality| quality.accuracy),
        accuracy_last: outcome.accuracy_last,
        accuracy_best_test: outcome.accuracy_best_test,
        ece: outcome.test.ece,
        teacher_agreement,
        steps: outcome.steps,
        seconds,
    };
    Summary { measurement, layers, history: outcome.history.clone(), emptied: masks.emptied() }
}
