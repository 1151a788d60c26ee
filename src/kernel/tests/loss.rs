use super::*;
use burn::tensor::Int;

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn losses(
        (images, classes) in (1..20_usize, 2..30_usize),
        smoothing in 0.0..0.5_f64,
        temperature in 0.5..8.0_f64,
        seed: u64,
    ) {
        let logits: Vec<f32> = numbers(images * classes, seed).iter().map(|value| value * 8.0).collect();
        let teacher: Vec<f32> = numbers(images * classes, seed ^ 1).iter().map(|value| value * 8.0).collect();
        let labels: Vec<i32> = (0..images).map(|image| ((image as u64 ^ seed) % classes as u64) as i32).collect();
        let softened = |logits: &[f32], temperature: f64| -> Vec<f64> {
            let exp: Vec<f64> = logits.iter().map(|logit| (f64::from(*logit) / temperature).exp()).collect();
            exp.iter().map(|value| value / exp.iter().sum::<f64>()).collect()
        };
        let (mut cross, mut soft) = (0.0, 0.0);
        let (mut cross_gradient, mut soft_gradient) = (Vec::new(), Vec::new());
        let n = images as f64;
        for ((logits, teacher), &label) in logits.chunks(classes).zip(teacher.chunks(classes)).zip(&labels) {
            let (p, q, target) = (softened(logits, 1.0), softened(logits, temperature), softened(teacher, temperature));
            for class in 0..classes {
                let one = if class as i32 == label { 1.0 - smoothing } else { 0.0 };
                let label = one + smoothing / classes as f64;
                cross -= label * p[class].ln() / n;
                cross_gradient.push((p[class] - label) / n);
                soft += temperature.powi(2) * target[class] * (target[class] / q[class]).ln() / n;
                soft_gradient.push(temperature * (q[class] - target[class]) / n);
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
