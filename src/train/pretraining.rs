//! What is trained before the first step of a student.

use super::recalibrate::Images;
use super::{TrainError, Training};
use crate::data::Batches;
use crate::distill::{Teachers, Wiring};
use crate::kernel::Kernel;
use crate::model::tensors;
use burn::tensor::Tensor;

/// Trains what the loss of `training` has trained before the first step, unless it goes on from a checkpoint: by
/// the training's optimizer at its base learning rate, on batches of an order drawn for this purpose. No state of the
/// optimizer is left. `check` says before every step whether to go on.
pub(super) fn pretrain<B: Kernel>(
    wiring: &mut Wiring<B>,
    teachers: &Teachers<B>,
    training: &Training,
    images: &Images<'_>,
    device: &B::Device,
    check: impl Fn() -> Result<(), TrainError>,
) -> Result<(), TrainError> {
    if !wiring.is_to_be_pretrained(&training.loss) {
        return Ok(());
    }
    let Images { splits, augment, batch, draw } = *images;
    let draw = draw.within("pretraining");
    let mut order = Batches::new(splits, draw.clone(), batch);
    for step in 0..training.loss.pretraining() {
        check()?;
        let batch = splits.training_batch(order.indices(step), augment, &draw, step);
        let (images, _) = tensors::<B>(batch, splits.dataset.shape.image, device);
        pretraining_step(wiring, teachers, training, images, step);
    }
    for array in wiring.kept_mut() {
        array.set_state(&[]);
    }
    Ok(())
}

/// Step `step` (from 0) of those before the first of the student.
pub(crate) fn pretraining_step<B: Kernel>(
    wiring: &mut Wiring<B>,
    teachers: &Teachers<B>,
    training: &Training,
    images: Tensor<B, 4>,
    step: u64,
) {
    let optimizer = &training.optimizer;
    for (number, gradient) in wiring.pretraining_gradients(&training.loss, teachers, images) {
        optimizer.step(&mut wiring.kept_mut()[number], gradient, optimizer.lr(), step + 1);
    }
}
