//! Mistakes of meaning: names that name nothing, networks that cannot be built, settings that do not go
//! together. All of an experiment at one point of its sweep.

mod chain;
mod charts;
mod data;
mod durations;
mod networks;
mod optimizers;
mod pruning;
mod references;
mod retraining;
mod sparsity;
mod training;

use super::check::Mistake;
use super::{Chart, Stage};
use crate::data::{Data, held_out};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The parts of an experiment at one point. `None` stands for what has mistakes of form: nothing is said
/// about it, nor about what depends on it.
#[derive(Debug)]
pub(super) struct Sections {
    pub data: Option<Rc<Data>>,
    pub stages: BTreeMap<String, Option<Rc<Stage>>>,
    pub charts: Vec<Option<Chart>>,
    /// Keys of the sweep's axes as they are written, those too that are overridden or have mistakes.
    pub axes: Rc<BTreeSet<String>>,
}

impl Sections {
    /// The stage called `name`, if there is one without mistakes of form.
    fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.get(name)?.as_deref()
    }

    /// Number of images that train, where the data is known.
    fn training_images(&self) -> Option<usize> {
        let data = self.data.as_ref()?;
        let total = data.source.shape().train;
        Some(total - held_out(total, data.validation).min(total))
    }

    /// The stages without mistakes of form.
    fn stages(&self) -> impl Iterator<Item = (&str, &Stage)> {
        self.stages.iter().filter_map(|(name, stage)| Some((name.as_str(), stage.as_deref()?)))
    }
}

pub(super) fn validate(sections: &Sections) -> Vec<Mistake> {
    let mut mistakes = references::mistakes(sections);
    mistakes.extend(sections.data.iter().filter_map(|data| data::mistake(data)));
    mistakes.extend(training::mistakes(sections));
    mistakes.extend(pruning::mistakes(sections));
    mistakes.extend(charts::mistakes(sections));
    mistakes
}
