//! Times training steps, as a server that `benches/peer/compare.py` asks.
//!
//! `step NETWORK [--backend NAME] [--threads N] [--batch N] [--sparsity S] [--channels SHARE]` trains on made-up images:
//! the networks, batches and optimizers are those of `benches/peer/networks.py`. With `--teacher NETWORK` it learns soft
//! labels from that one, or what `--loss JSON` says; with `--apart` the step is without the teacher, whose forward pass on
//! the batch is timed and added. On standard input `run K` takes K steps and prints `{"milliseconds": […]}`, `memory`
//! prints `{"peak_mib": …}`, `quit` ends it. A step is a turn of the training loop as an experiment runs it: batch,
//! forward, backward, optimizer. A GPU works on while the program goes ahead of it, so its steps are timed together, and
//! `milliseconds` is one number, their mean.

use burn::tensor::Tensor;
use clap::ValueEnum;
use niwaki::backend::{BackendKind, WithBackend, with_backend};
use niwaki::data::{Augment, Source, Splits, Synthetic};
use niwaki::distill::{LossMix, Teachers, Teaching};
use niwaki::draw::Draw;
use niwaki::kernel::Kernel;
use niwaki::model::architecture::{Mlp, Resnet};
use niwaki::model::{Graph, Init, Mode, Model, Network, Trained, Weights};
use niwaki::prune::Masks;
use niwaki::train::{
    Adam, Checkpoint, Control, Job, Keep, LrSchedule, Optimizer, Penalty, RecoveryBudget, RecoveryWeights,
    Sgd, Training, train,
};
use std::io::BufRead;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Instant;

fn main() {
    // `cargo bench` adds `--bench`; without a network there is nothing to do.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(network) = arguments.first() else { return };
    let word = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        Some(arguments[at + 1].as_str())
    };
    let number = |name: &str| word(name).map(|word| word.parse::<f64>().expect("a number"));
    let backend = word("--backend")
        .map_or(BackendKind::Flex, |name| BackendKind::from_str(name, false).expect("the name of a backend"));
    let batch = number("--batch").map(|batch| batch as usize);
    let threads = number("--threads").unwrap_or(1.0) as usize;
    let mut bench = Bench::new(network, batch, number("--sparsity").unwrap_or(0.0), number("--channels"));
    if let Some(teacher) = word("--teacher") {
        let loss = word("--loss").unwrap_or(
            r#"{"cross-entropy": {"weight": 0.1}, "soft-labels": {"weight": 0.9, "temperature": 4.0}}"#,
        );
        bench.taught(teacher, serde_json::from_str(loss).expect("a mix of losses"));
    }
    bench.is_apart = arguments.iter().any(|argument| argument == "--apart");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
    let milliseconds = |steps| pool.install(|| bench.milliseconds(backend, steps));
    milliseconds(3);
    println!("{{\"ready\": true, \"version\": \"{}\"}}", env!("CARGO_PKG_VERSION"));
    for line in std::io::stdin().lock().lines() {
        match line.expect("standard input can be read").split_whitespace().collect::<Vec<_>>()[..] {
            ["run", steps] => {
                let steps = steps.parse().expect("a number of steps");
                println!("{{\"milliseconds\": {:?}}}", milliseconds(steps));
            }
            ["memory"] => println!("{{\"peak_mib\": {}}}", peak_mib()),
            ["quit"] => return,
            ref other => panic!("`run K`, `memory` or `quit`, not {other:?}"),
        }
    }
}

/// A network with its images, batch and optimizer.
struct Work {
    model: Model,
    image: [usize; 3],
    batch: usize,
    optimizer: Optimizer,
}

impl Work {
    fn named(network: &str) -> Self {
        let sgd = Optimizer::Sgd(Sgd { lr: 0.1, momentum: 0.9, nesterov: false, weight_decay: 5e-4 });
        let adam = Optimizer::Adam(Adam { lr: 1.2e-3, ..Adam::default() });
        let (model, image, batch, optimizer) = match network {
            "resnet-20" => (Model::Resnet(Resnet { depth: 20, width: 1 }), [3, 32, 32], 128, sgd),
            "resnet-18" => (Model::Resnet18, [3, 32, 32], 32, sgd),
            "lenet-5" => (Model::Lenet5, [1, 28, 28], 64, adam),
            "lenet-300-100" => (Model::Mlp(Mlp { hidden: vec![300, 100] }), [1, 28, 28], 60, adam),
            other => panic!("no network is called {other}"),
        };
        Self { model, image, batch, optimizer }
    }

    /// Its graph for ten classes.
    fn graph(&self) -> Graph {
        self.model.graph(self.image, 10).expect("the images fit the network")
    }
}

struct Bench {
    splits: Splits,
    training: Training,
    start: Checkpoint,
    teacher: Option<Trained>,
    /// Whether the teacher's pass is timed beside a step that does without it.
    is_apart: bool,
}

