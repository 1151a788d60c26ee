//! The step that measures latencies: one network at a time, when nothing trains.

use super::pass_times::Effort;
use super::{Latency, Machine, PassTimes};
use crate::backend::{WithBackend, with_backend};
use crate::draw::{Draw, Generator, Purpose};
use crate::kernel::{Kernel, to_host};
use crate::model::{Mode, Network};
use crate::plan::{Names, NodeId, Plan};
use crate::run::events::{Event, Reporter};
use crate::run::workers::{POLL_INTERVAL, Threads};
use crate::run::{Artifact, Locked, Options, RunError, Store, StoreError, Summary};
use burn::tensor::{Tensor, TensorData};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// How the measuring went.
#[derive(Debug, Default)]
pub struct LatencyOutcome {
    /// Networks that could not be measured, each a sentence.
    pub warnings: Vec<String>,
    pub interrupted: bool,
}

/// Measures the latency of each network of `plan` that has one of `summaries`, on one thread, and keeps it in `store`.
/// What was measured on this machine already is not measured again, unless `options` want everything fresh. `stop`,
/// once set, ends the measuring; what was measured stays.
pub fn measure_latencies(
    plan: &Plan,
    store: &Store,
    summaries: &[Option<Summary>],
    options: Options,
    stop: &AtomicBool,
    reporter: &dyn Reporter,
) -> Result<LatencyOutcome, RunError> {
    let machine = Machine::here(plan.backend);
    // What cannot be read is looked at again by whoever holds the node's lock.
    let is_known = |id: NodeId| {
        let known =
            || store.latencies(plan.nodes[id].key).is_ok_and(|found| machine.measured(&found).is_some());
        !options.fresh && known()
    };
    let missing: Vec<NodeId> =
        (0..plan.nodes.len()).filter(|&id| summaries[id].is_some() && !is_known(id)).collect();
    if missing.is_empty() {
        return Ok(LatencyOutcome::default());
    }
    reporter.report(Event::Measuring { networks: missing.len() });
    let names = Names::of(plan);
    let step =
        Step { plan, names: &names, store, machine: &machine, missing: &missing, options, stop, reporter };
    let outcome = with_backend(plan.backend, step)??;
    reporter.report(Event::Ended);
    Ok(outcome)
}

/// The measuring on a backend that is still to be chosen.
struct Step<'a> {
    plan: &'a Plan,
    names: &'a Names,
    store: &'a Store,
    machine: &'a Machine,
    missing: &'a [NodeId],
    options: Options,
    stop: &'a AtomicBool,
    reporter: &'a dyn Reporter,
}

impl WithBackend for Step<'_> {
    type Output = Result<LatencyOutcome, RunError>;

    fn call<B: Kernel>(self, device: B::Device) -> Self::Output {
        let threads = Threads::single()?;
        let mut outcome = LatencyOutcome::default();
        for (number, &id) in (1..).zip(self.missing) {
            let name = self.names.node(id);
            let measured = threads
                .run(|| self.measure::<B>(id, &device))
                .unwrap_or_else(|panic| Err(Failure::Network(panic)));
            match measured {
                Ok(latency) => {
                    self.reporter.report(Event::Measured { name: &name, latency: &latency, done: number });
                }
                Err(Failure::Interrupted) => {
                    outcome.interrupted = true;
                    break;
                }
                Err(Failure::Network(error)) => {
                    outcome.warnings.push(format!("{name}: its latency was not measured: {error}"));
                }
                Err(Failure::Store(error)) => {
                    outcome.warnings.push(format!("latencies cannot be kept: {error}"));
                    break;
                }
            }
        }
        Ok(outcome)
    }
}

/// Why there is no latency.
enum Failure {
    Interrupted,
    /// Of this network.
    Network(String),
    /// The store cannot be written to.
    Store(StoreError),
}

impl Step<'_> {
    /// The latency of node `id`, measured here and now unless another process did it meanwhile.
    fn measure<B: Kernel>(&self, id: NodeId, device: &B::Device) -> Result<Latency, Failure> {
        let key = self.plan.nodes[id].key;
        let network = |error: StoreError| Failure::Network(error.to_string());
        let _lock = loop {
            match self.store.lock(key).map_err(Failure::Store)? {
                Locked::Here(lock) => break lock,
                Locked::Elsewhere(_) => {
                    self.check()?;
                    std::thread::sleep(POLL_INTERVAL);
                }
            }
        };
        let stored = loop {
            match self.store.latencies(key) {
                Ok(found) => break self.machine.measured(&found),
                Err(StoreError::Damaged { path, .. }) => {
                    self.store.set_aside(&path).map_err(Failure::Store)?
                }
                Err(error) => return Err(network(error)),
            }
        };
        if let Some(latency) = stored.filter(|_| !self.options.fresh) {
            return Ok(latency);
        }
        let artifact = self.store.artifact(key).map_err(network)?;
        let Artifact { network: trained, masks, .. } =
            artifact.ok_or_else(|| Failure::Network("it is no longer in the store".to_owned()))?;
        let mut network = Network::<B>::from_trained(&trained, device);
        masks.remask(&mut network);
        let latency = Latency {
            batch_1: self.pass_times(&network, 1, device)?,
            batch_64: self.pass_times(&network, 64, device)?,
        };
        self.store.put_latency(key, self.machine, &latency).map_err(Failure::Store)?;
        Ok(latency)
    }

    /// The times of forward passes in evaluation mode, each until its logits are on the host: a GPU has finished then.
    fn pass_times<B: Kernel>(
        &self,
        network: &Network<B>,
        batch: usize,
        device: &B::Device,
    ) -> Result<PassTimes, Failure> {
        let images = images(network, batch, device);
        let pass = || to_host([network.forward(images.clone(), Mode::Evaluate).logits]);
        let (begun, mut passes) = (Instant::now(), 0);
        while !Effort::is_warm(passes, begun.elapsed()) {
            self.check()?;
            pass();
            passes += 1;
        }
        let (begun, mut seconds) = (Instant::now(), Vec::new());
        while !Effort::is_enough(seconds.len(), begun.elapsed()) {
            self.check()?;
            let started = Instant::now();
            pass();
            seconds.push(started.elapsed().as_secs_f64());
        }
        Ok(PassTimes::of(seconds))
    }

    fn check(&self) -> Result<(), Failure> {
        if self.stop.load(Ordering::Relaxed) { Err(Failure::Interrupted) } else { Ok(()) }
    }
}

/// A batch of made-up images, on the device already.
fn images<B: Kernel>(network: &Network<B>, batch: usize, device: &B::Device) -> Tensor<B, 4> {
    let [channels, height, width] = network.graph.input();
    let mut generator = Draw::new(0, "latency").generator(Purpose::SyntheticData, batch as u64);
    let pixels = batch * channels * height * width;
    let pixels: Vec<f32> = generator.normals().take(pixels).map(|pixel| pixel as f32).collect();
    Tensor::from_data(TensorData::new(pixels, [batch, height, width, channels]), device)
}
