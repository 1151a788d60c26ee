//! The stages from a training to a `prune` stage that prunes its network.

use super::Sections;
use crate::spec::{Prune, Recover, Stage, Train};
use crate::train::{Lineage, RetrainingError, Settings};

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

    /// What the last recovery is told, with all that it takes over, its first step, and why it is not possible on
    /// `images` training images of so many classes; only where those before it are.
    pub fn recovery(&self, images: usize, classes: usize) -> (Settings, u64, Option<RetrainingError>) {
        let mut lineage = Lineage::new(self.train.settings(), images);
        let mut last = (self.train.settings(), 0, None);
        let mut is_sound = true;
        for prune in &self.prunes {
            let Some(recover) = prune.recover.as_ref().filter(|recover| recover.trains()) else {
                let own = prune.recover.as_ref().map(Recover::settings).unwrap_or_default();
                last = (lineage.held(&own), 0, None);
                continue;
            };
            let (own, retraining) = (recover.settings(), recover.retraining());
            let images = recover.images(images, classes);
            let (next, start, error) = match lineage.continued(&own, retraining, images) {
                Ok(continuation) => (continuation.settings, continuation.start, None),
                Err(error) => (lineage.settings(&own, retraining), 0, Some(error)),
            };
            lineage = lineage.then(next.clone(), images);
            let is_wrong = error.is_some();
            last = (next, start, error.filter(|_| is_sound));
            is_sound &= !is_wrong;
        }
        last
    }
}
