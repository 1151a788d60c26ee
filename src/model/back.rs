//! The pass back: from the gradient of the logits to those of all parameters.
//!
//! Written here, once for every architecture, and not left to Burn's `Autodiff`: the graph is known, so a
//! gradient can be added up where it is computed and memory given back as soon as it is not needed; and
//! `Autodiff` keeps all graphs of a program behind locks that trainings side by side wait for. Losses,
//! whose terms are free, are differentiated by `Autodiff`.

use super::network::Tape;
use super::pass::{NORM_EPS, Value};
use super::program::{Step, Work};
use super::{Network, NodeId};
use crate::kernel::{
    InputGradient, Kernel, Layer, LayerGradients, Norm, NormLayer, Normalization, Residual, relu_backward,
};
use burn::tensor::Tensor;

impl<B: Kernel> Network<B> {
    /// The gradient of every array, by slot, for that of the logits, `[batch, classes]`; `None` for
    /// running statistics and for what the logits do not depend on.
    pub fn backward(&self, tape: Tape<B>, logits: (Tensor<B, 2>, Tensor<B, 2>)) -> Vec<Option<Tensor<B, 1>>> {
        let nodes = self.graph.nodes().len();
        let output = self.graph.output();
        let (logits, gradient) = logits;
        let mut back =
            Back { network: self, tape, gradients: vec![None; nodes], arrays: vec![None; self.arrays.len()] };
        back.tape.values[output] = Some(Value::Features(logits));
        back.gradients[output] = Some(Value::Features(gradient));
        for (index, step) in self.program.steps.iter().enumerate().rev() {
            back.step(index, step);
        }
        back.arrays
    }
}

/// A pass back under way.
struct Back<'a, B: Kernel> {
    network: &'a Network<B>,
    tape: Tape<B>,
    /// Of each node's value, as far as the steps gone through gave some.
    gradients: Vec<Option<Value<B>>>,
    arrays: Vec<Option<Tensor<B, 1>>>,
}

impl<B: Kernel> Back<'_, B> {
    /// Goes back through one step; all that take its output were gone through before.
    fn step(&mut self, index: usize, step: &Step) {
        let output = self.tape.values[step.output].take();
        let (Some(gradient), Some(output)) = (self.gradients[step.output].take(), output) else { return };
        let arrays = &self.network.arrays[step.slot..];
        match &step.work {
            Work::Input => {}
            &Work::Convolution(op, shape, bias) => {
                let layer = Layer {
                    input: self.input(step, 0).images(),
                    weight: self.network.weight(step.slot, shape),
                    bias,
                    output: output.images(),
                    gradient: gradient.images(),
                    input_gradient: self.input_gradient(step, Value::images),
                };
                let back = B::convolution_gradients(op, layer);
                self.keep(step, back, Value::Images);
            }
            &Work::Linear(activation, shape, bias) => {
                let layer = Layer {
                    input: self.input(step, 0).features(),
                    weight: self.network.weight(step.slot, shape),
                    bias,
                    output: output.features(),
                    gradient: gradient.features(),
                    input_gradient: self.input_gradient(step, Value::features),
                };
                let back = B::linear_gradients(activation, layer);
                self.keep(step, back, Value::Features);
            }
            &Work::Norm(activation) => {
                let [mean, variance] = self.tape.moments[index].take().expect("the forward pass left them");
                let [weight, bias] = [arrays[0].clone(), arrays[1].clone()];
                let layer = NormLayer {
                    input: self.input(step, 0).images(),
                    norm: Norm { mean, variance, weight, bias },
                    residual: if step.inputs.len() > 1 { Residual::Present } else { Residual::Absent },
                    output: output.images(),
                    gradient: gradient.images(),
                };
                let statistics = self.tape.mode.statistics();
                let op = Normalization { epsilon: NORM_EPS, statistics, activation };
                let back = B::normalize_gradients(op, layer);
                self.arrays[step.slot] = Some(back.weight);
                self.arrays[step.slot + 1] = Some(back.bias);
                self.add(step, 0, Value::Images(back.input));
                if let Some(residual) = back.residual {
                    self.add(step, 1, Value::Images(residual));
                }
            }
            Work::Relu => {
                let gradient = match (output, gradient) {
                    (Value::Images(output), Value::Images(gradient)) => {
                        Value::Images(relu_backward(output, gradient))
                    }
                    (output, gradient) => {
                        Value::Features(relu_backward(output.features(), gradient.features()))
                    }
                };
                self.add(step, 0, gradient);
            }
            &Work::MaxPool(op) => {
                let images = self.input(step, 0).images();
                let gradient = B::max_pool_gradient(op, images, output.images(), gradient.images());
                self.add(step, 0, Value::Images(gradient));
            }
            Work::GlobalAverage => {
                let shape = self.input(step, 0).images().dims();
                self.add(step, 0, Value::Images(B::global_average_gradient(shape, gradient.images())));
            }
            Work::Add => {
                self.add(step, 0, gradient.clone());
                self.add(step, 1, gradient);
            }
            Work::Flatten => {
                let shape = self.input(step, 0).images().dims();
                self.add(step, 0, Value::Images(B::flatten_gradient(shape, gradient.features())));
            }
        }
    }

    /// Puts a layer's gradients in their places; its input's holds what other uses gave already.
    fn keep<const D: usize>(
        &mut self,
        step: &Step,
        back: LayerGradients<B, D>,
        value: impl FnOnce(Tensor<B, D>) -> Value<B>,
    ) {
        self.arrays[step.slot] = Some(back.weight);
        if back.bias.is_some() {
            self.arrays[step.slot + 1] = back.bias;
        }
        self.gradients[step.inputs[0]] = back.input.map(value);
    }

    fn input(&self, step: &Step, index: usize) -> Value<B> {
        let node: NodeId = step.inputs[index];
        self.tape.values[node].clone().expect("a node's value is kept until its own step")
    }

    /// What becomes of the gradient of a layer's input.
    fn input_gradient<const D: usize>(
        &mut self,
        step: &Step,
        tensor: impl Fn(Value<B>) -> Tensor<B, D>,
    ) -> InputGradient<B, D> {
        match (step.wanted[0], self.gradients[step.inputs[0]].take()) {
            (false, _) => InputGradient::Skip,
            (true, None) => InputGradient::Write,
            (true, Some(other)) => InputGradient::Accumulate(tensor(other)),
        }
    }

    /// Adds to the gradient of an input.
    fn add(&mut self, step: &Step, index: usize, gradient: Value<B>) {
        if !step.wanted[index] {
            return;
        }
        let sum = &mut self.gradients[step.inputs[index]];
        *sum = Some(match sum.take() {
            None => gradient,
            Some(sum) => sum.add(gradient),
        });
    }
}
