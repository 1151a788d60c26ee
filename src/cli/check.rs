//! `niwaki check FILE`

use super::Ending;
use super::claims::{foretold, unreadable};
use super::common::{ExperimentFile, Place, Results, print_json};
use super::error::CliError;
use crate::output;
use crate::plan::{Names, Plan, few_sparsities, plan, undrawn, unheard_teachers};
use crate::run::{TooLarge, check_memory};
use crate::spec::Loaded;
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Debug, clap::Args)]
pub(super) struct Check {
    #[command(flatten)]
    experiment: ExperimentFile,
    #[command(flatten)]
    results: Results,
    /// Prints the mistakes as JSON
    #[arg(long)]
    pub json: bool,
}

impl Check {
    pub fn run(&self) -> Result<Ending, CliError> {
        let loaded = self.experiment.load(None)?;
        // Neither data nor artifacts are looked at: keys without fingerprints are good enough.
        let plan = plan(&loaded, &|_| None)?;
        let place = Place::of(&plan, &self.experiment, &self.results);
        let warnings = [
            unheard_teachers(&plan),
            too_large(&plan),
            undrawn(&plan),
            foretold(&plan, &place),
            unreadable(&plan, &place),
        ]
        .concat();
        let hints = few_sparsities(&plan);
        if self.json {
            print_json(&json!({ "errors": [], "more": 0, "warnings": warnings, "hints": hints }));
        } else {
            self.tell(&loaded, &warnings, &hints);
        }
        Ok(Ending::AllGood)
    }

    fn tell(&self, loaded: &Loaded, warnings: &[String], hints: &[String]) {
        for warning in warnings {
            output::tell(format!("warning: {warning}"));
        }
        for hint in hints {
            output::tell(format!("hint: {hint}"));
        }
        let (stages, points) = (loaded.experiment.stage.len(), loaded.points.points.len());
        let file = self.experiment.file().display();
        output::print(format!("{file}: no mistakes; stages: {stages}, trials: {points}"));
    }
}

/// The trainings that do not fit into this machine's memory, one of each size.
fn too_large(plan: &Plan) -> Vec<String> {
    let mut first = BTreeMap::new();
    for (id, node) in plan.nodes.values().enumerate() {
        if let Err(error @ TooLarge { needed, .. }) = check_memory(plan, node) {
            first.entry(needed).or_insert((id, error));
        }
    }
    if first.is_empty() {
        return Vec::new();
    }
    let names = Names::of(plan);
    first.into_values().map(|(id, error)| format!("{}: {error}", names.node(id))).collect()
}
