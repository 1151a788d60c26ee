//! The order in which training images are visited.

use super::Splits;
use crate::draw::{Draw, Generator, Purpose};

/// Shuffled batches, epoch after epoch, without end. Step `s` can be asked for directly, so a training
/// that starts in the middle sees the same batches as one that started at step 0.
#[derive(Debug)]
pub struct Batches<'a> {
    splits: &'a Splits,
    draw: Draw,
    size: usize,
    order: Vec<u32>,
    /// The epoch whose order is in `order`.
    epoch: Option<u64>,
}

/// Steps of one epoch: the last batch may be smaller.
pub fn steps_per_epoch(images: usize, batch: usize) -> u64 {
    images.div_ceil(batch) as u64
}

impl<'a> Batches<'a> {
    /// Batches of `size` images of `splits.train`, in the order of (`draw`, batch-order, epoch).
    pub fn new(splits: &'a Splits, draw: Draw, size: usize) -> Self {
        Self { splits, draw, size, order: Vec::new(), epoch: None }
    }

    /// Indices of the training images of step `step` (from 0).
    pub fn indices(&mut self, step: u64) -> &[u32] {
        let steps = steps_per_epoch(self.splits.train.len(), self.size);
        let (epoch, within) = (step / steps, step % steps);
        if self.epoch != Some(epoch) {
            self.order.clone_from(&self.splits.train);
            self.draw.generator(Purpose::BatchOrder, epoch).shuffle(&mut self.order);
            self.epoch = Some(epoch);
        }
        let within = usize::try_from(within).expect("a step within an epoch is below the number of images");
        self.order.chunks(self.size).nth(within).expect("an epoch has a batch for each of its steps")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::{Source, Synthetic};

    fn splits() -> Splits {
        let synthetic = Synthetic { image: [1, 1, 1], classes: 2, train: 10, test: 1 };
        Splits::new(Arc::new(Source::Synthetic(synthetic).load().unwrap()), 0.3, 0)
    }

    fn draw() -> Draw {
        Draw::new(0, "dense")
    }

    #[test]
    fn an_epoch_counts_its_last_small_batch() {
        assert_eq!(steps_per_epoch(7, 3), 3);
        assert_eq!(steps_per_epoch(6, 3), 2);
        assert_eq!(steps_per_epoch(2, 3), 1);
    }

    #[test]
    fn each_epoch_visits_every_training_image_once_in_its_own_order() {
        let splits = splits();
        let mut batches = Batches::new(&splits, draw(), 3);
        let mut epoch = |from: u64| {
            let steps: Vec<Vec<u32>> = (from..from + 3).map(|step| batches.indices(step).to_vec()).collect();
            assert_eq!(steps.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
            steps.concat()
        };
        let (first, second) = (epoch(0), epoch(3));
        assert_ne!(first, second);
        for mut order in [first, second] {
            order.sort_unstable();
            assert_eq!(order, splits.train);
        }
    }

    #[test]
    fn a_step_asked_for_directly_is_the_step_reached_in_order() {
        let splits = splits();
        let mut sequential = Batches::new(&splits, draw(), 3);
        let all: Vec<Vec<u32>> = (0..12).map(|step| sequential.indices(step).to_vec()).collect();
        for step in [11, 0, 7, 4] {
            let mut direct = Batches::new(&splits, draw(), 3);
            assert_eq!(direct.indices(step), all[step as usize]);
            assert_eq!(sequential.indices(step), all[step as usize]);
        }
    }

    #[test]
    fn the_scope_changes_the_order() {
        let splits = splits();
        let order = |scope| Batches::new(&splits, Draw::new(0, scope), 7).indices(0).to_vec();
        assert_eq!(order("dense"), order("dense"));
        assert_ne!(order("dense"), order("sparse"));
    }
}
