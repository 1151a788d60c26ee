//! What a teacher says of every training image, computed before a training and looked up in every step.

use crate::data::{Augment, Batches, Splits, steps_per_epoch};
use crate::draw::Draw;
use crate::kernel::{Kernel, to_host};
use crate::model::{Array, Mode, Network, tensors};
use burn::tensor::{Tensor, TensorData};

/// Images a pass.
const BATCH: usize = 256;

/// What a teacher says of every training image, as it is or as it is augmented in each epoch of a training: what it says
/// of the same image in any batch, on a backend that computes each image alone.
#[derive(Clone, Debug, PartialEq)]
pub struct TeacherOutputs {
    /// Indices into the data set's training images, ascending.
    images: Vec<u32>,
    /// `[images, classes]`, in the same order; of images that are augmented, that for each epoch, one after the other.
    logits: Array,
}

/// The images of the first epochs of a training.
#[derive(Clone, Copy, Debug)]
pub struct Epochs<'a> {
    pub splits: &'a Splits,
    pub augment: &'a Augment,
    /// Images a step.
    pub batch: usize,
    pub count: usize,
    /// Names the draws of the training.
    pub draw: &'a Draw,
}

impl TeacherOutputs {
    /// Runs `network` over the training images of `splits`; `check` is asked before every pass whether to go on.
    pub fn compute<B: Kernel, E>(
        network: &Network<B>,
        splits: &Splits,
        device: &B::Device,
        check: impl Fn() -> Result<(), E>,
    ) -> Result<Self, E> {
        // Images that are not augmented draw nothing.
        let (augment, draw) = (Augment::default(), Draw::new(0, "teacher-outputs"));
        let mut logits = Vec::new();
        for indices in splits.train.chunks(BATCH) {
            check()?;
            let batch = splits.training_batch(indices, &augment, &draw, 0);
            let (images, _) = tensors::<B>(batch, network.graph.input(), device);
            logits.push(network.forward(images, Mode::Evaluate).logits);
        }
        let values = to_host(logits).concat();
        let shape = vec![splits.train.len(), network.graph.classes()];
        Ok(Self { images: splits.train.clone(), logits: Array { shape, values } })
    }

    /// Runs `network` over the images of all steps of `epochs`; `check` is asked before each whether to go on.
    pub fn of_epochs<B: Kernel, E>(
        network: &Network<B>,
        epochs: &Epochs<'_>,
        device: &B::Device,
        check: impl Fn() -> Result<(), E>,
    ) -> Result<Self, E> {
        let Epochs { splits, augment, batch, count, draw } = *epochs;
        let (total, classes) = (splits.train.len(), network.graph.classes());
        let shape = vec![count * total, classes];
        let mut outputs = Self {
            images: splits.train.clone(),
            logits: Array { values: vec![0.0; count * total * classes], shape },
        };
        let mut order = Batches::new(splits, draw.clone(), batch);
        let steps = steps_per_epoch(total, batch);
        for step in 0..count as u64 * steps {
            check()?;
            let indices = order.indices(step);
            let images = splits.training_batch(indices, augment, draw, step);
            let (images, _) = tensors::<B>(images, network.graph.input(), device);
            let logits = to_host([network.forward(images, Mode::Evaluate).logits]).concat();
            for (index, row) in indices.iter().zip(logits.chunks_exact(classes)) {
                let begin = outputs.row(*index, step / steps) * classes;
                outputs.logits.values[begin..][..classes].copy_from_slice(row);
            }
        }
        Ok(outputs)
    }

    /// What was computed for the training images of `splits`, so many times; `None` where `logits` are of other images.
    pub fn known(splits: &Splits, passes: usize, logits: Array) -> Option<Self> {
        let expected = [passes * splits.train.len(), splits.dataset.shape.classes];
        (logits.shape == expected).then(|| Self { images: splits.train.clone(), logits })
    }

    /// `[images, classes]`, in the order of the training images, for one epoch after the other.
    pub fn logits(&self) -> &Array {
        &self.logits
    }

    /// The logits `[batch, classes]` of the training images `indices` in a step of epoch `epoch` (from 0): in any the
    /// same, of images that are not augmented.
    pub(super) fn of<B: Kernel>(&self, indices: &[u32], epoch: u64, device: &B::Device) -> Tensor<B, 2> {
        let classes = self.logits.shape[1];
        let row = |index: &u32| &self.logits.values[self.row(*index, epoch) * classes..][..classes];
        let values: Vec<f32> = indices.iter().flat_map(row).copied().collect();
        Tensor::from_data(TensorData::new(values, [indices.len(), classes]), device)
    }

    /// Where the training image `index` is in epoch `epoch`.
    fn row(&self, index: u32, epoch: u64) -> usize {
        let passes = (self.logits.shape[0] / self.images.len()) as u64;
        let place = self.images.binary_search(&index).expect("a batch is of training images");
        (epoch % passes) as usize * self.images.len() + place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Source, Synthetic};
    use crate::kernel::{Flex, FlexDevice};
    use crate::model::architecture::{Mlp, Resnet};
    use crate::model::{Graph, Model, Weights};
    use crate::prune::Masks;
    use std::convert::Infallible;
    use std::sync::Arc;

