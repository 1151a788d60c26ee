use super::*;

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn max_pooling(
        (batch, height, width, channels) in (1..4_usize, 1..12_usize, 1..12_usize, 1..40_usize),
        (kernel, stride) in (1..4_usize, 1..4_usize),
        isa in isas(),
        seed: u64,
    ) {
        let _forced = forced::force(isa);
        prop_assume!(kernel <= height && kernel <= width);
        let images = [batch, height, width, channels];
        let x = numbers(images.iter().product(), seed);
        let [rows, columns] = [(height - kernel) / stride + 1, (width - kernel) / stride + 1];
        let output = [batch, rows, columns, channels];
        let g = numbers(output.iter().product(), seed ^ 1);
        let (mut largest, mut expected) = (Vec::new(), vec![0.0; x.len()]);
        for (n, row, column, channel) in indices(output) {
            let index = |(y, x, ..): (usize, usize, usize, usize)| {
                ((n * height + row * stride + y) * width + column * stride + x) * channels + channel
            };
            let window = indices([kernel, kernel, 1, 1]).map(index);
            let winner = window.reduce(|best, at| if x[at] > x[best] { at } else { best }).unwrap();
            expected[winner] += f64::from(g[largest.len()]);
            largest.push(f64::from(x[winner]));
        }
        let op = MaxPool { kernel, stride };
        let pooled = Flex::max_pool(op, tensor(&x, images));
        assert_near("forward", &list(pooled.clone()), &largest);
        assert_near("default", &list(reference::pool::max(op, tensor(&x, images))), &largest);
        let ours = Flex::max_pool_gradient(op, tensor(&x, images), pooled, tensor(&g, output));
        assert_near("gradient", &list(ours), &expected);
        let default = reference::pool::max_gradient(op, tensor(&x, images), tensor(&g, output));
        assert_near("gradient, default", &list(default), &expected);
        let [x, g] = [tensor(&x, images), tensor(&g, output)].map(Tensor::from_inner);
        let recorded = reference::pool::recorded_max_gradient(op, x, g);
        assert_near("gradient, recorded", &list(recorded.inner()), &expected);
    }
}
