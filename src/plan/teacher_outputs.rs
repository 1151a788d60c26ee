//! Teachers that are run once over all training images, and looked up in every step of every training that asks them.

use super::{Key, Node, NodeId, Plan};
use crate::data::held_out;
use std::collections::BTreeSet;

/// Of how many images teachers say something, in all steps of some trainings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TeacherPasses {
    /// Images that teachers are run on.
    pub images: u64,
    /// Images that they would be run on if they were run in every step.
    pub in_every_step: u64,
}

impl Plan {
    /// Whether the teachers of `node` are run once over all training images: where these are not augmented, the loss
    /// looks at nothing but logits, the backend computes each image alone, so that no number changes, and the training
    /// goes over its images twice or more.
    pub fn asks_teachers_once(&self, node: &Node) -> bool {
        let (training, augment) = (node.training(), &node.data.augment);
        self.backend.computes_images_alone()
            && !node.teachers().is_empty()
            && augment.is_absent()
            && training.loss.looks_inside().is_empty()
            && node.steps_of_origin().saturating_mul(training.batch as u64) >= 2 * self.training_images(node)
    }

    /// What the teachers of the nodes in `missing` are run on.
    pub fn teacher_passes(&self, missing: &[NodeId]) -> TeacherPasses {
        let mut passes = TeacherPasses::default();
        let mut asked: BTreeSet<Key> = BTreeSet::new();
        for node in missing.iter().map(|&id| &self.nodes[id]) {
            let of_each = node.steps.saturating_mul(node.training().batch as u64);
            for &teacher in node.teachers() {
                passes.in_every_step = passes.in_every_step.saturating_add(of_each);
                let images = match self.asks_teachers_once(node) {
                    true if asked.insert(teacher) => self.training_images(node),
                    true => 0,
                    false => of_each,
                };
                passes.images = passes.images.saturating_add(images);
            }
        }
        passes
    }

    /// Images that train, in the trial of `node`.
    pub fn training_images(&self, node: &Node) -> u64 {
        let total = node.data.source.shape().train;
        (total - held_out(total, node.data.validation)) as u64
    }
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
        assert_eq!(found(", augment.flip = true", &format!("epochs = 4\n{logits}")), [900, 900]);
        let inside = "loss.features.taps = { fc1 = \"fc1\" }";
        assert_eq!(found("", &format!("epochs = 4\n{inside}")), [900, 900]);
        assert_eq!(found("", "epochs = 4"), [0, 0]);
    }
}
