//! What several subcommands share.

use super::error::CliError;
use crate::backend::BackendKind;
use crate::output;
use crate::plan::{Plan, plan};
use crate::results::{Folder, FolderError, Provenance, Record, Tables};
use crate::run::Inputs;
use crate::spec::{Diagnostics, Loaded, load};
use std::path::{Path, PathBuf};

/// An experiment file and what stands over it.
#[derive(Debug, clap::Args)]
pub(super) struct ExperimentFile {
    /// The experiment file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Sets a key over the file, as `seed=3` or `stage.dense.train.epochs=5`; may be given again
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Which backend computes.
#[derive(Debug, clap::Args)]
pub(super) struct Backend {
    /// Takes the place of the file's backend
    #[arg(long, env = "NIWAKI_BACKEND", value_enum)]
    backend: Option<BackendKind>,
}

/// Where results are kept.
#[derive(Debug, clap::Args)]
pub(super) struct Results {
    /// Directory of the results of all experiments
    #[arg(long, env = "NIWAKI_RESULTS", value_name = "DIR", default_value = Provenance::RESULTS)]
    results: PathBuf,
}

impl Results {
    /// The store of all experiments.
    pub fn store(&self) -> PathBuf {
        self.results.join(".store")
    }

    pub fn of(&self, name: &str) -> PathBuf {
        self.results.join(name)
    }
}

impl ExperimentFile {
    /// For subcommands that take a file or something else.
    pub fn at(file: PathBuf, set: Vec<String>) -> Self {
        Self { file, set }
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Loads the experiment, or finds all of its mistakes.
    pub fn load(&self, backend: Option<&Backend>) -> Result<Loaded, Diagnostics> {
        let chosen = backend.and_then(|chosen| chosen.backend).map(|kind| format!("backend=\"{kind}\""));
        let set: Vec<String> = self.set.iter().cloned().chain(chosen).collect();
        load(&self.file, &set)
    }

    /// Loads and plans, with the fingerprints of `inputs`.
    pub fn plan(&self, backend: &Backend, inputs: &Inputs) -> Result<Plan, CliError> {
        let loaded = self.load(Some(backend))?;
        Ok(plan(&loaded, &|source| inputs.fingerprint(source))?)
    }
}

/// Where the results of an experiment go, and where they come from.
pub(super) struct Place {
    pub folder: PathBuf,
    pub provenance: Provenance,
}

impl Place {
    pub fn of(plan: &Plan, experiment: &ExperimentFile, results: &Results) -> Self {
        let folder = results.of(&plan.name);
        let provenance = Provenance::new(&experiment.file, &experiment.set, &results.results, &plan.name);
        Self { folder, provenance }
    }

    /// The folder, if it is free for the results of `plan`.
    pub fn open(&self, plan: &Plan) -> Result<Folder, FolderError> {
        Folder::of_experiment(&self.folder, &self.provenance, (&plan.experiment, &plan.sweep))
    }
}

/// Results that are recorded in a folder.
pub(super) struct Recorded {
    pub folder: Folder,
    pub record: Record,
    pub tables: Tables,
}

impl Recorded {
    pub fn read(dir: &Path) -> Result<Self, CliError> {
        let folder = Folder::of_results(dir)?;
        let record = folder.previous().cloned().ok_or_else(|| CliError::NoResults(dir.to_owned()))?;
        let tables = Tables::read(dir, &record.digests)?;
        Ok(Self { folder, record, tables })
    }
}

/// Prints `value` as JSON for programs to parse.
pub(super) fn print_json(value: &impl serde::Serialize) {
    output::print(serde_json::to_string_pretty(value).expect("what is printed is plain data"));
}
