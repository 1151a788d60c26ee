use super::*;

proptest! {
    #![proptest_config(cases(96))]

    /// Whichever factor is stored as its transpose.
    #[test]
    fn products_of_matrices(
        (pairs, rows, depth, columns) in prop_oneof![
            15 => (1..5_usize, 1..40_usize, 1..40_usize, 1..40_usize),
            // Several tasks.
            1 => Just((3, 130, 65, 129)),
        ],
        isa in isas(),
        seed: u64,
    ) {
        let _forced = forced::force(isa);
        let (left, right) = (numbers(pairs * rows * depth, seed), numbers(pairs * depth * columns, seed ^ 1));
        let mut expected = vec![0.0_f64; pairs * rows * columns];
        for (pair, row, column, at) in indices([pairs, rows, columns, depth]) {
            expected[(pair * rows + row) * columns + column] +=
                f64::from(left[(pair * rows + row) * depth + at]) * f64::from(right[(pair * depth + at) * columns + column]);
        }
        let (left, right) = (tensor(&left, [pairs, rows, depth]), tensor(&right, [pairs, depth, columns]));
        // The same matrices, stored as their transposes.
        let stored = |matrices: &Tensor<Flex, 3>| {
            let swapped = matrices.clone().swap_dims(1, 2);
            let dims = swapped.dims();
            tensor(&list(swapped), dims).swap_dims(1, 2)
        };
        let product = list(left.clone().matmul(right.clone()));
        assert_near("product", &product, &expected);
        let [left_stored, right_stored] = [stored(&left), stored(&right)];
        for (left, right) in [
            (left_stored.clone(), right),
            (left, right_stored.clone()),
            (left_stored, right_stored),
        ] {
            assert_eq!(list(left.matmul(right)), product);
        }
    }

    /// With a dense and with a sparse weight.
    #[test]
    fn linear_layers(
        (batch, inputs, outputs) in prop_oneof![
            15 => (1..140_usize, 1..240_usize, 1..60_usize),
            // Several tasks.
            1 => Just((140, 240, 100)),
        ],
        share in 0.0..1.0_f32,
        activation in prop_oneof![Just(Activation::Identity), Just(Activation::Relu)],
        isa in isas(),
        seed: u64,
    ) {
        let _forced = forced::force(isa);
        let mask: Vec<bool> = numbers(outputs * inputs, seed ^ 5).iter().map(|value| value.abs() < share).collect();
        let (x, mut w) = (numbers(batch * inputs, seed), numbers(outputs * inputs, seed ^ 1));
        let (b, mut g) = (numbers(outputs, seed ^ 2), numbers(batch * outputs, seed ^ 3));
        for pattern in [None, Some(Arc::new(SparsityPattern::new(&mask, inputs)))] {
            if pattern.is_some() {
                w.iter_mut().zip(&mask).filter(|(_, kept)| !**kept).for_each(|(weight, _)| *weight = 0.0);
            }
            let mut output: Vec<f64> = (0..batch * outputs).map(|at| f64::from(b[at % outputs])).collect();
            for (n, o, i, _) in indices([batch, outputs, inputs, 1]) {
                output[n * outputs + o] += f64::from(x[n * inputs + i]) * f64::from(w[o * inputs + i]);
            }
            without_kinks(&mut g, &output);
            output.iter_mut().for_each(|value| *value = relu(activation, *value));
            let passes = |at: usize| activation == Activation::Identity || output[at] > 0.0;
            let gradient: Vec<f64> = (0..g.len()).map(|at| if passes(at) { f64::from(g[at]) } else { 0.0 }).collect();
            let (mut input, mut weight, mut bias) = (vec![0.0; x.len()], vec![0.0; w.len()], vec![0.0; outputs]);
            for (n, o, i, _) in indices([batch, outputs, inputs, 1]) {
                input[n * inputs + i] += gradient[n * outputs + o] * f64::from(w[o * inputs + i]);
                weight[o * inputs + i] += gradient[n * outputs + o] * f64::from(x[n * inputs + i]);
            }
            gradient.iter().enumerate().for_each(|(at, gradient)| bias[at % outputs] += gradient);

            let (inner, weights) = (tensor(&x, [batch, inputs]), weight_of(&w, [outputs, inputs], &pattern));
            let weight = gradient_of(&weight, &pattern);
            let biases = Some(tensor(&b, [outputs]));
            let ours = Flex::linear_layer(activation, inner.clone(), weights.clone(), biases.clone());
            let default = reference::linear::forward(activation, inner.clone(), weights.clone(), biases);
            assert_near("forward", &list(ours.clone()), &output);
            assert_near("forward, default", &list(default.clone()), &output);
            let layer = |output, input_gradient| LayerBackward {
                input: inner.clone(),
                weight: weights.clone(),
                bias: Bias::Present,
                output,
                gradient: tensor(&g, [batch, outputs]),
                input_gradient,
            };
            let accumulated = Flex::linear_gradients(activation, layer(ours.clone(), InputGradient::Accumulate(inner.clone())));
            let sum: Vec<f64> = input.iter().zip(&x).map(|(a, b)| a + f64::from(*b)).collect();
            assert_near("accumulated", &list(accumulated.input.unwrap()), &sum);
            let ours = Flex::linear_gradients(activation, layer(ours, InputGradient::Write));
            assert_near("weight", &list(ours.weight), &weight);
            assert_near("input", &list(ours.input.unwrap()), &input);
            assert_near("bias", &list(ours.bias.unwrap()), &bias);
            let default = reference::linear::gradients(activation, layer(default, InputGradient::Write));
            assert_near("input, default", &list(default.input.unwrap()), &input);
            assert_near("bias, default", &list(default.bias.unwrap()), &bias);
            assert_near("weight, default", &list(default.weight), &weight);
        }
    }
}
