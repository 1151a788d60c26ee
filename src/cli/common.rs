//! What several subcommands share.

use super::error::CliError;
use crate::backend::BackendKind;
use crate::output;
use crate::plan::{Plan, plan};
use crate::results::claims::{CLAIMS_FILE, ClaimLock};
use crate::results::{
    Folder, FolderError, Measurements, MeasurementsError, Provenance, Record, Tables, TablesError,
};
use crate::run::Inputs;
use crate::spec::{Diagnostics, Loaded, load};
use std::path::{Path, PathBuf};

/// Variables that stand in for options.
const BACKEND: &str = "NIWAKI_BACKEND";
const RESULTS: &str = "NIWAKI_RESULTS";

/// Whether `value` is from the command line, and not from the `variable` that stands in for the option.
fn is_named(variable: &str, value: &str) -> bool {
    std::env::var_os(variable).is_none_or(|standing_in| standing_in != value)
}

/// An experiment file and what stands over it.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ExperimentFile {
    /// The experiment file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Sets a key over the file, as `seed=3` or `stage.dense.train.epochs=5`; may be given again
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Which backend computes.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Backend {
    /// Takes the place of the file's backend
    #[arg(long, env = BACKEND, value_enum)]
    backend: Option<BackendKind>,
}

impl Backend {
    /// Whether the command line names one.
    pub fn is_named(self) -> bool {
        self.backend.is_some_and(|kind| is_named(BACKEND, &kind.to_string()))
    }

    /// The one that is chosen for `experiment`, or else that of `record`.
    pub fn as_recorded(self, experiment: &ExperimentFile, record: &Record) -> Self {
        let recorded = Some(record.backend).filter(|_| !experiment.sets_backend());
        Self { backend: self.backend.or(recorded) }
    }
}

/// Where results are kept.
#[derive(Debug, clap::Args)]
pub(super) struct Results {
    /// Directory of the results of all experiments
    #[arg(long, env = RESULTS, value_name = "DIR", default_value = Provenance::RESULTS)]
    results: PathBuf,
}

impl Results {
    /// Those in the directory `results`.
    pub fn at(results: PathBuf) -> Self {
        Self { results }
    }

    /// Whether `dir` is that directory, or in the folder of the results of `name`.
    pub fn are_at(&self, dir: &Path, name: &str) -> bool {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        real(&self.results) == real(dir) || real(dir).starts_with(real(&self.of(name)))
    }

    /// Whether the command line names them.
    pub fn are_named(&self) -> bool {
        self.results != Path::new(Provenance::RESULTS) && is_named(RESULTS, &self.results.to_string_lossy())
    }

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

    /// The name of the experiment, where folders can have it.
    pub fn name(&self) -> Option<&str> {
        self.file.file_stem()?.to_str()
    }

    /// The same with what was set over it when `record` was made, where nothing is set now.
    pub fn as_recorded(&self, record: &Record) -> Self {
        let set = if self.set.is_empty() { &record.provenance.set } else { &self.set };
        Self { file: self.file.clone(), set: set.clone() }
    }

    /// What is set over the file, as it is written on the command line; `None` where nothing is.
    pub fn written_set(&self) -> Option<String> {
        let set = self.set.iter().map(|assignment| format!("--set {assignment}"));
        (!self.set.is_empty()).then(|| set.collect::<Vec<_>>().join(" "))
    }

    fn sets_backend(&self) -> bool {
        self.set.iter().any(|assignment| assignment.trim_start().starts_with("backend"))
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
    lock: Option<ClaimLock>,
}

impl Recorded {
    pub fn read(dir: &Path) -> Result<Self, CliError> {
        let folder = match Folder::of_results(dir) {
            Err(FolderError::Foreign(dir)) => return Err(CliError::NoResults(dir)),
            folder => folder?,
        };
        let record = folder.previous().cloned().ok_or_else(|| CliError::NoResults(dir.to_owned()))?;
        let tables = Tables::read(dir, &record.digests)?;
        check(&record, &tables).map_err(|problem| TablesError {
            path: dir.join(Tables::MEASUREMENTS),
            problem: format!("{problem}; `niwaki report FILE` makes it again"),
        })?;
        let lock = ClaimLock::read(dir)?;
        Ok(Self { folder, record, tables, lock })
    }

    /// Which of record, lock and table of claims were changed by hand.
    pub fn edited(&self) -> Vec<String> {
        let lock = self.lock.as_ref().is_some_and(ClaimLock::was_edited);
        let table = std::fs::read(self.folder.path().join(CLAIMS_FILE));
        let table = table.is_ok_and(|bytes| !self.record.digests.allow(CLAIMS_FILE, &bytes));
        let files = [(self.record.edited, Record::FILE), (lock, ClaimLock::FILE), (table, CLAIMS_FILE)];
        let edited = files.into_iter().filter(|(is_edited, _)| *is_edited);
        let path = |name| self.folder.path().join(name);
        edited
            .map(|(_, name)| format!("{} was changed by hand after it was written", path(name).display()))
            .collect()
    }
}

/// Whether the measurements have the columns and the values of axes that `record` says.
fn check(record: &Record, tables: &Tables) -> Result<(), MeasurementsError> {
    let measurements = Measurements::read(record, tables)?;
    ["trial", "accuracy"].into_iter().try_for_each(|column| measurements.numbers(column).map(|_| ()))
}

/// Prints `value` as JSON for programs to parse.
pub(super) fn print_json(value: &impl serde::Serialize) {
    output::print(serde_json::to_string_pretty(value).expect("what is printed is plain data"));
}
