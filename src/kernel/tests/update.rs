use super::*;

/// s ← s / 2 + g; w ← w − s / 4.
struct Halving;

impl UpdateRule<1> for Halving {
    fn tensors<B: burn::tensor::backend::Backend>(
        &self,
        arrays: Arrays<B, 1>,
        gradient: Tensor<B, 1>,
    ) -> Arrays<B, 1> {
        let Arrays { value, state: [state] } = arrays;
        let state = state * 0.5 + gradient;
        Arrays { value: value - state.clone() * 0.25, state: [state] }
    }

    fn element(&self, value: f32, [state]: [f32; 1], gradient: f32) -> (f32, [f32; 1]) {
        let state = state * 0.5 + gradient;
        (value - state * 0.25, [state])
    }
}

/// As Adam: both averages of the gradient, a root and a quotient.
pub struct Moments;

impl UpdateRule<2> for Moments {
    fn tensors<B: burn::tensor::backend::Backend>(
        &self,
        arrays: Arrays<B, 2>,
        gradient: Tensor<B, 1>,
    ) -> Arrays<B, 2> {
        let Arrays { value, state: [first, second] } = arrays;
        let first = first * 0.9 + gradient.clone() * 0.1;
        let second = second * 0.999 + gradient.clone() * gradient * 0.001;
        let value = value - first.clone() * 0.01 / (second.clone().sqrt() + 1e-8);
        Arrays { value, state: [first, second] }
    }

    fn element(&self, value: f32, [first, second]: [f32; 2], gradient: f32) -> (f32, [f32; 2]) {
        let first = first * 0.9 + gradient * 0.1;
        let second = second * 0.999 + gradient * gradient * 0.001;
        (value - first * 0.01 / (second.sqrt() + 1e-8), [first, second])
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn updates(count in prop_oneof![15 => 1..200_usize, 1 => Just(70_001)], masked: bool, isa in isas(), seed: u64) {
        let _forced = forced::force(isa);
        let (value, state, gradient) = (numbers(count, seed), numbers(count, seed ^ 1), numbers(count, seed ^ 2));
        let kept: Vec<f32> = numbers(count, seed ^ 3).iter().map(|x| f32::from(u8::from(!masked || *x > 0.0))).collect();
        let arrays = || Arrays { value: tensor(&value, [count]), state: [tensor(&state, [count])] };
        let mask = || masked.then(|| tensor(&kept, [count]));
        let expected = |at: usize| {
            let state = f64::from(state[at]) * 0.5 + f64::from(gradient[at] * kept[at]);
            ((f64::from(value[at]) - state * 0.25) * f64::from(kept[at]), state)
        };
        let (values, states): (Vec<f64>, Vec<f64>) = (0..count).map(expected).unzip();
        for found in [
            Flex::update(&Halving, arrays(), tensor(&gradient, [count]), mask()),
            reference::update(&Halving, arrays(), tensor(&gradient, [count]), mask()),
        ] {
            let [state] = found.state;
            assert_near("state", &list(state), &states);
            let value = list(found.value);
            assert_near("value", &value, &values);
            prop_assert!(value.iter().zip(&kept).all(|(value, kept)| *kept == 1.0 || *value == 0.0));
        }
    }
}

#[test]
fn what_is_masked_is_zero_whatever_its_gradient() {
    let gradient = || tensor(&[f32::NAN, f32::INFINITY, 1.0], [3]);
    let arrays = || Arrays { value: tensor(&[0.0, 0.0, 1.0], [3]), state: [tensor(&[0.0; 3], [3])] };
    let mask = || Some(tensor(&[0.0, 0.0, 1.0], [3]));
    for found in [
        Flex::update(&Halving, arrays(), gradient(), mask()),
        reference::update(&Halving, arrays(), gradient(), mask()),
    ] {
        let [state] = found.state;
        assert_eq!((list(found.value), list(state)), (vec![0.0, 0.0, 0.75], vec![0.0, 0.0, 1.0]));
    }
}
