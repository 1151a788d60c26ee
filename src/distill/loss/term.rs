//! What a term of the loss is that looks at the logits: a name, a weight, and on a batch a value with its gradient.

use super::outputs::Outputs;
use super::standardize;
use super::temperature_gradient::derivative;
use super::value::TermValue;
use crate::distill::schedule::{Scheduled, Temperature};
use crate::kernel::Kernel;
use crate::train::Stretch;
use burn::backend::Autodiff;
use burn::tensor::Tensor;

/// What every term has among its settings; the list of the terms implements it.
pub(crate) trait Weighted {
    /// The term's weight in the sum.
    fn weight(&self) -> &Scheduled;
}

/// One term of a loss, of the logits.
pub(super) trait Term: Clone + Weighted {
    /// As users write it.
    const NAME: &'static str;
    const INPUT: TermInput;

    /// What may follow a schedule besides the weight, with its key.
    fn scheduled(&self) -> Option<(&'static str, &Scheduled)> {
        None
    }

    fn scheduled_mut(&mut self) -> Option<&mut Scheduled> {
        None
    }

    /// What softens the outputs of both networks, where it may be learned.
    fn learnable(&self) -> Option<&Temperature> {
        None
    }

    fn learnable_mut(&mut self) -> Option<&mut Temperature> {
        None
    }

    /// The same with its own durations, besides those of weight and temperature, in steps, of which an epoch has
    /// `per_epoch`.
    fn in_steps(self, _per_epoch: u64) -> Self {
        self
    }

    /// The same, its own durations in steps, in a training that is longer by `stretch`.
    fn stretched(self, _stretch: Stretch) -> Self {
        self
    }

    /// The term as it is in step `step` of the training (from 0), with the weight and the temperature of that step.
    fn at(&self, _step: u64) -> Self {
        self.clone()
    }

    /// The term when its own durations are over.
    fn ended(self) -> Self {
        self
    }

    /// Whether it compares standardized logits.
    fn standardizes(&self) -> bool {
        false
    }

    /// The term on one batch, before its weight: a single value, and its gradient for the student's
    /// logits, `[batch, classes]`. A term without a kernel of its own says only its value, to
    /// [`differentiate`].
    fn with_gradient<B: Kernel>(&self, outputs: &Outputs<B>) -> (Tensor<B, 1>, Tensor<B, 2>);

    /// The value alone of a term whose temperature may be learned, by operations that Burn differentiates for the logits
    /// of both networks.
    fn softened_value<B: Kernel>(&self, _outputs: &Outputs<B>) -> Option<Tensor<B, 1>> {
        None
    }
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
pub(super) struct Presence {
    pub name: &'static str,
    pub input: TermInput,
}

impl Presence {
    pub fn of<T: Term>(_: &T) -> Self {
        Self { name: T::NAME, input: T::INPUT }
    }

    /// Of a term that looks inside student and teacher.
    pub fn of_taps(name: &'static str) -> Self {
        Self { name, input: TermInput::Teacher }
    }
}

/// The value of `term` on one batch.
pub(super) fn evaluate<T: Term, B: Kernel>(term: &T, outputs: &Outputs<B>) -> TermValue<B> {
    let (value, gradient) = match term.standardizes() {
        true => standardize::with_gradient(outputs, |outputs| term.with_gradient(outputs)),
        false => term.with_gradient(outputs),
    };
    let weight = term.weight().value();
    TermValue { temperature: learn(term, outputs), ..TermValue::of_logits(T::NAME, weight, value, gradient) }
}

/// The direction on one batch of what `term` has learned of its temperature, before its weight: a single value. `None`
/// where the temperature is not learned.
fn learn<T: Term, B: Kernel>(term: &T, outputs: &Outputs<B>) -> Option<Tensor<B, 1>> {
    let current = match term.learnable()? {
        Temperature::Current(current) => current,
        Temperature::Scheduled(_) | Temperature::Learned(_) => return None,
    };
    let of = |outputs: &Outputs<B>| {
        derivative(outputs, current.temperature, |outputs| term.softened_value(outputs))
    };
    let derivative = match term.standardizes() {
        true => of(&standardize::outputs(outputs)),
        false => of(outputs),
    };
    Some(derivative? * current.reversal)
}

#[cfg(test)]
pub(super) mod testing {
    use super::{Outputs, Term};
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
        let teacher = teacher.map(|teacher| Tensor::from_data(teacher, &FlexDevice));
        let labels = Tensor::from_data(labels, &FlexDevice);
        let found = super::evaluate(term, &Outputs { student, teacher, labels });
        (found.value.into_scalar(), found.logits.unwrap().into_data().to_vec().unwrap())
    }

    pub fn assert_near((value, gradient): (f32, Vec<f32>), expected: f32, expected_gradient: &[f32]) {
        assert!((value - expected).abs() < 1e-6 * expected.abs().max(1.0), "value {value}, not {expected}");
        let near = gradient.iter().zip(expected_gradient).all(|(a, b)| (a - b).abs() < 1e-6);
        let near = near && gradient.len() == expected_gradient.len();
        assert!(near, "gradient {gradient:?}, not {expected_gradient:?}");
    }
}
