//! `niwaki run FILE`

use super::Ending;
use super::claims::{are_known, changes, foretold, json_of, tell_verdicts, verdicts};
use super::commit::commit_of;
use super::common::{Backend, ExperimentFile, Place, Results, print_json};
use super::error::CliError;
use super::interrupts::stop_on_interrupt;
use crate::cpu::Isa;
use crate::durable;
use crate::output;
use crate::plan::{Plan, unheard_teachers};
use crate::report::{Published, publish};
use crate::results::claims::{ClaimLock, Judged};
use crate::results::{Record, Session, Tables, now};
use crate::run::{
    Holder, Inputs, Latencies, Options, Reporter, RunOutcome, Silent, Store, Tried, lock_results,
    measure_latencies, reporter, run,
};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug, clap::Args)]
pub(super) struct Run {
    #[command(flatten)]
    experiment: ExperimentFile,
    #[command(flatten)]
    backend: Backend,
    #[command(flatten)]
    results: Results,
    /// Nodes at a time [default: one a core, two on a GPU]
    #[arg(long, env = "NIWAKI_WORKERS", value_parser = clap::value_parser!(u64).range(1..))]
    workers: Option<u64>,
    /// Instruction set that `flex` computes with; all give the same numbers [default: the fastest of this processor]
    #[arg(long, env = "NIWAKI_ISA", value_name = "NAME", value_parser = str::parse::<Isa>)]
    isa: Option<Isa>,
    /// Runs everything again, whatever is stored
    #[arg(long)]
    fresh: bool,
    /// Measures how long a forward pass of each network takes, after the trainings; a chart of a latency asks for it too
    #[arg(long)]
    latency: bool,
    /// Prints how it went as JSON, and nothing else
    #[arg(long)]
    pub json: bool,
}

impl Run {
    pub fn run(&self) -> Result<Ending, CliError> {
        self.isa.into_iter().for_each(Isa::choose);
        let inputs = Inputs::default();
        let plan = self.experiment.plan(&self.backend, &inputs)?;
        plan.backend.keep_kernels(&self.results.store());
        let mut warnings = unheard_teachers(&plan);
        warnings.extend(plan.backend.check_available()?);
        warnings.iter().for_each(|warning| self.warn(warning));
        if let Some(problem) = inputs.problems().first() {
            return Err(Arc::clone(problem).into());
        }
        let place = Place::of(&plan, &self.experiment, &self.results);
        let there = place.open(&plan)?;
        let folder = &place.folder;
        durable::check_writable(folder)
            .map_err(|source| CliError::Results { folder: folder.clone(), source })?;
        foretold(&plan, &place).iter().for_each(|claim| self.warn(claim));
        let store = Store::at(&self.results.store());
        let is_stored = are_known(&plan, &store, &there)?;
        ClaimLock::register(&there, &plan, is_stored, commit_of(&plan.files))?;
        let stop = stop_on_interrupt()?;
        let shown: Box<dyn Reporter> = if self.json { Box::new(Silent) } else { reporter() };
        let options = Options { workers: self.workers.map(|workers| workers as usize), fresh: self.fresh };
        let began = now();
        let mut outcome = run(&plan, &store, &inputs, options, &stop, &*shown)?;
        outcome.warnings.extend(warnings);
        if !outcome.interrupted && (self.latency || plan.needs_latency()) {
            let summaries = &outcome.summaries;
            let measured = measure_latencies(&plan, &store, summaries, options, &stop, &*shown)?;
            measured.warnings.iter().for_each(|warning| self.warn(warning));
            outcome.warnings.extend(measured.warnings);
            outcome.interrupted = measured.interrupted;
        }
        let latencies = Latencies::of(&plan, &store);
        latencies.problems.iter().for_each(|problem| self.warn(problem));
        let session = (outcome.done > 0).then(|| Session::since(began, outcome.done));
        let written = self.write(&plan, &outcome, &latencies, session, &place, &stop);
        let written = written.map_err(CliError::after_trainings)?;
        if self.json {
            print(&plan, &outcome, &written, folder);
        } else {
            tell(&plan, &outcome, &written, folder);
            if let Some(previous) = there.previous().filter(|_| written.left.is_none()) {
                replaced(previous, &written.record);
            }
        }
        let interrupted = outcome.interrupted || written.left.is_some() && stop.load(Ordering::Relaxed);
        let has_failed = written.verdicts.iter().any(Judged::has_failed);
        Ok(match (interrupted, outcome.failed.is_empty()) {
            (true, _) => Ending::Interrupted,
            (false, false) => Ending::TrialFailed,
            (false, true) if has_failed => Ending::NotReproduced,
            (false, true) => Ending::AllGood,
        })
    }

    fn warn(&self, warning: &str) {
        if !self.json {
            output::tell(format!("warning: {warning}"));
        }
    }

