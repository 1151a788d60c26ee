//! The scale of the batch norm behind a layer.

use super::criterion::Criterion;
use super::{Assessment, Needs, ScoreLevel, ScoringContext};
use crate::kernel::{Kernel, to_host};
use crate::prune::PruneError;

/// The scale |γ| behind each weight. A layer without a batch norm is scored ∞: it is the last to go.
#[derive(Debug)]
pub struct BatchNormScale;

impl Criterion for BatchNormScale {
    fn needs(&self) -> Needs {
        Needs::Weights
    }

    fn score_level(&self) -> ScoreLevel {
        ScoreLevel::Outputs
    }

    fn needs_batch_norm(&self) -> bool {
        true
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        let network = context.network;
        let norms = context.layers.iter().map(|layer| network.graph.batch_norm_of(layer));
        let of_layers = norms.zip(context.nodes()).map(|(norm, layer)| match norm {
            Some(norm) => {
                let scale = network.values(network.graph.nodes()[norm].slots.start).clone();
                to_host([scale]).remove(0).into_iter().map(|scale| f64::from(scale.abs())).collect()
            }
            None => vec![f64::INFINITY; network.graph.nodes()[layer].shape[0]],
        });
        Ok(context.of_outputs(of_layers).into())
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Array, Builder, Conv2d, Op, Trained, Weights};
    use crate::prune::Importance;
    use crate::prune::importance::testing::scores;
    use std::sync::Arc;

    // Two filters of one weight on one channel, and a linear layer of two weights without a batch norm.
    #[test]
    fn every_weight_of_a_channel_has_the_size_of_its_scale() {
        let mut builder = Builder::new([1, 1, 2], 1);
        let conv = Op::Conv2d(Conv2d { kernel: 1, padding: 0, ..Conv2d::three(2) });
        let conv = builder.add("conv1", conv, &[Builder::INPUT]).unwrap();
        let norm = builder.add("bn1", Op::BatchNorm, &[conv]).unwrap();
        let mean = builder.add("avgpool", Op::GlobalAvgPool, &[norm]).unwrap();
        let flat = builder.add("flatten", Op::Flatten, &[mean]).unwrap();
        let fc = builder.add("fc", Op::Linear { output: 1, bias: false }, &[flat]).unwrap();
        let graph = Arc::new(builder.finish(fc).unwrap());
        let arrays = graph.slots().iter().map(|slot| {
            let values = if slot.name == "bn1.weight" { vec![0.5, -2.0] } else { vec![1.0; slot.size()] };
            (slot.name.clone(), Array { shape: slot.shape.clone(), values })
        });
        let weights = Weights(arrays.collect());
        let scores = scores(&Importance::BatchNormScale, &Trained::new(graph, weights).unwrap());
        assert_eq!(scores.0["conv1"], [0.5, 2.0]);
        assert_eq!(scores.0["fc"], [f32::INFINITY; 2]);
    }
}
