//! Initial weights, drawn on the host by name.

use super::{Array, Graph, Role, Slot, Weights};
use crate::draw::{Draw, Generator, Purpose};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the weights and biases of convolutions and linear layers are drawn before training. A layer's fan-in is
/// the number of inputs that one of its outputs sums over, in · k · k for a convolution, and its fan-out the
/// number of outputs that one input goes into, out · k · k. Batch norm starts as the identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// Weights N(0, 2 / fan-in), and N(0, 1 / fan-in) in the output layer, which no ReLU follows; biases 0 (He
    /// et al., 2015).
    #[default]
    KaimingFanIn,
    /// As torchvision's ResNets: weights of convolutions N(0, 2 / fan-out) and biases 0 (He et al., 2015);
    /// linear layers as `pytorch`.
    KaimingFanOut,
    /// Weights N(0, 2 / (fan-in + fan-out)), biases 0 (Glorot & Bengio, 2010); the networks of Frankle & Carbin
    /// (2019).
    GlorotNormal,
    /// Weights uniform within ±√(6 / (fan-in + fan-out)), biases 0 (Glorot & Bengio, 2010); the default of Keras.
    GlorotUniform,
    /// Weights and biases uniform within ±1/√fan-in: what PyTorch does where nothing is said.
    Pytorch,
}

/// What the values of an array are drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Law {
    Constant(f32),
    /// Normal with mean 0 and this variance.
    Normal(f64),
    /// Uniform between minus this and this.
    Uniform(f64),
}

impl Weights {
    /// Initial weights by the default law.
    pub fn initial(graph: &Graph, draw: &Draw) -> Self {
        Init::default().weights(graph, draw)
    }
}

impl Init {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Initial weights of `graph`. Every array is drawn by its own name, so it does not depend on what else the
    /// network has, nor on the backend.
    pub fn weights(self, graph: &Graph, draw: &Draw) -> Weights {
        let array = |slot: &Slot| {
            let values = self.law(graph, slot).values(slot.size(), &draw.within(&slot.name));
            (slot.name.clone(), Array { shape: slot.shape.clone(), values })
        };
        Weights(graph.slots().iter().map(array).collect())
    }

    fn law(self, graph: &Graph, slot: &Slot) -> Law {
        match slot.role {
            Role::NormBias | Role::RunningMean => return Law::Constant(0.0),
            Role::NormWeight | Role::RunningVariance => return Law::Constant(1.0),
            Role::Weight | Role::Bias => {}
        }
        // A layer's weight is its first array.
        let weight = &graph.slots()[graph.nodes()[slot.node].slots.start];
        let (fan_in, fan_out) = (weight.fan_in() as f64, weight.fan_out() as f64);
        let is_linear = weight.shape.len() == 2;
        match (self, slot.role) {
            (Self::Pytorch, _) => Law::Uniform((1.0 / fan_in).sqrt()),
            (Self::KaimingFanOut, _) if is_linear => Law::Uniform((1.0 / fan_in).sqrt()),
            (_, Role::Bias) => Law::Constant(0.0),
            (Self::KaimingFanIn, _) => {
                let gain = if slot.node == graph.output() { 1.0 } else { 2.0 };
                Law::Normal(gain / fan_in)
            }
            (Self::KaimingFanOut, _) => Law::Normal(2.0 / fan_out),
            (Self::GlorotNormal, _) => Law::Normal(2.0 / (fan_in + fan_out)),
            (Self::GlorotUniform, _) => Law::Uniform((6.0 / (fan_in + fan_out)).sqrt()),
        }
    }
}

/// `count` values uniform within ±`bound`, drawn by the name `draw`: for what is trained beside a network.
pub fn uniform(bound: f64, count: usize, draw: &Draw) -> Vec<f32> {
    Law::Uniform(bound).values(count, draw)
}

