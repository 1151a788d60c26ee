//! What was seen at one evaluation, and the training loss since the one before.

use crate::distill::{LossMix, TermLoss};
use crate::kernel::{Kernel, to_host};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A row of the history: what was seen at one evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Steps done.
    pub step: u64,
    /// The same in epochs.
    pub epoch: f64,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Temperature in the last step of the first term that has one; `None` where none has.
    pub temperature: Option<f64>,
    /// The same of each term that has one, by the name users write.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub temperatures: BTreeMap<String, f64>,
    /// Weighted sum of the loss terms, mean over the images trained on since the last evaluation; `None`
    /// before the first step.
    #[serde(with = "crate::real")]
    pub loss_train: Option<f64>,
    /// The same of each term, unweighted, by the name users write.
    #[serde(with = "crate::real")]
    pub terms: BTreeMap<String, f64>,
    /// The same of each term, times its weight, which may change in a training.
    #[serde(with = "crate::real", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weighted: BTreeMap<String, f64>,
    pub accuracy_validation: Option<f64>,
    /// Mean negative log-likelihood on the validation split, in nats.
    #[serde(with = "crate::real")]
    pub nll_validation: Option<f64>,
    pub accuracy_test: f64,
    /// Mean negative log-likelihood on the test split, in nats.
    #[serde(with = "crate::real")]
    pub nll_test: f64,
}

/// Means over images of the loss and of its terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Losses {
    /// The loss as it was in the last step; `None` where there was none.
    pub mix: Option<LossMix>,
    pub loss: Option<f64>,
    pub terms: BTreeMap<String, f64>,
    /// The terms times their weights.
    pub weighted: BTreeMap<String, f64>,
}

/// Sums over images of the loss and of its terms, kept on the device so that no step waits for a value to be
/// read.
#[derive(Debug)]
pub(super) struct LossMeter<B: Kernel> {
    images: usize,
    /// As it was in the last step.
    mix: Option<LossMix>,
    loss: Option<Tensor<B, 1>>,
    /// By name: unweighted and weighted.
    terms: BTreeMap<&'static str, [Tensor<B, 1>; 2]>,
}

impl<B: Kernel> Default for LossMeter<B> {
    fn default() -> Self {
        Self { images: 0, mix: None, loss: None, terms: BTreeMap::new() }
    }
}

impl<B: Kernel> LossMeter<B> {
    /// Adds the mean loss, and the mean of each term, of a batch of `images`, with the `mix` as it was for these.
    pub fn add(&mut self, images: usize, mix: LossMix, loss: Tensor<B, 1>, terms: &[TermLoss<B>]) {
        let plus = |sum: Option<Tensor<B, 1>>, of_batch: Tensor<B, 1>| match sum {
            Some(sum) => sum + of_batch,
            None => of_batch,
        };
        let count = images as f64;
        self.images += images;
        self.mix = Some(mix);
        self.loss = Some(plus(self.loss.take(), loss * count));
        for TermLoss { name, weight, value } in terms {
            let [plain, weighted] = self.terms.remove(name).map_or([None, None], |sums| sums.map(Some));
            let of_batch = value.clone() * count;
            let weighted = plus(weighted, of_batch.clone() * *weight);
            self.terms.insert(name, [plus(plain, of_batch), weighted]);
        }
    }

    /// The means since the last call.
    pub fn take(&mut self) -> Losses {
        let Self { images, mix, loss, terms } = std::mem::take(self);
        let Some(loss) = loss else { return Losses::default() };
        let (names, terms): (Vec<_>, Vec<_>) = terms.into_iter().unzip();
        let sums = to_host([loss].into_iter().chain(terms.into_iter().flatten()));
        let means: Vec<f64> = sums.iter().map(|sum| f64::from(sum[0]) / images as f64).collect();
        let named = |which: usize| {
            let means = means[1..].chunks_exact(2).map(|means| means[which]);
            names.iter().map(|&name| name.to_owned()).zip(means).collect()
        };
        Losses { mix, loss: Some(means[0]), terms: named(0), weighted: named(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Flex, FlexDevice};

    // Batches of 3 and 1 images with mean losses 1 and 5: (3 · 1 + 1 · 5) / 4 = 2, where a mean over the two
    // steps would be 3.
    #[test]
    fn a_small_last_batch_weighs_as_its_images() {
        let value = |value: f32| Tensor::<Flex, 1>::from_floats([value], &FlexDevice);
        let mut meter = LossMeter::default();
        assert_eq!(meter.take(), Losses::default());
        // With a weight of 1 for the first batch and 3 for the second: (3 · 1 · 2 + 1 · 3 · 10) / 4 = 9.
        for (images, loss, weight) in [(3, 1.0, 1.0), (1, 5.0, 3.0)] {
            let term = TermLoss { name: "cross-entropy", weight, value: value(2.0 * loss) };
            meter.add(images, LossMix::default(), value(loss), &[term]);
        }
        let named = |mean| BTreeMap::from([("cross-entropy".to_owned(), mean)]);
        let mix = Some(LossMix::default());
        assert_eq!(meter.take(), Losses { mix, loss: Some(2.0), terms: named(4.0), weighted: named(9.0) });
        assert_eq!(meter.take(), Losses::default());
    }
}
