//! A graph's parameters on the host.

use super::{Graph, Slot};
use indexmap::IndexMap;

/// One array of 32-bit floats, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// Arrays by name, in the order of [`Graph::slots`]: parameters and running statistics, named as in a
/// PyTorch state dict.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights(pub IndexMap<String, Array>);

/// Weights that do not fit.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("these weights are of another network: {}", .0.join("; "))]
pub struct WeightsError(Vec<String>);

impl Weights {
    /// Checks that names and shapes are those of `graph`, and puts them in its order.
    pub fn for_graph(mut self, graph: &Graph) -> Result<Self, WeightsError> {
        let mut problems = Vec::new();
        let mut ordered = IndexMap::new();
        for slot in graph.slots() {
            let Slot { name, shape, .. } = slot;
            match self.0.shift_remove(name) {
                None => problems.push(format!("`{name}` is missing")),
                Some(array) if array.shape != *shape => {
                    problems.push(format!("`{name}` is {:?}, not {shape:?}", array.shape));
                }
                Some(Array { values, .. }) if values.len() != slot.size() => {
                    problems.push(format!("`{name}` of {shape:?} has {} values", values.len()));
                }
                Some(array) => {
                    ordered.insert(name.clone(), array);
                }
            }
        }
        problems.extend(self.0.keys().map(|name| format!("`{name}` is not in the network")));
        if problems.is_empty() { Ok(Self(ordered)) } else { Err(WeightsError(problems)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;
    use crate::model::Model;
    use crate::model::architecture::Mlp;

    fn graph(hidden: &[usize]) -> Graph {
        Model::Mlp(Mlp { hidden: hidden.into() }).graph([1, 2, 2], 3).unwrap()
    }

    #[test]
    fn weights_of_the_network_come_back_in_its_order() {
        let graph = graph(&[5]);
        let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        let mut shuffled = weights.clone();
        shuffled.0.reverse();
        let ordered = shuffled.for_graph(&graph).unwrap();
        assert!(ordered.0.keys().eq(weights.0.keys()));
        assert_eq!(ordered, weights);
    }

    #[test]
    fn every_difference_to_another_network_is_named() {
        let weights = Weights::initial(&graph(&[5, 6]), &Draw::new(0, "dense"));
        let error = weights.for_graph(&graph(&[5])).unwrap_err().to_string();
        assert_eq!(
            error,
            "these weights are of another network: `fc2.weight` is [6, 5], not [3, 5]; `fc2.bias` is [6], not [3]; \
             `fc3.weight` is not in the network; `fc3.bias` is not in the network"
        );
    }
}
