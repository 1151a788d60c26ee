//! Contrastive representations: which of many embeddings of the other network is of the same image.

use super::reduce::{mean, normalized, sum};
use super::tap_term::{TapTerm, TermStep};
use crate::distill::schedule::Scheduled;
use crate::distill::taps::{BesideArray, Initial, Matching, Pair, Sizes, Taps};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use crate::model::Role;
use burn::tensor::{IndexingUpdateOp, Int, Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Contrastive representation distillation (CRD; Tian et al., 2020).
///
/// −(1 / N) Σ (ln(P⁺ / (P⁺ + K/n + ε)) + Σ ln((K/n) / (P⁻ + K/n + ε))) over a batch of N, once for the student's
/// embeddings and once for the teacher's, which are added: P = exp(e · m / τ) / Z for the embedding e of an image by
/// one network and that in the memory of the other, m, of the same image (P⁺) or of K other images of other classes
/// (P⁻), drawn for each image and step without repetition; ε = 1e-7. Features are embedded by a linear layer in
/// `dimensions` numbers and divided by their norm; images are averaged over their pixels first. The memory has an
/// embedding by each network of each of the n training images, at first drawn; after a step that of an image becomes μ
/// · m + (1 − μ) · e, divided by its norm. Z, one for each network, is n times the mean of exp(e · m / τ) in the first
/// step of the training, and stays as it is. Summed over the taps, each with layers and a memory of its own; the paper
/// has one, before the classifier (`flatten`).
///
/// The layers are trained with the student; neither they nor the memory, 8 · n · `dimensions` bytes, are part of it.
/// They go on from a checkpoint that is rewound to, where the terms that look inside and the teachers are those of that
/// training and the student's node has lost no channel; any other recovery after pruning begins with new ones. A step
/// needs N · n numbers, several times. Not zero for a student that equals its teacher.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Contrastive {
    /// The term's weight in the sum (0.8, as in the authors' commands).
    #[serde(default = "default_weight")]
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    pub taps: Taps,
    /// Numbers of an embedding (128, as in the authors' code).
    #[serde(default = "default_dimensions")]
    #[schemars(range(min = 1, max = 65_536))]
    pub dimensions: usize,
    /// How many other images each image is contrasted with, K (16384, as in the authors' code), but no more than there
    /// are training images without those of the largest class.
    #[serde(default = "default_negatives")]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub negatives: usize,
    /// The temperature τ (0.07, as in the authors' code).
    #[serde(default = "default_temperature")]
    #[schemars(range(min = 0.02, max = 100.0))]
    pub temperature: f64,
    /// How much of an embedding in the memory is left after a step, μ (0.5, as in the authors' code).
    #[serde(default = "default_momentum")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub momentum: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

fn default_weight() -> Scheduled {
    0.8.into()
}

fn default_dimensions() -> usize {
    128
}

fn default_negatives() -> usize {
    16_384
}

fn default_temperature() -> f64 {
    0.07
}

fn default_momentum() -> f64 {
    0.5
}

/// Added to denominators, as in the authors' code.
const EPSILON: f64 = 1e-7;

impl TapTerm for Contrastive {
    fn name(&self) -> &'static str {
        "contrastive"
    }

    fn matching(&self) -> Matching {
        Matching::Nothing
    }

    fn arrays(&self, sizes: &Sizes<'_>) -> Vec<BesideArray> {
        let names = [["student.weight", "student.bias"], ["teacher.weight", "teacher.bias"]];
        let layer = |([weight, bias], inputs): ([&'static str; 2], usize)| {
            let initial = Initial::Uniform { fan_in: inputs };
            let weight = BesideArray::weight(weight, self.dimensions, inputs);
            [weight, BesideArray::vector(bias, self.dimensions, Role::Bias, initial)]
        };
        names.into_iter().zip(sizes.own()).flat_map(layer).collect()
    }

    fn kept(&self, sizes: &Sizes<'_>) -> Vec<BesideArray> {
        let memory = |part| {
            let initial = Initial::Kaiming { fan_in: self.dimensions };
            BesideArray { part, shape: vec![sizes.images, self.dimensions], role: Role::Weight, initial }
        };
        // A constant of zero is not known yet.
        let constants = BesideArray::vector("constants", 2, Role::Bias, Initial::Constant(0.0));
        vec![memory("student-memory"), memory("teacher-memory"), constants]
    }

    fn value<B: Kernel>(&self, pairs: &[Pair<B>]) -> Tensor<B, 1> {
        self.step(pairs).value
    }

    fn step<B: Kernel>(&self, pairs: &[Pair<B>]) -> TermStep<B> {
        let steps = pairs.iter().map(|pair| self.of_pair(pair));
        let (values, kept): (Vec<_>, Vec<_>) = steps.unzip();
        TermStep { value: values.into_iter().reduce(Tensor::add).expect("there is a tap"), kept }
    }
}

impl Contrastive {
    /// The term for one pair of nodes, and what it keeps for that after the step.
    fn of_pair<B: Kernel>(&self, pair: &Pair<B>) -> (Tensor<B, 1>, Vec<Tensor<B, 2>>) {
        let (
            [student_weight, student_bias, teacher_weight, teacher_bias],
            [student_memory, teacher_memory, constants],
        ) = (&pair.arrays[..], &pair.kept[..])
        else {
            unreachable!("a pair has the arrays that the term asks for")
        };
        let places = pair.contrasts.clone().expect("a training says which images a batch has");
        let student = embedding(pair.student.clone(), student_weight, student_bias);
        let teacher = embedding(pair.teacher.clone(), teacher_weight, teacher_bias);
        let side = |own: &Tensor<B, 2>, memory: &Tensor<B, 2>, number: usize| {
            let scores = self.scores(own.clone(), memory.clone(), places.clone());
            let images = memory.dims()[0] as f64;
            let known = constants.clone().narrow(1, number, 1);
            let estimate = mean(scores.clone().detach()).reshape([1, 1]) * images;
            let constant = known.clone().mask_where(known.lower_equal_elem(0.0), estimate);
            (told_apart(scores / constant.clone(), images), constant)
        };
        let (of_student, student_constant) = side(&student, teacher_memory, 0);
        let (of_teacher, teacher_constant) = side(&teacher, student_memory, 1);
        let own = places.narrow(1, 0, 1).flatten(0, 1);
        let kept = vec![
            self.remember(student_memory.clone(), own.clone(), student.detach()),
            self.remember(teacher_memory.clone(), own, teacher.detach()),
            Tensor::cat(vec![student_constant, teacher_constant], 1),
        ];
        (of_student + of_teacher, kept)
    }

    /// exp(e · m / τ) for each embedding e and those m in the memory that are at its `places`: `[batch, 1 + K]`.
    fn scores<B: Kernel>(
        &self,
        own: Tensor<B, 2>,
        memory: Tensor<B, 2>,
        places: Tensor<B, 2, Int>,
    ) -> Tensor<B, 2> {
        // With all of the memory at once: K rows of it for each image would be more numbers than there are scores.
        own.matmul(memory.transpose()).gather(1, places).div_scalar(self.temperature).exp()
    }

    /// The memory after a step with these embeddings of the images at `places`.
    fn remember<B: Kernel>(
        &self,
        memory: Tensor<B, 2>,
        places: Tensor<B, 1, Int>,
        embeddings: Tensor<B, 2>,
    ) -> Tensor<B, 2> {
        let before = memory.clone().select(0, places.clone());
        let mixed = before.clone() * self.momentum + embeddings * (1.0 - self.momentum);
        memory.select_assign(0, places, normalized(mixed, 1) - before, IndexingUpdateOp::Add)
    }
}

/// Images averaged over their pixels, behind a linear layer, of norm one: `[batch, dimensions]`.
fn embedding<B: Kernel>(images: Tensor<B, 4>, weight: &Tensor<B, 2>, bias: &Tensor<B, 2>) -> Tensor<B, 2> {
    let [batch, _, _, channels] = images.dims();
    let rows = images.mean_dim(1).mean_dim(2).reshape([batch, channels]);
    normalized(rows.matmul(weight.clone().transpose()) + bias.clone(), 1)
}

/// The loss of P, `[batch, 1 + K]`, of which the first of each image is of the same image.
fn told_apart<B: Kernel>(chances: Tensor<B, 2>, images: f64) -> Tensor<B, 1> {
    let [batch, both] = chances.dims();
    let noise = (both - 1) as f64 / images;
    let same = chances.clone().narrow(1, 0, 1);
    let mut likelihood = sum((same.clone() / (same + (noise + EPSILON))).log());
    if both > 1 {
        let others = chances.narrow(1, 1, both - 1);
        likelihood = likelihood + sum(((others + (noise + EPSILON)).recip() * noise).log());
    }
    likelihood.div_scalar(-(batch as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Flex, FlexDevice};

    // Of ten images one other: K / n = 0.1, and −(ln 0.2 / 0.3 + ln 0.1 / 0.2) = ln 3.
    #[test]
    fn is_the_likelihood_of_telling_images_apart() {
        let loss =
            |chances| told_apart(Tensor::<Flex, 2>::from_data(chances, &FlexDevice), 10.0).into_scalar();
        let found: f32 = loss([[0.2, 0.1]]);
        assert!((found - 3.0_f32.ln()).abs() < 1e-5, "{found}");
    }

    // All images are of one class: nothing is contrasted.
    #[test]
    fn without_others_there_is_nothing_to_tell_apart() {
        let chances = Tensor::<Flex, 2>::from_data([[0.5], [0.01]], &FlexDevice);
        let found: f32 = told_apart(chances, 10.0).into_scalar();
        assert!((0.0..1e-4).contains(&found), "{found}");
    }
}
