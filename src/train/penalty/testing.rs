//! A network small enough to penalize by hand.

use super::Penalty;
use crate::kernel::to_host;
use crate::kernel::{Flex, FlexDevice};
use crate::model::{Array, Builder, Conv2d, Network, Op, Weights};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A convolution of three filters of two weights, a batch norm and a layer of two logits. Arrays that `values` does
/// not name are zero.
pub fn network(values: &[(&str, &[f32])]) -> Network<Flex> {
    let mut builder = Builder::new([2, 1, 1], 2);
    let conv = Op::Conv2d(Conv2d { kernel: 1, padding: 0, ..Conv2d::three(3) });
    let conv = builder.add("conv1", conv, &[Builder::INPUT]).unwrap();
    let norm = builder.add("bn1", Op::BatchNorm, &[conv]).unwrap();
    let flat = builder.add("flatten", Op::Flatten, &[norm]).unwrap();
    let fc = builder.add("fc", Op::Linear { output: 2, bias: true }, &[flat]).unwrap();
    let graph = Arc::new(builder.finish(fc).unwrap());
    let array = |name: &str, size: usize| {
        let named = values.iter().find(|(named, _)| *named == name);
        named.map_or(vec![0.0; size], |(_, values)| values.to_vec())
    };
    let arrays = graph.slots().iter().map(|slot| {
        let array = Array { shape: slot.shape.clone(), values: array(&slot.name, slot.size()) };
        (slot.name.clone(), array)
    });
    let weights = Weights(arrays.collect());
    Network::new(graph, &weights, &FlexDevice)
}

/// What `penalty` adds to gradients of zero in step `step`, by the arrays' names.
pub fn penalized(penalty: &Penalty, step: u64, values: &[(&str, &[f32])]) -> BTreeMap<String, Vec<f32>> {
    let network = network(values);
    let parameters = network.parameters.iter();
    let mut gradients: Vec<_> = parameters.map(|parameter| Some(parameter.values().zeros_like())).collect();
    penalty.add(&penalty.choose(&network), step, &network, &mut gradients);
    let gradients = to_host(gradients.into_iter().flatten());
    let named = network.parameters.iter().zip(gradients);
    named.map(|(parameter, values)| (parameter.slot().name.clone(), parameter.array(values).values)).collect()
}
