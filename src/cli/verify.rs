//! `niwaki verify FILE`

use super::Ending;
use super::claims::verdicts;
use super::common::{Backend, ExperimentFile, Place, Results};
use super::compare::recorded;
use super::compared::Compared;
use super::error::CliError;
use super::interrupts::stop_on_interrupt;
use crate::output;
use crate::results::{Folder, Record, Tables};
use crate::run::{Inputs, Latencies, Options, Reporter, Silent, Store, Tried, reporter, run};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    #[command(flatten)]
    experiment: ExperimentFile,
    #[command(flatten)]
    backend: Backend,
    #[command(flatten)]
    results: Results,
    /// Trainings at a time [default: one a core, two on a GPU]
    #[arg(long, env = "NIWAKI_WORKERS", value_parser = clap::value_parser!(u64).range(1..))]
    workers: Option<u64>,
    /// Runs so many trials alone, drawn at random, in place of all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    sample: Option<u64>,
    /// Keeps what is trained, in this directory; what is in it already is not trained again
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Prints what was found as JSON, and nothing else
    #[arg(long)]
    pub json: bool,
}

impl Verify {
    pub fn run(&self) -> Result<Ending, CliError> {
        let inputs = Inputs::default();
        let plan = self.experiment.plan(&self.backend, &inputs)?;
        plan.backend.check_available()?;
        if let Some(problem) = inputs.problems().first() {
            return Err(Arc::clone(problem).into());
        }
        let folder = self.results.of(&plan.name);
        let (recorded, of_recorded) = recorded(&folder)?;
        if (&recorded.experiment, &recorded.sweep) != (&plan.experiment, &plan.sweep) {
            return Err(CliError::OtherExperiment {
                folder,
                command: recorded.provenance.command(recorded.backend),
            });
        }
        let plan = match self.sample {
            // By the seed of the experiment, so that a sample is the same each time.
            Some(count) => plan.sampled(count, 0),
            None => plan,
        };
        let temporary = tempfile::tempdir().map_err(CliError::Temporary)?;
        let root = self.keep.as_deref().unwrap_or(temporary.path());
        plan.backend.keep_kernels(root);
        let store = Store::at(&root.join(".store"));
        let stop = stop_on_interrupt()?;
        let shown: Box<dyn Reporter> = if self.json { Box::new(Silent) } else { reporter() };
        let options = Options { workers: self.workers.map(|workers| workers as usize), fresh: false };
        let outcome = run(&plan, &store, &inputs, options, &stop, &*shown)?;
        if outcome.interrupted {
            return Ok(Ending::Interrupted);
        }
        let place = Place::of(&plan, &self.experiment, &self.results);
        let summaries = &outcome.summaries;
        let record =
            Record::new(&plan, place.provenance, summaries, &outcome.failed, outcome.warnings.clone(), None);
        let tried = Tried::of(&plan, &store, summaries);
        let tables = Tables::gather(&plan, summaries, &tried, &Latencies::of(&plan, &store));
        let here = match &self.keep {
            Some(dir) => format!("trained here, in {}", dir.display()),
            None => "trained here".to_owned(),
        };
        let place_of_lock = Folder::of_results(&folder)?;
        let judged = match self.sample {
            Some(_) => [Vec::new(), Vec::new()],
            None => [
                verdicts(&recorded, &of_recorded, &place_of_lock)?,
                verdicts(&record, &tables, &place_of_lock)?,
            ],
        };
        let recorded = (folder.display().to_string(), &recorded, of_recorded);
        let compared = Compared::of(recorded, (here, &record, tables))?.judged(&judged[0], &judged[1]);
        compared.show(self.json);
        for missing in record.missing.iter().filter(|missing| missing.error.is_some()) {
            output::tell(format!("{} failed: {}", missing.key, missing.error.as_deref().unwrap_or_default()));
        }
        Ok(if outcome.failed.is_empty() { compared.ending() } else { Ending::TrialFailed })
    }
}
