//! Makes nodes on a backend, and keeps what they leave in the store.

use super::failure::Failure;
use super::measure::{Scored, measurement};
use super::search::Searched;
use super::start::Start;
use super::upstream::Upstream;
use super::{round, search, train};
use crate::data::Splits;
use crate::kernel::Kernel;
use crate::model::{Loader, Network};
use crate::plan::{Key, Node, Plan, Work};
use crate::run::wanted::{Found, Wanted};
use crate::run::workers::POLL_INTERVAL;
use crate::run::{
    Artifact, ComputedBy, Course, Holder, Inputs, Locked, Measurement, Store, StoreError, Summary,
    check_memory,
};
use crate::train::{
    BesideTeacher, Checkpoint, Control, EVALUATION_BATCH, Job, Quality, RoundJob, TrainError, checkpoints,
    evaluate_logits, evaluate_splits, train as run_training,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Makes the nodes of a plan on backend `B`.
pub(in crate::run) struct Runner<'a, B: Kernel> {
    plan: &'a Plan,
    store: &'a Store,
    inputs: &'a Inputs,
    device: B::Device,
    wanted: &'a Wanted,
    computed_by: ComputedBy,
    /// Is told what was set aside.
    set_aside: &'a SetAside<'a>,
    reuse: Reuse,
    /// Where nothing is to be reused, what this run has made.
    made: Mutex<BTreeSet<Key>>,
    /// What teachers predict on the test images, by their key; several together, by that of all.
    predictions: Mutex<BTreeMap<Key, Arc<Quality>>>,
}

/// Takes the node's key, and why what it left was set aside: the predicate of a sentence about the node.
pub(in crate::run) type SetAside<'a> = dyn Fn(Key, &str) + Sync + 'a;

/// Whether a node that is in the store already is done. Where nothing is reused, what this run has made itself is,
/// so that a node that several obtain is made once.
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
    measurement: Measurement,
    checkpoints: Vec<Checkpoint>,
}

impl<'a, B: Kernel> Runner<'a, B> {
    pub fn new(
        plan: &'a Plan,
        store: &'a Store,
        inputs: &'a Inputs,
        wanted: &'a Wanted,
        reuse: Reuse,
        set_aside: &'a SetAside<'a>,
        device: B::Device,
    ) -> Self {
        let computed_by = ComputedBy::here(plan.backend);
        let (made, predictions) = (Mutex::default(), Mutex::default());
        Self { plan, store, inputs, device, wanted, computed_by, set_aside, reuse, made, predictions }
    }

    /// Does `node`, all of whose needs are in the store, unless it is there already or another process is
    /// at it. `begin` is called before anything is computed.
    pub fn attempt(&self, node: &Node, begin: &dyn Fn(), control: &Control<'_>) -> Attempt {
        self.attempted(node, begin, control).unwrap_or_else(Attempt::Failed)
    }

    fn attempted(&self, node: &Node, begin: &dyn Fn(), control: &Control<'_>) -> Result<Attempt, Failure> {
        let _lock = match self.store.lock(node.key).map_err(Failure::Store)? {
            Locked::Here(lock) => lock,
            Locked::Elsewhere(holder) => return Ok(Attempt::Busy(holder)),
        };
        let reuse = match self.reuse {
            Reuse::Nothing if !self.made().contains(&node.key) => Reuse::Nothing,
            Reuse::Nothing | Reuse::Stored => Reuse::Stored,
        };
        let Found { course, measurement, probes, missing } = self.stored(node, reuse)?;
        let course = course.filter(|_| reuse == Reuse::Stored);
        if let (Some(course), Some(measurement), true) = (&course, &measurement, missing.is_empty()) {
            let (course, measurement) = (course.clone(), measurement.clone());
            return Ok(Attempt::Done(Box::new(Summary { measurement, course, probes })));
        }
        check_memory(self.plan, node).map_err(Failure::error)?;
        begin();
        let keep = |checkpoints: &[Checkpoint]| {
            checkpoints.iter().try_for_each(|checkpoint| {
                let put = self.store.put_checkpoint(node.key, checkpoint, &self.computed_by);
                put.map_err(Failure::storing)
            })
        };
        if let Some(course) = course {
            if !missing.is_empty() {
                keep(&self.checkpoints(node, &missing, control)?)?;
            }
            let measurement = match measurement {
                Some(measurement) => measurement,
                None => self.measure_again(node, control)?,
            };
            return Ok(Attempt::Done(Box::new(Summary { measurement, course, probes })));
        }
        let NodeOutput { artifact, measurement, checkpoints } = self.make(node, control)?;
        // Checkpoints first, so that where the artifact is, they are.
        keep(&checkpoints)?;
        self.store.put(node.key, &artifact, &measurement, &self.computed_by).map_err(Failure::storing)?;
        self.made().insert(node.key);
        let course = artifact.course;
        let probes = self.store.probes(course.search.as_ref()).map_err(Failure::reading)?;
        let probes =
            probes.ok_or_else(|| Failure::error("a probe was removed from the store as soon as made"))?;
        Ok(Attempt::Done(Box::new(Summary { measurement, course, probes })))
    }

