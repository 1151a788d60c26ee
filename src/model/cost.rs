//! Parameters and multiply-accumulates, computed from the graph.
//!
//! MACs are those of convolutions and linear layers for one image, as Distiller and most papers count
//! them; batch norm, activations, pooling and biases are not counted.

use super::graph::{Graph, Slot};

/// What a network costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// All parameters (weights, biases, norm scale and shift), not running statistics.
    pub parameters: u64,
    /// Weights of linear and convolution layers.
    pub prunable: u64,
    pub macs: u64,
    /// Each prunable layer, in node order.
    pub layers: Vec<LayerCost>,
}

/// What one prunable layer costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerCost {
    pub name: String,
    pub weights: u64,
    /// MACs of the dense layer for one image; each weight takes part in `macs / weights` of them.
    pub macs: u64,
}

impl Cost {
    pub fn of(graph: &Graph) -> Self {
        let layers: Vec<_> = graph.slots().iter().filter_map(|slot| layer(graph, slot)).collect();
        let learned = graph.slots().iter().filter(|slot| slot.role.is_learned());
        Self {
            parameters: learned.map(|slot| slot.size() as u64).sum(),
            prunable: layers.iter().map(|layer| layer.weights).sum(),
            macs: layers.iter().map(|layer| layer.macs).sum(),
            layers,
        }
    }
}

fn layer(graph: &Graph, slot: &Slot) -> Option<LayerCost> {
    let name = graph.layer_of(slot)?.to_owned();
    let weights = slot.size() as u64;
    // Every weight is used once at each position of the output: height × width, or one.
    let positions = graph.nodes()[slot.node].shape.iter().skip(1).product::<usize>() as u64;
    Some(LayerCost { name, weights, macs: weights * positions })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::model::architecture::{Mlp, Resnet, Vgg};

    fn cost(model: Model, input: [usize; 3]) -> Cost {
        Cost::of(&model.graph(input, 10).unwrap())
    }

    /// Rounded to `digits` decimals in units of `unit`, as papers print it.
    fn rounded(number: u64, unit: f64, digits: i32) -> f64 {
        let scale = 10f64.powi(digits);
        (number as f64 / unit * scale).round() / scale
    }

    // Frankle & Carbin (2019): 266K weights.
    #[test]
    fn lenet_300_100_has_266_200_weights() {
        let cost = cost(Model::Mlp(Mlp { hidden: vec![300, 100] }), [1, 28, 28]);
        assert_eq!((cost.prunable, cost.parameters, cost.macs), (266_200, 266_610, 266_200));
    }

    // LeCun et al. (1998), with all connections between the maps of the second convolution.
    #[test]
    fn lenet_5_has_61_706_parameters() {
        assert_eq!(cost(Model::Lenet5, [1, 28, 28]).parameters, 61_706);
    }

    // Frankle & Carbin (2019), figure 2, prints 4.3M, 2.4M and 1.7M. Of Conv-6, what is described there has
    // 1,144,512 weights in convolutions (the 1.1M that is printed too) and 4,096·256 + 256·256 + 256·10 in
    // linear layers, which is 2.3M in all, as every reimplementation has it.
    #[test]
    fn conv_2_4_6_have_the_published_weights() {
        let weights =
            [Model::Conv2, Model::Conv4, Model::Conv6].map(|model| cost(model, [3, 32, 32]).prunable);
        assert_eq!(weights.map(|weights| rounded(weights, 1e6, 1)), [4.3, 2.4, 2.3]);
        assert_eq!(weights[2], 1_144_512 + 4_096 * 256 + 256 * 256 + 256 * 10);
    }

    // Distiller's table for ResNet-20 with 1×1 shortcuts.
    #[test]
    fn resnet_20_has_270_896_weights_and_40_81_million_macs() {
        let cost = cost(Model::Resnet(Resnet { depth: 20, width: 1 }), [3, 32, 32]);
        assert_eq!(cost.prunable, 270_896);
        assert_eq!(rounded(cost.macs, 1e6, 2), 40.81);
    }

    // 125.75 M, which is quoted as 125.8 M: 442,368 in the stem, 18 · 2,359,296 in the first stage,
    // 1,179,648 + 17 · 2,359,296 + 131,072 in each of the others, 640 in the output.
    #[test]
    fn resnet_56_has_860_thousand_parameters_and_125_8_million_macs() {
        let cost = cost(Model::Resnet(Resnet { depth: 56, width: 1 }), [3, 32, 32]);
        assert_eq!(rounded(cost.parameters, 1e6, 2), 0.86);
        assert_eq!(cost.macs, 125_747_840);
        assert_eq!(rounded(cost.macs, 1e6, 2), 125.75);
    }

    #[test]
    fn resnet_18_has_11_17_million_parameters_and_0_56_billion_macs() {
        let cost = cost(Model::Resnet18, [3, 32, 32]);
        assert_eq!(rounded(cost.parameters, 1e6, 2), 11.17);
        assert_eq!(rounded(cost.macs, 1e9, 2), 0.56);
    }

    // The figures that CIFAR versions of VGG-16 with batch norm and one linear layer are quoted with.
    #[test]
    fn vgg_16_has_14_7_million_parameters_and_313_million_macs() {
        let cost = cost(Model::Vgg(Vgg { depth: 16 }), [3, 32, 32]);
        assert_eq!(rounded(cost.parameters, 1e6, 1), 14.7);
        assert_eq!(rounded(cost.macs, 1e6, 0), 313.0);
    }
}
