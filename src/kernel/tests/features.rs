use super::*;

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn averages_and_features(images in [1..5_usize, 1..9_usize, 1..9_usize, 1..40_usize], isa in isas(), seed: u64) {
        let _forced = forced::force(isa);
        let [batch, height, width, channels] = images;
        let x = numbers(images.iter().product(), seed);
        let g = numbers(batch * channels, seed ^ 1);
        let pixels = height * width;
        let mut mean = vec![0.0; batch * channels];
        let mut features = vec![0.0; x.len()];
        for (n, pixel, channel, _) in indices([batch, pixels, channels, 1]) {
            let value = f64::from(x[(n * pixels + pixel) * channels + channel]);
            mean[n * channels + channel] += value / pixels as f64;
            features[(n * channels + channel) * pixels + pixel] = value;
        }
        let expected: Vec<f64> = (0..x.len())
            .map(|at| f64::from(g[at / (pixels * channels) * channels + at % channels]) / pixels as f64)
            .collect();
        assert_near("mean", &list(Flex::global_average(tensor(&x, images))), &mean);
        let gradient = Flex::global_average_gradient(images, tensor(&g, [batch, 1, 1, channels]));
        assert_near("mean's gradient", &list(gradient), &expected);
        let flat = Flex::flatten(tensor(&x, images));
        assert_near("features", &list(flat.clone()), &features);
        assert_eq!(list(Flex::flatten_gradient(images, flat)), x);
    }
}
