//! Running statistics of batch norm, computed anew.

use super::TrainError;
use crate::data::{Augment, Batches, Splits};
use crate::draw::Draw;
use crate::kernel::Kernel;
use crate::model::{Network, tensors};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The running statistics of every batch norm are computed anew, and no weight changes: pruning shifts what a
/// layer gives, and statistics of the network before it no longer fit. Each becomes the mean over the batches of
/// the batch's mean, and of its unbiased variance, as PyTorch has with `momentum=None` after
/// `reset_running_stats` (and `torch.optim.swa_utils.update_bn`). The batches are of the training images, augmented
/// as in training, in an order drawn for this purpose.
///
/// Alone it takes the place of a training: a recovery with it trains only where it says how long (`epochs`,
/// `steps`, `rewind` or `lr-rewind`), and elsewhere settings of a training are errors. After a training it is done
/// to the network that `keep` chose, which is then measured; the history has the training's own evaluations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Recalibrate {
    /// Number of training batches.
    #[serde(default = "default_batches")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub batches: u32,
}

fn default_batches() -> u32 {
    100
}

/// The images on which statistics are taken.
pub(super) struct Images<'a> {
    pub splits: &'a Splits,
    pub augment: &'a Augment,
    /// Images a batch.
    pub batch: usize,
    /// Names the draws of the training, or of the round that it recovers from.
    pub draw: &'a Draw,
}

impl Recalibrate {
    /// Replaces the running statistics of `network`; `check` says before every batch whether to go on.
    pub(super) fn apply<B: Kernel>(
        self,
        network: &mut Network<B>,
        images: &Images<'_>,
        device: &B::Device,
        check: impl Fn() -> Result<(), TrainError>,
    ) -> Result<(), TrainError> {
        let Images { splits, augment, batch, draw } = *images;
        let draw = draw.within("recalibration");
        let mut order = Batches::new(splits, draw.clone(), batch);
        for step in 0..u64::from(self.batches) {
            check()?;
            let batch = splits.training_batch(order.indices(step), augment, &draw, step);
            let (images, _) = tensors::<B>(batch, network.graph.input(), device);
            // The mean of n batches is (1 − 1/n) of the mean of those before and 1/n of the last.
            for (slot, values) in network.running_statistics(images, 1.0 / (step + 1) as f64) {
                network.parameters[slot].set_values(values);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Source, Synthetic};
    use crate::kernel::{Flex, FlexDevice};
    use crate::model::{Builder, Op, Trained, Weights};
    use std::sync::Arc;

    /// A batch norm on images of one pixel: three batches of two, whose means and unbiased variances are averaged
    /// here from the images themselves.
    #[test]
    fn statistics_are_the_means_of_those_of_the_batches() {
        let mut builder = Builder::new([1, 1, 1], 1);
        let norm = builder.add("bn1", Op::BatchNorm, &[Builder::INPUT]).unwrap();
        let flat = builder.add("flatten", Op::Flatten, &[norm]).unwrap();
        let graph = Arc::new(builder.finish(flat).unwrap());
        let synthetic = Synthetic { image: [1, 1, 1], classes: 2, train: 6, test: 2 };
        let splits = Splits::new(Arc::new(Source::Synthetic(synthetic).load().unwrap()), 0.0, 0);
        let draw = Draw::new(0, "sparse#1");
        let mut weights = Weights::initial(&graph, &draw);
        weights.0["bn1.running_mean"].values = vec![100.0];
        weights.0["bn1.running_var"].values = vec![100.0];
        let mut network = Network::<Flex>::from_trained(&Trained::new(graph, weights).unwrap(), &FlexDevice);
        let images = Images { splits: &splits, augment: &Augment::default(), batch: 2, draw: &draw };
        Recalibrate { batches: 3 }.apply(&mut network, &images, &FlexDevice, || Ok(())).unwrap();

        let draw = draw.within("recalibration");
        let mut order = Batches::new(&splits, draw.clone(), 2);
        let (mut mean, mut variance) = (0.0, 0.0);
        for step in 0..3 {
            let batch = splits.training_batch(order.indices(step), &Augment::default(), &draw, step);
            let [a, b] = [0, 1].map(|index| f64::from(batch.images[index]));
            mean += (a + b) / 2.0 / 3.0;
            variance += (a - b).powi(2) / 2.0 / 3.0;
        }
        let weights = network.weights();
        let found = ["bn1.running_mean", "bn1.running_var"].map(|name| f64::from(weights.0[name].values[0]));
        assert!((found[0] - mean).abs() < 1e-6 && (found[1] - variance).abs() < 1e-6, "{found:?}");
        assert_eq!((weights.0["bn1.weight"].values[0], weights.0["bn1.bias"].values[0]), (1.0, 0.0));
    }
}
