//! What a term of the loss is that looks at the logits: a name, a weight, and on a batch a value with its gradient.

use super::outputs::Outputs;
use super::seen::Seen;
use super::standardize::{self, standardized};
use super::temperature_gradient::derivative;
use super::value::TermValue;
use crate::distill::schedule::{Current, Scheduled, Temperature};
use crate::distill::teachers::Heard;
use crate::kernel::Kernel;
use crate::train::Stretch;
use burn::backend::Autodiff;
use burn::tensor::{Int, Tensor};

/// What every term has among its settings; the list of the terms implements it.
pub(crate) trait Weighted {
    /// The term's weight in the sum.
    fn weight(&self) -> &Scheduled;

    /// The teacher that it names.
    fn own_teacher(&self) -> Option<&str>;
}

/// One term of a loss, of the logits.
pub(super) trait Term: Clone + Weighted {
    /// As users write it.
    const NAME: &'static str;
    const INPUT: TermInput;

    /// What may follow a schedule besides the weight, with its key.
    fn scheduled(&self) -> Option<(&'static str, &Scheduled)> {
        self.learnable().and_then(Temperature::scheduled)
    }

    fn scheduled_mut(&mut self) -> Option<&mut Scheduled> {
        self.learnable_mut().and_then(Temperature::scheduled_mut)
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

    /// What it divides both networks' logits by, where it does.
    fn temperature(&self) -> Option<f64> {
        self.learnable().map(Temperature::value)
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
    let prepare = if term.standardizes() { standardized } else { |logits| logits };
    let heard = match T::INPUT {
        TermInput::Labels => None,
        TermInput::Teacher => Some(seen.heard(term.own_teacher(), prepare)),
    };
    let teacher = heard.as_ref().map(|heard| heard.together(term.temperature()));
    let outputs = Outputs { student: seen.student.clone(), teacher, labels: seen.labels.clone() };
    let (value, gradient) = match term.standardizes() {
        true => standardize::with_gradient(&outputs, |outputs| term.with_gradient(outputs)),
        false => term.with_gradient(&outputs),
    };
    let weight = term.weight().value();
    let temperature = heard.and_then(|heard| learn(term, prepare(outputs.student), heard, outputs.labels));
    TermValue { temperature, ..TermValue::of_logits(T::NAME, weight, value, gradient) }
}

/// The direction on one batch of what `term` has learned of its temperature, before its weight: a single value. The
/// `student`'s logits and what is `heard` of teachers are as they are compared. `None` where the temperature is not
/// learned.
fn learn<T: Term, B: Kernel>(
    term: &T,
    student: Tensor<B, 2>,
    heard: Heard<B>,
    labels: Tensor<B, 1, Int>,
) -> Option<Tensor<B, 1>> {
    let Current { temperature, reversal } = match term.learnable()? {
        Temperature::Current(current) => *current,
        Temperature::Scheduled(_) | Temperature::Learned(_) => return None,
    };
    let value = |outputs: &Outputs<Autodiff<B>>| term.softened_value(outputs);
    Some(derivative(student, heard, labels, temperature, value)? * reversal)
}

#[cfg(test)]
pub(super) mod testing {
    use super::{Seen, Term};
    use crate::distill::Said;
    use crate::kernel::{Flex, FlexDevice};
    use burn::tensor::Tensor;

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
