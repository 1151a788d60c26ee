//! What a term of the loss is that looks at the logits: a name, a weight, and on a batch a value with its gradient.

use super::outputs::Outputs;
use super::seen::Seen;
use super::standardize::{self, standardized};
use super::value::TermValue;
use crate::distill::teachers::Question;
use crate::kernel::Kernel;
use crate::train::Stretch;
use burn::backend::Autodiff;
use burn::tensor::Tensor;

/// What every term has among its settings; the list of the terms implements it.
pub(crate) trait Weighted {
    /// The term's weight in the sum.
    fn weight(&self) -> f64;

    /// The teacher that it names.
    fn own_teacher(&self) -> Option<&str>;
}

/// One term of a loss, of the logits.
pub(super) trait Term: Clone + Weighted {
    /// As users write it.
    const NAME: &'static str;
    const INPUT: TermInput;

    /// The same with its durations in steps, of which an epoch has `per_epoch`.
    fn in_steps(self, _per_epoch: u64) -> Self {
        self
    }

    /// The same, its durations in steps, in a training that is longer by `stretch`.
    fn stretched(self, _stretch: Stretch) -> Self {
        self
    }

    /// The term as it is in step `step` of the training (from 0).
    fn at(&self, _step: u64) -> Self {
        self.clone()
    }

    /// What it divides the teacher's logits by, where it does.
    fn temperature(&self) -> Option<f64> {
        None
    }

    /// Whether it compares standardized logits.
    fn standardizes(&self) -> bool {
        false
    }

    /// The term on one batch, before its weight: a single value, and its gradient for the student's
    /// logits, `[batch, classes]`. A term without a kernel of its own says only its value, to
    /// [`differentiate`].
    fn with_gradient<B: Kernel>(&self, outputs: &Outputs<B>) -> (Tensor<B, 1>, Tensor<B, 2>);
}

/// What `value` gives, and its gradient for the student's logits.
pub(super) fn differentiate<B: Kernel>(
    outputs: &Outputs<B>,
    value: impl FnOnce(&Outputs<Autodiff<B>>) -> Tensor<Autodiff<B>, 1>,
) -> (Tensor<B, 1>, Tensor<B, 2>) {
    let student = Tensor::from_inner(outputs.student.clone()).require_grad();
    let tracked = Outputs {
        student: student.clone(),
        teacher: outputs.teacher.clone().map(Tensor::from_inner),
        labels: Tensor::from_inner(outputs.labels.clone()),
    };
    let value = value(&tracked);
    let gradient = student.grad(&value.backward());
    (value.inner(), gradient.unwrap_or_else(|| outputs.student.zeros_like()))
}

/// What a term looks at besides the student's outputs.
pub(super) enum TermInput {
    Labels,
    Teacher,
}

/// What is known of a term without a batch.
pub(super) struct Presence<'a> {
    pub name: &'static str,
    pub input: TermInput,
    /// The teacher that it names.
    pub own: Option<&'a str>,
}

impl<'a> Presence<'a> {
    pub fn of<T: Term>(term: &'a T) -> Self {
        Self { name: T::NAME, input: T::INPUT, own: term.own_teacher() }
    }

    /// Of a term that looks inside student and teacher.
    pub fn of_taps(name: &'static str, own: Option<&'a str>) -> Self {
        Self { name, input: TermInput::Teacher, own }
    }
}

/// The value of `term` on one batch.
pub(super) fn evaluate<T: Term, B: Kernel>(term: &T, seen: &Seen<'_, B>) -> TermValue<B> {
    let question = Question { own: term.own_teacher(), temperature: term.temperature() };
    let looks = matches!(T::INPUT, TermInput::Teacher);
    let outputs = |prepare: fn(Tensor<B, 2>) -> Tensor<B, 2>| Outputs {
        student: seen.student.clone(),
        teacher: looks.then(|| seen.teacher(question, prepare)),
        labels: seen.labels.clone(),
    };
    let (value, gradient) = match term.standardizes() {
        true => standardize::with_gradient(&outputs(standardized), |outputs| term.with_gradient(outputs)),
        false => term.with_gradient(&outputs(|logits| logits)),
    };
    TermValue::of_logits(T::NAME, term.weight(), value, gradient)
}

#[cfg(test)]
pub(super) mod testing {
    use super::{Seen, Term};
    use crate::distill::Said;
    use burn::tensor::Tensor;
    use burn_flex::{Flex, FlexDevice};

    /// Value of `term` on a batch, and its gradient with respect to the student's logits, row by row.
    pub fn value_and_gradient<const N: usize, const K: usize>(
        term: &impl Term,
        student: [[f32; K]; N],
        teacher: Option<[[f32; K]; N]>,
        labels: [i32; N],
    ) -> (f32, Vec<f32>) {
        let student = Tensor::<Flex, 2>::from_data(student, &FlexDevice);
        let said = teacher.map(|teacher| Said::of_one(Tensor::from_data(teacher, &FlexDevice)));
        let labels = Tensor::from_data(labels, &FlexDevice);
        let found = super::evaluate(term, &Seen { student, labels, said: said.as_ref(), taps: None });
        (found.value.into_scalar(), found.logits.unwrap().into_data().to_vec().unwrap())
    }

    pub fn assert_near((value, gradient): (f32, Vec<f32>), expected: f32, expected_gradient: &[f32]) {
        assert!((value - expected).abs() < 1e-6 * expected.abs().max(1.0), "value {value}, not {expected}");
        let near = gradient.iter().zip(expected_gradient).all(|(a, b)| (a - b).abs() < 1e-6);
        let near = near && gradient.len() == expected_gradient.len();
        assert!(near, "gradient {gradient:?}, not {expected_gradient:?}");
    }
}
