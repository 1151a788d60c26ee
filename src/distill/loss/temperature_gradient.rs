//! The derivative of a term for its temperature: what a learned one is trained by.

use super::outputs::Outputs;
use super::reduce::sum;
use crate::distill::teachers::Heard;
use crate::kernel::Kernel;
use burn::backend::Autodiff;
use burn::tensor::{Int, Tensor};

/// ∂L/∂T of a term at `temperature`, whose `value` L Burn differentiates for all logits: a single value. The `student`'s
/// logits and what is `heard` of teachers are as the term compares them. `None` where there is no such value.
///
/// Such terms are T² times what depends on the student's logits s and the teacher's t divided by T alone, and what several
/// teachers say together is T times what depends on the logits tₘ of each divided by T, with weights that T does not
/// change; so L(c·s, c·t₁, …, c·T) = c² · L(s, t₁, …, T). By Euler's theorem
/// T · ∂L/∂T = 2L − ⟨∂L/∂s, s⟩ − Σₘ ⟨∂L/∂tₘ, tₘ⟩. A softmax does not see what all logits of an image have in common:
/// without it the products are rounded less.
pub(super) fn derivative<B: Kernel>(
    student: Tensor<B, 2>,
    heard: Heard<B>,
    labels: Tensor<B, 1, Int>,
    temperature: f64,
    value: impl FnOnce(&Outputs<Autodiff<B>>) -> Option<Tensor<Autodiff<B>, 1>>,
) -> Option<Tensor<B, 1>> {
    let logits = std::iter::once(student).chain(heard.logits);
    let logits: Vec<Tensor<B, 2>> = logits.map(|logits| logits.clone() - logits.mean_dim(1)).collect();
    let tracked = logits.iter().cloned().map(|logits| Tensor::from_inner(logits).require_grad());
    let tracked: Vec<Tensor<Autodiff<B>, 2>> = tracked.collect();
    let heard = Heard {
        logits: tracked[1..].to_vec(),
        weights: heard.weights.into_iter().map(Tensor::from_inner).collect(),
        mean: heard.mean,
    };
    let teacher = Some(heard.together(Some(temperature)));
    let labels = Tensor::from_inner(labels);
    let value = value(&Outputs { student: tracked[0].clone(), teacher, labels })?;
    let gradients = value.backward();
    let along = tracked.iter().zip(logits).filter_map(|(tracked, logits)| {
        let gradient = tracked.grad(&gradients)?;
        Some(sum(gradient * logits))
    });
    Some(along.fold(value.inner() * 2.0, Tensor::sub).div_scalar(temperature))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distill::schedule::{Current, Learned, Temperature};
    use crate::distill::{Ensemble, LossMix, Said, Seen, Teacher, Teaching};
    use crate::kernel::{Flex, FlexDevice};
    use burn::tensor::TensorData;
    use serde::Deserialize;
    use serde_json::json;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    /// What `temperature.py` wrote.
    #[derive(Deserialize)]
    struct Reference {
        classes: usize,
        student: Vec<f32>,
        teacher: Vec<f32>,
        /// Teachers beside the first, where there are several, and what each counts.
        others: Vec<Vec<f32>>,
        shares: Vec<f64>,
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
        /// How several teachers become one, where there are several.
        ensemble: Option<Ensemble>,
    }

    /// What several teachers say by these shares.
    fn several(ensemble: Ensemble, shares: &[f64], logits: Vec<Tensor<Flex, 2>>) -> Said<Flex> {
        let named = ('a'..).zip(shares);
        let teachers = named.map(|(name, &weight)| Teacher { stage: name.into(), weight }).collect();
        Said::new(Arc::new(Teaching { teachers, ensemble }), logits.into_iter().map(Some).collect())
    }

    #[test]
    fn what_is_learned_goes_against_the_gradient_as_in_pytorch() {
        let text = include_str!("../../../tests/reference/temperature.json");
        let reference: Reference = serde_json::from_str(text).unwrap();
        let logits = |values: &[f32]| {
            let data = TensorData::new(values.to_vec(), [reference.labels.len(), reference.classes]);
            Tensor::<Flex, 2>::from_data(data, &FlexDevice)
        };
        assert_eq!(reference.cases.len(), 11);
        for (name, case) in reference.cases {
            let Case { theta, init, range, strength, temperature, gradient, ensemble } = case;
            let first = logits(&reference.teacher);
            let others = reference.others.iter().map(|teacher| logits(teacher));
            let said = match ensemble {
                Some(ensemble) => {
                    let all = std::iter::once(first).chain(others).collect();
                    several(ensemble, &reference.shares, all)
                }
                None => Said::of_one(first),
            };
            let seen = Seen {
                student: logits(&reference.student),
                labels: Tensor::from_ints(&*reference.labels, &FlexDevice),
                said: Some(&said),
                taps: None,
            };
            let learned = Learned { init, range, strength: strength.into() };
            let current =
                Current { temperature: learned.temperature(theta), reversal: learned.reversal(theta) };
            assert!((current.temperature - temperature).abs() < 1e-12, "{name}");
            let (term, standardize) = match name.split_once(' ') {
                Some((term, how)) => (term, how.ends_with("standardized")),
                None => (&*name, false),
            };
            let written = json!({ term: { "weight": 1.0, "temperature": 1.0, "standardize": standardize } });
            let mut loss: LossMix = serde_json::from_value(written).unwrap();
            for (_, temperature) in loss.learnable_mut() {
                *temperature = Temperature::Current(current);
            }
            let [found] = &loss.terms(&seen)[..] else { panic!("one term is named") };
            let found: Vec<f32> = found.temperature.clone().unwrap().into_data().to_vec().unwrap();
            crate::reference::assert_agree(&name, &found, &[gradient], 0.0);
        }
    }
}
