use super::*;
use burn::tensor::Int;

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn losses(
        (images, classes) in (1..20_usize, 2..30_usize),
        smoothing in 0.0..0.5_f64,
        temperature in prop_oneof![Just(0.01), Just(1.0), 0.5..8.0_f64, Just(1000.0)],
        seed: u64,
    ) {
        let logits: Vec<f32> = numbers(images * classes, seed).iter().map(|value| value * 8.0).collect();
        let teacher: Vec<f32> = numbers(images * classes, seed ^ 1).iter().map(|value| value * 8.0).collect();
        let labels: Vec<i32> = (0..images).map(|image| ((image as u64 ^ seed) % classes as u64) as i32).collect();
        let log_softmax = |logits: &[f32], temperature: f64| -> Vec<f64> {
            let largest = logits.iter().copied().fold(f32::MIN, f32::max);
            let shifted: Vec<f64> =
                logits.iter().map(|logit| (f64::from(*logit) - f64::from(largest)) / temperature).collect();
            let sum: f64 = shifted.iter().map(|logit| logit.exp()).sum();
            shifted.iter().map(|logit| logit - sum.ln()).collect()
        };
        let (mut cross, mut soft) = (0.0, 0.0);
        let (mut cross_gradient, mut soft_gradient) = (Vec::new(), Vec::new());
        let n = images as f64;
        for ((logits, teacher), &label) in logits.chunks(classes).zip(teacher.chunks(classes)).zip(&labels) {
            let plain = log_softmax(logits, 1.0);
            let (q, p) = (log_softmax(logits, temperature), log_softmax(teacher, temperature));
            for class in 0..classes {
                let one = if class as i32 == label { 1.0 - smoothing } else { 0.0 };
                let label = one + smoothing / classes as f64;
                cross -= label * plain[class] / n;
                cross_gradient.push((plain[class].exp() - label) / n);
                soft += temperature.powi(2) * p[class].exp() * (p[class] - q[class]) / n;
                soft_gradient.push(temperature * (q[class].exp() - p[class].exp()) / n);
            }
        }
        let shape = [images, classes];
        let of_labels = || Tensor::<Flex, 1, Int>::from_data(TensorData::new(labels.clone(), [images]), &FlexDevice);
        for (value, gradient) in [
            Flex::cross_entropy(tensor(&logits, shape), of_labels(), smoothing),
            reference::loss::cross_entropy(tensor(&logits, shape), of_labels(), smoothing),
        ] {
            assert_near("cross-entropy", &list(value), &[cross]);
            assert_near("its gradient", &list(gradient), &cross_gradient);
        }
        for (value, gradient) in [
            Flex::soft_labels(tensor(&logits, shape), tensor(&teacher, shape), temperature),
            reference::loss::soft_labels(tensor(&logits, shape), tensor(&teacher, shape), temperature),
        ] {
            assert_near("soft labels", &list(value), &[soft]);
            assert_near("its gradient", &list(gradient), &soft_gradient);
        }
    }
}

// At T = 1000 the softened outputs are all but equal: with d = (2, 0) / T and p = (½, ½), KL is half the variance
// of d, 1 / 2T², and q − p is −p times d less its mean: (−1, 1) / 2T. What is left out is of the order of 1 / T².
#[test]
fn soft_labels_at_a_high_temperature_compare_logits() {
    let (student, teacher) = (|| tensor(&[5.0, 5.0], [1, 2]), || tensor(&[2.0, 0.0], [1, 2]));
    for (value, gradient) in [
        Flex::soft_labels(student(), teacher(), 1000.0),
        reference::loss::soft_labels(student(), teacher(), 1000.0),
    ] {
        assert_near("soft labels", &list(value), &[0.5]);
        assert_near("its gradient", &list(gradient), &[-0.5, 0.5]);
    }
}
