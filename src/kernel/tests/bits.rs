//! Every kernel gives the same bits on every instruction set.

use super::convolution::{Convolved, convolutions};
use super::*;
use burn::tensor::activation::{log_softmax, sigmoid, softmax};

/// Asserts that all that `compute` returns has the same bits on every instruction set.
#[track_caller]
fn assert_same_bits(compute: impl Fn() -> Vec<Vec<f32>>) {
    let of = |isa: Isa| -> Vec<Vec<u32>> {
        let _forced = forced::force(isa);
        compute().iter().map(|values| values.iter().map(|value| value.to_bits()).collect()).collect()
    };
    let [first, others @ ..] = &Isa::tested()[..] else { panic!("there is an instruction set") };
    let expected = of(*first);
    for isa in others {
        for (array, (found, expected)) in of(*isa).iter().zip(&expected).enumerate() {
            assert_eq!(found.len(), expected.len());
            let other = found.iter().zip(expected).position(|(found, expected)| found != expected);
            assert_eq!(other, None, "{isa:?} and {first:?} differ in array {array}");
        }
    }
}

fn layer<const D: usize>(gradients: LayerGradients<Flex, D>) -> Vec<Vec<f32>> {
    let LayerGradients { input, weight, bias } = gradients;
    [input.map(list), Some(list(weight)), bias.map(list)].into_iter().flatten().collect()
}

