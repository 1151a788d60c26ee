//! The backward pass: from gradients of the logits and of tapped nodes to those of all parameters.
//!
//! Written here, once for every architecture, and not left to Burn's `Autodiff`: the graph is known, so a
//! gradient can be added up where it is computed and memory given back as soon as it is not needed; and
//! `Autodiff` keeps all graphs of a program behind locks that trainings side by side wait for. Losses,
//! whose terms are free, are differentiated by `Autodiff`.

use super::forward::{NORM_EPS, Tape};
use super::graph::NodeId;
use super::network::Network;
use super::program::{Instruction, Operation};
use super::value::Value;
use crate::kernel::{
    InputGradient, Kernel, LayerBackward, LayerGradients, Norm, NormBackward, Normalization, Residual,
    relu_backward,
};
use burn::tensor::Tensor;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a backward pass gives.
#[derive(Debug)]
pub struct Backward<B: Kernel> {
    /// The gradient of each array, by slot; `None` for running statistics and for what nothing depends on.
    pub arrays: Vec<Option<Tensor<B, 1>>>,
    /// The gradient of each tapped node's output, in the order of the program's taps, the gradient given for
    /// it included; `None` where nothing depends on it.
    pub taps: Vec<Option<Value<B>>>,
}

impl<B: Kernel> Network<B> {
    /// The gradient of a loss for those of the outputs that it looks at: `gradients` are of the node of the
    /// logits and of tapped nodes, and add up where a node is named twice.
    pub fn backward(&self, tape: Tape<B>, gradients: Vec<(NodeId, Value<B>)>) -> Backward<B> {
        let program = Arc::clone(&tape.program);
        let mut pass = BackwardPass {
            network: self,
            gradients: vec![None; self.graph.nodes().len()],
            arrays: vec![None; self.parameters.len()],
            tape,
        };
        for (node, gradient) in gradients {
            let is_kept = node == self.graph.output() || program.taps.contains(&node);
            assert!(is_kept, "`{}` is not tapped", self.graph.nodes()[node].name);
            pass.add(node, gradient);
        }
        let mut taps = BTreeMap::new();
        for (index, instruction) in program.instructions.iter().enumerate().rev() {
            let node = instruction.output;
            let Some(gradient) = pass.gradients[node].take() else { continue };
            if program.taps.contains(&node) {
                taps.insert(node, gradient.clone());
            }
            pass.execute(index, instruction, gradient);
        }
        let taps = program.taps.iter().map(|node| taps.get(node).cloned()).collect();
        Backward { arrays: pass.arrays, taps }
    }
}

/// A backward pass under way.
struct BackwardPass<'a, B: Kernel> {
    network: &'a Network<B>,
    tape: Tape<B>,
    /// Gradient of each node's output accumulated so far.
    gradients: Vec<Option<Value<B>>>,
    arrays: Vec<Option<Tensor<B, 1>>>,
}

