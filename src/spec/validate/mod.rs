//! Mistakes of meaning: names that name nothing, networks that cannot be built, settings that do not go
//! together. All of an experiment at one point of its sweep.

mod chain;
mod charts;
mod data;
mod durations;
mod granularity;
mod importance;
mod masking;
mod networks;
mod optimizers;
mod peers;
mod penalties;
mod pruning;
mod reach;
mod recoveries;
mod references;
mod removal;
mod retraining;
mod scan;
mod schedules;
mod search;
mod sections;
mod shares;
mod sparsity;
mod taps;
mod teachers;
mod training;

pub(super) use sections::Sections;

use super::check::Mistake;

pub(super) fn validate(sections: &Sections) -> Vec<Mistake> {
    let mut mistakes = references::mistakes(sections);
    mistakes.extend(sections.data.iter().filter_map(|data| data::mistake(data)));
    mistakes.extend(training::mistakes(sections));
    mistakes.extend(pruning::mistakes(sections));
    mistakes.extend(charts::mistakes(sections));
    mistakes
}
