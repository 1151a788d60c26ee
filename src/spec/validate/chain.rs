//! The stages from a training to a `prune` stage that prunes its network.

use super::Sections;
use crate::spec::{Prune, Stage, Train};
use crate::train::Settings;

/// A training and the `prune` stages that follow it, up to and with the one that was asked for.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    pub train: &'a Train,
    prunes: Vec<&'a Prune>,
}

/// A training as it will be: its settings, and whether there is a teacher.
#[derive(Debug)]
pub(super) struct Resolved {
    pub settings: Settings,
    pub has_teacher: bool,
}

impl<'a> Chain<'a> {
    /// The chain that ends with `prune`; `None` where a stage on the way is not there, has mistakes, or
    /// leads back.
    pub fn to(sections: &'a Sections, prune: &'a Prune) -> Option<Self> {
        let mut prunes = vec![prune];
        loop {
            let last = prunes[prunes.len() - 1];
            match sections.stage(&last.from)? {
                Stage::Train(train) => {
                    prunes.reverse();
                    return Some(Self { train, prunes });
                }
                Stage::Prune(_) if prunes.len() > sections.stages.len() => return None,
                Stage::Prune(before) => prunes.push(before),
            }
        }
    }

    /// The `prune` stages, that which was asked for last.
    pub fn prunes(&self) -> &[&'a Prune] {
        &self.prunes
    }

    /// The `prune` stages before that which was asked for.
    pub fn before(&self) -> &[&'a Prune] {
        &self.prunes[..self.prunes.len() - 1]
    }

    /// What the last recovery says, over what those before it and the training say.
    pub fn recovery(&self) -> Resolved {
        let start = Resolved { settings: self.train.settings(), has_teacher: self.train.teacher.is_some() };
        let recoveries = self.prunes.iter().filter_map(|prune| prune.recover.as_ref());
        recoveries.fold(start, |parent, recover| Resolved {
            settings: recover.settings().over(parent.settings),
            has_teacher: recover.teacher.is_some() || parent.has_teacher,
        })
    }
}
