use super::*;
use crate::cpu::{Isa, Start, convolution};

/// A convolution of made-up numbers: forward and all gradients, in double precision.
#[derive(Clone, Debug)]
pub struct Convolved {
    pub op: Convolution,
    pub images: [usize; 4],
    weight: [usize; 4],
    output: [usize; 4],
    pub x: Vec<f32>,
    w: Vec<f32>,
    /// Of a convolution of one pixel without groups.
    pattern: Option<Arc<SparsityPattern>>,
    b: Vec<f32>,
    g: Vec<f32>,
}

struct Expected {
    output: Vec<f64>,
    input: Vec<f64>,
    weight: Vec<f64>,
    bias: Vec<f64>,
}

pub fn convolutions() -> impl Strategy<Value = Convolved> {
    // Rarely so many images that a task has several; these are small.
    let sizes = (
        prop_oneof![7 => 1..4_usize, 1 => 20..40_usize],
        1..12_usize,
        1..12_usize,
        1..4_usize,
        1..40_usize,
        1..20_usize,
    );
    let window = (prop_oneof![Just(1_usize), 1..6_usize], 1..4_usize, 0..4_usize);
    (sizes, window, any::<bool>(), any::<u64>()).prop_filter_map(
        "the kernel fits the image",
        |((batch, height, width, groups, outputs, inputs), (kernel, stride, padding), relu, seed)| {
            let (height, width) = if batch < 4 { (height, width) } else { (height.min(6), width.min(6)) };
            // Groups are rare, and few channels then.
            let (groups, inputs, outputs) = if seed % 4 == 0 {
                (groups, inputs.min(3) * groups, outputs.min(3) * groups)
            } else {
                (1, inputs, outputs)
            };
            let side = |size: usize| Some((size + 2 * padding).checked_sub(kernel)? / stride + 1);
            let output = [batch, side(height)?, side(width)?, outputs];
            let activation = if relu { Activation::Relu } else { Activation::Identity };
            let (images, weight) =
                ([batch, height, width, inputs], [outputs, inputs / groups, kernel, kernel]);
            let of = |shape: &[usize], seed| numbers(shape.iter().product(), seed);
            let mut w = of(&weight, seed ^ 1);
            let pattern = (kernel == 1 && groups == 1 && seed % 2 == 0).then(|| {
                w.iter_mut().filter(|weight| **weight < 0.3).for_each(|weight| *weight = 0.0);
                let mask: Vec<bool> = w.iter().map(|weight| *weight != 0.0).collect();
                Arc::new(SparsityPattern::new(&mask, inputs))
            });
            let convolved = Convolved {
                op: Convolution { stride, padding, groups, activation },
                images,
                weight,
                output,
                x: of(&images, seed),
                w,
                pattern,
                b: of(&[outputs], seed ^ 2),
                g: of(&output, seed ^ 3),
            };
            Some(convolved.without_kinks())
        },
    )
}

impl Convolved {
    /// Calls `visit(output, input, weight)` with the indices of every product.
    fn products(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let Self {
            op,
            images: [_, height, width, inputs],
            weight: [outputs, of_group, kernel, _],
            output,
            ..
        } = *self;
        let [batch, rows, columns, _] = output;
        for (image, row, column, out) in indices([batch, rows, columns, outputs]) {
            for (y, x, channel, _) in indices([kernel, kernel, of_group, 1]) {
                let (from_y, from_x) = (row * op.stride + y, column * op.stride + x);
                if from_y < op.padding || from_x < op.padding {
                    continue;
                }
                let (from_y, from_x) = (from_y - op.padding, from_x - op.padding);
                if from_y >= height || from_x >= width {
                    continue;
                }
                let group = out / (outputs / op.groups);
                visit(
                    ((image * rows + row) * columns + column) * outputs + out,
                    ((image * height + from_y) * width + from_x) * inputs + group * of_group + channel,
                    ((out * of_group + channel) * kernel + y) * kernel + x,
                );
            }
        }
    }

    /// The output before the activation.
    fn sums(&self) -> Vec<f64> {
        let outputs = self.weight[0];
        let mut sums: Vec<f64> = (0..self.g.len()).map(|at| f64::from(self.b[at % outputs])).collect();
        self.products(|y, x, w| sums[y] += f64::from(self.x[x]) * f64::from(self.w[w]));
        sums
    }

    fn without_kinks(mut self) -> Self {
        let sums = self.sums();
        without_kinks(&mut self.g, &sums);
        self
    }

    fn expected(&self) -> Expected {
        let outputs = self.weight[0];
        let output: Vec<f64> = self.sums().into_iter().map(|value| relu(self.op.activation, value)).collect();
        let passes = |at: usize| self.op.activation == Activation::Identity || output[at] > 0.0;
        let gradient: Vec<f64> =
            self.g.iter().enumerate().map(|(at, g)| if passes(at) { f64::from(*g) } else { 0.0 }).collect();
        let (mut input, mut weight) = (vec![0.0; self.x.len()], vec![0.0; self.w.len()]);
        let mut bias = vec![0.0; outputs];
        self.products(|y, x, w| {
            input[x] += gradient[y] * f64::from(self.w[w]);
            weight[w] += gradient[y] * f64::from(self.x[x]);
        });
        gradient.iter().enumerate().for_each(|(at, gradient)| bias[at % outputs] += gradient);
        Expected { output, input, weight, bias }
    }