impl Bench {
    fn new(network: &str, batch: Option<usize>, sparsity: f64, channels: Option<f64>) -> Self {
        let work = Work::named(network);
        let (image, batch) = (work.image, batch.unwrap_or(work.batch));
        let data = Source::Synthetic(Synthetic { image, classes: 10, train: 8 * batch, test: 16 });
        let splits = Splits::new(Arc::new(data.load().expect("made-up images can be had")), 0.0, 0);
        let graph = Arc::new(channels.map_or_else(|| work.graph(), |share| thinned(&work.graph(), share)));
        let weights = Weights::initial(&graph, &Draw::new(0, "bench"));
        let mut masks = Masks::default();
        if sparsity > 0.0 {
            masks = Masks::full(&graph, &graph.prunable());
            // Every so many weights one is kept, spread over all rows and columns.
            let keep = (1.0 / (1.0 - sparsity)).round() as usize;
            for mask in masks.0.values_mut() {
                let kept = |index: usize| index.wrapping_mul(0x9E37_79B9) % (1 << 20) < (1 << 20) / keep;
                *mask = (0..mask.size()).map(kept).collect();
            }
        }
        let training = Training {
            steps: 0,
            batch,
            optimizer: work.optimizer,
            lr_schedule: LrSchedule::default(),
            warmup: 0,
            loss: LossMix::default(),
            teaching: Teaching::default(),
            penalty: Penalty::default(),
            evaluate: u64::MAX,
            keep: Keep::Last,
            init: Init::default(),
            masking: None,
            weights: RecoveryWeights::default(),
            budget: RecoveryBudget::default(),
            samples_per_class: None,
            recalibrate: None,
        };
        let network = Trained::new(graph, weights).expect("initial weights are of their graph");
        let start = Checkpoint::start(network).masked(masks);
        Self { splits, training, start, teacher: None, is_apart: false }
    }

    /// From now on with a teacher, for the same images.
    fn taught(&mut self, teacher: &str, loss: LossMix) {
        let graph = Arc::new(Work::named(teacher).graph());
        let weights = Weights::initial(&graph, &Draw::new(0, "teacher"));
        self.teacher = Some(Trained::new(graph, weights).expect("initial weights are of their graph"));
        self.training.loss = loss;
    }

    /// What each of `steps` steps took on `backend`, after one that is not counted.
    fn milliseconds(&self, backend: BackendKind, steps: u64) -> Vec<f64> {
        let run = |steps| {
            with_backend(backend, Run { bench: self, steps })
                .expect("the backend is compiled into this program")
        };
        if !backend.is_gpu() {
            let ends = run(steps + 1);
            let steps = ends[..ends.len() - 1].windows(2);
            return steps.map(|pair| (pair[1] - pair[0]) * 1e3).collect();
        }
        // The end of a training waits for the GPU: what longer trainings take longer is that of their steps.
        let seconds = |steps| *run(steps).last().expect("a training has an end");
        vec![(seconds(2 * steps) - seconds(steps)) * 1e3 / steps as f64]
    }
}

/// The network with this share of the channels of each group that can lose some.
fn thinned(graph: &Graph, share: f64) -> Graph {
    let groups = graph.channel_groups();
    let shrinking = groups.iter().filter(|group| group.fixed.is_none());
    let kept: Vec<_> =
        shrinking.map(|group| (group, (0..(group.channels as f64 * share) as usize).collect())).collect();
    graph.with_channels(&kept).expect("each group keeps a channel")
}

/// A training of so many steps.
struct Run<'a> {
    bench: &'a Bench,
    steps: u64,
}

impl WithBackend for Run<'_> {
    /// When each step ended, and the training itself, in seconds from its beginning.
    type Output = Vec<f64>;

    fn call<B: Kernel>(self, device: B::Device) -> Vec<f64> {
        let Self { bench, steps } = self;
        let start = Instant::now();
        let ends = Mutex::new(Vec::new());
        let teacher = bench.teacher.as_ref().map(|teacher| Network::<B>::from_trained(teacher, &device));
        let (apart, teachers) =
            if bench.is_apart { (teacher, None) } else { (None, teacher.map(Teachers::one)) };
        let loss = if bench.is_apart { LossMix::default() } else { bench.training.loss.clone() };
        let pass = apart.map(|network| {
            let [channels, height, width] = bench.splits.dataset.shape.image;
            let images = Tensor::ones([bench.training.batch, height, width, channels], &device);
            move || network.forward(images.clone(), Mode::Evaluate)
        });
        let end = || {
            if let Some(pass) = &pass {
                pass();
            }
            ends.lock().expect("no step panics").push(start.elapsed().as_secs_f64());
        };
        let control = Control { stop: &AtomicBool::new(false), progress: &|_| end() };
        let job = Job::<'_, B> {
            splits: &bench.splits,
            augment: &Augment::default(),
            training: &Training { steps, loss, ..bench.training.clone() },
            start: bench.start.clone(),
            teachers,
            peers: Vec::new(),
            pruning: None,
            draw: Draw::new(0, "bench"),
            checkpoints: &[],
        };
        train(job, &device, &control).expect("made-up images can be learnt");
        end();
        ends.into_inner().expect("no step panics")
    }
}

/// The most memory that this process had at one time; 0 where the system does not say.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}
