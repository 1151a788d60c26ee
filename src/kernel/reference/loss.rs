//! Losses with their gradients, computed from the log-softmax.

use super::tensor::total;
use burn::tensor::activation::log_softmax;
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};

/// (1 / N) Σₙ −Σₖ qₙₖ · log pₙₖ with q the smoothed labels; its gradient is (p − q) / N.
pub fn cross_entropy<B: Backend>(
    logits: Tensor<B, 2>,
    labels: Tensor<B, 1, Int>,
    smoothing: f64,
) -> (Tensor<B, 1>, Tensor<B, 2>) {
    let [images, classes] = logits.dims();
    let all = Tensor::<B, 1, Int>::arange(0..classes as i64, &logits.device());
    let [labels, all] = [labels.unsqueeze_dim::<2>(1), all.unsqueeze_dim::<2>(0)];
    let one_hot = labels.expand([images, classes]).equal(all.expand([images, classes])).float();
    let target = one_hot * (1.0 - smoothing) + smoothing / classes as f64;
    let log = log_softmax(logits, 1);
    let loss = total(log.clone() * target.clone()).div_scalar(-(images as f64));
    (loss, (log.exp() - target).div_scalar(images as f64))
}

/// Rows whose log-ratios differ from their mean by less than this have a divergence that exp(…) of those
/// differences gives without overflow.
const NEAR: f64 = 10.0;

/// (T² / N) Σₙ KL(pₙ ‖ qₙ) for the softened teacher p and student q; its gradient for the student's logits is
/// T · (q − p) / N.
///
/// At a high temperature p and q hardly differ, and log p − log q would be lost in the rounding of either. So,
/// with d = (teacher − student) / T and e = d − Σₖ pₖ · dₖ, which are small where p and q are near, and
/// φ(x) = e⁻ˣ − 1 + x: KL = ln(1 + Σₖ pₖ · φ(eₖ)), log p − log q = e + KL =: r, and q − p = p · (φ(r) − r).
pub fn soft_labels<B: Backend>(
    student: Tensor<B, 2>,
    teacher: Tensor<B, 2>,
    temperature: f64,
) -> (Tensor<B, 1>, Tensor<B, 2>) {
    let dims = student.dims();
    let images = dims[0] as f64;
    // Without what all logits have in common, and before a low temperature makes rounding errors large.
    let shifted = |logits: Tensor<B, 2>| logits.clone() - logits.max_dim(1);
    let (student, teacher) = (shifted(student), shifted(teacher));
    let difference = (teacher.clone() - student.clone()).div_scalar(temperature);
    let softened = |logits: Tensor<B, 2>| log_softmax(logits.div_scalar(temperature), 1);
    let (student, teacher) = (softened(student), softened(teacher));
    let target = teacher.clone().exp();
    let centred = difference.clone() - (target.clone() * difference).sum_dim(1);
    let is_near = centred.clone().abs().max_dim(1).lower_elem(NEAR);

    let far = (target.clone() * (teacher - student.clone())).sum_dim(1);
    let near = (target.clone() * exp_remainder(centred.clone())).sum_dim(1).log1p();
    let divergence = far.mask_where(is_near.clone(), near);

    let ratio = centred + divergence.clone();
    let far = student.exp() - target.clone();
    let near = target * (exp_remainder(ratio.clone()) - ratio);
    let gradient = far.mask_where(is_near.expand(dims), near);
    (total(divergence) * (temperature * temperature / images), gradient * (temperature / images))
}

/// φ(x) = e⁻ˣ − 1 + x; near 0 by its Taylor series, x²/2 − x³/6 + ….
fn exp_remainder<B: Backend>(x: Tensor<B, 2>) -> Tensor<B, 2> {
    let series = [-1.0 / 120.0, 1.0 / 24.0, -1.0 / 6.0]
        .into_iter()
        .fold(x.clone() * (1.0 / 720.0), |sum, coefficient| (sum + coefficient) * x.clone());
    let series = (series + 0.5) * x.clone() * x.clone();
    let direct = x.clone().neg().exp() - 1.0 + x.clone();
    direct.mask_where(x.abs().lower_elem(0.25), series)
}
