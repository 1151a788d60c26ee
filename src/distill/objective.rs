//! The loss of a network on a batch, and its gradient.

use super::loss::{LossMix, Seen, TermValue};
use super::teachers::{Said, Teachers};
use super::wiring::Wiring;
use crate::kernel::Kernel;
use crate::model::{Forward, Mode, Network, Tape, Value};
use burn::tensor::{Int, Tensor};
use std::collections::BTreeMap;

/// What a training minimizes.
#[derive(Debug)]
pub struct Objective<'a, B: Kernel> {
    pub loss: &'a LossMix,
    pub teachers: Option<&'a Teachers<B>>,
    /// What the terms need that look inside student and teacher; absent where the loss has none.
    pub wiring: Option<&'a Wiring<B>>,
}

/// Value and gradient on one batch.
#[derive(Debug)]
pub struct Gradient<B: Kernel> {
    /// One a slot of the network's graph; `None` for running statistics.
    pub arrays: Vec<Option<Tensor<B, 1>>>,
    /// Weighted sum of the terms: a single value.
    pub loss: Tensor<B, 1>,
    pub terms: Vec<TermLoss<B>>,
    /// One for each array that is trained beside the network, in the order of the wiring.
    pub beside: Vec<Tensor<B, 1>>,
    /// What the arrays that the loss keeps are after the step, where they change, by their number.
    pub kept: Vec<(usize, Tensor<B, 1>)>,
    /// The direction of what is trained of each learned temperature, in the order of the terms: a single value each.
    pub temperatures: Vec<Tensor<B, 1>>,
    /// New running statistics: (slot index, values).
    pub statistics: Vec<(usize, Tensor<B, 1>)>,
}

/// What one term of the loss was on one batch.
#[derive(Clone, Debug)]
pub struct TermLoss<B: Kernel> {
    /// As users write it.
    pub name: &'static str,
    pub weight: f64,
    /// Before its weight: a single value.
    pub value: Tensor<B, 1>,
}

/// What the teachers give for a batch.
pub(super) struct Taught<B: Kernel> {
    pub said: Said<B>,
    /// What the tapped nodes of each teacher give.
    pub taps: Vec<Vec<Value<B>>>,
}

// Derived, these would ask for a backend that can be copied; only references to it are.
impl<B: Kernel> Clone for Objective<'_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B: Kernel> Copy for Objective<'_, B> {}

