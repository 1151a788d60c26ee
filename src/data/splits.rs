//! Which training images train, which validate, and how all are normalized.

use super::augment::Placement;
use super::normalization::{moments, table};
use super::{Augment, Batch, Dataset, Examples, Part, Selection};
use crate::draw::{Draw, Generator, Purpose};
use std::sync::Arc;

/// A data set divided by a trial's seed.
#[derive(Clone, Debug)]
pub struct Splits {
    pub dataset: Arc<Dataset>,
    /// Indices into the data set's training images, ascending.
    pub train: Vec<u32>,
    /// Indices into the data set's training images, ascending, and none of `train`.
    pub validation: Vec<u32>,
    /// Mean and standard deviation of each channel over `train`, in raw byte values.
    pub mean: Vec<f32>,
    pub deviation: Vec<f32>,
}

/// How many of `total` training images validate, for a share of `validation`: rounded to the nearest,
/// but at least one image is left to train.
pub fn held_out(total: usize, validation: f64) -> usize {
    ((total as f64 * validation).round() as usize).min(total.saturating_sub(1))
}

impl Splits {
    /// Divides by a permutation drawn from (`seed`, validation-split): its first [`held_out`] images
    /// validate. So a larger share holds out those of a smaller one, and more.
    pub fn new(dataset: Arc<Dataset>, validation: f64, seed: u64) -> Self {
        let total = u32::try_from(dataset.shape.train).expect("data sets have fewer than 2³² images");
        let mut order: Vec<u32> = (0..total).collect();
        Draw::new(seed, "data").generator(Purpose::ValidationSplit, 0).shuffle(&mut order);
        let mut train = order.split_off(held_out(order.len(), validation));
        let mut validation = order;
        train.sort_unstable();
        validation.sort_unstable();
        let (mean, deviation) = moments(&dataset.train, &dataset.shape, &train);
        Self { dataset, train, validation, mean, deviation }
    }

    /// Training images `indices`, augmented by draws of (`draw`, augmentation, `step`), normalized.
    /// Draws are made image by image in the order of `indices`.
    pub fn training_batch(&self, indices: &[u32], augment: &Augment, draw: &Draw, step: u64) -> Batch {
        self.render(&self.training_selection(indices, augment, draw, step))
    }

    /// What [`training_batch`](Self::training_batch) has.
    pub fn training_selection(
        &self,
        indices: &[u32],
        augment: &Augment,
        draw: &Draw,
        step: u64,
    ) -> Selection {
        let mut generator = draw.generator(Purpose::Augmentation, step);
        let placed = indices.iter().map(|&index| (index, augment.place(&mut generator)));
        Selection { part: Part::Train, placed: placed.collect() }
    }

    /// The validation images in order, in batches of `size`.
    pub fn validation_selections(&self, size: usize) -> impl Iterator<Item = Selection> + '_ {
        self.validation.chunks(size).map(|indices| as_they_are(Part::Train, indices.iter().copied()))
    }

    /// The test images in order, in batches of `size`.
    pub fn test_selections(&self, size: usize) -> impl Iterator<Item = Selection> + '_ {
        let total = u32::try_from(self.dataset.shape.test).expect("data sets have fewer than 2³² images");
        (0..total).step_by(size).map(move |begin| {
            let end = total.min(begin.saturating_add(u32::try_from(size).unwrap_or(u32::MAX)));
            as_they_are(Part::Test, begin..end)
        })
    }

    /// All images and labels of a part of the data set.
    pub fn examples(&self, part: Part) -> &Examples {
        match part {
            Part::Train => &self.dataset.train,
            Part::Test => &self.dataset.test,
        }
    }

    /// The labels of `selection`.
    pub fn labels(&self, selection: &Selection) -> Vec<u16> {
        let labels = &self.examples(selection.part).labels;
        selection.placed.iter().map(|&(index, _)| labels[index as usize]).collect()
    }

    /// For each channel, the normalized value of every byte.
    pub fn tables(&self) -> Vec<[f32; 256]> {
        self.mean.iter().zip(&self.deviation).map(|(&mean, &deviation)| table(mean, deviation)).collect()
    }

    /// The images of `selection`, moved and normalized.
    pub fn render(&self, selection: &Selection) -> Batch {
        let (from, shape) = (self.examples(selection.part), &self.dataset.shape);
        let [channels, _, width] = shape.image;
        let (values, plane) = (shape.values(), shape.plane());
        let tables = self.tables();
        let mut images = vec![0.0; selection.placed.len() * values];
        for (&(index, placement), out) in selection.placed.iter().zip(images.chunks_exact_mut(values)) {
            let image = &from.images[index as usize * values..][..values];
            for (channel, (plane, table)) in image.chunks_exact(plane).zip(&tables).enumerate() {
                placement.render(plane, width, table, [channel, channels], out);
            }
        }
        Batch { images, labels: self.labels(selection) }
    }
}

