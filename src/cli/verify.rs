//! `niwaki verify FILE`

use super::Ending;
use super::claims::{are_known, verdicts};
use super::commit::commit_of;
use super::common::{Backend, ExperimentFile, Place, Recorded, Results};
use super::compared::Compared;
use super::error::CliError;
use super::interrupts::stop_on_interrupt_or;
use super::room::{Room, Telling};
use crate::cpu::Isa;
use crate::output;
use crate::plan::Plan;
use crate::report::{Published, publish};
use crate::results::claims::ClaimLock;
use crate::results::{Folder, Record, Session, Tables, now};
use crate::run::{
    Holder, Inputs, Latencies, Options, Reporter, Silent, Store, Tried, lock_results, reporter, run,
};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

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
    /// Keeps what is trained in this directory, with the results, as `run --results` does (of a sample there are none); what
    /// is in it already is not trained again
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
        let asked = self.asked(&inputs)?;
        let room = Room::of(self.keep.as_deref())?;
        let stop = stop_on_interrupt_or(room.at_once(self.telling()))?;
        let interrupted = || {
            room.tell_interrupted(self.telling());
            Ok(Ending::Interrupted)
        };
        let trained = self.train(&asked, &room, &inputs, &stop).map_err(|error| room.problem(error))?;
        let Some(mut trained) = trained else { return interrupted() };
        let compared = self.compare(&asked, &trained)?;
        if self.kept().is_some() && self.write(&mut trained, &asked.plan, &stop)? == Published::Interrupted {
            return interrupted();
        }
        if room.may_tell() {
            compared.show(self.json);
        }
        Ok(compared.ending())
    }

    /// What is recorded of the experiment, and the plan that is to give the same numbers.
    fn asked(&self, inputs: &Inputs) -> Result<Asked, CliError> {
        let folder = self.results.of(self.experiment.name().unwrap_or_default());
        let recorded = Recorded::read(&folder);
        let (experiment, backend) = match &recorded {
            Ok(Recorded { record, .. }) => {
                (self.experiment.as_recorded(record), self.backend.as_recorded(&self.experiment, record))
            }
            // Mistakes of the file come first.
            Err(_) => (self.experiment.clone(), self.backend),
        };
        let plan = experiment.plan(&backend, inputs)?;
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
        if let Some(dir) = self.keep.as_ref().filter(|dir| self.results.are_at(dir, &plan.name)) {
            return Err(CliError::KeptInResults(dir.clone()));
        }
        let plan = match self.sample {
            // The same ones each time.
            Some(count) => plan.sampled(count, 0),
            None => plan,
        };
        Ok(Asked { recorded, experiment, plan })
    }

    /// Runs what is `asked` in `room`; `None` where the user interrupts that.
    fn train(
        &self,
        asked: &Asked,
        room: &Room,
        inputs: &Inputs,
        stop: &AtomicBool,
    ) -> Result<Option<Trained>, CliError> {
        let Asked { experiment, plan, .. } = asked;
        plan.backend.keep_kernels(room.path());
        let store = Store::at(&room.path().join(".store"));
        let kept = self.kept();
        let place = Place::of(plan, experiment, kept.as_ref().unwrap_or(&self.results));
        // Results that cannot be written there are known before anything is trained.
        let there = kept.is_some().then(|| place.open(plan)).transpose()?;
        if let Some(there) = &there {
            ClaimLock::register(there, plan, are_known(plan, &store, there)?, commit_of(&plan.files))?;
        }
        let shown: Box<dyn Reporter> = if self.json { Box::new(Silent) } else { reporter() };
        let options = Options { workers: self.workers.map(|workers| workers as usize), fresh: false };
        let began = now();
        let outcome = run(plan, &store, inputs, options, stop, &*shown)?;
        if outcome.interrupted {
            return Ok(None);
        }
        let summaries = &outcome.summaries;
        let (provenance, warnings) = (place.provenance.clone(), outcome.warnings.clone());
        let previous = there.as_ref().and_then(Folder::previous);
        let mut record = Record::new(plan, provenance, summaries, &outcome.failed, warnings, previous);
        record.sessions.extend((outcome.done > 0).then(|| Session::since(began, outcome.done)));
        let tried = Tried::of(plan, &store, summaries);
        let tables = Tables::gather(plan, summaries, &tried, &Latencies::of(plan, &store));
        Ok(Some(Trained { record, tables, place }))
    }

    /// What is recorded beside what was trained.
    fn compare(&self, asked: &Asked, trained: &Trained) -> Result<Compared, CliError> {
        let (Asked { recorded, .. }, Trained { record, tables, place }) = (asked, trained);
        let here = match (self.kept(), &self.keep) {
            (Some(_), _) => format!("trained here, in {}", place.folder.display()),
            (None, Some(dir)) => format!("trained here, in {}", dir.display()),
            (None, None) => "trained here".to_owned(),
        };
        // Of a sample claims say nothing. What was claimed, and when, is as the recorded results have it.
        let judged = |record: &Record, tables: &Tables| match self.sample {
            Some(_) => Ok(Vec::new()),
            None => verdicts(record, tables, &recorded.folder),
        };
        let (there, again) = (judged(&recorded.record, &recorded.tables)?, judged(record, tables)?);
        let folder = recorded.folder.path().display().to_string();
        let compared = Compared::of((folder, &recorded.record, &recorded.tables), (here, record, tables))?;
        let compared = compared.edited(recorded.edited()).judged(&there, &again);
        Ok(compared.failed(&recorded.record.missing, &record.missing))
    }

    fn telling(&self) -> Telling {
        if self.json { Telling::Json } else { Telling::Text }
    }

    /// Where the results go that are kept: none of a sample.
    fn kept(&self) -> Option<Results> {
        let dir = self.keep.as_ref().filter(|_| self.sample.is_none())?;
        Some(Results::at(dir.clone()))
    }

    /// Writes what was found as `run` does.
    fn write(&self, trained: &mut Trained, plan: &Plan, stop: &AtomicBool) -> Result<Published, CliError> {
        let Trained { record, tables, place } = trained;
        let waiting = |holder: Holder| {
            if !self.json {
                output::tell(format!("waiting for {holder}, which is writing the results"));
            }
        };
        let Some(_lock) = lock_results(&place.folder, stop, waiting)? else {
            return Ok(Published::Interrupted);
        };
        Ok(publish(record, tables, &place.open(plan)?, stop)?)
    }
}

/// What is verified.
struct Asked {
    recorded: Recorded,
    experiment: ExperimentFile,
    plan: Plan,
}

/// What came out.
struct Trained {
    record: Record,
    tables: Tables,
    /// Where it goes, if it is kept.
    place: Place,
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
