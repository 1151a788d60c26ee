//! The order in which training images are visited.

use super::Splits;
use crate::draw::Draw;

/// Images ready for a network: `images` has `labels.len()` × channels × height × width values.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    pub images: Vec<f32>,
    pub labels: Vec<u16>,
}

/// Shuffled batches, epoch after epoch, without end; step `s` can be asked for directly, so a training
/// that starts in the middle sees what it would have seen.
#[derive(Debug)]
pub struct Batches<'a> {
    splits: &'a Splits,
    draw: Draw,
    size: usize,
}

/// Steps of one epoch: the last batch may be smaller.
pub fn steps_per_epoch(images: usize, batch: usize) -> u64 {
    images.div_ceil(batch) as u64
}

impl<'a> Batches<'a> {
    pub fn new(splits: &'a Splits, draw: Draw, size: usize) -> Self {
        Self { splits, draw, size }
    }

    /// Indices of the training images of step `step` (from 0).
    pub fn indices(&mut self, step: u64) -> &[u32] {
        let _ = (&self.splits, &self.draw, self.size, step);
        todo!()
    }
}