    /// Two passes of different sizes.
    fn splits(image: [usize; 3]) -> Splits {
        let source = Source::Synthetic(Synthetic { image, classes: 10, train: 330, test: 1 });
        Splits::new(Arc::new(source.load().unwrap()), 0.1, 0)
    }

    /// Masks that keep one weight in so many.
    fn masks(graph: &Graph, kept_of: usize) -> Masks {
        let mut masks = Masks::full(graph, &graph.prunable());
        for mask in masks.0.values_mut() {
            *mask = (0..mask.size()).map(|index| index % kept_of == 0).collect();
        }
        masks
    }

    fn bits(logits: &Tensor<Flex, 2>) -> Vec<u32> {
        let values: Vec<f32> = logits.to_data().to_vec().unwrap();
        values.into_iter().map(f32::to_bits).collect()
    }

    /// Dense networks and pruned ones, of which some weights are stored sparse: what a batch of any size gives is what all
    /// images gave.
    #[test]
    fn an_image_has_the_same_logits_in_any_batch_to_the_last_bit() {
        let resnet = Model::Resnet(Resnet { depth: 8, width: 1 });
        let cases = [
            (Model::Mlp(Mlp { hidden: vec![100, 33] }), [1, 10, 10]),
            (Model::Lenet5, [1, 12, 12]),
            (resnet, [3, 8, 8]),
            (Model::Conv2, [1, 8, 8]),
        ];
        for (model, image) in cases {
            let splits = splits(image);
            let graph = Arc::new(model.graph(image, 10).unwrap());
            let weights = Weights::initial(&graph, &Draw::new(0, "teacher"));
            for kept_of in [1, 20] {
                let mut network = Network::<Flex>::new(Arc::clone(&graph), &weights, &FlexDevice);
                masks(&graph, kept_of).remask(&mut network);
                let check = || Ok::<(), Infallible>(());
                let Ok(outputs) = TeacherOutputs::compute(&network, &splits, &FlexDevice, check);
                for size in [1, 2, 3, 5, 8, 13, 20, 32, 50, 64, 100] {
                    let indices: Vec<u32> = (0..size)
                        .map(|place| splits.train[(place * 97 + size) % splits.train.len()])
                        .collect();
                    let (augment, draw) = (Augment::default(), Draw::new(1, "student"));
                    let batch = splits.training_batch(&indices, &augment, &draw, 3);
                    let (images, _) = tensors::<Flex>(batch, image, &FlexDevice);
                    let here = network.forward(images, Mode::Evaluate).logits;
                    let known = outputs.of::<Flex>(&indices, 7, &FlexDevice);
                    assert!(bits(&here) == bits(&known), "{model:?}, 1 of {kept_of}, {size} images");
                }
            }
        }
    }

    /// 297 images in batches of 64, of which the last of an epoch has 41, in three epochs.
    #[test]
    fn an_augmented_image_has_the_logits_of_its_epoch_to_the_last_bit() {
        let (splits, draw) = (splits([3, 8, 8]), Draw::new(0, "student"));
        let augment = Augment { crop: 2, flip: true };
        let graph = Arc::new(Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 8, 8], 10).unwrap());
        let network = Network::<Flex>::new(Arc::clone(&graph), &Weights::initial(&graph, &draw), &FlexDevice);
        let epochs = Epochs { splits: &splits, augment: &augment, batch: 64, count: 3, draw: &draw };
        let check = || Ok::<(), Infallible>(());
        let Ok(outputs) = TeacherOutputs::of_epochs(&network, &epochs, &FlexDevice, check);
        let mut order = Batches::new(&splits, draw.clone(), 64);
        for step in 0..15 {
            let indices = order.indices(step);
            let batch = splits.training_batch(indices, &augment, &draw, step);
            let (images, _) = tensors::<Flex>(batch, [3, 8, 8], &FlexDevice);
            let here = network.forward(images, Mode::Evaluate).logits;
            assert!(bits(&here) == bits(&outputs.of(indices, step / 5, &FlexDevice)), "step {step}");
        }
        let (first, next) =
            (outputs.of::<Flex>(&splits.train, 0, &FlexDevice), outputs.of(&splits.train, 1, &FlexDevice));
        assert!(bits(&first) != bits(&next));
    }

    #[test]
    fn outputs_of_other_images_are_not_known() {
        let splits = splits([1, 1, 1]);
        let logits = |images: usize| Array { shape: vec![images, 10], values: vec![0.0; 10 * images] };
        assert!(TeacherOutputs::known(&splits, 1, logits(297)).is_some());
        assert!(TeacherOutputs::known(&splits, 1, logits(298)).is_none());
        assert!(TeacherOutputs::known(&splits, 2, logits(594)).is_some());
        assert!(TeacherOutputs::known(&splits, 2, logits(297)).is_none());
    }
}
