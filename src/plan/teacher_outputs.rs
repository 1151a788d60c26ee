//! Teachers that are run over all training images, and looked up in every step of every training that asks them.

use super::{Key, Node, NodeId, Plan, Work};
use crate::backend::BackendKind;
use crate::data::{held_out, steps_per_epoch};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The most numbers that one teacher may say of augmented images, in all epochs: 256 MiB of them.
const MOST: u64 = 1 << 26;

/// What is looked up in every step of a training: what its teachers say of all training images.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeptOutputs {
    /// As they are.
    OfImages,
    /// As they are augmented in each epoch of the trainings of a stage, by the same draws in all of them.
    OfEpochs { stage: String, batch: usize, epochs: u64 },
}

impl KeptOutputs {
    /// How often a teacher is run over all training images.
    pub fn passes(&self) -> u64 {
        match self {
            Self::OfImages => 1,
            Self::OfEpochs { epochs, .. } => *epochs,
        }
    }
}

/// Of how many images teachers say something, in all steps of some trainings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TeacherPasses {
    /// Images that teachers are run on.
    pub images: u64,
    /// Images that they would be run on if they were run in every step.
    pub in_every_step: u64,
}

impl Plan {
    /// What the teachers of `node` say that is kept; `None` where they are run in every step. Kept is what is of nothing
    /// but logits, on a backend that computes each image alone, so that no number changes: of images that are not
    /// augmented, where the training goes over them twice or more, and of augmented ones, where another training draws
    /// the same.
    pub fn kept_outputs(&self, node: &Node) -> Option<KeptOutputs> {
        if !may_be_kept(self.backend, node) {
            return None;
        }
        let (training, images) = (node.training(), self.training_images(node));
        if node.data.augment.is_absent() {
            let seen = node.steps_of_origin().saturating_mul(training.batch as u64);
            return (seen >= 2 * images).then_some(KeptOutputs::OfImages);
        }
        let batch = training.batch;
        let of_epochs =
            || KeptOutputs::OfEpochs { stage: node.stage.to_string(), batch, epochs: epochs(node, images) };
        self.draws_alike.contains(&node.key).then(of_epochs)
    }

    /// What the teachers of the nodes in `missing` are run on.
    pub fn teacher_passes(&self, missing: &[NodeId]) -> TeacherPasses {
        let mut passes = TeacherPasses::default();
        let mut asked: BTreeSet<(Key, KeptOutputs)> = BTreeSet::new();
        for node in missing.iter().map(|&id| &self.nodes[id]) {
            let of_each = node.steps.saturating_mul(node.training().batch as u64);
            let kept = self.kept_outputs(node);
            for &teacher in node.teachers() {
                passes.in_every_step = passes.in_every_step.saturating_add(of_each);
                let images = match &kept {
                    Some(kept) if asked.insert((teacher, kept.clone())) => {
                        self.training_images(node).saturating_mul(kept.passes())
                    }
                    Some(_) => 0,
                    None => of_each,
                };
                passes.images = passes.images.saturating_add(images);
            }
        }
        passes
    }

    /// Images that train, in the trial of `node`.
    pub fn training_images(&self, node: &Node) -> u64 {
        training_images(node)
    }
}

/// Whether what the teachers of `node` say of an image is the same however they are asked.
fn may_be_kept(backend: BackendKind, node: &Node) -> bool {
    let is_of_logits = node.training().loss.looks_inside().is_empty();
    backend.computes_images_alone() && !node.teachers().is_empty() && is_of_logits
}

fn training_images(node: &Node) -> u64 {
    let total = node.data.source.shape().train;
    (total - held_out(total, node.data.validation)) as u64
}

/// Epochs of the training of `node` on so many images, one that it does not end too.
fn epochs(node: &Node, images: u64) -> u64 {
    let training = node.training();
    training.steps.div_ceil(steps_per_epoch(images as usize, training.batch).max(1))
}

/// Those of the trainings from initial weights, with augmented images, whose teachers are asked of the same images by
/// another one: the draws of a training are named by its stage, and the batches are of the same size.
pub(super) fn draws_alike<'a>(backend: BackendKind, nodes: impl Iterator<Item = &'a Node>) -> BTreeSet<Key> {
    let mut alike: BTreeMap<_, Vec<Key>> = BTreeMap::new();
    for node in nodes {
        let Work::Train { training, teachers, .. } = &node.work else { continue };
        let images = training_images(node);
        let passes = epochs(node, images);
        let classes = node.origin.graph.classes() as u64;
        let is_small = images.saturating_mul(passes).saturating_mul(classes) <= MOST;
        if may_be_kept(backend, node) && !node.data.augment.is_absent() && is_small {
            let draws = (&**teachers, &*node.stage, node.seed, training.batch, passes);
            alike.entry(draws).or_default().push(node.key);
        }
    }
    alike.into_values().filter(|keys| keys.len() > 1).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::planned;

    /// A student of 75 images, two others of the same teacher, and what differs.
    fn passes(data: &str, student: &str) -> TeacherPasses {
        let text = format!(
            r#"
            title = "A case"
            data = {{ source.synthetic = {{ train = 100, test = 20 }}, validation = 0.25{data} }}
            [stage.teacher.train]
            model.mlp = {{ hidden = [10] }}
            epochs = 1
            [stage.student.train]
            model.mlp = {{ hidden = [10] }}
            batch = 25
            teacher = "teacher"
            {student}
            [sweep]
            stage.student.train.model.mlp.hidden = [[4], [5], [6]]
            "#
        );
        let plan = planned(&text);
        plan.teacher_passes(&(0..plan.nodes.len()).collect::<Vec<_>>())
    }

    #[test]
    fn a_teacher_is_run_once_over_the_images_of_all_its_students() {
        let logits = "loss.logits = 1.0";
        let found = |data: &str, student: &str| {
            let TeacherPasses { images, in_every_step } = passes(data, student);
            [images, in_every_step]
        };
        // Three students of 4 epochs of 75 images.
        assert_eq!(found("", &format!("epochs = 4\n{logits}")), [75, 900]);
        // One epoch alone is no shorter over all images at once.
        assert_eq!(found("", &format!("epochs = 1\n{logits}")), [225, 225]);
        // Of augmented images, once in each of the four epochs that all students have.
        assert_eq!(found(", augment.flip = true", &format!("epochs = 4\n{logits}")), [300, 900]);
        let inside = "loss.features.taps = { fc1 = \"fc1\" }";
        assert_eq!(found("", &format!("epochs = 4\n{inside}")), [900, 900]);
        assert_eq!(found("", "epochs = 4"), [0, 0]);
    }
}