impl Law {
    fn values(self, count: usize, draw: &Draw) -> Vec<f32> {
        let mut generator = draw.generator(Purpose::InitialWeights, 0);
        match self {
            Self::Constant(value) => vec![value; count],
            Self::Normal(variance) => {
                let deviation = variance.sqrt();
                generator.normals().take(count).map(|normal| (normal * deviation) as f32).collect()
            }
            Self::Uniform(bound) => {
                (0..count).map(|_| (bound * (2.0 * generator.uniform() - 1.0)) as f32).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::model::architecture::{Mlp, Resnet};

    fn mlp(hidden: &[usize]) -> Graph {
        Model::Mlp(Mlp { hidden: hidden.into() }).graph([1, 20, 20], 10).unwrap()
    }

    /// The law of each layer's weight and bias in LeNet-5 on images of 28 × 28: conv1 has 6 · 1 · 5 · 5 weights,
    /// fc3 10 · 84.
    fn laws(init: Init) -> [Law; 4] {
        let graph = Model::Lenet5.graph([1, 28, 28], 10).unwrap();
        ["conv1.weight", "conv1.bias", "fc3.weight", "fc3.bias"].map(|name| {
            let slot = graph.slots().iter().find(|slot| slot.name == name).unwrap();
            init.law(&graph, slot)
        })
    }

    // Fan-in 25 and fan-out 6 · 25 = 150 of conv1, 84 and 10 of fc3: what PyTorch's
    // `_calculate_fan_in_and_fan_out` gives. Variances and bounds by the formulas of `kaiming_normal_`,
    // `xavier_normal_`, `xavier_uniform_` and of the layers' own `reset_parameters`.
    #[test]
    fn laws_are_those_of_the_papers() {
        let zero = Law::Constant(0.0);
        let cases = [
            (Init::KaimingFanIn, [Law::Normal(2.0 / 25.0), zero, Law::Normal(1.0 / 84.0), zero]),
            (
                Init::KaimingFanOut,
                [Law::Normal(2.0 / 150.0), zero, Law::Uniform(0.109_108_9), Law::Uniform(0.109_108_9)],
            ),
            (Init::GlorotNormal, [Law::Normal(2.0 / 175.0), zero, Law::Normal(2.0 / 94.0), zero]),
            (Init::GlorotUniform, [Law::Uniform(0.185_164_0), zero, Law::Uniform(0.252_645_6), zero]),
            (
                Init::Pytorch,
                [Law::Uniform(0.2), Law::Uniform(0.2), Law::Uniform(0.109_108_9), Law::Uniform(0.109_108_9)],
            ),
        ];
        for (init, expected) in cases {
            for (found, expected) in laws(init).into_iter().zip(expected) {
                let near = match (found, expected) {
                    (Law::Constant(found), Law::Constant(expected)) => found == expected,
                    (Law::Normal(found), Law::Normal(expected))
                    | (Law::Uniform(found), Law::Uniform(expected)) => (found - expected).abs() < 1e-7,
                    _ => false,
                };
                assert!(near, "{found:?} is not {expected:?} with {init:?}");
            }
        }
    }

    /// Of 200,000 values the mean lies within five standard deviations of 0 and the mean square within five of
    /// the variance: v for a normal law, b² / 3 for a uniform one, whose values stay within its bound.
    #[test]
    fn values_follow_their_law() {
        let draw = Draw::new(0, "dense");
        for (law, variance, bound, kurtosis) in
            [(Law::Normal(0.01), 0.01, f32::MAX, 3.0), (Law::Uniform(0.3), 0.03, 0.3, 1.8)]
        {
            let values = law.values(200_000, &draw);
            let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / 2e5;
            let square = values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>() / 2e5;
            assert!(mean.abs() < 5.0 * (variance / 2e5_f64).sqrt(), "{law:?}: {mean}");
            let spread = variance * ((kurtosis - 1.0) / 2e5_f64).sqrt();
            assert!((square - variance).abs() < 5.0 * spread, "{law:?}: {square}");
            assert!(values.iter().all(|value| value.abs() <= bound), "{law:?}");
        }
    }

    // N(0, 2/400) and N(0, 1/8), by the polar method from the streams of the arrays' names: worked out in
    // Python from the formulas in `draw`.
    #[test]
    fn the_same_name_gives_the_same_weights_for_ever() {
        let weights = Weights::initial(&mlp(&[8]), &Draw::new(7, "dense"));
        let first = |name: &str| weights.0[name].values[..4].to_vec();
        assert_eq!(first("fc1.weight"), [0.025_971_834, -0.124_255_92, -0.084_543_75, -0.034_251_783]);
        assert_eq!(first("fc2.weight"), [0.441_181_33, -0.067_480_66, 0.609_159_4, -0.461_057_13]);
    }

    #[test]
    fn an_array_depends_on_its_name_alone() {
        let draw = Draw::new(7, "dense");
        let (small, large) = (Weights::initial(&mlp(&[8]), &draw), Weights::initial(&mlp(&[8, 8]), &draw));
        assert_eq!(small.0["fc1.weight"], large.0["fc1.weight"]);
        assert_ne!(small, Weights::initial(&mlp(&[8]), &Draw::new(8, "dense")));
        assert_ne!(small, Weights::initial(&mlp(&[8]), &Draw::new(7, "student")));
    }

    #[test]
    fn batch_norm_starts_as_the_identity() {
        let graph = Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 8, 8], 10).unwrap();
        let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        for (part, value) in [("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)] {
            assert!(weights.0[&format!("bn1.{part}")].values.iter().all(|&found| found == value));
        }
    }
}
