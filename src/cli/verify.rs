//! `niwaki verify FILE`

use super::Ending;
use super::claims::verdicts;
use super::common::{Backend, ExperimentFile, Place, Recorded, Results};
use super::compared::Compared;
use super::error::CliError;
use super::interrupts::stop_on_interrupt;
use crate::cpu::Isa;
use crate::output;
use crate::plan::Plan;
use crate::results::{Record, Tables};
use crate::run::{Inputs, Latencies, Options, Reporter, Silent, Store, Tried, reporter, run};
use serde_json::Value;
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
    /// Instruction set that `flex` computes with; all give the same numbers [default: the fastest of this processor]
    #[arg(long, env = "NIWAKI_ISA", value_name = "NAME", value_parser = str::parse::<Isa>)]
    isa: Option<Isa>,
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
        self.isa.into_iter().for_each(Isa::choose);
        let inputs = Inputs::default();
        let folder = self.results.of(self.experiment.name().unwrap_or_default());
        let recorded = Recorded::read(&folder);
        let (experiment, backend) = match &recorded {
            Ok(Recorded { record, .. }) => {
                (self.experiment.as_recorded(record), self.backend.as_recorded(&self.experiment, record))
            }
            // Mistakes of the file come first.
            Err(_) => (self.experiment.clone(), self.backend),
        };
        let plan = experiment.plan(&backend, &inputs)?;
        plan.backend.check_available()?;
        if let Some(problem) = inputs.problems().first() {
            return Err(Arc::clone(problem).into());
        }
        let recorded = recorded?;
        let taken = experiment.written_set().filter(|_| self.experiment.written_set().is_none());
        if let Some(set) = taken.filter(|_| !self.json) {
            output::tell(format!("with {set}, as the results in {} were run", folder.display()));
        }
        if !is_of(&plan, &recorded.record) {
            recorded.edited().iter().for_each(|edited| output::tell(format!("warning: {edited}")));
            return Err(CliError::OtherExperiment {
                folder,
                command: recorded.record.provenance.command(recorded.record.backend),
            });
        }
        let plan = match self.sample {
            // The same ones each time.
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
        let place = Place::of(&plan, &experiment, &self.results);
        let summaries = &outcome.summaries;
        let record =
            Record::new(&plan, place.provenance, summaries, &outcome.failed, outcome.warnings.clone(), None);
        let tried = Tried::of(&plan, &store, summaries);
        let tables = Tables::gather(&plan, summaries, &tried, &Latencies::of(&plan, &store));
        let here = match &self.keep {
            Some(dir) => format!("trained here, in {}", dir.display()),
            None => "trained here".to_owned(),
        };
        // Of a sample claims say nothing. What was claimed, and when, is as the recorded results have it.
        let judged = |record: &Record, tables: &Tables| match self.sample {
            Some(_) => Ok(Vec::new()),
            None => verdicts(record, tables, &recorded.folder),
        };
        let (there, again) = (judged(&recorded.record, &recorded.tables)?, judged(&record, &tables)?);
        let first = (folder.display().to_string(), &recorded.record, &recorded.tables);
        let compared = Compared::of(first, (here, &record, &tables))?;
        let compared = compared.edited(recorded.edited()).judged(&there, &again);
        let compared = compared.failed(&recorded.record.missing, &record.missing);
        compared.show(self.json);
        Ok(compared.ending())
    }
}

/// Whether `record` is of the experiment of `plan`, on whichever backend: results of one can be held against another's.
fn is_of(plan: &Plan, record: &Record) -> bool {
    let anywhere = |experiment: &Value| {
        let mut experiment = experiment.clone();
        if let Some(keys) = experiment.as_object_mut() {
            keys.remove("backend");
        }
        experiment
    };
    anywhere(&plan.experiment) == anywhere(&record.experiment) && plan.sweep == record.sweep
}
