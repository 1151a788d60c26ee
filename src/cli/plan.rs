//! `niwaki plan FILE`

use super::Ending;
use super::claims::{foretold, unreadable};
use super::common::{Backend, ExperimentFile, Place, Results, print_json};
use super::error::CliError;
use super::wrapped::width;
use super::{groups, losses};
use crate::format::{duration, grouped};
use crate::output;
use crate::plan::{Plan as Planned, label};
use crate::run::{Inputs, Store, TimingBar, calibrate, check_memory, workers};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub(super) struct Plan {
    #[command(flatten)]
    experiment: ExperimentFile,
    #[command(flatten)]
    backend: Backend,
    #[command(flatten)]
    results: Results,
    /// Nodes at a time, for the estimate of time
    #[arg(long, env = "NIWAKI_WORKERS", value_parser = clap::value_parser!(u64).range(1..))]
    workers: Option<u64>,
    /// Prints which layers lose channels together and why, and nothing else
    #[arg(long, conflicts_with = "json")]
    explain_groups: bool,
    /// Prints the plan as JSON
    #[arg(long)]
    pub json: bool,
}

/// What can be said of time, and why no more.
enum Estimate {
    Known {
        seconds: f64,
        /// Seconds saved because teachers are run once over all training images.
        saved: f64,
    },
    Unknown(String),
}

impl Plan {
    pub fn run(&self) -> Result<Ending, CliError> {
        let inputs = Inputs::default();
        let plan = self.experiment.plan(&self.backend, &inputs)?;
        if self.explain_groups {
            groups::show(&plan);
            return Ok(Ending::AllGood);
        }
        let store = Store::at(&self.results.store());
        let is_missing = |id: &usize| !(plan.fingerprints.are_known() && store.contains(plan.nodes[*id].key));
        let missing: Vec<usize> = (0..plan.nodes.len()).filter(is_missing).collect();
        let estimate = self.estimate(&plan, &inputs, &missing);
        let place = Place::of(&plan, &self.experiment, &self.results);
        let (claims, warnings) = (foretold(&plan, &place), unreadable(&plan, &place));
        if self.json {
            print(&plan, &missing, &estimate, &claims, &warnings)
        } else {
            warnings.iter().for_each(|warning| output::tell(format!("warning: {warning}")));
            show(&plan, &missing, &estimate, &claims)
        }
        Ok(Ending::AllGood)
    }

    fn estimate(&self, plan: &Planned, inputs: &Inputs, missing: &[usize]) -> Estimate {
        if let Some(problem) = inputs.problems().first() {
            return Estimate::Unknown(problem.to_string());
        }
        if let Err(problem) = plan.backend.check_available() {
            return Estimate::Unknown(problem.to_string());
        }
        if let Some(problem) = missing.iter().find_map(|&id| check_memory(plan, &plan.nodes[id]).err()) {
            return Estimate::Unknown(problem.to_string());
        }
        let workers = workers(self.workers.map(|asked| asked as usize), plan, missing);
        let bar = TimingBar::begin();
        let progress = |done, trainings| bar.set(done, trainings);
        match calibrate(plan, inputs, missing, workers, &progress) {
            Ok(calibration) => match calibration.seconds(plan, missing, workers) {
                Some(seconds) => {
                    let saved = calibration.saved_by_outputs(plan, missing).unwrap_or(0.0);
                    Estimate::Known { seconds, saved }
                }
                None => Estimate::Unknown("no training could be timed".to_owned()),
            },
            Err(problem) => Estimate::Unknown(problem.to_string()),
        }
    }
}

/// Share of the training steps that sharing saves.
fn saved(plan: &Planned) -> f64 {
    match plan.steps_unshared() {
        0 => 0.0,
        unshared => 1.0 - plan.steps() as f64 / unshared as f64,
    }
}