    fn made(&self) -> MutexGuard<'_, BTreeSet<Key>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the store has of `node`, whose lock is held. What is damaged is set aside, and so is what
    /// another version wrote where the user wants everything made again.
    fn stored(&self, node: &Node, reuse: Reuse) -> Result<Found, Failure> {
        loop {
            match self.wanted.find(self.store, node.key) {
                Ok(found) => return Ok(found),
                Err(error) => {
                    let (path, why) = match (&error, reuse) {
                        (StoreError::Damaged { path, .. }, _) if self.store.is_measurement(path) => {
                            (path, format!("has a damaged measurement and is measured again: {error}"))
                        }
                        (StoreError::Damaged { path, .. }, _) => {
                            (path, format!("is damaged and made again: {error}"))
                        }
                        (StoreError::OtherVersion { path, version, .. }, Reuse::Nothing) => (
                            path,
                            format!(
                                "was written by {version} of niwaki and is made again: {}",
                                path.display()
                            ),
                        ),
                        (StoreError::OtherVersion { .. }, Reuse::Stored)
                        | (StoreError::Io { .. } | StoreError::Unstorable { .. }, _) => {
                            return Err(Failure::reading(error));
                        }
                    };
                    self.store.set_aside(path).map_err(Failure::Store)?;
                    (self.set_aside)(node.key, &why);
                }
            }
        }
    }

    /// Makes sure that what `node` leaves is in the store: makes it here and now where it is not, and waits
    /// while another process is at it. May be called while another node is made, for one that comes before
    /// it.
    pub fn obtain(&self, node: &Node, control: &Control<'_>) -> Result<Summary, Failure> {
        loop {
            match self.attempt(node, &|| (), control) {
                Attempt::Done(summary) => return Ok(*summary),
                Attempt::Failed(failure) => return Err(failure),
                Attempt::Busy(_) => {
                    control.check().map_err(|_| Failure::Interrupted)?;
                    std::thread::sleep(POLL_INTERVAL);
                }
            }
        }
    }

    /// What `read` finds of what node `key` left; a node whose files are gone or damaged is made again.
    fn read<T>(
        &self,
        key: Key,
        control: &Control<'_>,
        read: impl Fn() -> Result<Option<T>, StoreError>,
    ) -> Result<T, Failure> {
        match read() {
            Ok(Some(found)) => return Ok(found),
            Ok(None) | Err(StoreError::Damaged { .. }) => {
                let node = self.node(key)?;
                self.obtain(&node, control)?;
            }
            Err(error) => return Err(Failure::reading(error)),
        }
        let again = read().map_err(Failure::reading)?;
        again.ok_or_else(|| Failure::error(format!("{key} was removed from the store as soon as made")))
    }

    fn make(&self, node: &Node, control: &Control<'_>) -> Result<NodeOutput, Failure> {
        if let Work::Search(search) = &node.work {
            return match search::output(self, search, control)? {
                Searched::Found { artifact, measurement } => {
                    Ok(NodeOutput { artifact: *artifact, measurement, checkpoints: Vec::new() })
                }
                Searched::Nothing { log, why } => {
                    self.store.put_search_log(node.key, &log).map_err(Failure::storing)?;
                    Err(Failure::error(why))
                }
            };
        }
        let begun = Instant::now();
        let mut start = self.start(node, control)?;
        let (slice, scan) = (std::mem::take(&mut start.slice), std::mem::take(&mut start.scan));
        let wanted = self.wanted.checkpoints(node.key);
        let outcome =
            self.train(node, start, &wanted, control, |job| run_training(job, &self.device, control))?;
        let scored = Scored {
            teacher: self.beside_teacher(node, &outcome.test, control)?,
            test: outcome.test,
            validation: outcome.validation,
        };
        let measurement = measurement(node, outcome.kept.graph(), &outcome.masks, &scored);
        let course = Course {
            accuracy_last: outcome.accuracy_last,
            accuracy_best_test: outcome.accuracy_best_test,
            steps: outcome.steps,
            seconds: begun.elapsed().as_secs_f64(),
            computed_by: Some(self.computed_by.clone()),
            history: outcome.history,
            scan,
            search: None,
        };
        let artifact = Artifact { network: outcome.kept, masks: outcome.masks, slice, course };
        Ok(NodeOutput { artifact, measurement, checkpoints: outcome.checkpoints })
    }

