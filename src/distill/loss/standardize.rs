//! Logit standardization (Sun et al., 2024).

use super::outputs::Outputs;
use crate::kernel::Kernel;
use burn::tensor::Tensor;

/// Added to the standard deviation, as in the authors' code.
const EPSILON: f64 = 1e-7;

/// The logits of each image without their mean, divided by their standard deviation plus [`EPSILON`].
struct Standardized<B: Kernel> {
    logits: Tensor<B, 2>,
    /// The standard deviation of K logits, over K − 1: `[batch, 1]`.
    deviation: Tensor<B, 2>,
}

/// What `term` gives for standardized logits of the student, as those of the teacher are already: its value, and its
/// gradient for the student's own logits.
pub(super) fn with_gradient<B: Kernel>(
    outputs: &Outputs<B>,
    term: impl FnOnce(&Outputs<B>) -> (Tensor<B, 1>, Tensor<B, 2>),
) -> (Tensor<B, 1>, Tensor<B, 2>) {
    let student = Standardized::of(outputs.student.clone());
    let (value, gradient) = term(&Outputs { student: student.logits.clone(), ..outputs.clone() });
    (value, student.backward(gradient))
}

/// `logits` as they are compared.
pub(super) fn standardized<B: Kernel>(logits: Tensor<B, 2>) -> Tensor<B, 2> {
    Standardized::of(logits).logits
}

impl<B: Kernel> Standardized<B> {
    fn of(logits: Tensor<B, 2>) -> Self {
        let others = (logits.dims()[1] - 1).max(1) as f64;
        let centred = logits.clone() - logits.mean_dim(1);
        let variance = (centred.clone() * centred.clone()).sum_dim(1).div_scalar(others);
        // Logits that are all alike have no direction, and a gradient that is a number.
        let deviation = variance.clamp_min(1e-24).sqrt();
        Self { logits: centred / (deviation.clone() + EPSILON), deviation }
    }

    /// The gradient for the logits, for the `gradient` for the standardized ones z: with the deviation σ of K logits,
    /// (gradient − its mean) / (σ + ε) − z · Σₖ gradientₖ · zₖ / ((K − 1) · σ).
    fn backward(self, gradient: Tensor<B, 2>) -> Tensor<B, 2> {
        let others = (gradient.dims()[1] - 1).max(1) as f64;
        let along = (gradient.clone() * self.logits.clone()).sum_dim(1);
        let centred = gradient.clone() - gradient.mean_dim(1);
        let scale = self.deviation.clone() + EPSILON;
        centred / scale - self.logits * along / (self.deviation * others)
    }
}
