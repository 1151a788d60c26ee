//! What a channel gives to the layers behind it.

use super::context::default_batches;
use super::criterion::Criterion;
use super::{Assessment, Needs, ScoreLevel, ScoringContext};
use crate::kernel::Kernel;
use crate::model::NodeId;
use crate::prune::PruneError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How active an output channel is over `batches`: the mean of |a|, or with `statistic = "apoz"` one minus the
/// average percentage of zeros (Hu et al., 2016), over all images and pixels of the channel's activation a. Needs
/// one forward pass a batch; to use for whole channels, since every weight of a channel has its score.
///
/// The activation is the output of the ReLU behind the layer (behind its batch norm, the addition of a shortcut or
/// max pooling, where these are between); of a layer without one, as that of the logits, it is the output of the
/// layer or of its batch norm. The images are the training split's, in an order drawn for this round's scores
/// alone, without augmentation; batch norm uses its running statistics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Activation {
    /// Number of training batches the activations are taken from.
    #[serde(default = "default_batches")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub batches: u32,
    /// What is said of the activations of a channel.
    #[serde(default, skip_serializing_if = "Statistic::is_default")]
    pub statistic: Statistic,
}

/// What is said of the activations of a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Statistic {
    /// The mean of |a|.
    #[default]
    Mean,
    /// The share of the activations that are not zero, 1 − APoZ (Hu et al., 2016).
    Apoz,
}

impl Statistic {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What one activation adds.
    fn of(self, activation: f32) -> f64 {
        match self {
            Self::Mean => f64::from(activation.abs()),
            Self::Apoz => f64::from(u8::from(activation != 0.0)),
        }
    }
}

impl Criterion for Activation {
    fn needs(&self) -> Needs {
        Needs::Images
    }

    fn score_level(&self) -> ScoreLevel {
        ScoreLevel::Outputs
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        let graph = &*context.network.graph;
        let node = |layer: &String| graph.activation_of(layer).expect("it is a layer of the network");
        let nodes: Vec<NodeId> = context.layers.iter().map(node).collect();
        let mut sums: Vec<Vec<f64>> =
            nodes.iter().map(|&node| vec![0.0; graph.nodes()[node].shape[0]]).collect();
        let mut counts = vec![0; nodes.len()];
        for batch in context.outputs(&nodes, self.batches) {
            let (_, outputs) = batch?;
            for ((sums, count), values) in sums.iter_mut().zip(&mut counts).zip(outputs) {
                *count += values.len() / sums.len();
                for pixel in values.chunks_exact(sums.len()) {
                    let add = |(sum, &value): (&mut f64, &f32)| *sum += self.statistic.of(value);
                    sums.iter_mut().zip(pixel).for_each(add);
                }
            }
        }
        let means = sums.into_iter().zip(counts);
        let means = means.map(|(sums, count)| sums.iter().map(|sum| sum / count as f64).collect());
        Ok(context.of_outputs(means).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::Importance;
    use crate::prune::importance::testing::Toy;

    /// Every image is (1, 2), so the logits of [[2, −1], [−4, 1]] are 0 and −2, without an activation behind them.
    fn scores(statistic: Statistic) -> Vec<f32> {
        let activation = Activation { batches: 2, statistic };
        Toy::new([2.0, -1.0, -4.0, 1.0], &[0, 1]).scores(&Importance::Activation(activation))
    }

    #[test]
    fn every_weight_of_a_channel_has_the_mean_size_of_its_activations() {
        assert_eq!(scores(Statistic::Mean), [0.0, 0.0, 2.0, 2.0]);
    }

    #[test]
    fn a_channel_of_zeros_alone_matters_least() {
        assert_eq!(scores(Statistic::Apoz), [0.0, 0.0, 1.0, 1.0]);
    }
}
