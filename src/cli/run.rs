//! `niwaki run FILE`

use super::Ending;
use super::common::{Backend, Experiment, Results, error, print_json};
use crate::plan::Plan;
use crate::report;
use crate::results::{Record, Tables};
use crate::run::{Inputs, Options, Reporter, RunOutcome, Silent, Store, reporter, run};
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
    json: bool,
}

impl Run {
    pub fn run(&self) -> Result<Ending, String> {
        let inputs = Inputs::default();
        let plan = self.experiment.plan(&self.backend, &inputs)?;
        plan.backend.check_available().map_err(error)?;
        if let Some(problem) = inputs.problems().first() {
            return Err(error(problem));
        }
        let store = Store::at(&self.results.store());
        let stop = stop_on_interrupt()?;
        let shown: Box<dyn Reporter> = if self.json { Box::new(Silent) } else { reporter() };
        let options = Options { workers: self.workers.map(|workers| workers as usize), fresh: self.fresh };
        let outcome = run(&plan, &store, &inputs, options, &stop, &*shown).map_err(error)?;
        let folder = self.results.of(&plan.name);
        let lock = store.lock_results(&plan.name).map_err(error)?;
        let record = write(&plan, &outcome, &folder)?;
        drop(lock);
        let ending = match (outcome.interrupted, outcome.failed.is_empty()) {
            (true, _) => Ending::Interrupted,
            (false, false) => Ending::TrialFailed,
            (false, true) => Ending::AllGood,
        };
        if self.json {
            print(&plan, &outcome, &record, &folder);
        } else {
            self.tell(&plan, &outcome, &record, &folder);
        }
        Ok(ending)
    }

    fn tell(&self, plan: &Plan, outcome: &RunOutcome, record: &Record, folder: &Path) {
        for warning in &record.warnings {
            eprintln!("warning: {warning}");
        }
        let report = folder.join("report.md");
        let done = outcome.done + outcome.cached;
        if outcome.interrupted {
            eprintln!(
                "interrupted with {done} of {} nodes done; run the same command again to go on from there",
                plan.nodes.len()
            );
        }
        if !outcome.failed.is_empty() {
            let trials: BTreeSet<u64> = record.failures.iter().map(|failure| failure.trial).collect();
            eprintln!(
                "{} of {} trials failed; {} says which and why",
                trials.len(),
                plan.trials.len(),
                folder.join("record.json").display()
            );
        }
        println!("{}", report.display());
    }
}

/// Writes the tables, the record and the report of what there is.
fn write(plan: &Plan, outcome: &RunOutcome, folder: &Path) -> Result<Record, String> {
    let empty = plan.nodes.values().zip(&outcome.summaries).filter_map(|(node, summary)| {
        let emptied = &summary.as_ref()?.emptied;
        let name = format!("{} round {} seed {}", node.stage, node.round, node.seed);
        (!emptied.is_empty()).then(|| format!("{name}: pruning left nothing of {}", emptied.join(", ")))
    });
    let warnings =
        empty.chain(outcome.damaged.iter().map(|problem| format!("damaged and made again: {problem}")));
    let record = Record::new(plan, &outcome.failed, warnings.collect());
    let tables = Tables::gather(plan, &outcome.summaries);
    tables.write(folder).map_err(error)?;
    record.write(folder).map_err(error)?;
    report::write(&record, &tables, folder).map_err(error)?;
    Ok(record)
}

fn print(plan: &Plan, outcome: &RunOutcome, record: &Record, folder: &Path) {
    print_json(&json!({
        "results": folder,
        "trials": plan.trials.len(),
        "nodes": plan.nodes.len(),
        "done": outcome.done,
        "cached": outcome.cached,
        "failed": outcome.failed.len(),
        "interrupted": outcome.interrupted,
        "failures": record.failures,
        "warnings": record.warnings,
    }));
}

/// A flag that the first interrupt sets; the second ends the program at once.
fn stop_on_interrupt() -> Result<Arc<AtomicBool>, String> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let interrupt = move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(Ending::Interrupted as i32);
        }
        eprintln!("stopping at the next step; interrupt again to stop at once");
    };
    ctrlc::set_handler(interrupt).map_err(error)?;
    Ok(stop)
}
