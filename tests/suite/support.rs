//! An experiment in a folder of its own, and the program run on it.

use niwaki::plan::{Plan, plan};
use niwaki::results::{Record, TIMED, Tables};
use niwaki::spec::load;
use polars::prelude::DataFrame;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A small experiment that touches every kind of node: trainings, a teacher, rounds, a rewind.
pub const SMALL: &str = r#"
title = "A small experiment"

[data]
source.synthetic = { train = 400, test = 200 }
validation = 0.2

[stage.dense.train]
model.mlp = { hidden = [32, 16] }
epochs    = 6
batch     = 20
optimizer.sgd = { lr = 0.05, momentum = 0.9 }

[stage.sparse.prune]
from       = "dense"
importance = "magnitude"
schedule.linear = { rounds = 2 }
target.sparsity = 0.9
recover = { epochs = 3, teacher = "dense", loss = { cross-entropy = 0.5, soft-labels = { weight = 0.5, temperature = 2.0 } } }

[stage.ticket.prune]
from       = "dense"
importance = "magnitude"
schedule.geometric = { rate = 0.3, rounds = 2 }
recover = { rewind = "2ep" }

[sweep]
seed = [0, 1]
stage.sparse.prune.importance = ["magnitude", "taylor", "random"]
"#;

/// A training and one round of pruning: two nodes, done in no time.
pub const TINY: &str = r#"
title = "A tiny experiment"

[data]
source.synthetic = { train = 40, test = 20 }

[stage.dense.train]
model.mlp = { hidden = [8] }
epochs = 3
batch = 10
optimizer.sgd = { lr = 0.05 }

[stage.sparse.prune]
from = "dense"
importance = "magnitude"
target.sparsity = 0.5
"#;

/// A folder with one experiment file and its results.
pub struct Bench {
    folder: TempDir,
}

impl Bench {
    pub fn new(experiment: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        fs::write(folder.path().join("small.toml"), experiment).expect("it can be written to");
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self) -> PathBuf {
        self.path().join("small.toml")
    }

    /// Where the tables are.
    pub fn results(&self) -> PathBuf {
        self.path().join("results/small")
    }

    /// Where the artifacts are.
    pub fn store(&self) -> PathBuf {
        self.path().join("results/.store")
    }

    /// All files of the store, in order.
    pub fn stored(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.store()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("the store can be read") {
                let path = entry.expect("the store can be read").path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files.sort();
        files
    }

    /// The plan of the experiment with `--set` assignments.
    pub fn plan(&self, set: &[&str]) -> Plan {
        let set: Vec<String> = set.iter().map(ToString::to_string).collect();
        let loaded = load(&self.file(), &set).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        plan(&loaded, &|source| source.fingerprint().ok()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// `niwaki SUBCOMMAND small.toml MORE…`, ready to start in the folder.
    pub fn command(&self, subcommand: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_niwaki"));
        command.current_dir(self.path()).arg(subcommand).arg("small.toml").args(more);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn niwaki(&self, subcommand: &str, more: &[&str]) -> Output {
        self.command(subcommand, more).output().expect("the program starts")
    }

    /// Runs the experiment to its end and gives its numbers.
    pub fn run(&self, more: &[&str]) -> Numbers {
        let output = self.niwaki("run", more);
        assert!(output.status.success(), "{}", stderr(&output));
        self.numbers()
    }

    pub fn numbers(&self) -> Numbers {
        let tables = tables(&self.results());
        let bytes = |name: &str| fs::read(self.results().join(name)).expect("the table is there");
        Numbers {
            measurements: untimed(&tables.measurements),
            history: bytes("history.parquet"),
            layers: bytes("layers.parquet"),
            classes: bytes("classes.parquet"),
        }
    }
}

/// `measurements` without the columns that a clock measured.
pub fn untimed(measurements: &DataFrame) -> DataFrame {
    TIMED.iter().fold(measurements.clone(), |rest, name| rest.drop(name).expect("there is such a column"))
}

/// All that must be the same each time: every column but those that a clock measured.
pub struct Numbers {
    pub measurements: DataFrame,
    history: Vec<u8>,
    layers: Vec<u8>,
    classes: Vec<u8>,
}

impl Numbers {
    pub fn assert_same(&self, other: &Self) {
        let same = self.measurements.equals_missing(&other.measurements);
        assert!(same, "measurements differ:\n{:?}\n{:?}", self.measurements, other.measurements);
        assert!(self.history == other.history, "histories differ");
        assert!(self.layers == other.layers, "layers differ");
        assert!(self.classes == other.classes, "classes differ");
    }
}

/// The tables in `dir`, which are those of the record beside them.
pub fn tables(dir: &Path) -> Tables {
    let record = Record::read(dir).unwrap_or_else(|error| panic!("{error}")).expect("there is a record");
    Tables::read(dir, &record.digests).unwrap_or_else(|error| panic!("{error}"))
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
