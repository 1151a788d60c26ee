//! Batches of a data set on a device.

use crate::data::{Batch, Part, Selection, Splits};
use crate::kernel::{Kernel, RawImages};
use burn::tensor::{Int, Tensor, TensorData};

/// Puts batches of a data set's images on a device. Where the backend [keeps images](Kernel::keeps_images), the data set
/// is there as bytes, and of a batch only the places of its images are sent; elsewhere the host makes its images.
#[derive(Debug)]
pub struct Loader<'a, B: Kernel> {
    splits: &'a Splits,
    device: &'a B::Device,
    kept: Option<Kept<B>>,
}

/// A data set on the device.
#[derive(Debug)]
struct Kept<B: Kernel> {
    train: RawImages<B>,
    test: RawImages<B>,
}

/// A batch as the host has prepared it.
#[derive(Debug)]
pub struct Prepared {
    pixels: Pixels,
    labels: Vec<u16>,
}

#[derive(Debug)]
enum Pixels {
    Images(Vec<f32>),
    Places(Part, Vec<i32>),
}

impl<'a, B: Kernel> Loader<'a, B> {
    pub fn new(splits: &'a Splits, device: &'a B::Device) -> Self {
        let raw = |part| {
            let bytes = &splits.examples(part).images;
            RawImages::new(bytes, splits.dataset.shape.image, &splits.tables(), device)
        };
        let kept = B::keeps_images().then(|| Kept { train: raw(Part::Train), test: raw(Part::Test) });
        Self { splits, device, kept }
    }

    pub fn splits(&self) -> &Splits {
        self.splits
    }

    /// Does what the host does for `selection`; any thread may do it.
    pub fn prepare(splits: &Splits, selection: &Selection) -> Prepared {
        if B::keeps_images() {
            let pixels = Pixels::Places(selection.part, selection.places());
            return Prepared { pixels, labels: splits.labels(selection) };
        }
        let Batch { images, labels } = splits.render(selection);
        Prepared { pixels: Pixels::Images(images), labels }
    }

    /// Images [batch, height, width, channels] and labels [batch].
    pub fn load(&self, prepared: Prepared) -> (Tensor<B, 4>, Tensor<B, 1, Int>) {
        let Prepared { pixels, labels } = prepared;
        (self.images(pixels, labels.len()), labels_on(&labels, self.device))
    }

    /// So many images.
    fn images(&self, pixels: Pixels, count: usize) -> Tensor<B, 4> {
        match pixels {
            Pixels::Images(images) => images_on(images, count, self.splits.dataset.shape.image, self.device),
            Pixels::Places(part, places) => {
                let kept = self.kept.as_ref().expect("only a backend that keeps images has places prepared");
                let raw = match part {
                    Part::Train => &kept.train,
                    Part::Test => &kept.test,
                };
                B::render(raw, Tensor::from_data(TensorData::new(places, [count, 4]), self.device))
            }
        }
    }

    /// The validation images in order, in batches of `size`, and their labels.
    pub fn validation(&self, size: usize) -> impl Iterator<Item = (Tensor<B, 4>, Vec<u16>)> {
        self.splits.validation_selections(size).map(|selection| self.evaluated(&selection))
    }

    /// The test images in order, in batches of `size`, and their labels.
    pub fn test(&self, size: usize) -> impl Iterator<Item = (Tensor<B, 4>, Vec<u16>)> {
        self.splits.test_selections(size).map(|selection| self.evaluated(&selection))
    }

    /// Labels stay on the host, where an evaluation takes its sums.
    fn evaluated(&self, selection: &Selection) -> (Tensor<B, 4>, Vec<u16>) {
        let Prepared { pixels, labels } = Self::prepare(self.splits, selection);
        (self.images(pixels, labels.len()), labels)
    }
}

/// Puts a batch of images with `image` channels, height and width on `device`: images `[batch, height,
/// width, channels]` and labels `[batch]`.
pub fn tensors<B: Kernel>(
    batch: Batch,
    image: [usize; 3],
    device: &B::Device,
) -> (Tensor<B, 4>, Tensor<B, 1, Int>) {
    let labels = labels_on(&batch.labels, device);
    (images_on(batch.images, batch.labels.len(), image, device), labels)
}

fn images_on<B: Kernel>(
    images: Vec<f32>,
    count: usize,
    [channels, height, width]: [usize; 3],
    device: &B::Device,
) -> Tensor<B, 4> {
    Tensor::from_data(TensorData::new(images, [count, height, width, channels]), device)
}

fn labels_on<B: Kernel>(labels: &[u16], device: &B::Device) -> Tensor<B, 1, Int> {
    let labels: Vec<i32> = labels.iter().map(|&label| i32::from(label)).collect();
    let count = labels.len();
    Tensor::from_data(TensorData::new(labels, [count]), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Augment, Source, Synthetic};
    use crate::draw::Draw;
    use crate::kernel::{Flex, FlexDevice};
    use proptest::prelude::*;
    use std::sync::Arc;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        /// Crops may lie wholly outside of an image.
        #[test]
        fn a_device_makes_the_images_that_the_host_makes(
            image in [1..4_usize, 1..8_usize, 1..8_usize],
            crop in 0..9_usize,
            flip: bool,
            seed: u64,
        ) {
            let source = Source::Synthetic(Synthetic { image, classes: 2, train: 9, test: 3 });
            let splits = Splits::new(Arc::new(source.load().unwrap()), 0.3, seed);
            let augment = Augment { crop, flip };
            let training = splits.training_selection(&splits.train, &augment, &Draw::new(seed, "dense"), 5);
            for selection in [training, splits.test_selections(3).next().unwrap()] {
                let bytes = &splits.examples(selection.part).images;
                let raw = RawImages::<Flex>::new(bytes, image, &splits.tables(), &FlexDevice);
                let expected = splits.render(&selection).images;
                let places = TensorData::new(selection.places(), [splits.labels(&selection).len(), 4]);
                let found = Flex::render(&raw, Tensor::from_data(places, &FlexDevice));
                let found: Vec<f32> = found.into_data().to_vec().unwrap();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