    pub fn layer_inputs(&self) -> (Tensor<Flex, 4>, Weight<Flex, 4>, Tensor<Flex, 1>) {
        let weight = weight_of(&self.w, self.weight, &self.pattern);
        (tensor(&self.x, self.images), weight, tensor(&self.b, [self.weight[0]]))
    }

    pub fn layer(
        &self,
        output: Tensor<Flex, 4>,
        input_gradient: InputGradient<Flex, 4>,
    ) -> LayerBackward<Flex, 4, 4> {
        LayerBackward {
            input: tensor(&self.x, self.images),
            weight: weight_of(&self.w, self.weight, &self.pattern),
            bias: Bias::Present,
            output,
            gradient: tensor(&self.g, self.output),
            input_gradient,
        }
    }
}

/// Asserts that `case` has the expected results on every instruction set, also on those that this processor would
/// not choose by itself.
#[track_caller]
fn every_instruction_set(case: &Convolved) {
    let expected = case.expected();
    let [batch, height, width, channels] = case.images;
    let [_, rows, columns, outputs] = case.output;
    let shape = convolution::Sizes {
        batch,
        input: [height, width, channels],
        output: [rows, columns, outputs],
        kernel: case.weight[2],
        stride: case.op.stride,
        padding: case.op.padding,
    };
    for isa in Isa::tested() {
        let name = format!("{isa:?}");
        let (mut y, mut dx, mut dw) = (case.g.clone(), case.x.clone(), case.w.clone());
        convolution::forward(isa, &shape, &case.x, &case.w, Some(&case.b), Activation::Identity, &mut y);
        assert_near(&name, &y, &expected.output);
        convolution::input_gradient(isa, &shape, &case.w, &case.g, Start::Zero, &mut dx);
        assert_near(&name, &dx, &expected.input);
        convolution::weight_gradient(isa, &shape, &case.x, &case.g, &mut dw);
        assert_near(&name, &dw, &expected.weight);
    }
}

/// An image of one row has no pixels in the second phase of a stride of two.
#[test]
fn a_phase_of_the_stride_without_pixels() {
    let op = Convolution { stride: 2, padding: 1, groups: 1, activation: Activation::Identity };
    let (images, weight, output) = ([1, 1, 3, 1], [1, 1, 3, 3], [1, 1, 2, 1]);
    let [x, w, b, g] = [3, 9, 1, 2].map(|count| numbers(count, 0));
    let convolved = Convolved { op, images, weight, output, x, w, pattern: None, b, g };
    every_instruction_set(&convolved.without_kinks());
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn convolution_and_its_gradients(case in convolutions()) {
        let expected = case.expected();
        let (x, w, b) = case.layer_inputs();
        let ours = Flex::convolution(case.op, x.clone(), w.clone(), Some(b.clone()));
        let default = reference::convolution::forward(case.op, x, w, Some(b));
        assert_near("forward", &list(ours.clone()), &expected.output);
        assert_near("forward, default", &list(default.clone()), &expected.output);
        let ours = Flex::convolution_gradients(case.op, case.layer(ours, InputGradient::Write));
        let default = reference::convolution::gradients(case.op, case.layer(default, InputGradient::Write));
        for (who, found) in [("ours", ours), ("default", default)] {
            assert_near(who, &list(found.input.unwrap()), &expected.input);
            assert_near(who, &list(found.weight), &gradient_of(&expected.weight, &case.pattern));
            assert_near(who, &list(found.bias.unwrap()), &expected.bias);
        }
    }

    #[test]
    fn a_gradient_is_accumulated_onto_another(case in convolutions()) {
        let there = numbers(case.x.len(), 7);
        let expected: Vec<f64> = case.expected().input.iter().zip(&there).map(|(a, b)| a + f64::from(*b)).collect();
        let (x, w, b) = case.layer_inputs();
        let output = Flex::convolution(case.op, x, w, Some(b));
        let accumulate = || InputGradient::Accumulate(tensor(&there, case.images));
        let ours = Flex::convolution_gradients(case.op, case.layer(output.clone(), accumulate()));
        let default = reference::convolution::gradients(case.op, case.layer(output, accumulate()));
        assert_near("ours", &list(ours.input.unwrap()), &expected);
        assert_near("default", &list(default.input.unwrap()), &expected);
    }

    #[test]
    fn convolution_on_every_instruction_set(mut case in convolutions()) {
        // There are no kernels for the others.
        if case.op.groups != 1 || case.op.padding >= case.weight[2] {
            return Ok(());
        }
        case.op.activation = Activation::Identity;
        every_instruction_set(&case);
    }
}
