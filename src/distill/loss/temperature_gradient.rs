//! The derivative of a term for its temperature: what a learned one is trained by.

use super::outputs::Outputs;
use super::reduce::sum;
use crate::kernel::Kernel;
use burn::backend::Autodiff;
use burn::tensor::Tensor;

/// ∂L/∂T of a term at `temperature`, whose `value` L Burn differentiates for the logits of both networks: a single value.
/// `None` where there is no such value.
///
/// Such terms are T² times what depends on the student's logits s and the teacher's t divided by T alone, so
/// L(c·s, c·t, c·T) = c² · L(s, t, T). By Euler's theorem T · ∂L/∂T = 2L − ⟨∂L/∂s, s⟩ − ⟨∂L/∂t, t⟩. A softmax does not see
/// what all logits of an image have in common: without it the products are rounded less.
pub(super) fn derivative<B: Kernel>(
    outputs: &Outputs<B>,
    temperature: f64,
    value: impl FnOnce(&Outputs<Autodiff<B>>) -> Option<Tensor<Autodiff<B>, 1>>,
) -> Option<Tensor<B, 1>> {
    let logits =
        [outputs.student.clone(), outputs.teacher()].map(|logits| logits.clone() - logits.mean_dim(1));
    let [student, teacher] = logits.clone().map(|logits| Tensor::from_inner(logits).require_grad());
    let labels = Tensor::from_inner(outputs.labels.clone());
    let value = value(&Outputs { student: student.clone(), teacher: Some(teacher.clone()), labels })?;
    let gradients = value.backward();
    let along = [student, teacher].into_iter().zip(logits).filter_map(|(tracked, logits)| {
        let gradient = tracked.grad(&gradients)?;
        Some(sum(gradient * logits))
    });
    Some(along.fold(value.inner() * 2.0, Tensor::sub).div_scalar(temperature))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distill::LossMix;
    use crate::distill::schedule::{Current, Learned, Temperature};
    use burn::tensor::TensorData;
    use burn_flex::{Flex, FlexDevice};
    use serde::Deserialize;
    use serde_json::json;
    use std::collections::BTreeMap;

    /// What `temperature.py` wrote.
    #[derive(Deserialize)]
    struct Reference {
        classes: usize,
        student: Vec<f32>,
        teacher: Vec<f32>,
        labels: Vec<i32>,
        cases: BTreeMap<String, Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        theta: f64,
        init: f64,
        range: f64,
        strength: f64,
        temperature: f64,
        gradient: f64,
    }

    #[test]
    fn what_is_learned_goes_against_the_gradient_as_in_pytorch() {
        let text = include_str!("../../../tests/reference/temperature.json");
        let reference: Reference = serde_json::from_str(text).unwrap();
        let logits = |values: &[f32]| {
            let data = TensorData::new(values.to_vec(), [reference.labels.len(), reference.classes]);
            Tensor::<Flex, 2>::from_data(data, &FlexDevice)
        };
        let outputs = Outputs {
            student: logits(&reference.student),
            teacher: Some(logits(&reference.teacher)),
            labels: Tensor::from_ints(&*reference.labels, &FlexDevice),
        };
        assert_eq!(reference.cases.len(), 6);
        for (name, case) in reference.cases {
            let Case { theta, init, range, strength, temperature, gradient } = case;
            let learned = Learned { init, range, strength: strength.into() };
            let current =
                Current { temperature: learned.temperature(theta), reversal: learned.reversal(theta) };
            assert!((current.temperature - temperature).abs() < 1e-12, "{name}");
            let (term, standardize) = match name.split_once(' ') {
                Some((term, how)) => (term, how == "standardized"),
                None => (&*name, false),
            };
            let written = json!({ term: { "weight": 1.0, "temperature": 1.0, "standardize": standardize } });
            let mut loss: LossMix = serde_json::from_value(written).unwrap();
            for (_, temperature) in loss.learnable_mut() {
                *temperature = Temperature::Current(current);
            }
            let [found] = &loss.terms(&outputs, None)[..] else { panic!("one term is named") };
            let found: Vec<f32> = found.temperature.clone().unwrap().into_data().to_vec().unwrap();
            crate::reference::assert_agree(&name, &found, &[gradient], 0.0);
        }
    }
}
