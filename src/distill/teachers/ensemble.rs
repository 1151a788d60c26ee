//! How what several teachers say of an image becomes one thing.

use crate::kernel::Kernel;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How what several teachers say of an image becomes one thing, which every term looks at that names no teacher of its
/// own.
///
/// The weights of an image's teachers add up to 1. Terms with a temperature T are given logits whose softmax at T is the
/// mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Ensemble {
    /// What is averaged (`"probabilities"`).
    #[serde(default, skip_serializing_if = "Mean::is_default")]
    pub mean: Mean,
    /// How much each teacher counts, image by image (`"given"`).
    #[serde(default, skip_serializing_if = "ImageWeights::is_default")]
    pub weights: ImageWeights,
}

/// What is averaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mean {
    /// Their softened outputs: Σₘ wₘ · softmax(zₘ / T), for the weights w, the logits z of teacher m and the term's
    /// temperature T (the arithmetic mean of Hinton et al., 2015). As logits, T · ln Σₘ wₘ · softmax(zₘ / T). A term
    /// without a temperature (`logits`) takes the mean of the logits.
    #[default]
    Probabilities,
    /// Their logits: Σₘ wₘ · zₘ. At any temperature that is the geometric mean of their probabilities, normalized
    /// (Hinton et al., 2015).
    Logits,
}

/// How much each teacher counts, image by image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ImageWeights {
    /// As much as `teacher` says, for every image.
    #[default]
    Given,
    /// The less the less sure it is: what is given times 1 − Hₘ / Σⱼ Hⱼ, divided by the sum over the teachers, for the
    /// entropy H of a teacher's probabilities at T = 1 (Kwon et al., 2020, as in the code of Zhang et al., 2022). Needs
    /// no labels.
    Entropy,
    /// The more the more it agrees with the label: what is given times 1 − exp(Lₘ) / Σⱼ exp(Lⱼ), divided by the sum over
    /// the teachers, for a teacher's cross-entropy L with the label (CA-MKD; Zhang et al., 2022).
    Agreement,
}

impl Mean {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl ImageWeights {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Ensemble {
    /// Where all is as it is without being said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Mean {
    /// The mean, as logits `[batch, classes]`, of teachers with `logits` of that shape, for a term of this `temperature`,
    /// where it has one. The `weights` of each image add up to 1. Of equal teachers that is what one says.
    pub(super) fn of<B: Kernel>(
        self,
        logits: &[Tensor<B, 2>],
        weights: &[Tensor<B, 2>],
        temperature: Option<f64>,
    ) -> Tensor<B, 2> {
        match (self, temperature) {
            (Self::Probabilities, Some(temperature)) => mean_of_probabilities(logits, weights, temperature),
            (Self::Probabilities, None) | (Self::Logits, _) => mean_of_logits(logits, weights),
        }
    }
}

/// Σₘ wₘ · zₘ, as z₁ + Σₘ wₘ · (zₘ − z₁): what is equal stays so to the last bit.
fn mean_of_logits<B: Kernel>(logits: &[Tensor<B, 2>], weights: &[Tensor<B, 2>]) -> Tensor<B, 2> {
    let others = logits.iter().zip(weights).skip(1);
    let apart = |(logits_of, weight): (&Tensor<B, 2>, &Tensor<B, 2>)| {
        (logits_of.clone() - logits[0].clone()) * weight.clone()
    };
    others.map(apart).fold(logits[0].clone(), Tensor::add)
}

/// Taken from the logarithms of a teacher that does not count for an image.
const AWAY: f64 = 1e30;

/// T · ln Σₘ wₘ · softmax(zₘ / T), plus for each image what makes it z₁ where all are equal; a softmax does not see that.
fn mean_of_probabilities<B: Kernel>(
    logits: &[Tensor<B, 2>],
    weights: &[Tensor<B, 2>],
    temperature: f64,
) -> Tensor<B, 2> {
    let log = |logits: &Tensor<B, 2>| log_softmax(logits.clone().div_scalar(temperature), 1);
    let logs: Vec<Tensor<B, 2>> = logits.iter().map(log).collect();
    // The most likely of the teachers that count sets the scale of each class, so that no probability is rounded to zero.
    let heard = logs.iter().zip(weights);
    let heard = heard.map(|(log, weight)| log.clone() - weight.clone().equal_elem(0.0).float() * AWAY);
    let heard: Vec<Tensor<B, 2>> = heard.collect();
    let most = heard.iter().cloned().reduce(Tensor::max_pair).expect("there are teachers");
    let parts =
        heard.iter().zip(weights).map(|(log, weight)| (log.clone() - most.clone()).exp() * weight.clone());
    let sum = parts.reduce(Tensor::add).expect("there are teachers");
    let over_first = most - logs[0].clone() + sum.log();
    logits[0].clone() + over_first * temperature
}

impl ImageWeights {
    /// The weights of teachers with `logits` `[batch, classes]`, of which `shares` are given and add up to 1: each
    /// `[batch, 1]`, or `[1, 1]` for all images.
    pub(super) fn of<B: Kernel>(
        self,
        logits: &[Tensor<B, 2>],
        shares: &[f64],
        labels: &Tensor<B, 1, Int>,
    ) -> Vec<Tensor<B, 2>> {
        let device = labels.device();
        let given = shares.iter().map(|share| Tensor::full([1, 1], *share, &device));
        let of_image = match self {
            Self::Given => return given.collect(),
            Self::Entropy => of_entropy(logits),
            Self::Agreement => of_agreement(logits, labels),
        };
        let weights: Vec<Tensor<B, 2>> = given.zip(of_image).map(|(given, weight)| weight * given).collect();
        let sum = weights.iter().cloned().reduce(Tensor::add).expect("there are teachers");
        weights.into_iter().map(|weight| weight / sum.clone()).collect()
    }
}

/// 1 − Hₘ / Σⱼ Hⱼ: `[batch, 1]` each.
fn of_entropy<B: Kernel>(logits: &[Tensor<B, 2>]) -> Vec<Tensor<B, 2>> {
    let entropy = |logits: &Tensor<B, 2>| {
        let log = log_softmax(logits.clone(), 1);
        (log.clone().exp() * log).sum_dim(1).neg()
    };
    rest_of(logits.iter().map(entropy).collect())
}

/// 1 − exp(Lₘ) / Σⱼ exp(Lⱼ): `[batch, 1]` each.
fn of_agreement<B: Kernel>(logits: &[Tensor<B, 2>], labels: &Tensor<B, 1, Int>) -> Vec<Tensor<B, 2>> {
    let labels = labels.clone().unsqueeze_dim::<2>(1);
    let loss = |logits: &Tensor<B, 2>| log_softmax(logits.clone(), 1).gather(1, labels.clone()).neg();
    let losses: Vec<Tensor<B, 2>> = logits.iter().map(loss).collect();
    let largest = losses.iter().cloned().reduce(Tensor::max_pair).expect("there are teachers");
    rest_of(losses.into_iter().map(|loss| (loss - largest.clone()).exp()).collect())
}

/// 1 − vₘ / Σⱼ vⱼ of values that are not negative; 1 for all where all are zero.
fn rest_of<B: Kernel>(values: Vec<Tensor<B, 2>>) -> Vec<Tensor<B, 2>> {
    let sum = values.iter().cloned().reduce(Tensor::add).expect("there are teachers").clamp_min(1e-20);
    values.into_iter().map(|value| (value / sum.clone()).neg() + 1.0).collect()
}
