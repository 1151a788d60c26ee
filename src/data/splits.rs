//! Which training images train, which validate, and how all are normalized.

use super::{Augment, Batch, Dataset};
use crate::draw::Draw;
use std::sync::Arc;

/// A data set divided by a trial's seed.
#[derive(Clone, Debug)]
pub struct Splits {
    pub dataset: Arc<Dataset>,
    /// Indices into the data set's training images.
    pub train: Vec<u32>,
    pub validation: Vec<u32>,
    /// Mean and standard deviation of each channel over `train`, in raw byte values.
    pub mean: Vec<f32>,
    pub deviation: Vec<f32>,
}

/// How many of `total` training images validate, for a share of `validation`.
pub fn held_out(total: usize, validation: f64) -> usize {
    (total as f64 * validation).round() as usize
}

impl Splits {
    /// Divides by a permutation drawn from (`seed`, validation-split).
    pub fn new(dataset: Arc<Dataset>, validation: f64, seed: u64) -> Self {
        let _ = (dataset, validation, seed);
        todo!()
    }

    /// Training images `indices`, augmented by draws of (`draw`, augmentation, `step`), normalized.
    pub fn training_batch(&self, indices: &[u32], augment: &Augment, draw: &Draw, step: u64) -> Batch {
        let _ = (indices, augment, draw, step);
        todo!()
    }

    /// The validation images in order, normalized, in batches of `size`.
    pub fn validation_batches(&self, size: usize) -> impl Iterator<Item = Batch> + '_ {
        let _ = size;
        std::iter::empty()
    }

    /// The test images in order, normalized, in batches of `size`.
    pub fn test_batches(&self, size: usize) -> impl Iterator<Item = Batch> + '_ {
        let _ = size;
        std::iter::empty()
    }
}