impl<B: Kernel> Objective<'_, B> {
    /// `images`: `[batch, height, width, channels]`, `labels`: `[batch]`. A teacher always runs in
    /// [`Mode::Evaluate`], once, and only where a term looks at it. Everything stays on the device.
    pub fn gradient(
        &self,
        network: &Network<B>,
        images: Tensor<B, 4>,
        labels: Tensor<B, 1, Int>,
        mode: Mode,
    ) -> Gradient<B> {
        self.softened_gradient(network, images, labels, mode, 1.0)
    }

    /// [`Objective::gradient`] where the teachers were heard before: they say `said` of these images. For a loss of the
    /// logits alone.
    pub fn gradient_heard(
        &self,
        network: &Network<B>,
        images: Tensor<B, 4>,
        labels: Tensor<B, 1, Int>,
        said: Said<B>,
        mode: Mode,
    ) -> Gradient<B> {
        let taught = Taught { said, taps: Vec::new() };
        self.gradient_with(network, images, labels, Some(taught), mode, 1.0)
    }

    /// The same as [`Objective::gradient`] with the network's logits divided by `temperature` before the loss sees them. The teachers' stay
    /// as they are.
    pub fn softened_gradient(
        &self,
        network: &Network<B>,
        images: Tensor<B, 4>,
        labels: Tensor<B, 1, Int>,
        mode: Mode,
        temperature: f64,
    ) -> Gradient<B> {
        let taught = self.teach(&images);
        self.gradient_with(network, images, labels, taught, mode, temperature)
    }

    /// The loss of `network`, as it is evaluated, on a batch: a single value. For a loss of the logits alone.
    pub fn value(
        &self,
        network: &Network<B>,
        images: Tensor<B, 4>,
        labels: Tensor<B, 1, Int>,
    ) -> Tensor<B, 1> {
        let taught = self.teach(&images);
        let said = taught.as_ref().map(|taught| &taught.said);
        let student = network.forward(images, Mode::Evaluate).logits;
        weighted(&self.loss.terms(&Seen { student, labels, said, taps: None }))
    }

    /// What the teachers give that a term looks at.
    pub(super) fn teach(&self, images: &Tensor<B, 4>) -> Option<Taught<B>> {
        let teachers = self.teachers?;
        let mut taps = vec![Vec::new(); teachers.networks().len()];
        let said = teachers.say(self.loss, |index, teacher| {
            let forward = match self.wiring {
                Some(wiring) => wiring.teach(index, teacher, images.clone()),
                None => teacher.forward(images.clone(), Mode::Evaluate),
            };
            taps[index] = forward.taps;
            forward.logits
        })?;
        Some(Taught { said, taps })
    }

    /// [`Objective::softened_gradient`] with what the teachers give.
    pub(super) fn gradient_with(
        &self,
        network: &Network<B>,
        images: Tensor<B, 4>,
        labels: Tensor<B, 1, Int>,
        taught: Option<Taught<B>>,
        mode: Mode,
        temperature: f64,
    ) -> Gradient<B> {
        let pass = match self.wiring {
            Some(wiring) => network.record_with(wiring.student(), images, mode),
            None => network.record(images, mode),
        };
        self.gradient_of(network, pass, labels, taught, temperature)
    }

    /// [`Objective::gradient_with`] after the forward `pass` of `network`.
    pub(super) fn gradient_of(
        &self,
        network: &Network<B>,
        pass: (Forward<B>, Tape<B>),
        labels: Tensor<B, 1, Int>,
        taught: Option<Taught<B>>,
        temperature: f64,
    ) -> Gradient<B> {
        let (Forward { logits, taps, statistics }, tape) = pass;
        let soften = |values: Tensor<B, 2>| {
            if temperature == 1.0 { values } else { values.div_scalar(temperature) }
        };
        let inside = self.wiring.zip(taught.as_ref());
        let inside = inside.map(|(wiring, taught)| wiring.inputs(&taps, &taught.taps));
        let said = taught.as_ref().map(|taught| &taught.said);
        let seen = Seen { student: soften(logits), labels, said, taps: inside.as_ref() };
        let terms = self.loss.terms(&seen);
        let loss = weighted(&terms);
        let weighted = terms.iter().filter_map(|term| Some(term.logits.clone()? * term.weight));
        let gradient = weighted.reduce(Tensor::add);
        let of_logits = gradient.map(|gradient| (network.graph.output(), Value::Features(soften(gradient))));
        let of_taps = terms.iter().flat_map(|term| {
            term.taps.iter().map(|(node, gradient)| (*node, gradient.clone().scaled(term.weight)))
        });
        let gradients = of_logits.into_iter().chain(of_taps).collect();
        let of_arrays = terms.iter().flat_map(|term| {
            term.arrays.iter().map(|(number, gradient)| (*number, gradient.clone() * term.weight))
        });
        // An array is of one term.
        let beside: BTreeMap<usize, Tensor<B, 1>> = of_arrays.collect();
        let kept = terms.iter().flat_map(|term| term.kept.iter().cloned()).collect();
        let of_temperatures = terms.iter().filter_map(|term| Some(term.temperature.clone()? * term.weight));
        let temperatures = of_temperatures.collect();
        let arrays = network.backward(tape, gradients).arrays;
        let parameters = network.parameters.iter().zip(arrays);
        // A parameter that no term depends on has a gradient of zero.
        let arrays = parameters.map(|(parameter, gradient)| {
            let zeros = || parameter.values().zeros_like();
            parameter.slot().role.is_learned().then(|| gradient.unwrap_or_else(zeros))
        });
        Gradient {
            arrays: arrays.collect(),
            loss,
            terms: terms
                .into_iter()
                .map(|TermValue { name, weight, value, .. }| TermLoss { name, weight, value })
                .collect(),
            beside: beside.into_values().collect(),
            kept,
            temperatures,
            statistics,
        }
    }
}

