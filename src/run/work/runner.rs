//! Makes nodes on a backend, and keeps what they leave in the store.

use super::summary::summary;
use super::{Failure, Start, round, train};
use crate::data::Splits;
use crate::kernel::Kernel;
use crate::model::{Network, Trained, Weights};
use crate::plan::{Key, Node, Plan, Work};
use crate::run::wanted::{Found, Wanted};
use crate::run::workers::POLL_INTERVAL;
use crate::run::{Artifact, Holder, Inputs, Locked, Store, StoreError, Summary, check_memory};
use crate::train::{
    Checkpoint, Control, EVALUATION_BATCH, Job, Outcome, Quality, TrainError, checkpoints, evaluate,
    train as run_training,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Makes the nodes of a plan on backend `B`.
pub(in crate::run) struct Runner<'a, B: Kernel> {
    plan: &'a Plan,
    store: &'a Store,
    inputs: &'a Inputs,
    device: B::Device,
    wanted: &'a Wanted,
    /// Is told what was found damaged and set aside.
    damaged: &'a Damaged<'a>,
    /// What teachers predict on the test images.
    predictions: Mutex<BTreeMap<Key, Arc<Quality>>>,
}

/// Takes the node's key, and what was found.
pub(in crate::run) type Damaged<'a> = dyn Fn(Key, &StoreError) + Sync + 'a;

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
    Busy(Holder),
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
        damaged: &'a Damaged<'a>,
        device: B::Device,
    ) -> Self {
        Self { plan, store, inputs, device, wanted, damaged, predictions: Mutex::default() }
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
        self.attempted(node, reuse, begin, control).unwrap_or_else(Attempt::Failed)
    }

    fn attempted(
        &self,
        node: &Node,
        reuse: Reuse,
        begin: &dyn Fn(),
        control: &Control<'_>,
    ) -> Result<Attempt, Failure> {
        let _lock = match self.store.lock(node.key).map_err(Failure::Store)? {
            Locked::Here(lock) => lock,
            Locked::Elsewhere(holder) => return Ok(Attempt::Busy(holder)),
        };
        let Found { summary, missing } = self.stored(node, reuse)?;
        let stored = summary.filter(|_| reuse == Reuse::Stored);
        if let Some(summary) = stored.as_ref().filter(|_| missing.is_empty()) {
            return Ok(Attempt::Done(Box::new(summary.clone())));
        }
        check_memory(self.plan, self.plan.id(node.key)).map_err(Failure::error)?;
        begin();
        let keep = |checkpoints: &[Checkpoint]| {
            let mut put =
                checkpoints.iter().map(|checkpoint| self.store.put_checkpoint(node.key, checkpoint));
            put.try_for_each(|put| put.map_err(Failure::storing))
        };
        if let Some(summary) = stored {
            keep(&self.checkpoints(node, &missing, control)?)?;
            return Ok(Attempt::Done(Box::new(summary)));
        }
        let NodeOutput { artifact, checkpoints } = self.make(node, control)?;
        // Checkpoints first, so that where the artifact is, they are.
        keep(&checkpoints)?;
        self.store.put(node.key, &artifact).map_err(Failure::storing)?;
        Ok(Attempt::Done(Box::new(artifact.summary)))
    }

    /// What the store has of `node`, whose lock is held. What is damaged is set aside, and so is what
    /// another version wrote where the user wants everything made again.
    fn stored(&self, node: &Node, reuse: Reuse) -> Result<Found, Failure> {
        loop {
            match self.wanted.find(self.store, node.key) {
                Ok(found) => return Ok(found),
                Err(error) => {
                    let path = match (&error, reuse) {
                        (StoreError::Damaged { path, .. }, _)
                        | (StoreError::OtherVersion { path, .. }, Reuse::Nothing) => path,
                        _ => return Err(Failure::error(error)),
                    };
                    self.store.set_aside(path).map_err(Failure::Store)?;
                    (self.damaged)(node.key, &error);
                }
            }
        }
    }

    /// Makes sure that what `node` leaves is in the store: makes it here and now where it is not, and waits
    /// while another process is at it. May be called while another node is made, for one that comes before
    /// it.
    pub fn obtain(&self, node: &Node, control: &Control<'_>) -> Result<(), Failure> {
        loop {
            match self.attempt(node, Reuse::Stored, &|| (), control) {
                Attempt::Done(_) => return Ok(()),
                Attempt::Failed(failure) => return Err(failure),
                Attempt::Busy(_) => {
                    control.check().map_err(|_| Failure::Interrupted)?;
                    std::thread::sleep(POLL_INTERVAL);
                }
            }
        }
    }

    /// What `read` finds of what `node` left; a node whose files are gone or damaged is made again.
    fn read<T>(
        &self,
        node: &Node,
        control: &Control<'_>,
        read: impl Fn() -> Result<Option<T>, StoreError>,
    ) -> Result<T, Failure> {
        match read() {
            Ok(Some(found)) => return Ok(found),
            Ok(None) | Err(StoreError::Damaged { .. }) => self.obtain(node, control)?,
            Err(error) => return Err(Failure::error(error)),
        }
        let again = read().map_err(Failure::error)?;
        again
            .ok_or_else(|| Failure::Error(format!("{} was removed from the store as soon as made", node.key)))
    }

    fn make(&self, node: &Node, control: &Control<'_>) -> Result<NodeOutput, Failure> {
        let begun = Instant::now();
        let start = self.start(node, control)?;
        let teacher = start.teacher;
        let wanted = self.wanted.checkpoints(node.key);
        let outcome =
            self.train(node, start, &wanted, control, |job| run_training(job, &self.device, control))?;
        let agreement = match teacher {
            Some(teacher) => Some(outcome.test.agreement(&*self.predictions(teacher, control)?)),
            None => None,
        };
        let seconds = begun.elapsed().as_secs_f64();
        let summary = summary(node, &outcome, agreement, seconds);
        let Outcome { kept, masks, checkpoints, .. } = outcome;
        let (_, weights) = kept.into_parts();
        Ok(NodeOutput { artifact: Artifact { summary, weights, masks }, checkpoints })
    }

    /// The checkpoints after `steps` steps of `node`, whose artifact is there already.
    fn checkpoints(
        &self,
        node: &Node,
        steps: &[u64],
        control: &Control<'_>,
    ) -> Result<Vec<Checkpoint>, Failure> {
        let start = self.start(node, control)?;
        self.train(node, start, steps, control, |job| checkpoints(job, &self.device, control))
    }

    /// Where the training of `node` starts.
    fn start<'n>(&self, node: &'n Node, control: &Control<'_>) -> Result<Start<'n>, Failure> {
        match &node.work {
            Work::Train { training, teacher } => Ok(train::start(node, training, *teacher)),
            Work::Round(round) => round::start(self, node, round, control),
        }
    }

    /// What `run` gives for the training of `node`.
    fn train<T>(
        &self,
        node: &Node,
        start: Start<'_>,
        checkpoints: &[u64],
        control: &Control<'_>,
        run: impl FnOnce(Job<'_, B>) -> Result<T, TrainError>,
    ) -> Result<T, Failure> {
        let splits = self.splits(node)?;
        let job = Job {
            splits: &splits,
            augment: &node.data.augment,
            training: start.training,
            start: start.checkpoint,
            teacher: start.teacher.map(|teacher| self.load(teacher, control)).transpose()?,
            draw: start.draw,
            checkpoints,
        };
        run(job).map_err(|problem| match problem {
            TrainError::Interrupted => Failure::Interrupted,
            TrainError::Diverged { .. } => Failure::error(problem),
        })
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
        self.read(node, control, || self.store.checkpoint(node.key, step))
    }

    /// The network of node `key` on the device.
    pub fn load(&self, key: Key, control: &Control<'_>) -> Result<Network<B>, Failure> {
        Ok(self.network(&self.trained(key, self.artifact(key, control)?.weights)?))
    }

    /// The network of node `key`, which has these weights.
    pub fn trained(&self, key: Key, weights: Weights) -> Result<Trained, Failure> {
        Trained::new(Arc::clone(&self.plan.node(key).origin.graph), weights).map_err(Failure::error)
    }

    pub fn network(&self, trained: &Trained) -> Network<B> {
        Network::from_trained(trained, &self.device)
    }
}
