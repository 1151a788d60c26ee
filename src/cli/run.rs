//! `niwaki run FILE`

use super::Ending;
use super::common::{Backend, Experiment, Results, print_json};
use super::error::CliError;
use super::interrupts::stop_on_interrupt;
use crate::durable;
use crate::output;
use crate::plan::{Names, NodeId, Plan};
use crate::report;
use crate::results::{Record, Tables};
use crate::run::{
    Holder, Inputs, Options, Reporter, RunOutcome, Silent, Store, Summary, lock_results, reporter, run,
};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug, clap::Args)]
pub(super) struct Run {
    #[command(flatten)]
    experiment: Experiment,
    #[command(flatten)]
    backend: Backend,
    #[command(flatten)]
    results: Results,
    /// Nodes at a time [default: one a core, one on a GPU]
    #[arg(long, env = "NIWAKI_WORKERS", value_parser = clap::value_parser!(u64).range(1..))]
    workers: Option<u64>,
    /// Runs everything again, whatever is stored
    #[arg(long)]
    fresh: bool,
    /// Prints how it went as JSON, and nothing else
    #[arg(long)]
    pub json: bool,
}

impl Run {
    pub fn run(&self) -> Result<Ending, CliError> {
        let inputs = Inputs::default();
        let plan = self.experiment.plan(&self.backend, &inputs)?;
        plan.backend.check_available()?;
        if let Some(problem) = inputs.problems().first() {
            return Err(Arc::clone(problem).into());
        }
        let folder = self.results.of(&plan.name);
        durable::check_writable(&folder)
            .map_err(|source| CliError::Results { folder: folder.clone(), source })?;
        let store = Store::at(&self.results.store());
        let stop = stop_on_interrupt()?;
        let shown: Box<dyn Reporter> = if self.json { Box::new(Silent) } else { reporter() };
        let options = Options { workers: self.workers.map(|workers| workers as usize), fresh: self.fresh };
        let outcome = run(&plan, &store, &inputs, options, &stop, &*shown)?;
        let written = self.write(&plan, &outcome, &folder, &stop)?;
        if self.json {
            print(&plan, &outcome, &written, &folder);
        } else {
            tell(&plan, &outcome, &written, &folder);
        }
        let interrupted = outcome.interrupted || written.left.is_some() && stop.load(Ordering::Relaxed);
        Ok(match (interrupted, outcome.failed.is_empty()) {
            (true, _) => Ending::Interrupted,
            (false, false) => Ending::TrialFailed,
            (false, true) => Ending::AllGood,
        })
    }

    /// Writes the tables, the record and the report of what there is; where there is nothing yet to say, or
    /// the user interrupts the wait for another process, what was there stays.
    fn write(
        &self,
        plan: &Plan,
        outcome: &RunOutcome,
        folder: &Path,
        stop: &AtomicBool,
    ) -> Result<Written, CliError> {
        let record = record(plan, outcome);
        if outcome.failed.is_empty() && outcome.summaries.iter().all(Option::is_none) {
            return Ok(Written { record, left: Some("nothing is done yet".to_owned()) });
        }
        let waiting = |holder: Holder| {
            if !self.json {
                output::tell(format!("waiting for {holder}, which is writing the results"));
            }
        };
        let Some(_lock) = lock_results(folder, stop, waiting)? else {
            return Ok(Written { record, left: Some("another process is writing them".to_owned()) });
        };
        let tables = Tables::gather(plan, &outcome.summaries);
        tables.write(folder)?;
        record.write(folder)?;
        report::write(&record, &tables, folder)?;
        Ok(Written { record, left: None })
    }
}

/// What became of the results.
struct Written {
    record: Record,
    /// Why the files were left as they were.
    left: Option<String>,
}

fn tell(plan: &Plan, outcome: &RunOutcome, written: &Written, folder: &Path) {
    for warning in emptied(plan, outcome) {
        output::tell(format!("warning: {warning}"));
    }
    if outcome.interrupted {
        output::tell(format!(
            "interrupted with {} of {} nodes done; run the same command again to go on from there",
            outcome.done + outcome.cached,
            plan.nodes.len()
        ));
    }
    if !outcome.failed.is_empty() {
        let trials: BTreeSet<u64> = written.record.failures.iter().map(|failure| failure.trial).collect();
        output::tell(format!(
            "{} of {} trials failed; {} says which and why",
            trials.len(),
            plan.trials.len(),
            folder.join("record.json").display()
        ));
    }
    match &written.left {
        None => output::print(folder.join("report.md").display()),
        Some(why) => output::tell(format!("the results in {} stay as they were: {why}", folder.display())),
    }
}

fn record(plan: &Plan, outcome: &RunOutcome) -> Record {
    let damaged = outcome.damaged.iter().map(|problem| format!("damaged and made again: {problem}"));
    Record::new(plan, &outcome.failed, emptied(plan, outcome).into_iter().chain(damaged).collect())
}

/// A warning for each node whose pruning left nothing of a layer.
fn emptied(plan: &Plan, outcome: &RunOutcome) -> Vec<String> {
    let names = Names::of(plan);
    let warning = |(id, summary): (NodeId, &Option<Summary>)| {
        let emptied = summary.as_ref()?.measurement.emptied().collect::<Vec<_>>().join(", ");
        (!emptied.is_empty()).then(|| format!("{}: pruning left nothing of {emptied}", names.node(id)))
    };
    outcome.summaries.iter().enumerate().filter_map(warning).collect()
}

fn print(plan: &Plan, outcome: &RunOutcome, written: &Written, folder: &Path) {
    print_json(&json!({
        "results": folder,
        "written": written.left.is_none(),
        "trials": plan.trials.len(),
        "nodes": plan.nodes.len(),
        "done": outcome.done,
        "cached": outcome.cached,
        "failed": outcome.failed.len(),
        "interrupted": outcome.interrupted,
        "failures": written.record.failures,
        "warnings": written.record.warnings,
    }));
}
