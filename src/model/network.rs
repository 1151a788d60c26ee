//! A graph with its parameters on a device.

use super::program::Program;
use super::{Graph, Parameter, SlotId, Trained, Weights};
use crate::kernel::{Kernel, to_host};
use burn::backend::Autodiff;
use burn::tensor::Tensor;
use std::sync::Arc;

/// A graph with its parameters on a device.
#[derive(Clone, Debug)]
pub struct Network<B: Kernel> {
    pub graph: Arc<Graph>,
    /// One a slot of the graph, in its order.
    pub parameters: Vec<Parameter<B>>,
    pub(super) program: Arc<Program>,
}

impl<B: Kernel> Network<B> {
    /// Puts `weights`, which must be of `graph`, on `device`.
    pub fn new(graph: Arc<Graph>, weights: &Weights, device: &B::Device) -> Self {
        let slots = graph.slots().iter();
        let parameters =
            slots.map(|slot| Parameter::new(slot.clone(), &weights.0[&slot.name].values, device)).collect();
        let program = Arc::new(Program::new(&graph, &[]));
        Self { graph, parameters, program }
    }

    pub fn from_trained(trained: &Trained, device: &B::Device) -> Self {
        Self::new(Arc::clone(trained.graph()), trained.weights(), device)
    }

    /// Whether the weight of a layer is stored sparse.
    pub fn is_sparse(&self) -> bool {
        self.parameters.iter().any(Parameter::is_sparse)
    }

    /// The stored values of `slot`.
    pub fn values(&self, slot: SlotId) -> &Tensor<B, 1> {
        self.parameters[slot].values()
    }

    /// The network for evaluations, which need no optimizer state.
    pub fn without_state(&self) -> Self {
        let parameters = self.parameters.iter().map(Parameter::without_state).collect();
        Self { graph: Arc::clone(&self.graph), parameters, program: Arc::clone(&self.program) }
    }

    /// The same network with parameters that Burn's differentiation tracks: for gradients of gradients.
    pub fn tracked(&self) -> Network<Autodiff<B>> {
        let parameters = self.parameters.iter().map(Parameter::tracked).collect();
        Network { graph: Arc::clone(&self.graph), parameters, program: Arc::clone(&self.program) }
    }

    /// Copies the network back to the host.
    pub fn trained(&self) -> Trained {
        Trained::new(Arc::clone(&self.graph), self.weights()).expect("the weights are of the graph")
    }

    /// Copies the parameters back to the host.
    pub fn weights(&self) -> Weights {
        let stored = to_host(self.parameters.iter().map(|parameter| parameter.values().clone()));
        let arrays = self.parameters.iter().zip(stored);
        Weights(
            arrays
                .map(|(parameter, stored)| (parameter.slot().name.clone(), parameter.array(stored)))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;
    use crate::kernel::{Flex, FlexDevice};
    use crate::model::Model;
    use crate::model::architecture::Resnet;

    #[test]
    fn weights_come_back_as_they_went() {
        let graph = Arc::new(Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 8, 8], 10).unwrap());
        let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        assert_eq!(Network::<Flex>::new(graph, &weights, &FlexDevice).weights(), weights);
    }
}
