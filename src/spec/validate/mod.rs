//! Mistakes of meaning: names that name nothing, networks that cannot be built, settings that do not go
//! together. All of an experiment at one point of its sweep.

mod pruning;
mod references;
mod training;

use super::Experiment;
use super::check::Mistake;

pub(super) fn validate(experiment: &Experiment) -> Vec<Mistake> {
    let mut mistakes = references::mistakes(experiment);
    if experiment.stage.is_empty() {
        let help = vec!["add one: `[stage.dense.train]`".to_owned()];
        mistakes.push(Mistake::key("stage", "the experiment has no stage", help));
    }
    // What follows looks through references, so they have to be sound.
    if mistakes.is_empty() {
        mistakes.extend(training::mistakes(experiment));
        mistakes.extend(pruning::mistakes(experiment));
    }
    mistakes
}
