//! The stages from a training to a `prune` stage that prunes its network.

use super::Sections;
use crate::spec::{Prune, Stage, Train};
use crate::train::{CourseError, Lineage, Settings};

/// A training and the `prune` stages that follow it, up to and with the one that was asked for.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    pub train: &'a Train,
    prunes: Vec<&'a Prune>,
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

    /// What the last recovery is told, with all that it takes over, and what is wrong with its course on
    /// `images` training images. Nothing is said where something is wrong with one before it.
    pub fn recovery(&self, images: usize) -> (Settings, Option<CourseError>) {
        let mut lineage = Lineage::new(self.train.settings(), images);
        let mut last = (self.train.settings(), None);
        for recover in self.prunes.iter().filter_map(|prune| prune.recover.as_ref()) {
            let (own, course) = (recover.settings(), recover.course());
            let settings = lineage.settings(&own, course);
            let (next, error) = match lineage.continued(&own, course, images) {
                Ok(continuation) => (continuation.settings, None),
                Err(error) => (settings.clone(), Some(error)),
            };
            let error = error.filter(|_| last.1.is_none());
            lineage = lineage.then(next, images);
            last = (settings, error);
        }
        last
    }
}
