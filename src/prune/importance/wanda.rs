//! Weights and activations.

use super::context::default_batches;
use super::criterion::Criterion;
use super::{Assessment, Needs, ScoringContext};
use crate::kernel::Kernel;
use crate::model::{Conv2d, Graph, NodeId, Op};
use crate::prune::PruneError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// |wᵢⱼ| · ‖xⱼ‖₂: the size of a weight times that of the input that it meets, over `batches` (Sun et al.,
/// 2024). Needs one forward pass a batch and no gradient; to use where inputs are of very different sizes, and
/// to prune without a training afterwards.
///
/// ‖xⱼ‖₂ is √((1 / N) Σ xⱼ²) over the N images of all batches, as the authors' code has it: the number of
/// images changes no order. A convolution is a linear layer on its unfolded input: for the weight of channel c
/// at position (y, x) of the kernel, the sum is over those pixels of c that this position meets. The paper
/// compares weights within each output: say `normalization = "output-rank"` with `allocation = "uniform"`. By
/// default they compare across the network. The images are the training split's, in an order drawn for this
/// round's scores alone, without augmentation; batch norm uses its running statistics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Wanda {
    /// Number of training batches the inputs are taken from.
    #[serde(default = "default_batches")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub batches: u32,
}

impl Criterion for Wanda {
    fn needs(&self) -> Needs {
        Needs::Images
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        let graph = &*context.network.graph;
        let layers = context.nodes();
        let inputs: Vec<NodeId> = layers.iter().map(|&layer| graph.nodes()[layer].inputs[0]).collect();
        let size = |&node: &NodeId| graph.nodes()[node].shape.iter().product::<usize>();
        // For each value of an image the sum of its squares over all images.
        let mut squares: Vec<Vec<f64>> = inputs.iter().map(|node| vec![0.0; size(node)]).collect();
        let mut images = 0;
        for batch in context.outputs(&inputs, self.batches) {
            let (count, outputs) = batch?;
            images += count;
            for (squares, values) in squares.iter_mut().zip(outputs) {
                for image in values.chunks_exact(squares.len()) {
                    let add = |(sum, &value): (&mut f64, &f32)| *sum += f64::from(value) * f64::from(value);
                    squares.iter_mut().zip(image).for_each(add);
                }
            }
        }
        let weights = layers.iter().zip(squares).zip(context.weights());
        let scores = weights.map(|((&layer, squares), weight)| {
            let norms = met(graph, layer, &squares).into_iter().map(|sum| (sum / images as f64).sqrt());
            scores(&weight.values, weight.shape[0], &norms.collect::<Vec<_>>())
        });
        Ok(context.of_layers(scores).into())
    }
}

/// |w| times the norm of what it meets, for a weight of `outputs` filters. The `norms` are of all input channels,
/// of which those of a filter are its group's.
fn scores(weights: &[f32], outputs: usize, norms: &[f64]) -> Vec<f32> {
    let filter = weights.len() / outputs;
    let groups = norms.len() / filter;
    let of_output = |output: usize| &norms[output * groups / outputs * filter..][..filter];
    let filters = weights.chunks_exact(filter).enumerate();
    filters
        .flat_map(|(output, filter)| filter.iter().zip(of_output(output)))
        .map(|(weight, norm)| (f64::from(weight.abs()) * norm) as f32)
        .collect()
}

/// The sum of what each input of `layer` meets, [inputs, kernel, kernel], from what there is for each value of an
/// image, [height, width, inputs]. Zero padding adds nothing.
fn met(graph: &Graph, layer: NodeId, squares: &[f64]) -> Vec<f64> {
    let node = &graph.nodes()[layer];
    let (&Op::Conv2d(Conv2d { kernel, stride, padding, .. }), [inputs, height, width], [_, rows, columns]) =
        (&node.op, &graph.nodes()[node.inputs[0]].shape[..], &node.shape[..])
    else {
        return squares.to_vec();
    };
    let mut sums = Vec::with_capacity(inputs * kernel * kernel);
    // The pixels along one side that a position of the kernel meets.
    let pixels = |position: usize, outputs: usize, size: usize| {
        let padded = (0..outputs).map(move |output| output * stride + position);
        padded.filter_map(move |at| at.checked_sub(padding)).filter(move |&at| at < size)
    };
    for channel in 0..*inputs {
        for y in 0..kernel {
            for x in 0..kernel {
                let pixels = pixels(y, *rows, *height)
                    .flat_map(|row| pixels(x, *columns, *width).map(move |column| (row, column)));
                sums.push(
                    pixels.map(|(row, column)| squares[(row * width + column) * inputs + channel]).sum(),
                );
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Builder;
    use crate::prune::Importance;
    use crate::prune::importance::testing::Toy;

    // Every image is x = (1, 2), so the norms are 1 and 2 whatever their number.
    #[test]
    fn is_the_size_of_the_weight_times_that_of_its_input() {
        for batches in [1, 3] {
            let scores =
                Toy::new([2.0, -1.0, -4.0, 0.5], &[0, 1, 0]).scores(&Importance::Wanda(Wanda { batches }));
            assert_eq!(scores, [2.0, 2.0, 4.0, 1.0]);
        }
    }

    // A 3×3 kernel with stride 2 on 3×3 pixels padded by 1 has 2×2 outputs, whose centers are the corners. The
    // center of the kernel meets the four corners, 1 + 3 + 7 + 9; its upper left position meets the middle pixel
    // alone, and the position above the center the middle of the left and of the right side, 4 + 6.
    #[test]
    fn a_position_of_a_kernel_meets_the_pixels_under_it() {
        let mut builder = Builder::new([1, 3, 3], 4);
        let conv = Op::Conv2d(Conv2d { stride: 2, ..Conv2d::three(1) });
        let conv = builder.add("conv1", conv, &[Builder::INPUT]).unwrap();
        let flat = builder.add("flatten", Op::Flatten, &[conv]).unwrap();
        let graph = builder.finish(flat).unwrap();
        let squares = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
        assert_eq!(met(&graph, conv, &squares), [5.0, 10.0, 5.0, 10.0, 20.0, 10.0, 5.0, 10.0, 5.0]);
    }

    // Two groups of one input and two outputs each.
    #[test]
    fn a_filter_meets_the_inputs_of_its_group() {
        assert_eq!(scores(&[1.0, -2.0, 3.0, 4.0], 4, &[10.0, 100.0]), [10.0, 20.0, 300.0, 400.0]);
    }
}