fn print(plan: &Planned, missing: &[usize], estimate: &Estimate, claims: &[String], warnings: &[String]) {
    let (cached, passes) = (plan.nodes.len() - missing.len(), plan.teacher_passes(missing));
    let networks = plan.origins().into_iter().map(|(stage, model, network)| {
        json!({
            "stage": stage,
            "model": model,
            "parameters": network.cost.parameters,
            "prunable": network.cost.prunable,
            "macs": network.cost.macs,
        })
    });
    let (seconds, saved_seconds, problem) = match estimate {
        Estimate::Known { seconds, saved } => (Some(*seconds), Some(*saved), None),
        Estimate::Unknown(problem) => (None, None, Some(problem)),
    };
    print_json(&json!({
        "trials": plan.trials.len(),
        "nodes": plan.nodes.len(),
        "nodes_unshared": plan.nodes_unshared(),
        "probes_at_most": plan.probes(),
        "cached": cached,
        "steps": plan.steps(),
        "steps_unshared": plan.steps_unshared(),
        "steps_saved": saved(plan),
        "teacher_images": passes.images,
        "teacher_images_in_every_step": passes.in_every_step,
        "seconds_saved_by_teacher_outputs": saved_seconds,
        "backend": plan.backend,
        "networks": networks.collect::<Vec<_>>(),
        "losses": losses::losses(plan),
        "seconds_estimated": seconds,
        "problem": problem,
        "claims": plan.claims.len(),
        "claims_foretold": claims,
        "warnings": warnings,
    }));
}

fn show(plan: &Planned, missing: &[usize], estimate: &Estimate, claims: &[String]) {
    let (cached, passes) = (plan.nodes.len() - missing.len(), plan.teacher_passes(missing));
    output::print(format!("{}\n", plan.title));
    let row = |name: &str, value: String| output::print(format!("  {name:<22}{value}"));
    row("trials", grouped(plan.trials.len() as u64));
    row(
        "nodes",
        format!("{} ({} without sharing)", grouped(plan.nodes.len() as u64), grouped(plan.nodes_unshared())),
    );
    // A search may end before all of its probes are used up.
    let at_most = if plan.probes() > 0 { "at most " } else { "" };
    if plan.probes() > 0 {
        let searches = plan.nodes.values().filter(|node| node.search().is_some()).count();
        row("searches", format!("{} (at most {} probes)", grouped(searches as u64), grouped(plan.probes())));
    }
    let percent = 100.0 * saved(plan);
    row("training steps", format!("{at_most}{} ({percent:.1} % saved by sharing)", grouped(plan.steps())));
    if passes.images < passes.in_every_step {
        let share = 100.0 * (1.0 - passes.images as f64 / passes.in_every_step as f64);
        let time = match estimate {
            Estimate::Known { saved, .. } if *saved >= 1.0 => format!(", about {}", duration(*saved)),
            Estimate::Known { .. } | Estimate::Unknown(_) => String::new(),
        };
        let images = grouped(passes.images);
        row("teachers look at", format!("{images} images ({share:.1} %{time} saved by asking them once)"));
    }
    row("done already", grouped(cached as u64));
    row("backend", plan.backend.to_string());
    match estimate {
        Estimate::Known { .. } if cached == plan.nodes.len() => row("time left", "none, all is done".into()),
        Estimate::Known { seconds, .. } => row("time left", format!("{at_most}about {}", duration(*seconds))),
        Estimate::Unknown(_) => row("time left", "unknown".into()),
    }
    if plan.needs_latency() {
        row("latency", "measured after the trainings, beyond that time".into());
    }
    if !plan.claims.is_empty() {
        row("claims", grouped(plan.claims.len() as u64));
    }
    let width = width(12, plan.origins().into_iter().map(|(stage, ..)| stage));
    let line = |[stage, network, parameters, prunable, macs]: [&str; 5]| {
        output::print(format!("  {stage:<width$} {network:<31} {parameters:>14} {prunable:>14} {macs:>18}"));
    };
    output::print("");
    line(["stage", "network", "parameters", "prunable", "MACs"]);
    for (stage, model, network) in plan.origins() {
        let model = label(&serde_json::to_value(model).expect("a model is plain data"));
        let cost = &network.cost;
        let [parameters, prunable, macs] = [cost.parameters, cost.prunable, cost.macs].map(grouped);
        line([stage, &model, &parameters, &prunable, &macs]);
    }
    losses::show(plan);
    if !claims.is_empty() {
        output::print("");
    }
    claims.iter().for_each(|claim| output::print(format!("  {claim}")));
    if let Estimate::Unknown(problem) = estimate {
        output::print(format!("\n{problem}"));
    }
}
