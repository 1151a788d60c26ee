//! An experiment at one point of its sweep, as the checks of meaning look at it.

use crate::data::{Data, held_out};
use crate::spec::source::Part;
use crate::spec::{Chart, Stage};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The parts of an experiment at one point. `None` stands for what has mistakes of form: nothing is said
/// about it, nor about what depends on it.
#[derive(Debug)]
pub(in crate::spec) struct Sections {
    pub data: Option<Rc<Data>>,
    pub stages: BTreeMap<String, Option<Rc<Stage>>>,
    /// Of stages that have mistakes of form, the stages that they name, each with the key that does.
    pub named: BTreeMap<String, Vec<(String, Part, String)>>,
    pub charts: Vec<Option<Chart>>,
    /// Keys of the sweep's axes as they are written, those too that are overridden or have mistakes.
    pub axes: Rc<BTreeSet<String>>,
}

impl Sections {
    /// The stage called `name`, if there is one without mistakes of form.
    pub(super) fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.get(name)?.as_deref()
    }

    /// Number of images that train, where the data is known.
    pub(super) fn training_images(&self) -> Option<usize> {
        let data = self.data.as_ref()?;
        let total = data.source.shape().train;
        Some(total - held_out(total, data.validation).min(total))
    }

    /// Number of classes, where the data is known.
    pub(super) fn classes(&self) -> Option<usize> {
        Some(self.data.as_ref()?.source.shape().classes)
    }

    /// The stages without mistakes of form.
    pub(super) fn stages(&self) -> impl Iterator<Item = (&str, &Stage)> {
        self.stages.iter().filter_map(|(name, stage)| Some((name.as_str(), stage.as_deref()?)))
    }
}
