//! Makes nodes on a backend, and keeps what they leave in the store.

use super::summary::summary;
use super::{Failure, Start, round, train};
use crate::data::Splits;
use crate::kernel::Kernel;
use crate::model::{Network, Weights};
use crate::plan::{Key, Node, Plan, Work};
use crate::run::wanted::Wanted;
use crate::run::{Artifact, Inputs, Store, StoreError, Summary};
use crate::train::{
    Checkpoint, Control, EVALUATION_BATCH, Job, Outcome, Quality, TrainError, evaluate, train as run_training,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a node that another process is doing is looked at again.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Makes the nodes of a plan on backend `B`.
pub(in crate::run) struct Runner<'a, B: Kernel> {
    plan: &'a Plan,
    store: &'a Store,
    inputs: &'a Inputs,
    device: B::Device,
    wanted: &'a Wanted,
    /// What teachers predict on the test images.
    predictions: Mutex<BTreeMap<Key, Arc<Quality>>>,
}

/// Whether a node that is in the store already is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum Reuse {
    Stored,
    Nothing,
}

/// What became of one attempt at a node.
pub(in crate::run) enum Attempt {
    Done(Box<Summary>),
    /// Another process is at it.
    Busy,
    Failed(Failure),
}

/// What a node left.
struct NodeOutput {
    artifact: Artifact,
    checkpoints: Vec<Checkpoint>,
}

impl<'a, B: Kernel> Runner<'a, B> {
    pub fn new(
        plan: &'a Plan,
        store: &'a Store,
        inputs: &'a Inputs,
        wanted: &'a Wanted,
        device: B::Device,
    ) -> Self {
        Self { plan, store, inputs, device, wanted, predictions: Mutex::default() }
    }

    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    pub fn device(&self) -> &B::Device {
        &self.device
    }

    /// Does `node`, all of whose needs are in the store, unless it is there already or another process is
    /// at it. `begin` is called before anything is computed.
    pub fn attempt(&self, node: &Node, reuse: Reuse, begin: &dyn Fn(), control: &Control<'_>) -> Attempt {
        match self.attempted(node, reuse, begin, control) {
            Ok(Some(summary)) => Attempt::Done(Box::new(summary)),
            Ok(None) => Attempt::Busy,
            Err(failure) => Attempt::Failed(failure),
        }
    }

    fn attempted(
        &self,
        node: &Node,
        reuse: Reuse,
        begin: &dyn Fn(),
        control: &Control<'_>,
    ) -> Result<Option<Summary>, Failure> {
        let Some(_lock) = self.store.lock(node.key).map_err(Failure::error)? else { return Ok(None) };
        match (reuse, self.wanted.finished(self.store, node.key)) {
            (Reuse::Stored, Ok(Some(summary))) => return Ok(Some(summary)),
            (Reuse::Stored, Ok(None)) => {}
            // Damaged, or not wanted.
            (Reuse::Stored, Err(_)) | (Reuse::Nothing, _) => {
                self.store.remove(node.key).map_err(Failure::error)?;
            }
        }
        begin();
        let output = self.make(node, control)?;
        self.keep(node.key, output).map(Some).map_err(Failure::error)
    }

    /// Makes sure that what `node` leaves is in the store: makes it here and now where it is not, and waits
    /// while another process is at it. May be called while another node is made, for one that comes before
    /// it.
    pub fn obtain(&self, node: &Node, control: &Control<'_>) -> Result<(), Failure> {
        loop {
            match self.attempt(node, Reuse::Stored, &|| (), control) {
                Attempt::Done(_) => return Ok(()),
                Attempt::Failed(failure) => return Err(failure),
                Attempt::Busy => {
                    control.check().map_err(|_| Failure::Interrupted)?;
                    std::thread::sleep(POLL_INTERVAL);
                }
            }
        }
    }

    /// What `read` finds of what `node` left; a node whose files are gone is made again.
    fn read<T>(
        &self,
        node: &Node,
        control: &Control<'_>,
        read: impl Fn() -> Result<Option<T>, StoreError>,
    ) -> Result<T, Failure> {
        if let Some(found) = read().map_err(Failure::error)? {
            return Ok(found);
        }
        self.obtain(node, control)?;
        let again = read().map_err(Failure::error)?;
        again
            .ok_or_else(|| Failure::Error(format!("{} was removed from the store as soon as made", node.key)))
    }

