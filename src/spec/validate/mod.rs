//! Mistakes of meaning: names that name nothing, networks that cannot be built, settings that do not go
//! together. All of an experiment at one point of its sweep.

mod chain;
mod charts;
mod optimizers;
mod pruning;
mod references;
mod training;

use super::check::Mistake;
use super::{Chart, Stage};
use crate::data::Data;
use std::collections::BTreeMap;

/// The parts of an experiment at one point. `None` stands for what has mistakes of form: nothing is said
/// about it, nor about what depends on it.
#[derive(Debug)]
pub(super) struct Sections {
    pub data: Option<Data>,
    pub stages: BTreeMap<String, Option<Stage>>,
    pub charts: Vec<Option<Chart>>,
    /// Keys of the sweep's axes.
    pub axes: Vec<String>,
}

pub(super) fn validate(sections: &Sections) -> Vec<Mistake> {
    let mut mistakes = references::mistakes(sections);
    mistakes.extend(training::mistakes(sections));
    mistakes.extend(pruning::mistakes(sections));
    mistakes.extend(charts::mistakes(sections));
    mistakes
}
