//! Losses with their gradients, computed from the log-softmax.

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
    let loss = (log.clone() * target.clone()).sum().div_scalar(-(images as f64));
    (loss, (log.exp() - target).div_scalar(images as f64))
}

/// (T² / N) Σₙ Σₖ pₙₖ · (log pₙₖ − log qₙₖ) for the softened teacher p and student q; its gradient for the
/// student's logits is T · (q − p) / N.
pub fn soft_labels<B: Backend>(
    student: Tensor<B, 2>,
    teacher: Tensor<B, 2>,
    temperature: f64,
) -> (Tensor<B, 1>, Tensor<B, 2>) {
    let images = student.dims()[0] as f64;
    let softened = |logits: Tensor<B, 2>| log_softmax(logits.div_scalar(temperature), 1);
    let (student, teacher) = (softened(student), softened(teacher));
    let target = teacher.clone().exp();
    let gradient = (student.clone().exp() - target.clone()) * (temperature / images);
    let loss = (target * (teacher - student)).sum() * (temperature * temperature / images);
    (loss, gradient)
}