    /// Writes the tables, the record and the report of what there is; where there is nothing yet to say, or
    /// the user interrupts the wait for another process, what was there stays.
    fn write(
        &self,
        plan: &Plan,
        outcome: &RunOutcome,
        latencies: &Latencies,
        session: Option<Session>,
        place: &Place,
        stop: &AtomicBool,
    ) -> Result<Written, CliError> {
        let waiting = |holder: Holder| {
            if !self.json {
                output::tell(format!("waiting for {holder}, which is writing the results"));
            }
        };
        let lock = lock_results(&place.folder, stop, waiting)?;
        let folder = place.open(plan)?;
        let (summaries, warnings) = (&outcome.summaries, outcome.warnings.clone());
        let provenance = place.provenance.clone();
        let previous = folder.previous();
        let mut record = Record::new(plan, provenance, summaries, &outcome.failed, warnings, previous);
        record.latency_machine = latencies.machine.clone();
        record.sessions.extend(session);
        if outcome.failed.is_empty() && outcome.summaries.iter().all(Option::is_none) {
            return Ok(Written::left(record, "nothing is done yet"));
        }
        if lock.is_none() {
            return Ok(Written::left(record, "another process is writing them"));
        }
        let tried = Tried::of(plan, &Store::at(&self.results.store()), summaries);
        let tables = Tables::gather(plan, summaries, &tried, latencies);
        // Of trainings that were interrupted there is a report; the next interrupt ends the program at once.
        let never = AtomicBool::new(false);
        let stop = if outcome.interrupted { &never } else { stop };
        let left = match publish(&mut record, &tables, &folder, stop)? {
            Published::Written => None,
            Published::Interrupted => {
                Some("interrupted while their charts were drawn; the same command draws them")
            }
            Published::Kept => Some("an earlier run measured more than is done now"),
        };
        let (verdicts, changes) = match left {
            None => (verdicts(&record, &tables, &folder)?, changes(&record, &folder)?),
            Some(_) => (Vec::new(), Vec::new()),
        };
        Ok(Written { record, verdicts, changes, left })
    }
}

/// What became of the results.
struct Written {
    record: Record,
    /// Of the claims; empty where the files were left as they were.
    verdicts: Vec<Judged>,
    /// What became of what is locked.
    changes: Vec<String>,
    /// Why the files were left as they were.
    left: Option<&'static str>,
}

impl Written {
    /// Files that were left as they were, and why.
    fn left(record: Record, why: &'static str) -> Self {
        Self { record, verdicts: Vec::new(), changes: Vec::new(), left: Some(why) }
    }
}

fn tell(plan: &Plan, outcome: &RunOutcome, written: &Written, folder: &Path) {
    // What the run warned of was told when it was found.
    let is_told = |warning: &&String| outcome.warnings.contains(warning);
    for warning in written.record.warnings.iter().filter(|warning| !is_told(warning)) {
        output::tell(format!("warning: {warning}"));
    }
    if outcome.interrupted {
        output::tell(format!(
            "interrupted with {} of {} trainings done, which are kept; run the same command again to do the others",
            outcome.done + outcome.cached,
            plan.nodes.len()
        ));
    }
    if !outcome.failed.is_empty() {
        let has_failed = |id: &usize| outcome.failed.contains_key(id);
        let failed = plan
            .trials
            .iter()
            .filter(|trial| trial.stages.iter().flat_map(|stage| &stage.nodes).any(has_failed));
        let says = match written.left {
            None => format!("; {} says which and why", folder.join("record.json").display()),
            Some(_) => String::new(),
        };
        output::tell(format!("{} of {} trials failed{says}", failed.count(), plan.trials.len()));
    }
    tell_verdicts(&written.verdicts, &written.changes);
    match &written.left {
        None => output::print(folder.join("report.md").display()),
        Some(why) => output::tell(format!("the results in {} stay as they were: {why}", folder.display())),
    }
}

/// Says how to have `previous` again, where it had other values set over the experiment file.
fn replaced(previous: &Record, record: &Record) {
    if previous.provenance.set != record.provenance.set {
        output::tell(format!(
            "these took the place of the results of `{}`, whose trainings are stored: the same command writes them again",
            previous.provenance.command(previous.backend)
        ));
    }
}

fn print(plan: &Plan, outcome: &RunOutcome, written: &Written, folder: &Path) {
    let failures = written.record.missing.iter().filter(|missing| missing.error.is_some());
    let needs_failed = |id: &usize| plan.needs(*id).iter().any(|need| outcome.failed.contains_key(need));
    let blocked = outcome.failed.keys().filter(|id| needs_failed(id)).count();
    print_json(&json!({
        "results": folder,
        "written": written.left.is_none(),
        "trials": plan.trials.len(),
        "nodes": plan.nodes.len(),
        "done": outcome.done,
        "cached": outcome.cached,
        "failed": outcome.failed.len() - blocked,
        "blocked": blocked,
        "interrupted": outcome.interrupted,
        "failures": failures.collect::<Vec<_>>(),
        "warnings": written.record.warnings,
        "claims": json_of(&written.verdicts),
        "claims_changes": written.changes,
    }));
}