fn convolved(case: &Convolved) -> Vec<Vec<f32>> {
    let (x, w, b) = case.layer_inputs();
    let output = Flex::convolution(case.op, x, w, Some(b));
    let values = list(output.clone());
    let there = tensor(&numbers(case.x.len(), 7), case.images);
    let gradients = [InputGradient::Write, InputGradient::Accumulate(there)]
        .map(|input| layer(Flex::convolution_gradients(case.op, case.layer(output.clone(), input))));
    [vec![values], gradients.concat()].concat()
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn of_convolutions(case in convolutions()) {
        assert_same_bits(|| convolved(&case));
    }

    #[test]
    fn of_linear_layers(
        (batch, inputs, outputs) in (1..140_usize, 1..120_usize, 1..40_usize),
        share in 0.0..1.0_f32,
        activation in prop_oneof![Just(Activation::Identity), Just(Activation::Relu)],
        seed: u64,
    ) {
        let mask: Vec<bool> = numbers(outputs * inputs, seed ^ 5).iter().map(|value| value.abs() < share).collect();
        let (x, w) = (numbers(batch * inputs, seed), numbers(outputs * inputs, seed ^ 1));
        let (b, g) = (numbers(outputs, seed ^ 2), numbers(batch * outputs, seed ^ 3));
        for pattern in [None, Some(Arc::new(SparsityPattern::new(&mask, inputs)))] {
            assert_same_bits(|| {
                let (x, weight) = (tensor(&x, [batch, inputs]), weight_of(&w, [outputs, inputs], &pattern));
                let bias = Some(tensor(&b, [outputs]));
                let output = Flex::linear_layer(activation, x.clone(), weight.clone(), bias);
                let values = list(output.clone());
                let gradients = [InputGradient::Write, InputGradient::Accumulate(x.clone())].map(|input_gradient| {
                    let (input, bias) = (x.clone(), Bias::Present);
                    let (weight, output) = (weight.clone(), output.clone());
                    let gradient = tensor(&g, [batch, outputs]);
                    let of = LayerBackward { input, weight, bias, output, gradient, input_gradient };
                    layer(Flex::linear_gradients(activation, of))
                });
                [vec![values], gradients.concat()].concat()
            });
        }
    }

    #[test]
    fn of_batch_norm_and_pooling(
        images in prop_oneof![15 => [1..6_usize, 2..9_usize, 2..9_usize, 1..40_usize], 1 => Just([5, 32, 33, 17])],
        activation in prop_oneof![Just(Activation::Identity), Just(Activation::Relu)],
        statistics in prop_oneof![Just(Statistics::Batch), Just(Statistics::Running)],
        has_residual: bool,
        seed: u64,
    ) {
        let [batch, height, width, channels] = images;
        let count = images.iter().product();
        let [x, r, g] = [0, 1, 2].map(|salt| numbers(count, seed ^ salt));
        let [w, b] = [3, 4].map(|salt| numbers(channels, seed ^ salt));
        let op = Normalization { epsilon: 1e-5, statistics, activation };
        assert_same_bits(|| {
            let [x, r, g] = [&x, &r, &g].map(|values| tensor(values, images));
            let [mean, variance] = Flex::moments(x.clone());
            let found = vec![list(mean.clone()), list(variance.clone())];
            let norm = Norm { mean, variance, weight: tensor(&w, [channels]), bias: tensor(&b, [channels]) };
            let (residual, added) = match has_residual {
                true => (Residual::Present, Some(r)),
                false => (Residual::Absent, None),
            };
            let output = Flex::normalize(op, x.clone(), norm.clone(), added);
            let values = list(output.clone());
            let input = x.clone();
            let of = NormBackward { input, norm, residual, output, gradient: g.clone() };
            let NormGradients { input, weight, bias, residual } = Flex::normalize_gradients(op, of);
            let gradients = [Some(list(input)), Some(list(weight)), Some(list(bias)), residual.map(list)];
            let pool = MaxPool { kernel: 2, stride: 2 };
            let pooled = Flex::max_pool(pool, x.clone());
            let of_pool = Flex::max_pool_gradient(pool, x.clone(), pooled.clone(), pooled.clone());
            let mean = Flex::global_average(x.clone());
            let of_mean = Flex::global_average_gradient([batch, height, width, channels], mean.clone());
            let others = [list(pooled), list(of_pool), list(mean), list(of_mean), list(Flex::flatten(x))];
            [found, vec![values], gradients.into_iter().flatten().collect(), others.to_vec()].concat()
        });
    }

    /// What losses and importances are made of.
    #[test]
    fn of_operations_on_tensors(
        [batch, rows, depth, columns] in [1..5_usize, 1..40_usize, 1..200_usize, 1..40_usize],
        seed: u64,
    ) {
        let left = numbers(batch * rows * depth, seed);
        let right = numbers(depth * columns, seed ^ 1);
        assert_same_bits(|| {
            let (left, right) = (tensor(&left, [batch, rows, depth]), tensor(&right, [1, depth, columns]));
            let product = left.clone().matmul(right);
            let gram = left.clone().matmul(left.clone().swap_dims(1, 2));
            let sums = [0, 1, 2].map(|dim| list(left.clone().sum_dim(dim)));
            let means = [0, 1, 2].map(|dim| list(left.clone().mean_dim(dim)));
            let whole = [left.clone().sum(), left.clone().mean()].map(list);
            let soft = [softmax(left.clone(), 2), log_softmax(left.clone(), 2), sigmoid(left.clone())].map(list);
            let positive = left.clone().abs() + 0.1;
            let elementary = [
                left.clone().exp(),
                positive.clone().log(),
                positive.clone().log1p(),
                positive.clone().sqrt(),
                positive.clone().recip(),
                positive.powf_scalar(-0.5),
                left / 3.0,
            ];
            let products = [list(product), list(gram)];
            let elementary = elementary.map(list).to_vec();
            [products.to_vec(), sums.to_vec(), means.to_vec(), whole.to_vec(), soft.to_vec(), elementary].concat()
        });
    }

    #[test]
    fn of_updates(count in prop_oneof![15 => 1..200_usize, 1 => Just(70_001)], masked: bool, seed: u64) {
        let [value, first, second, gradient] = [0, 1, 2, 3].map(|salt| numbers(count, seed ^ salt));
        let kept: Vec<f32> = numbers(count, seed ^ 4).iter().map(|x| f32::from(u8::from(*x > 0.0))).collect();
        assert_same_bits(|| {
            let [value, first] = [&value, &first].map(|values| tensor(values, [count]));
            let second = tensor(&second, [count]).abs();
            let mask = masked.then(|| tensor(&kept, [count]));
            let arrays = Arrays { value, state: [first, second] };
            let Arrays { value, state } = Flex::update(&super::update::Moments, arrays, tensor(&gradient, [count]), mask);
            let [first, second] = state.map(list);
            vec![list(value), first, second]
        });
    }
}
