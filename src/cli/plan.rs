//! `niwaki plan FILE`

use super::Ending;
use super::common::{Backend, Experiment, Results, print_json};
use crate::plan::{Plan as Planned, label};
use crate::run::{Inputs, Store, calibrate, default_workers};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub(super) struct Plan {
    #[command(flatten)]
    experiment: Experiment,
    #[command(flatten)]
    backend: Backend,
    #[command(flatten)]
    results: Results,
    /// Nodes at a time, for the estimate of time
    #[arg(long, env = "NIWAKI_WORKERS", value_parser = clap::value_parser!(u64).range(1..))]
    workers: Option<u64>,
    /// Prints the plan as JSON
    #[arg(long)]
    json: bool,
}

/// What can be said of time, and why no more.
enum Estimate {
    Seconds(f64),
    Unknown(String),
}

impl Plan {
    pub fn run(&self) -> Result<Ending, String> {
        let inputs = Inputs::default();
        let plan = self.experiment.plan(&self.backend, &inputs)?;
        let store = Store::at(&self.results.store());
        let is_missing = |id: &usize| !(plan.fingerprinted && store.contains(plan.nodes[*id].key));
        let missing: Vec<usize> = (0..plan.nodes.len()).filter(is_missing).collect();
        let estimate = self.estimate(&plan, &inputs, &missing);
        let cached = plan.nodes.len() - missing.len();
        if self.json {
            print(&plan, cached, &estimate)
        } else {
            show(&plan, cached, &estimate)
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
        let workers = self.workers.map_or_else(|| default_workers(plan, missing), |workers| workers as usize);
        match calibrate(plan, inputs, missing, workers) {
            Ok(calibration) => {
                let seconds = calibration.seconds(plan, missing.iter().copied());
                Estimate::Seconds(seconds / workers as f64)
            }
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

fn print(plan: &Planned, cached: usize, estimate: &Estimate) {
    let networks = plan.origins().into_iter().map(|(stage, model, network)| {
        json!({
            "stage": stage,
            "model": model,
            "parameters": network.cost.parameters,
            "prunable": network.cost.prunable,
            "macs": network.cost.macs,
        })
    });
    let (seconds, problem) = match estimate {
        Estimate::Seconds(seconds) => (Some(*seconds), None),
        Estimate::Unknown(problem) => (None, Some(problem)),
    };
    print_json(&json!({
        "trials": plan.trials.len(),
        "nodes": plan.nodes.len(),
        "nodes_unshared": plan.nodes_unshared(),
        "cached": cached,
        "steps": plan.steps(),
        "steps_unshared": plan.steps_unshared(),
        "steps_saved": saved(plan),
        "backend": plan.backend,
        "networks": networks.collect::<Vec<_>>(),
        "seconds_estimated": seconds,
        "problem": problem,
    }));
}

fn show(plan: &Planned, cached: usize, estimate: &Estimate) {
    println!("{}\n", plan.title);
    let row = |name: &str, value: String| println!("  {name:<22}{value}");
    row("trials", grouped(plan.trials.len() as u64));
    row(
        "nodes",
        format!("{} ({} without sharing)", grouped(plan.nodes.len() as u64), grouped(plan.nodes_unshared())),
    );
    let percent = 100.0 * saved(plan);
    row("training steps", format!("{} ({percent:.1} % saved by sharing)", grouped(plan.steps())));
    row("done already", grouped(cached as u64));
    row("backend", plan.backend.to_string());
    match estimate {
        Estimate::Seconds(_) if cached == plan.nodes.len() => row("time left", "none, all is done".into()),
        Estimate::Seconds(seconds) => row("time left", format!("about {}", duration(*seconds))),
        Estimate::Unknown(_) => row("time left", "unknown".into()),
    }
    println!("\n  {:<12}{:<32}{:>12}{:>12}{:>16}", "stage", "network", "parameters", "prunable", "MACs");
    for (stage, model, network) in plan.origins() {
        let model = label(&serde_json::to_value(model).expect("a model is plain data"));
        let cost = &network.cost;
        let numbers = [cost.parameters, cost.prunable, cost.macs].map(grouped);
        println!("  {stage:<12}{model:<32}{:>12}{:>12}{:>16}", numbers[0], numbers[1], numbers[2]);
    }
    if let Estimate::Unknown(problem) = estimate {
        println!("\n{problem}");
    }
}

/// `1,234,567`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, tail) = digits.split_at(first);
    let groups = tail.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let groups: Vec<String> = (!head.is_empty()).then(|| head.to_owned()).into_iter().chain(groups).collect();
    groups.join(",")
}

/// `42 s`, `5 min`, `3.2 h`
fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 90.0 => format!("{:.0} s", seconds.ceil()),
        seconds if seconds < 5400.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.1} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(
            [0, 999, 1_000, 266_200, 11_173_962].map(grouped),
            ["0", "999", "1,000", "266,200", "11,173,962"]
        );
    }

    #[test]
    fn durations_read_as_people_say_them() {
        assert_eq!([0.2, 89.0, 300.0, 11_520.0].map(duration), ["1 s", "89 s", "5 min", "3.2 h"]);
    }
}
