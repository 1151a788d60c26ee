//! How good a network is on a split.

use crate::data::{Batch, Splits};
use crate::kernel::{Kernel, to_host};
use crate::math::{exp, ln};
use crate::model::{Mode, Network, tensors};
use burn::tensor::Tensor;

/// Images an evaluation batch.
pub const EVALUATION_BATCH: usize = 256;

/// Bins of the calibration error.
const BINS: usize = 15;

/// What a network scored on one split. Sums are taken on the host, in double precision, in the order of
/// the images.
#[derive(Clone, Debug, PartialEq)]
pub struct Quality {
    /// Share of images classified correctly.
    pub accuracy: f64,
    /// Mean negative log-likelihood of the true labels, in nats.
    pub nll: f64,
    /// Expected calibration error: the mean distance between confidence and accuracy over 15 bins of
    /// equal width, weighted by their images (Guo et al., 2017).
    pub ece: f64,
    /// The class predicted for each image, in order.
    pub predictions: Vec<u16>,
}

/// Evaluates on the test split, and on the validation split where there is one.
pub fn evaluate_splits<B: Kernel>(
    network: &Network<B>,
    splits: &Splits,
    device: &B::Device,
) -> (Quality, Option<Quality>) {
    let test = evaluate(network, splits.test_batches(EVALUATION_BATCH), device);
    let validation = (!splits.validation.is_empty())
        .then(|| evaluate(network, splits.validation_batches(EVALUATION_BATCH), device));
    (test, validation)
}

/// Evaluates on `batches`, with the running statistics of batch norm.
pub fn evaluate<B: Kernel>(
    network: &Network<B>,
    batches: impl Iterator<Item = Batch>,
    device: &B::Device,
) -> Quality {
    let logits = |images| network.forward(images, Mode::Evaluate).logits;
    evaluate_logits(batches, network.graph.input(), device, logits)
}

/// Evaluates what `logits_of` says, as `[batch, classes]`, of `batches` with images of the shape `input`.
pub fn evaluate_logits<B: Kernel>(
    batches: impl Iterator<Item = Batch>,
    input: [usize; 3],
    device: &B::Device,
    logits_of: impl Fn(Tensor<B, 4>) -> Tensor<B, 2>,
) -> Quality {
    let (mut labels, mut classes) = (Vec::new(), 1);
    let logits = to_host(batches.map(|batch| {
        labels.extend_from_slice(&batch.labels);
        let (images, _) = tensors::<B>(batch, input, device);
        let logits = logits_of(images);
        classes = logits.dims()[1];
        logits
    }));
    let images = logits.iter().flat_map(|batch| batch.chunks_exact(classes));
    let mut sums = Sums::default();
    images.zip(labels).for_each(|(logits, label)| sums.add(logits, label));
    sums.quality()
}

#[derive(Default)]
struct Sums {
    correct: u64,
    nll: f64,
    bins: [Bin; BINS],
    predictions: Vec<u16>,
}

#[derive(Clone, Copy, Default)]
struct Bin {
    confidence: f64,
    correct: u64,
}

impl Sums {
    /// Counts one image. The first of equal logits is the prediction.
    fn add(&mut self, logits: &[f32], label: u16) {
        let (predicted, largest) =
            logits.iter().enumerate().fold((0, f32::NEG_INFINITY), |best, (class, &logit)| {
                if logit > best.1 { (class, logit) } else { best }
            });
        let largest = f64::from(largest);
        let sum: f64 = logits.iter().map(|&logit| exp(f64::from(logit) - largest)).sum();
        let confidence = 1.0 / sum;
        let correct = u64::from(predicted == usize::from(label));
        // Bins are open below and closed above, so a confidence of 1 falls into the last.
        let bin = &mut self.bins[((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1];
        bin.confidence += confidence;
        bin.correct += correct;
        self.correct += correct;
        self.nll += largest + ln(sum) - f64::from(logits[usize::from(label)]);
        self.predictions.push(predicted as u16);
    }

    fn quality(self) -> Quality {
        let images = self.predictions.len() as f64;
        let gaps = self.bins.iter().map(|bin| (bin.confidence - bin.correct as f64).abs());
        Quality {
            accuracy: self.correct as f64 / images,
            nll: self.nll / images,
            ece: gaps.sum::<f64>() / images,
            predictions: self.predictions,
        }
    }
}

impl Quality {
    /// Share of images on which both predict the same class.
    pub fn agreement(&self, other: &Self) -> f64 {
        let same = self.predictions.iter().zip(&other.predictions).filter(|(a, b)| a == b).count();
        same as f64 / self.predictions.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logits of two classes with probability `p` for the first.
    fn logits(p: f64) -> [f32; 2] {
        [(p / (1.0 - p)).ln() as f32, 0.0]
    }

    // By hand: probabilities of class 0 are 0.9, 0.9, 0.6, 0.2; labels 0, 1, 0, 1.
    // Predictions 0, 0, 0, 1: three right of four. NLL = −(ln 0.9 + ln 0.1 + ln 0.6 + ln 0.8)/4 = 0.7854787.
    // Bins: 0.9 twice (confidence 1.8, one right: gap 0.8), 0.6 (gap 0.4), 0.8 (gap 0.2); all in bins of
    // their own, so ECE = 1.4/4.
    #[test]
    fn four_images_by_hand() {
        let mut sums = Sums::default();
        for (p, label) in [(0.9, 0), (0.9, 1), (0.6, 0), (0.2, 1)] {
            sums.add(&logits(p), label);
        }
        let quality = sums.quality();
        assert_eq!(quality.predictions, [0, 0, 0, 1]);
        assert_eq!(quality.accuracy, 0.75);
        assert!((quality.nll - 0.785_478_7).abs() < 1e-6, "{}", quality.nll);
        assert!((quality.ece - 0.35).abs() < 1e-6, "{}", quality.ece);
    }

    #[test]
    fn certainty_falls_into_the_last_bin() {
        let mut sums = Sums::default();
        sums.add(&[1000.0, 0.0], 0);
        let quality = sums.quality();
        assert_eq!((quality.accuracy, quality.nll, quality.ece), (1.0, 0.0, 0.0));
    }

    #[test]
    fn agreement_counts_equal_predictions() {
        let quality = |predictions: &[u16]| Quality {
            accuracy: 0.0,
            nll: 0.0,
            ece: 0.0,
            predictions: predictions.into(),
        };
        assert_eq!(quality(&[0, 1, 2, 3]).agreement(&quality(&[0, 1, 3, 2])), 0.5);
    }
}