    fn make(&self, node: &Node, control: &Control<'_>) -> Result<NodeOutput, Failure> {
        let begun = Instant::now();
        let start = match &node.work {
            Work::Train { training, teacher } => train::start(node, training, *teacher),
            Work::Round(round) => round::start(self, node, round, control)?,
        };
        let masks = start.masks.clone();
        let (outcome, agreement) = self.train(node, start, control)?;
        let seconds = begun.elapsed().as_secs_f64();
        let summary = summary(node, &masks, &outcome, agreement, seconds);
        let Outcome { kept, checkpoints, .. } = outcome;
        Ok(NodeOutput { artifact: Artifact { summary, weights: kept, masks }, checkpoints })
    }

    /// Stores what a node left; checkpoints first, so that where the artifact is, they are. An artifact
    /// that is there already, made again for its checkpoints, stays.
    fn keep(&self, key: Key, output: NodeOutput) -> Result<Summary, StoreError> {
        for checkpoint in &output.checkpoints {
            self.store.put_checkpoint(key, checkpoint)?;
        }
        if let Some(summary) = self.store.verify(key)? {
            return Ok(summary);
        }
        self.store.put(key, &output.artifact)?;
        Ok(output.artifact.summary)
    }

    /// Trains, and says how often the result agrees with its teacher.
    fn train(
        &self,
        node: &Node,
        start: Start<'_>,
        control: &Control<'_>,
    ) -> Result<(Outcome, Option<f64>), Failure> {
        let splits = self.splits(node)?;
        let job = Job {
            graph: Arc::clone(&node.origin.graph),
            splits: &splits,
            augment: &node.data.augment,
            training: start.training,
            start: start.checkpoint,
            masks: &start.masks,
            teacher: start.teacher.map(|teacher| self.load(teacher, control)).transpose()?,
            draw: start.draw,
            checkpoints: &self.wanted.checkpoints(node.key),
        };
        let outcome = run_training::<B>(job, &self.device, control).map_err(|problem| match problem {
            TrainError::Interrupted => Failure::Interrupted,
            TrainError::Diverged { .. } => Failure::error(problem),
        })?;
        let agreement = match start.teacher {
            Some(teacher) => Some(outcome.test.agreement(&*self.predictions(teacher, control)?)),
            None => None,
        };
        Ok((outcome, agreement))
    }

    /// What node `key` predicts on the test images; computed once.
    fn predictions(&self, key: Key, control: &Control<'_>) -> Result<Arc<Quality>, Failure> {
        let known = self.predictions.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(predictions) = known {
            return Ok(predictions);
        }
        let splits = self.splits(self.plan.node(key))?;
        let batches = splits.test_batches(EVALUATION_BATCH);
        let predictions = Arc::new(evaluate(&self.load(key, control)?, batches, &self.device));
        let mut all = self.predictions.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(all.entry(key).or_insert(predictions)))
    }

    /// The splits of the node's data.
    pub fn splits(&self, node: &Node) -> Result<Arc<Splits>, Failure> {
        self.inputs.splits(&node.data, node.seed).map_err(Failure::error)
    }

    /// What node `key` left; made again where it is gone.
    pub fn artifact(&self, key: Key, control: &Control<'_>) -> Result<Artifact, Failure> {
        self.read(self.plan.node(key), control, || self.store.artifact(key))
    }

    /// The checkpoint after `step` steps of training `node`; made again where it is gone.
    pub fn checkpoint(&self, node: &Node, step: u64, control: &Control<'_>) -> Result<Checkpoint, Failure> {
        let mut checkpoint = self.read(node, control, || self.store.checkpoint(node.key, step))?;
        checkpoint.weights = checkpoint.weights.for_graph(&node.origin.graph).map_err(Failure::error)?;
        Ok(checkpoint)
    }

    /// The network of node `key` on the device.
    pub fn load(&self, key: Key, control: &Control<'_>) -> Result<Network<B>, Failure> {
        let weights = self.artifact(key, control)?.weights;
        let weights = weights.for_graph(&self.plan.node(key).origin.graph).map_err(Failure::error)?;
        Ok(self.network(key, &weights))
    }

    pub fn network(&self, key: Key, weights: &Weights) -> Network<B> {
        Network::new(Arc::clone(&self.plan.node(key).origin.graph), weights, &self.device)
    }
}
