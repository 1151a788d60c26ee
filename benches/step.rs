//! Times training steps, as a server that `benches/peer/compare.py` asks.
//!
//! `step NETWORK --threads N [--sparsity S]` trains on made-up images: the networks, batches and
//! optimizers are those of `benches/peer/networks.py`. On standard input `run K` takes K steps and prints
//! `{"milliseconds": […]}`, `memory` prints `{"peak_mib": …}`, `quit` ends it. A step is a turn of the
//! training loop as an experiment runs it: batch, forward, backward, optimizer.

use burn_flex::{Flex, FlexDevice};
use niwaki::data::{Augment, Source, Splits, Synthetic};
use niwaki::distill::LossMix;
use niwaki::draw::Draw;
use niwaki::model::architecture::{Mlp, Resnet};
use niwaki::model::{Init, Model, Trained, Weights};
use niwaki::prune::Masks;
use niwaki::train::{Adam, Checkpoint, Control, Job, Keep, LrSchedule, Optimizer, Sgd, Training, train};
use std::io::BufRead;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Instant;

fn main() {
    // `cargo bench` adds `--bench`; without a network there is nothing to do.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(network) = arguments.first() else { return };
    let option = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments[at + 1].parse::<f64>().ok()
    };
    let threads = option("--threads").unwrap_or(1.0) as usize;
    let bench = Bench::new(network, option("--sparsity").unwrap_or(0.0));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
    let milliseconds = |steps| pool.install(|| bench.milliseconds(steps));
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

struct Bench {
    splits: Splits,
    training: Training,
    start: Checkpoint,
}

impl Bench {
    fn new(network: &str, sparsity: f64) -> Self {
        let sgd = Sgd { lr: 0.1, momentum: 0.9, nesterov: false, weight_decay: 5e-4 };
        let adam = Adam { lr: 1.2e-3, ..Adam::default() };
        let (model, image, batch, optimizer) = match network {
            "resnet-20" => {
                (Model::Resnet(Resnet { depth: 20, width: 1 }), [3, 32, 32], 128, Optimizer::Sgd(sgd))
            }
            "resnet-18" => (Model::Resnet18, [3, 32, 32], 32, Optimizer::Sgd(sgd)),
            "lenet-5" => (Model::Lenet5, [1, 28, 28], 64, Optimizer::Adam(adam)),
            "lenet-300-100" => {
                (Model::Mlp(Mlp { hidden: vec![300, 100] }), [1, 28, 28], 60, Optimizer::Adam(adam))
            }
            other => panic!("no network is called {other}"),
        };
        let data = Source::Synthetic(Synthetic { image, classes: 10, train: 8 * batch, test: 16 });
        let splits = Splits::new(Arc::new(data.load().expect("made-up images can be had")), 0.0, 0);
        let graph = Arc::new(model.graph(image, 10).expect("the images fit the network"));
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
            optimizer,
            lr_schedule: LrSchedule::default(),
            warmup: 0,
            loss: LossMix::default(),
            evaluate: u64::MAX,
            keep: Keep::Last,
            init: Init::default(),
        };
        let network = Trained::new(graph, weights).expect("initial weights are of their graph");
        Self { splits, training, start: Checkpoint::start(network).masked(masks) }
    }

    /// What each of `steps` steps took, after one that is not counted.
    fn milliseconds(&self, steps: u64) -> Vec<f64> {
        let ends = Mutex::new(Vec::new());
        let progress = |_| ends.lock().expect("no step panics").push(Instant::now());
        let control = Control { stop: &AtomicBool::new(false), progress: &progress };
        let job = Job::<'_, Flex> {
            splits: &self.splits,
            augment: &Augment::default(),
            training: &Training { steps: steps + 1, ..self.training.clone() },
            start: self.start.clone(),
            teacher: None,
            draw: Draw::new(0, "bench"),
            checkpoints: &[],
        };
        train(job, &FlexDevice, &control).expect("made-up images can be learnt");
        let ends = ends.into_inner().expect("no step panics");
        ends.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64() * 1e3).collect()
    }
}

/// The most memory that this process had at one time; 0 where the system does not say.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}
