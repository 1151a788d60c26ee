//! What a teacher says of every training image, computed once and looked up in every step.

use crate::data::{Augment, Splits};
use crate::draw::Draw;
use crate::kernel::{Kernel, to_host};
use crate::model::{Array, Mode, Network, tensors};
use burn::tensor::{Tensor, TensorData};

/// Images a pass.
const BATCH: usize = 256;

/// What a teacher says of every training image as it is: what it says of the same image in any batch, on a backend that
/// computes each image alone.
#[derive(Clone, Debug, PartialEq)]
pub struct TeacherOutputs {
    /// Indices into the data set's training images, ascending.
    images: Vec<u32>,
    /// `[images, classes]`, in the same order.
    logits: Array,
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

    /// What was computed for the training images of `splits`; `None` where `logits` are of other images.
    pub fn known(splits: &Splits, logits: Array) -> Option<Self> {
        let expected = [splits.train.len(), splits.dataset.shape.classes];
        (logits.shape == expected).then(|| Self { images: splits.train.clone(), logits })
    }

    /// `[images, classes]`, in the order of the training images.
    pub fn logits(&self) -> &Array {
        &self.logits
    }

    /// The logits `[batch, classes]` of the training images `indices`.
    pub(super) fn of<B: Kernel>(&self, indices: &[u32], device: &B::Device) -> Tensor<B, 2> {
        let classes = self.logits.shape[1];
        let row = |index: &u32| {
            let place = self.images.binary_search(index).expect("a batch is of training images");
            &self.logits.values[place * classes..][..classes]
        };
        let values: Vec<f32> = indices.iter().flat_map(row).copied().collect();
        Tensor::from_data(TensorData::new(values, [indices.len(), classes]), device)
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
                    let known = outputs.of::<Flex>(&indices, &FlexDevice);
                    assert!(bits(&here) == bits(&known), "{model:?}, 1 of {kept_of}, {size} images");
                }
            }
        }
    }

    #[test]
    fn outputs_of_other_images_are_not_known() {
        let splits = splits([1, 1, 1]);
        let logits = |images: usize| Array { shape: vec![images, 10], values: vec![0.0; 10 * images] };
        assert!(TeacherOutputs::known(&splits, logits(297)).is_some());
        assert!(TeacherOutputs::known(&splits, logits(298)).is_none());
    }
}
