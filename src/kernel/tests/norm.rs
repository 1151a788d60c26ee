use super::*;

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn batch_norm(
        // Rarely so many values that they are several tasks.
        images in prop_oneof![15 => [1..6_usize, 1..9_usize, 1..9_usize, 1..40_usize], 1 => Just([5, 32, 33, 17])],
        activation in prop_oneof![Just(Activation::Identity), Just(Activation::Relu)],
        statistics in prop_oneof![Just(Statistics::Batch), Just(Statistics::Running)],
        has_residual: bool,
        isa in isas(),
        seed: u64,
    ) {
        let _forced = forced::force(isa);
        let [batch, height, width, channels] = images;
        let pixels = batch * height * width;
        // With one or two pixels the gradient of the input is all rounding.
        prop_assume!(pixels > 2);
        let count = pixels * channels;
        let x: Vec<f32> = numbers(count, seed).iter().map(|value| value * 3.0 + 5.0).collect();
        let (r, g) = (numbers(count, seed ^ 1), numbers(count, seed ^ 2));
        let (w, b) = (numbers(channels, seed ^ 3), numbers(channels, seed ^ 4));
        let of = |channel: usize| x.iter().skip(channel).step_by(channels).map(|value| f64::from(*value));
        let mean: Vec<f64> = (0..channels).map(|channel| of(channel).sum::<f64>() / pixels as f64).collect();
        let square = |channel: usize| of(channel).map(|value| (value - mean[channel]).powi(2)).sum::<f64>();
        let variance: Vec<f64> = (0..channels).map(|channel| square(channel) / pixels as f64).collect();
        let inverse: Vec<f64> = variance.iter().map(|variance| 1.0 / (variance + 1e-5).sqrt()).collect();
        let normal = |at: usize| (f64::from(x[at]) - mean[at % channels]) * inverse[at % channels];
        let output: Vec<f64> = (0..count)
            .map(|at| {
                let residual = if has_residual { f64::from(r[at]) } else { 0.0 };
                let value = normal(at) * f64::from(w[at % channels]) + f64::from(b[at % channels]);
                relu(activation, value + residual)
            })
            .collect();

        let [ours_mean, ours_variance] = Flex::moments(tensor(&x, images));
        assert_near("mean", &list(ours_mean.clone()), &mean);
        assert_near("variance", &list(ours_variance.clone()), &variance);
        let [default_mean, default_variance] = reference::norm::moments(tensor(&x, images));
        assert_near("mean, default", &list(default_mean), &mean);
        assert_near("variance, default", &list(default_variance), &variance);

        let op = Normalization { epsilon: 1e-5, statistics, activation };
        let norm = || Norm {
            mean: ours_mean.clone(),
            variance: ours_variance.clone(),
            weight: tensor(&w, [channels]),
            bias: tensor(&b, [channels]),
        };
        let residual = || has_residual.then(|| tensor(&r, images));
        let ours = Flex::normalize(op, tensor(&x, images), norm(), residual());
        assert_near("forward", &list(ours.clone()), &output);
        let default = reference::norm::forward(op, tensor(&x, images), norm(), residual());
        assert_near("forward, default", &list(default), &output);

        // Where the output is within rounding of the kink, both gradients are right: the tested output decides.
        let kink: Vec<f32> = list(ours.clone());
        let passes = |at: usize| activation == Activation::Identity || kink[at] > 0.0;
        let gradient: Vec<f64> = (0..count).map(|at| if passes(at) { f64::from(g[at]) } else { 0.0 }).collect();
        let (mut weight, mut bias) = (vec![0.0; channels], vec![0.0; channels]);
        for at in 0..count {
            weight[at % channels] += gradient[at] * normal(at);
            bias[at % channels] += gradient[at];
        }
        let input: Vec<f64> = (0..count)
            .map(|at| {
                let channel = at % channels;
                let centre = match statistics {
                    Statistics::Batch => (bias[channel] + normal(at) * weight[channel]) / pixels as f64,
                    Statistics::Running => 0.0,
                };
                (gradient[at] - centre) * f64::from(w[channel]) * inverse[channel]
            })
            .collect();
        let layer = || NormBackward {
            input: tensor(&x, images),
            norm: norm(),
            residual: if has_residual { Residual::Present } else { Residual::Absent },
            output: ours.clone(),
            gradient: tensor(&g, images),
        };
        let found = [Flex::normalize_gradients(op, layer()), reference::norm::gradients(op, layer())];
        for (who, found) in ["ours", "default"].into_iter().zip(found) {
            assert_near(who, &list(found.weight), &weight);
            assert_near(who, &list(found.bias), &bias);
            assert_near(who, &list(found.input), &input);
            prop_assert_eq!(found.residual.is_some(), has_residual);
            if let Some(residual) = found.residual {
                assert_near(who, &list(residual), &gradient);
            }
        }
    }
}
