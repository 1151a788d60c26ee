//! Initial weights, drawn on the host by name.

use super::{Array, Graph, Role, Slot, Weights};
use crate::draw::{Draw, Purpose, Random};

impl Weights {
    /// Kaiming-normal weights (He et al., 2015): N(0, 2 / fan-in), and N(0, 1 / fan-in) in the output layer,
    /// which no ReLU follows; biases 0; batch norm as the identity. Every array is drawn by its own name, so
    /// it does not depend on what else the network has, nor on the backend.
    pub fn initial(graph: &Graph, draw: &Draw) -> Self {
        let array = |slot: &Slot| {
            let gain = if slot.node == graph.output() { 1.0 } else { 2.0 };
            (slot.name.clone(), initial(slot, gain, draw))
        };
        Self(graph.slots().iter().map(array).collect())
    }
}

fn initial(slot: &Slot, gain: f64, draw: &Draw) -> Array {
    let values = match slot.role {
        Role::Weight => {
            let deviation = (gain / slot.fan_in() as f64).sqrt();
            let mut generator = draw.within(&slot.name).generator(Purpose::InitialWeights, 0);
            generator.normals().take(slot.size()).map(|normal| (normal * deviation) as f32).collect()
        }
        Role::Bias | Role::NormBias | Role::RunningMean => vec![0.0; slot.size()],
        Role::NormWeight | Role::RunningVariance => vec![1.0; slot.size()],
    };
    Array { shape: slot.shape.clone(), values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::model::architecture::{Mlp, Resnet};

    fn mlp(hidden: &[usize]) -> Graph {
        Model::Mlp(Mlp { hidden: hidden.into() }).graph([1, 20, 20], 10).unwrap()
    }

    #[test]
    fn spread_is_by_fan_in() {
        let weights = Weights::initial(&mlp(&[500]), &Draw::new(0, "dense"));
        for (name, variance) in [("fc1.weight", 2.0 / 400.0), ("fc2.weight", 1.0 / 500.0)] {
            let values = &weights.0[name].values;
            let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64;
            let square =
                values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>() / values.len() as f64;
            assert!(mean.abs() < 5e-3 && (square / variance - 1.0).abs() < 0.05, "{name}: {mean}, {square}");
        }
        assert!(weights.0["fc1.bias"].values.iter().all(|&bias| bias == 0.0));
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
