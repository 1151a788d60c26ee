//! Factor transfer: what an auto-encoder makes of the teacher's features.

use super::reduce::{mean, mean_square, normalized};
use super::tap_term::{TapTerm, summed};
use crate::distill::schedule::Scheduled;
use crate::distill::taps::layers::convolution;
use crate::distill::taps::{BesideArray, Initial, Matching, Pair, Sizes, Taps};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use crate::model::Role;
use crate::train::Duration;
use burn::tensor::Tensor;
use burn::tensor::activation::leaky_relu;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Difference between factors of student and teacher (FT; Kim et al., 2018).
///
/// Mean of |f(s) / ‖f(s)‖ − g(t) / ‖g(t)‖|ᵖ over batch and factors, summed over the taps. g, the paraphraser, is the
/// first half of an auto-encoder of the teacher's features, which is trained alone, before the first step of the
/// student, by the mean squared error of what it makes of them, as in the paper (the authors' code has the absolute
/// error), and then stays as it is; f, the translator, is trained with the student. Each is three 3×3 convolutions with
/// leaky ReLU (slope 0.1) behind each, to `rate` times as many channels as the teacher has; the second half of the
/// auto-encoder is three more, back to the teacher's.
///
/// None is part of the student. The larger images are pooled to the smaller. Not zero for a student that equals its
/// teacher. The paper has one tap, the last of the convolutions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Factors {
    /// The term's weight in the sum (500, as in the authors' code; Tian et al., 2020, have 200).
    #[serde(default = "default_weight")]
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    pub taps: Taps,
    /// Channels of the factors as a share of the teacher's (0.5).
    #[serde(default = "default_rate")]
    #[schemars(range(min = 0.01, max = 10.0))]
    pub rate: f64,
    /// Whether the differences count by their absolute values, p = 1, or by their squares, p = 2 (`"absolute"`, as in the
    /// authors' code).
    #[serde(default)]
    pub power: Power,
    /// How long the paraphraser is trained before the student's first step (5 epochs, as in the authors' code): on
    /// batches of an order of their own, by the training's optimizer at its base learning rate. No step of the student is
    /// one of these. A recovery that rewinds has the paraphraser of its checkpoint, where the terms that look inside and the
    /// teachers are those of that training, and the student's node has lost no channel; any other trains one of its own.
    /// `"0it"` leaves it as it is drawn.
    #[serde(default = "default_pretrain")]
    pub pretrain: Duration,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

/// The power p by which differences count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    /// Their absolute values, p = 1.
    #[default]
    Absolute,
    /// Their squares, p = 2.
    Square,
}

fn default_weight() -> Scheduled {
    500.0.into()
}

fn default_rate() -> f64 {
    0.5
}

fn default_pretrain() -> Duration {
    Duration::epochs(5)
}

/// Slope of the leaky ReLU below zero.
const SLOPE: f64 = 0.1;

/// Names of weight and bias of three layers.
type Layers = [[&'static str; 2]; 3];

const TRANSLATOR: Layers = [
    ["translator.0.weight", "translator.0.bias"],
    ["translator.1.weight", "translator.1.bias"],
    ["translator.2.weight", "translator.2.bias"],
];
const ENCODER: Layers = [
    ["encoder.0.weight", "encoder.0.bias"],
    ["encoder.1.weight", "encoder.1.bias"],
    ["encoder.2.weight", "encoder.2.bias"],
];
const DECODER: Layers = [
    ["decoder.0.weight", "decoder.0.bias"],
    ["decoder.1.weight", "decoder.1.bias"],
    ["decoder.2.weight", "decoder.2.bias"],
];

impl TapTerm for Factors {
    fn name(&self) -> &'static str {
        "factors"
    }

    fn matching(&self) -> Matching {
        Matching::Images
    }

    fn in_steps(self, per_epoch: u64) -> Self {
        Self { pretrain: Duration::steps(self.pretrain.in_steps(per_epoch)), ..self }
    }

    fn arrays(&self, sizes: &Sizes<'_>) -> Vec<BesideArray> {
        let [student, teacher] = sizes.own();
        let factors = self.channels(teacher);
        layers(TRANSLATOR, [student, student, factors, factors])
    }

    fn kept(&self, sizes: &Sizes<'_>) -> Vec<BesideArray> {
        let [_, teacher] = sizes.own();
        let factors = self.channels(teacher);
        let encoder = layers(ENCODER, [teacher, teacher, factors, factors]);
        encoder.into_iter().chain(layers(DECODER, [factors, factors, teacher, teacher])).collect()
    }

    fn value<B: Kernel>(&self, pairs: &[Pair<B>]) -> Tensor<B, 1> {
        summed(pairs, |pair| {
            let student = convolved(pair.student.clone(), &pair.arrays);
            let (encoder, _) = pair.kept.split_at(2 * ENCODER.len());
            let apart = factors(student) - factors(convolved(pair.teacher.clone(), encoder));
            match self.power {
                Power::Absolute => mean(apart.abs()),
                Power::Square => mean_square(apart),
            }
        })
    }
}

impl Factors {
    /// Channels of the factors of a teacher with so many.
    fn channels(&self, teacher: usize) -> usize {
        ((teacher as f64 * self.rate).round() as usize).max(1)
    }

    /// What the auto-encoder of one pair is trained by, for the `teacher`'s features: a single value.
    pub fn reconstruction<B: Kernel>(teacher: Tensor<B, 4>, kept: &[Tensor<B, 2>]) -> Tensor<B, 1> {
        mean_square(convolved(teacher.clone(), kept) - teacher)
    }
}

/// The arrays of three convolutions with biases between so many channels.
fn layers(names: Layers, channels: [usize; 4]) -> Vec<BesideArray> {
    let layer = |([weight, bias], channels): ([&'static str; 2], &[usize])| {
        let fan_in = 9 * channels[0];
        let initial = Initial::Uniform { fan_in };
        let weight = BesideArray::weight(weight, channels[1], fan_in);
        [weight, BesideArray::vector(bias, channels[1], Role::Bias, initial)]
    };
    names.into_iter().zip(channels.windows(2)).flat_map(layer).collect()
}

/// Convolutions with these weights and biases, and leaky ReLU behind each.
fn convolved<B: Kernel>(images: Tensor<B, 4>, arrays: &[Tensor<B, 2>]) -> Tensor<B, 4> {
    arrays.chunks(2).fold(images, |images, layer| {
        let [weight, bias] = layer else { unreachable!("each weight has a bias") };
        let channels = bias.dims()[1];
        leaky_relu(convolution(images, weight) + bias.clone().reshape([1, 1, 1, channels]), SLOPE)
    })
}

/// One row an image, of norm one.
fn factors<B: Kernel>(images: Tensor<B, 4>) -> Tensor<B, 2> {
    let [batch, height, width, channels] = images.dims();
    normalized(images.reshape([batch, height * width * channels]), 1)
}
