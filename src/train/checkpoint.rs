//! The state of a training after some step: enough to go on exactly as it would have.

use crate::distill::{is_beside, is_temperature};
use crate::model::{Array, Graph, Slice, Trained};
use crate::prune::Masks;
use indexmap::IndexMap;
use std::sync::Arc;

/// Network, masks and optimizer state after `step` steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub step: u64,
    /// Its masked weights are zero.
    pub network: Trained,
    pub masks: Masks,
    /// Optimizer state by name, `momentum_buffer.fc1.weight`; empty before the first step.
    pub optimizer: IndexMap<String, Array>,
    /// Arrays that the loss trains or keeps beside the network, `loss/features/layer2/weight`; empty where it has none.
    pub beside: IndexMap<String, Array>,
    /// The step at which the optimizer state was empty: bias corrections count from it.
    pub fresh_at: u64,
}

impl Checkpoint {
    /// The start of a training of `network`, with every weight kept and no optimizer state.
    pub fn start(network: Trained) -> Self {
        let (optimizer, beside) = (IndexMap::new(), IndexMap::new());
        Self { step: 0, network, masks: Masks::default(), optimizer, beside, fresh_at: 0 }
    }

    /// The same network as the start of a training from step `step` on, with an empty optimizer state.
    pub fn afresh(self, step: u64) -> Self {
        Self { step, optimizer: IndexMap::new(), fresh_at: step, ..self }
    }

    /// The same of the smaller network of `graph`, to which `slice` leads: weights and optimizer state. What the
    /// loss trained beside the network is as it was: where that is of what is gone, its shape no longer fits.
    pub fn sliced(self, slice: &Slice, graph: &Arc<Graph>) -> Self {
        if slice.is_whole() {
            return self;
        }
        let masks = self.masks.sliced(self.network.graph(), slice);
        let network = Trained::new(Arc::clone(graph), slice.weights(self.network.weights()));
        let network = network.expect("the slice leads from the checkpoint's network to the graph");
        let of_slot = |(name, array): (String, Array)| {
            let (_, slot) = name.split_once('.').expect("state is named for what it is and its slot");
            let left = if is_beside(slot) { array } else { slice.array(slot, &array)? };
            Some((name, left))
        };
        let optimizer = self.optimizer.into_iter().filter_map(of_slot).collect();
        Self { network, masks, optimizer, ..self }
    }

    /// The same for other terms that look inside, or other teachers: what was trained or kept for these is left out, and
    /// temperatures that are learned stay.
    pub fn without_inside(mut self) -> Self {
        let is_left = |name: &str| !is_beside(name) || is_temperature(name);
        self.beside.retain(|name, _| is_left(name));
        self.optimizer.retain(|name, _| name.split_once('.').is_none_or(|(_, slot)| is_left(slot)));
        self
    }

    /// The same with these masks: masked weights become zero.
    pub fn masked(self, masks: Masks) -> Self {
        let (graph, mut weights) = self.network.into_parts();
        masks.apply(&mut weights);
        let network = Trained::new(graph, weights).expect("masks change no shape");
        Self { network, masks, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::architecture::Mlp;
    use crate::model::{Model, Weights};

    /// Two pixels, three hidden units of which the second goes, two classes.
    #[test]
    fn weights_and_optimizer_state_lose_the_same_channels() {
        let graph = Model::Mlp(Mlp { hidden: vec![3] }).graph([1, 1, 2], 2).unwrap();
        let groups = graph.channel_groups();
        let kept = [(&groups[1], vec![0, 2])];
        let (small, slice) = (graph.with_channels(&kept).unwrap(), Slice::of_channels(&graph, &kept));
        let numbered = |shape: &[usize]| {
            let values = (0..shape.iter().product()).map(|value: usize| value as f32).collect();
            Array { shape: shape.into(), values }
        };
        let arrays = graph.slots().iter().map(|slot| (slot.name.clone(), numbered(&slot.shape)));
        let weights = Weights(arrays.collect());
        let state =
            ["fc1.bias", "fc2.weight"].map(|slot| (format!("exp_avg.{slot}"), weights.0[slot].clone()));
        let network = Trained::new(Arc::new(graph), weights).unwrap();
        let mut checkpoint = Checkpoint { optimizer: state.into(), ..Checkpoint::start(network) };
        let beside = "loss/features/fc1/weight";
        checkpoint.beside.insert(beside.to_owned(), numbered(&[2, 3]));
        checkpoint.optimizer.insert(format!("exp_avg.{beside}"), numbered(&[2, 3]));
        let sliced = checkpoint.sliced(&slice, &Arc::new(small));
        assert_eq!(sliced.beside[beside], numbered(&[2, 3]));
        assert_eq!(sliced.optimizer.len(), 3);
        let anew = sliced.clone().without_inside();
        assert!(anew.beside.is_empty() && anew.optimizer.len() == 2);
        let found = sliced.network.weights().0.iter().map(|(slot, array)| (&**slot, &*array.values));
        let (bias, output) = ([0.0, 2.0], [0.0, 2.0, 3.0, 5.0]);
        let expected: [(&str, &[f32]); 4] = [
            ("fc1.weight", &[0.0, 1.0, 4.0, 5.0]),
            ("fc1.bias", &bias),
            ("fc2.weight", &output),
            ("fc2.bias", &[0.0, 1.0]),
        ];
        assert_eq!(found.collect::<Vec<_>>(), expected);
        assert_eq!(sliced.optimizer["exp_avg.fc1.bias"].values, bias);
        assert_eq!(sliced.optimizer["exp_avg.fc2.weight"].values, output);
    }
}
