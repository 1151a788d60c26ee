//! How good a network is on a split.

use crate::kernel::{Kernel, to_host};
use crate::math::{exp, ln};
use crate::model::{Loader, Mode, Network};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

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
    /// The true class of each image.
    labels: Vec<u16>,
    /// `[images, classes]`
    logits: Vec<f32>,
}

/// How a network stands to its teacher on a split.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BesideTeacher {
    /// Share of images on which both predict the same class.
    pub agreement: f64,
    /// KL(teacher ‖ student) of the probabilities as they are, without a temperature: mean over the images, in nats.
    #[serde(with = "crate::real")]
    pub divergence: f64,
    /// The teacher's accuracy.
    pub accuracy: f64,
}

/// How the images of one class were classified, and what was classified as it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCount {
    /// Images of the class.
    pub images: u64,
    /// Those of them that were classified as it.
    pub correct: u64,
    /// Images of any class that were.
    pub predicted: u64,
}

/// Evaluates on the test split, and on the validation split where there is one.
pub fn evaluate_splits<B: Kernel>(
    network: &Network<B>,
    loader: &Loader<'_, B>,
) -> (Quality, Option<Quality>) {
    let test = evaluate(network, loader.test(EVALUATION_BATCH));
    let mut validation = loader.validation(EVALUATION_BATCH).peekable();
    let is_there = validation.peek().is_some();
    (test, is_there.then(|| evaluate(network, validation)))
}

/// Evaluates on `batches` of images and their labels, with the running statistics of batch norm.
pub fn evaluate<B: Kernel>(
    network: &Network<B>,
    batches: impl Iterator<Item = (Tensor<B, 4>, Vec<u16>)>,
) -> Quality {
    evaluate_logits(batches, |images| network.forward(images, Mode::Evaluate).logits)
}

/// Evaluates what `logits_of` says, as `[batch, classes]`, of `batches` of images and their labels.
pub fn evaluate_logits<B: Kernel>(
    batches: impl Iterator<Item = (Tensor<B, 4>, Vec<u16>)>,
    logits_of: impl Fn(Tensor<B, 4>) -> Tensor<B, 2>,
) -> Quality {
    let mut all = Vec::new();
    let logits = to_host(batches.map(|(images, labels)| {
        all.extend_from_slice(&labels);
        logits_of(images)
    }));
    Quality::of(logits.concat(), all)
}

#[derive(Default)]
struct Sums {
    correct: u64,
    nll: f64,
    bins: [Bin; BINS],
    predictions: Vec<u16>,
}

/// The logarithms of the probabilities that `logits` of one image give.
fn log_probabilities(logits: &[f32]) -> impl Iterator<Item = f64> {
    let largest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let sum: f64 = logits.iter().map(|&logit| exp(f64::from(logit) - largest)).sum();
    let normalizer = largest + ln(sum);
    logits.iter().map(move |&logit| f64::from(logit) - normalizer)
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
}

impl Quality {
    /// Of `logits` `[images, classes]`, row by row, on images with these `labels`.
    pub fn of(logits: Vec<f32>, labels: Vec<u16>) -> Self {
        let classes = logits.len() / labels.len().max(1);
        let mut sums = Sums::default();
        logits.chunks_exact(classes.max(1)).zip(&labels).for_each(|(logits, &label)| sums.add(logits, label));
        let images = labels.len() as f64;
        let gaps = sums.bins.iter().map(|bin| (bin.confidence - bin.correct as f64).abs());
        Self {
            accuracy: sums.correct as f64 / images,
            nll: sums.nll / images,
            ece: gaps.sum::<f64>() / images,
            predictions: sums.predictions,
            labels,
            logits,
        }
    }

    fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.logits.chunks_exact(self.classes().max(1))
    }

    fn classes(&self) -> usize {
        self.logits.len() / self.labels.len().max(1)
    }

    /// How a network of this quality stands to a `teacher` on the same images.
    pub fn beside(&self, teacher: &Self) -> BesideTeacher {
        let images = self.predictions.len() as f64;
        let same = self.predictions.iter().zip(&teacher.predictions).filter(|(own, other)| own == other);
        let divergence = |(own, other): (&[f32], &[f32])| {
            let terms = log_probabilities(other).zip(log_probabilities(own));
            terms.map(|(p, q)| exp(p) * (p - q)).sum::<f64>()
        };
        let divergence: f64 = self.rows().zip(teacher.rows()).map(divergence).sum();
        let agreement = same.count() as f64 / images;
        BesideTeacher { agreement, divergence: divergence / images, accuracy: teacher.accuracy }
    }

    /// How the images of each class were classified, in the order of the classes.
    pub fn by_class(&self) -> Vec<ClassCount> {
        let mut counts = vec![ClassCount::default(); self.classes()];
        for (&label, &predicted) in self.labels.iter().zip(&self.predictions) {
            let class = &mut counts[usize::from(label)];
            class.images += 1;
            class.correct += u64::from(predicted == label);
            counts[usize::from(predicted)].predicted += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of two classes, with these probabilities for the first.
    fn quality<const N: usize>(probabilities: [f64; N], labels: [u16; N]) -> Quality {
        let logits = probabilities.iter().flat_map(|p| [(p / (1.0 - p)).ln() as f32, 0.0]);
        Quality::of(logits.collect(), labels.into())
    }

    // By hand: probabilities of class 0 are 0.9, 0.9, 0.6, 0.2; labels 0, 1, 0, 1.
    // Predictions 0, 0, 0, 1: three right of four. NLL = −(ln 0.9 + ln 0.1 + ln 0.6 + ln 0.8)/4 = 0.7854787.
    // Bins: 0.9 twice (confidence 1.8, one right: gap 0.8), 0.6 (gap 0.4), 0.8 (gap 0.2); all in bins of
    // their own, so ECE = 1.4/4.
    #[test]
    fn four_images_by_hand() {
        let quality = quality([0.9, 0.9, 0.6, 0.2], [0, 1, 0, 1]);
        assert_eq!(quality.predictions, [0, 0, 0, 1]);
        assert_eq!(quality.accuracy, 0.75);
        assert!((quality.nll - 0.785_478_7).abs() < 1e-6, "{}", quality.nll);
        assert!((quality.ece - 0.35).abs() < 1e-6, "{}", quality.ece);
    }

    #[test]
    fn certainty_falls_into_the_last_bin() {
        let quality = Quality::of(vec![1000.0, 0.0], vec![0]);
        assert_eq!((quality.accuracy, quality.nll, quality.ece), (1.0, 0.0, 0.0));
    }

    // The student says 0.5, 0.6 where the teacher says 0.75, 0.2: the divergences are
    // ¾ ln(¾ / ½) + ¼ ln(¼ / ½) = 0.1308120 and 0.2 ln(0.2 / 0.6) + 0.8 ln(0.8 / 0.4) = 0.3347953.
    #[test]
    fn beside_a_teacher_by_hand() {
        let found = quality([0.5, 0.6], [0, 1]).beside(&quality([0.75, 0.2], [0, 1]));
        assert_eq!((found.agreement, found.accuracy), (0.5, 1.0));
        assert!((found.divergence - 0.232_803_65).abs() < 1e-6, "{}", found.divergence);
        let teacher = quality([0.9, 0.1], [0, 0]);
        assert_eq!(
            teacher.beside(&teacher),
            BesideTeacher { agreement: 1.0, divergence: 0.0, accuracy: 0.5 }
        );
    }

    #[test]
    fn images_are_counted_by_class() {
        let counts = quality([0.9, 0.9, 0.6, 0.2], [0, 1, 0, 1]).by_class();
        let expected = [
            ClassCount { images: 2, correct: 2, predicted: 3 },
            ClassCount { images: 2, correct: 1, predicted: 1 },
        ];
        assert_eq!(counts, expected);
    }
}