impl<B: Kernel> BackwardPass<'_, B> {
    /// Gives the gradients of an instruction's arrays and inputs, for that of its output, which is complete.
    fn execute(&mut self, index: usize, instruction: &Instruction, gradient: Value<B>) {
        let output = self.tape.values[instruction.output].take().expect("the forward pass left it");
        match &instruction.operation {
            Operation::Input => {}
            &Operation::Convolution(op, bias) => {
                let layer = LayerBackward {
                    input: self.input(instruction, 0).images(),
                    weight: self.network.parameters[instruction.slot].weight(),
                    bias,
                    output: output.images(),
                    gradient: gradient.images(),
                    input_gradient: self.input_gradient(instruction, Value::images),
                };
                let gradients = B::convolution_gradients(op, layer);
                self.store(instruction, gradients, Value::Images);
            }
            &Operation::Linear(activation, bias) => {
                let layer = LayerBackward {
                    input: self.input(instruction, 0).features(),
                    weight: self.network.parameters[instruction.slot].weight(),
                    bias,
                    output: output.features(),
                    gradient: gradient.features(),
                    input_gradient: self.input_gradient(instruction, Value::features),
                };
                let gradients = B::linear_gradients(activation, layer);
                self.store(instruction, gradients, Value::Features);
            }
            &Operation::Norm(activation) => {
                let [mean, variance] = self.tape.moments[index].take().expect("the forward pass left them");
                let [weight, bias] =
                    [0, 1].map(|index| self.network.values(instruction.slot + index).clone());
                let layer = NormBackward {
                    input: self.input(instruction, 0).images(),
                    norm: Norm { mean, variance, weight, bias },
                    residual: if instruction.inputs.len() > 1 { Residual::Present } else { Residual::Absent },
                    output: output.images(),
                    gradient: gradient.images(),
                };
                let statistics = self.tape.mode.statistics();
                let op = Normalization { epsilon: NORM_EPS, statistics, activation };
                let gradients = B::normalize_gradients(op, layer);
                self.arrays[instruction.slot] = Some(gradients.weight);
                self.arrays[instruction.slot + 1] = Some(gradients.bias);
                self.accumulate(instruction, 0, Value::Images(gradients.input));
                if let Some(residual) = gradients.residual {
                    self.accumulate(instruction, 1, Value::Images(residual));
                }
            }
            Operation::Relu => {
                let gradient = match (output, gradient) {
                    (Value::Images(output), Value::Images(gradient)) => {
                        Value::Images(relu_backward(output, gradient))
                    }
                    (output, gradient) => {
                        Value::Features(relu_backward(output.features(), gradient.features()))
                    }
                };
                self.accumulate(instruction, 0, gradient);
            }
            &Operation::MaxPool(op) => {
                let images = self.input(instruction, 0).images();
                let gradient = B::max_pool_gradient(op, images, output.images(), gradient.images());
                self.accumulate(instruction, 0, Value::Images(gradient));
            }
            Operation::GlobalAverage => {
                let shape = self.input(instruction, 0).images().dims();
                self.accumulate(
                    instruction,
                    0,
                    Value::Images(B::global_average_gradient(shape, gradient.images())),
                );
            }
            Operation::Add => {
                self.accumulate(instruction, 0, gradient.clone());
                self.accumulate(instruction, 1, gradient);
            }
            Operation::Flatten => {
                let shape = self.input(instruction, 0).images().dims();
                self.accumulate(
                    instruction,
                    0,
                    Value::Images(B::flatten_gradient(shape, gradient.features())),
                );
            }
        }
    }

    /// Puts a layer's gradients in their places; that of its input includes what was accumulated before.
    fn store<const D: usize>(
        &mut self,
        instruction: &Instruction,
        gradients: LayerGradients<B, D>,
        value: impl FnOnce(Tensor<B, D>) -> Value<B>,
    ) {
        self.arrays[instruction.slot] = Some(gradients.weight);
        if gradients.bias.is_some() {
            self.arrays[instruction.slot + 1] = gradients.bias;
        }
        self.gradients[instruction.inputs[0]] = gradients.input.map(value);
    }

    fn input(&self, instruction: &Instruction, index: usize) -> Value<B> {
        let node: NodeId = instruction.inputs[index];
        self.tape.values[node].clone().expect("a node's output is kept until its own instruction")
    }

    /// What becomes of the gradient of a layer's input.
    fn input_gradient<const D: usize>(
        &mut self,
        instruction: &Instruction,
        tensor: impl Fn(Value<B>) -> Tensor<B, D>,
    ) -> InputGradient<B, D> {
        match (instruction.needs_gradient[0], self.gradients[instruction.inputs[0]].take()) {
            (false, _) => InputGradient::Skip,
            (true, None) => InputGradient::Write,
            (true, Some(other)) => InputGradient::Accumulate(tensor(other)),
        }
    }

    /// Adds to the gradient of an input, where it is needed.
    fn accumulate(&mut self, instruction: &Instruction, index: usize, gradient: Value<B>) {
        if instruction.needs_gradient[index] {
            self.add(instruction.inputs[index], gradient);
        }
    }

    /// Adds to the gradient of a node's output.
    fn add(&mut self, node: NodeId, gradient: Value<B>) {
        let sum = &mut self.gradients[node];
        *sum = Some(match sum.take() {
            None => gradient,
            Some(sum) => sum.add(gradient),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;
    use crate::kernel::{Flex, FlexDevice};
    use crate::model::architecture::Resnet;
    use crate::model::{Array, Builder, Cost, Forward, Mode, Model, Op, Program, Slot, Weights};
    use burn::backend::Autodiff;
    use burn::tensor::TensorData;

    /// Logits and all gradients of a small residual network, in a pool of `threads` threads.
    fn bytes(threads: usize) -> Vec<u32> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let graph =
                Arc::new(Model::Resnet(Resnet { depth: 8, width: 2 }).graph([3, 32, 32], 10).unwrap());
            let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
            let network = Network::<Flex>::new(graph, &weights, &FlexDevice);
            let pixels: Vec<f32> =
                (0..32 * 3 * 32 * 32u32).map(|pixel| (pixel % 251) as f32 / 125.0 - 1.0).collect();
            let images = Tensor::from_data(TensorData::new(pixels, [32, 32, 32, 3]), &FlexDevice);
            let (Forward { logits, .. }, tape) = network.record(images, Mode::Train);
            // As for a loss of half the sum of the squares.
            let gradient = (network.graph.output(), Value::Features(logits.clone()));
            let gradients = network.backward(tape, vec![gradient]).arrays.into_iter().flatten();
            let values = gradients.flat_map(|gradient| gradient.into_data().to_vec::<f32>().unwrap());
            let logits = logits.into_data().to_vec::<f32>().unwrap();
            logits.into_iter().chain(values).map(f32::to_bits).collect()
        })
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let one = bytes(1);
        let graph = Model::Resnet(Resnet { depth: 8, width: 2 }).graph([3, 32, 32], 10).unwrap();
        assert_eq!(one.len() as u64, 320 + Cost::of(&graph).parameters);
        assert!(one == bytes(2), "two threads give other bytes than one");
    }

    fn values<const D: usize>(tensor: &Tensor<Flex, D>) -> Vec<f32> {
        tensor.to_data().to_vec().unwrap()
    }

    // x = (1, 2) and W₁ = diag(1, −1) give (1, −2), behind the ReLU (1, 0); W₂ = (3, 5). The logit's gradient
    // is 2 and a loss on the ReLU adds (10, 20): behind the ReLU it is (10 + 2·3, 20 + 2·5), before it
    // (16, 0).
    #[test]
    fn gradients_of_taps_add_to_those_of_the_logits() {
        let mut builder = Builder::new([1, 1, 2], 1);
        let flat = builder.add("flatten", Op::Flatten, &[Builder::INPUT]).unwrap();
        let fc1 = builder.add("fc1", Op::Linear { output: 2, bias: true }, &[flat]).unwrap();
        let relu = builder.add("relu", Op::Relu, &[fc1]).unwrap();
        let fc2 = builder.add("fc2", Op::Linear { output: 1, bias: true }, &[relu]).unwrap();
        let graph = Arc::new(builder.finish(fc2).unwrap());
        let arrays: [&[f32]; 4] = [&[1.0, 0.0, 0.0, -1.0], &[0.0; 2], &[3.0, 5.0], &[0.0]];
        let array = |(slot, values): (&Slot, &[f32])| {
            (slot.name.clone(), Array { shape: slot.shape.clone(), values: values.to_vec() })
        };
        let weights = Weights(graph.slots().iter().zip(arrays).map(array).collect());
        let network = Network::<Flex>::new(Arc::clone(&graph), &weights, &FlexDevice);
        let program = Arc::new(Program::new(&graph, &[relu, fc1, flat]));
        let images = Tensor::from_data([[[[1.0], [2.0]]]], &FlexDevice);
        let (_, tape) = network.record_with(&program, images, Mode::Train);
        let gradient = |values: TensorData| Value::Features(Tensor::from_data(values, &FlexDevice));
        let of_relu = TensorData::from([[10.0f32, 20.0]]);
        let backward = network
            .backward(tape, vec![(relu, gradient(of_relu)), (fc2, gradient(TensorData::from([[2.0f32]])))]);
        let arrays: Vec<_> = backward.arrays.iter().flatten().map(values).collect();
        assert_eq!(arrays, [vec![16.0, 32.0, 0.0, 0.0], vec![16.0, 0.0], vec![2.0, 0.0], vec![2.0]]);
        let taps: Vec<_> = backward.taps.into_iter().map(|tap| values(&tap.unwrap().features())).collect();
        assert_eq!(taps, [[16.0, 30.0], [16.0, 0.0], [16.0, 0.0]]);
    }

    /// The loss is a fixed weighted sum of tapped outputs: before a ReLU, of an addition, of the input of a
    /// layer, and of the logits.
    #[test]
    fn gradients_are_those_of_burns_differentiation() {
        let graph = Arc::new(Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 8, 8], 10).unwrap());
        let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        let network = Network::<Flex>::new(Arc::clone(&graph), &weights, &FlexDevice);
        let taps = ["bn1", "layer1.0.add", "layer2.0.relu1", "layer3.0.bn2", "avgpool"];
        let taps = taps.map(|name| graph.node(name).unwrap());
        let program = Arc::new(Program::new(&graph, &taps));
        let pixels: Vec<f32> = (0..4 * 8 * 8 * 3u32).map(|pixel| (pixel % 7) as f32 - 3.0).collect();
        let images = Tensor::<Flex, 4>::from_data(TensorData::new(pixels, [4, 8, 8, 3]), &FlexDevice);
        let weigh = |shape: [usize; 4]| {
            let count: usize = shape.iter().product();
            let weights: Vec<f32> = (0..count).map(|index| ((index * 7) % 11) as f32 / 11.0 - 0.4).collect();
            Tensor::<Flex, 4>::from_data(TensorData::new(weights, shape), &FlexDevice)
        };

        let (forward, tape) = network.record_with(&program, images.clone(), Mode::Train);
        let of_logits = weigh([4, 10, 1, 1]).reshape([4, 10]);
        let mut gradients = vec![(graph.output(), Value::Features(of_logits.clone()))];
        let of_tap = |value: &Value<Flex>| weigh(value.clone().images().dims());
        gradients.extend(
            taps.into_iter().zip(&forward.taps).map(|(node, value)| (node, Value::Images(of_tap(value)))),
        );
        let backward = network.backward(tape, gradients);

        let tracked = network.tracked();
        let images = Tensor::<Autodiff<Flex>, 4>::from_inner(images);
        let outputs = tracked.forward_with(&program, images, Mode::Train);
        let loss = (outputs.logits * Tensor::from_inner(of_logits)).sum();
        let losses = outputs
            .taps
            .into_iter()
            .zip(&forward.taps)
            .map(|(output, value)| (output.images() * Tensor::from_inner(of_tap(value))).sum());
        let expected = losses.fold(loss, Tensor::add).backward();
        for (parameter, found) in tracked.parameters.iter().zip(&backward.arrays) {
            let slot = parameter.slot();
            if !slot.role.is_learned() {
                continue;
            }
            let expected = values(&parameter.values().grad(&expected).unwrap());
            let found = values(found.as_ref().unwrap());
            let scale = expected.iter().fold(1.0f32, |largest, value| largest.max(value.abs()));
            let near = found.iter().zip(&expected).all(|(found, value)| (found - value).abs() < 1e-3 * scale);
            assert!(near, "{}: {found:?} is not {expected:?}", slot.name);
        }
        // A bias is added at every position, so its gradient is the sum of its output's.
        let sum = backward.taps[0].clone().unwrap().images().sum_dims_squeeze::<1, _>(&[0, 1, 2]);
        let slot = graph.slots().iter().position(|slot| slot.name == "bn1.bias").unwrap();
        let (sum, bias) = (values(&sum), values(backward.arrays[slot].as_ref().unwrap()));
        assert!(sum.iter().zip(&bias).all(|(sum, bias)| (sum - bias).abs() < 1e-3), "{sum:?} {bias:?}");
    }
}