    /// Measures the artifact of `node`, which is whole and whose lock is held, as its training did, and stores
    /// the measurement.
    fn measure_again(&self, node: &Node, control: &Control<'_>) -> Result<Measurement, Failure> {
        // Whoever finds an artifact gone makes it again under its lock, which is held here already.
        let artifact = self.store.artifact(node.key).map_err(Failure::reading)?;
        let Artifact { network: trained, masks, .. } = artifact.ok_or_else(|| {
            Failure::error(format!("{} was removed from the store while it was measured", node.key))
        })?;
        let mut network = Network::<B>::from_trained(&trained, &self.device);
        masks.remask(&mut network);
        let splits = self.splits(node)?;
        let (test, validation) = evaluate_splits(&network, &Loader::new(&splits, &self.device));
        let teacher = self.beside_teacher(node, &test, control)?;
        let measurement = measurement(node, trained.graph(), &masks, &Scored { test, validation, teacher });
        self.store.put_measurement(node.key, &measurement).map_err(Failure::storing)?;
        Ok(measurement)
    }

    /// How `test`, what the node's network scored, stands to what its teachers did together; `None` without any.
    fn beside_teacher(
        &self,
        node: &Node,
        test: &Quality,
        control: &Control<'_>,
    ) -> Result<Option<BesideTeacher>, Failure> {
        let predictions = self.predictions(node, control)?;
        Ok(predictions.map(|predictions| test.beside(&predictions)))
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
            Work::Train { training, teachers, .. } => Ok(train::start(node, training, teachers)),
            Work::Round(round) => round::start(self, node, round, control),
            Work::Search(_) => unreachable!("a search trains nothing but its probes, which are other nodes"),
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
        let all = self.splits(node)?;
        let few = start.training.samples_per_class.map(|count| all.few_shot(count as usize, node.seed));
        let few = few.transpose().map_err(Failure::error)?;
        let round = |(pruning, origin, draw)| RoundJob { pruning, origin, splits: &all, draw };
        let teachers = self.teachers(&start.training, start.teachers, control)?;
        let teachers = teachers.map(|teachers| self.with_outputs(node, start.teachers, teachers, control));
        let job = Job {
            splits: few.as_ref().unwrap_or(&all),
            augment: &node.data.augment,
            training: &start.training,
            start: start.checkpoint,
            teachers: teachers.transpose()?,
            peers: start.peers,
            pruning: start.pruning.map(round),
            draw: start.draw,
            checkpoints,
        };
        run(job).map_err(|problem| match problem {
            TrainError::Interrupted => Failure::Interrupted,
            TrainError::Diverged { .. } | TrainError::Pruning(_) | TrainError::Tap(_) => {
                Failure::impossible(problem)
            }
        })
    }

    /// What the teachers of `node` predict on the test images, several of them together; computed once.
    fn predictions(&self, node: &Node, control: &Control<'_>) -> Result<Option<Arc<Quality>>, Failure> {
        let (training, keys) = (node.training(), node.teachers());
        let name = match keys {
            [] => return Ok(None),
            [only] => *only,
            several => Key::of(&(several, &training.teaching)),
        };
        let known = self.predictions.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let Some(teachers) = self.teachers(training, keys, control)? else { return Ok(None) };
        let splits = self.splits(node)?;
        let loader = Loader::new(&splits, &self.device);
        let quality = evaluate_logits(loader.test(EVALUATION_BATCH), |images| teachers.together(&images));
        let mut all = self.predictions.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Some(Arc::clone(all.entry(name).or_insert(Arc::new(quality)))))
    }
}

impl<B: Kernel> Upstream<B> for Runner<'_, B> {
    fn device(&self) -> &B::Device {
        &self.device
    }

    fn node(&self, key: Key) -> Result<Cow<'_, Node>, Failure> {
        self.plan.find(key).ok_or_else(|| {
            Failure::error(format!("no node of the plan is called {key}, so it cannot be made"))
        })
    }

    fn scored(&self, node: &Node, control: &Control<'_>) -> Result<Summary, Failure> {
        self.obtain(node, control)
    }

    fn splits(&self, node: &Node) -> Result<Arc<Splits>, Failure> {
        self.inputs.splits(&node.data, node.seed).map_err(Failure::error)
    }

    fn artifact(&self, key: Key, control: &Control<'_>) -> Result<Artifact, Failure> {
        self.read(key, control, || self.store.artifact(key))
    }

    fn checkpoint(&self, key: Key, step: u64, control: &Control<'_>) -> Result<Checkpoint, Failure> {
        self.read(key, control, || self.store.checkpoint(key, step))
    }
}

mod outputs;
#[cfg(test)]
mod tests;