/// The sum of the terms' values by their weights.
fn weighted<B: Kernel>(terms: &[TermValue<B>]) -> Tensor<B, 1> {
    let weighted = terms.iter().map(|term| term.value.clone() * term.weight);
    weighted.reduce(Tensor::add).expect("the check refuses a loss without terms")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distill::loss::{CrossEntropy, Logits};
    use crate::kernel::{Flex, FlexDevice};
    use crate::model::architecture::Mlp;
    use crate::model::{Array, Model, Weights};
    use std::sync::Arc;

    /// A linear classifier of two pixels and two classes with the weight `[out, in]` and no bias.
    fn linear(weight: [f32; 4]) -> Network<Flex> {
        let graph = Model::Mlp(Mlp { hidden: Vec::new() }).graph([1, 1, 2], 2).unwrap();
        let weight = Array { shape: vec![2, 2], values: weight.to_vec() };
        let bias = Array { shape: vec![2], values: vec![0.0; 2] };
        let weights =
            Weights([("fc1.weight".into(), weight), ("fc1.bias".into(), bias)].into_iter().collect());
        Network::new(Arc::new(graph), &weights, &FlexDevice)
    }

    /// On the image x = (1, 2) with label 0.
    fn gradient(objective: Objective<'_, Flex>, network: &Network<Flex>) -> Gradient<Flex> {
        let images = Tensor::from_data([[[[1.0], [2.0]]]], &FlexDevice);
        objective.gradient(network, images, Tensor::from_data([0], &FlexDevice), Mode::Train)
    }

    fn values(tensor: &Tensor<Flex, 1>) -> Vec<f32> {
        tensor.to_data().to_vec().unwrap()
    }

    fn assert_near(values: &[f32], expected: &[f32]) {
        let near = values.iter().zip(expected).all(|(value, expected)| (value - expected).abs() < 1e-5);
        assert!(near && values.len() == expected.len(), "{values:?} is not {expected:?}");
    }

    #[test]
    fn is_that_of_a_softmax_regression() {
        let objective = Objective { loss: &LossMix::default(), teachers: None, wiring: None };
        let gradient = gradient(objective, &linear([0.0; 4]));
        // p = (½, ½): the loss is ln 2, the gradient (p − y)·xᵀ for the weight and p − y for the bias.
        assert_near(&values(&gradient.loss), &[std::f32::consts::LN_2]);
        let arrays: Vec<_> = gradient.arrays.iter().flatten().map(values).collect();
        assert_near(&arrays[0], &[-0.5, -1.0, 0.5, 1.0]);
        assert_near(&arrays[1], &[-0.5, 0.5]);
        assert_eq!(arrays.len(), 2);
        assert!(gradient.statistics.is_empty());
    }

    #[test]
    fn terms_add_up_by_their_weights() {
        let teachers = Teachers::one(linear([1.0, 0.0, 0.0, 1.0]));
        let mix = LossMix {
            cross_entropy: Some(CrossEntropy::from(2.0)),
            logits: Some(Logits::from(0.5)),
            ..LossMix::EMPTY
        };
        let objective = Objective { loss: &mix, teachers: Some(&teachers), wiring: None };
        let gradient = gradient(objective, &linear([0.0; 4]));
        // The teacher's logits are (1, 2) and the student's (0, 0), so their mean square is 2.5 and its
        // gradient −(1, 2). Of the sum: 2 · ln 2 + ½ · 2.5, and 2 · (−½, ½) − ½ · (1, 2) = (−1.5, 0).
        let terms: Vec<_> = gradient.terms.iter().map(|term| (term.name, values(&term.value))).collect();
        assert_eq!(terms.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["cross-entropy", "logits"]);
        assert_near(&terms[0].1, &[std::f32::consts::LN_2]);
        assert_near(&terms[1].1, &[2.5]);
        assert_near(&values(&gradient.loss), &[2.0 * std::f32::consts::LN_2 + 1.25]);
        let arrays: Vec<_> = gradient.arrays.iter().flatten().map(values).collect();
        assert_near(&arrays[0], &[-1.5, -3.0, 0.0, 0.0]);
        assert_near(&arrays[1], &[-1.5, 0.0]);
    }
}
