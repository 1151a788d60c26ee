//! `niwaki check FILE`

use super::Ending;
use super::common::{Experiment, print_json};
use super::error::CliError;
use crate::output;
use crate::spec::load;
use serde_json::json;

#[derive(Debug, clap::Args)]
pub(super) struct Check {
    #[command(flatten)]
    experiment: Experiment,
    /// Prints the mistakes as JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    pub fn run(&self) -> Result<Ending, CliError> {
        if self.json {
            return Ok(match load(self.experiment.file(), self.experiment.assignments()) {
                Ok(_) => {
                    print_json(&json!({ "mistakes": [], "more": 0 }));
                    Ending::AllGood
                }
                Err(diagnostics) => {
                    print_json(&diagnostics);
                    Ending::Wrong
                }
            });
        }
        let loaded = self.experiment.load(None)?;
        let (stages, points) = (loaded.experiment.stage.len(), loaded.points.points.len());
        let file = self.experiment.file().display();
        output::print(format!("{file}: no mistakes; stages: {stages}, trials: {points}"));
        Ok(Ending::AllGood)
    }
}