/// Images that are not moved.
fn as_they_are(part: Part, indices: impl Iterator<Item = u32>) -> Selection {
    Selection { part, placed: indices.map(|index| (index, Placement::default())).collect() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::data::Shape;

    /// Images of 1×1×2 pixels; image i is (2i, 2i + 2), its label i mod 3; then `test` more.
    fn dataset(train: usize, test: usize) -> Arc<Dataset> {
        let shape = Shape { image: [1, 1, 2], classes: 3, train, test };
        let examples = |range: std::ops::Range<usize>| Examples {
            images: range.clone().flat_map(|i| [(2 * i) as u8, (2 * i + 2) as u8]).collect(),
            labels: range.map(|i| (i % 3) as u16).collect(),
        };
        Arc::new(Dataset::new(shape, examples(0..train), examples(train..train + test)))
    }

    fn draw() -> Draw {
        Draw::new(0, "dense")
    }

    proptest! {
        #[test]
        fn every_image_is_in_exactly_one_split(total in 1_usize..120, share in 0.0..=0.9, seed: u64) {
            let splits = Splits::new(dataset(total, 0), share, seed);
            prop_assert_eq!(splits.validation.len(), held_out(total, share));
            prop_assert!(!splits.train.is_empty());
            prop_assert!(splits.train.is_sorted() && splits.validation.is_sorted());
            let mut all = [splits.train, splits.validation].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..total as u32).collect::<Vec<_>>());
        }

        #[test]
        fn a_larger_share_holds_out_those_of_a_smaller_one(large in 0.0..=0.9, part in 0.0..=1.0, seed: u64) {
            let small = large * part;
            let of = |share| Splits::new(dataset(60, 0), share, seed).validation;
            let large = of(large);
            prop_assert!(of(small).iter().all(|index| large.contains(index)));
        }
    }

    #[test]
    fn the_seed_alone_decides_the_split() {
        let of = |seed| Splits::new(dataset(100, 0), 0.3, seed).validation;
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn held_out_rounds_and_leaves_one_to_train() {
        assert_eq!(held_out(3823, 0.1), 382);
        assert_eq!(held_out(60_000, 0.1), 6_000);
        assert_eq!(held_out(15, 0.1), 2);
        assert_eq!(held_out(10, 0.0), 0);
        assert_eq!(held_out(1, 0.9), 0);
        assert_eq!(held_out(0, 0.9), 0);
    }

    /// Without validation, images 0 and 1 are 0, 2, 2, 4: mean 2, deviation √2.
    #[test]
    fn normalization_is_by_the_training_images() {
        let splits = Splits::new(dataset(2, 1), 0.0, 0);
        assert_eq!((&splits.mean[..], &splits.deviation[..]), (&[2.0][..], &[2.0_f32.sqrt()][..]));
        let batch = splits.training_batch(&[1, 0], &Augment::default(), &draw(), 0);
        let one = 2.0 / 2.0_f32.sqrt();
        assert_eq!(batch, Batch { images: vec![0.0, one, -one, 0.0], labels: vec![1, 0] });
        let test: Vec<Batch> = splits.test_selections(8).map(|test| splits.render(&test)).collect();
        assert_eq!(test, [Batch { images: vec![one, 4.0 / 2.0_f32.sqrt()], labels: vec![2] }]);
    }

    #[test]
    fn validation_images_do_not_enter_the_normalization() {
        let splits = Splits::new(dataset(2, 0), 0.5, 0);
        let [left] = splits.train[..] else { panic!("one of two is left") };
        assert_eq!((splits.mean[0], splits.deviation[0]), (2.0 * left as f32 + 1.0, 1.0));
    }

    #[test]
    fn evaluation_batches_cover_their_split_in_order() {
        let splits = Splits::new(dataset(10, 5), 0.4, 7);
        let labels = |selections: Vec<Selection>| -> Vec<Vec<u16>> {
            selections.iter().map(|selection| splits.labels(selection)).collect()
        };
        assert_eq!(labels(splits.test_selections(2).collect()), [vec![1, 2], vec![0, 1], vec![2]]);
        assert_eq!(labels(splits.test_selections(100).collect()), [vec![1, 2, 0, 1, 2]]);
        let expected: Vec<u16> = splits.validation.iter().map(|index| (index % 3) as u16).collect();
        let found = labels(splits.validation_selections(3).collect());
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(found.concat(), expected);
    }

    #[test]
    fn no_validation_means_no_batches() {
        assert_eq!(Splits::new(dataset(4, 1), 0.0, 0).validation_selections(2).count(), 0);
    }

    #[test]
    fn augmentation_depends_on_the_step_and_on_nothing_before_it() {
        let splits = Splits::new(dataset(32, 0), 0.0, 0);
        let augment = Augment { crop: 1, flip: true };
        let batch = |step| splits.training_batch(&splits.train, &augment, &draw(), step);
        let third = batch(3);
        assert_ne!(batch(2), third);
        assert_eq!(batch(3), third);
    }
}
