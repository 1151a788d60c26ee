//! What a term of the loss is: a name, a weight, and on a batch a value with its gradient.

use crate::kernel::Kernel;
use burn::backend::Autodiff;
use burn::tensor::{Int, Tensor};

/// What the terms look at: one batch.
#[derive(Clone, Debug)]
pub struct Outputs<B: Kernel> {
    /// `[batch, classes]`
    pub student: Tensor<B, 2>,
    /// `[batch, classes]`; absent where there is no teacher.
    pub teacher: Option<Tensor<B, 2>>,
    /// `[batch]`
    pub labels: Tensor<B, 1, Int>,
    /// Label smoothing ε of the cross-entropy term.
    pub label_smoothing: f64,
}

/// What one term gave on one batch, before its weight.
#[derive(Debug)]
pub struct TermValue<B: Kernel> {
    /// The term's name as users write it.
    pub name: &'static str,
    pub weight: f64,
    /// A single value.
    pub value: Tensor<B, 1>,
    /// For the student's logits: `[batch, classes]`.
    pub gradient: Tensor<B, 2>,
}

/// One term of a loss.
pub(super) trait Term {
    /// As users write it.
    const NAME: &'static str;
    const NEEDS: Needs;

    fn weight(&self) -> f64;

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
        label_smoothing: outputs.label_smoothing,
    };
    let value = value(&tracked);
    let gradient = student.grad(&value.backward());
    (value.inner(), gradient.unwrap_or_else(|| outputs.student.zeros_like()))
}

/// What a term looks at besides the student's outputs.
pub(super) enum Needs {
    Labels,
    Teacher,
}

impl<B: Kernel> Outputs<B> {
    /// The teacher's logits, for a term that needs them.
    pub(super) fn teacher(&self) -> Tensor<B, 2> {
        self.teacher.clone().expect("the check refuses a term that lacks its teacher")
    }
}

/// The name of a term that is present.
pub(super) fn name<T: Term>(term: &Option<T>) -> Option<&'static str> {
    term.as_ref().map(|_| T::NAME)
}

/// The weight of a term that is present.
pub(super) fn weight<T: Term>(term: &Option<T>) -> Option<f64> {
    term.as_ref().map(Term::weight)
}

/// The name of a term that is present and needs a teacher.
pub(super) fn needs_teacher<T: Term>(term: &Option<T>) -> Option<&'static str> {
    match T::NEEDS {
        Needs::Labels => None,
        Needs::Teacher => name(term),
    }
}

/// The value of a term that is present.
pub(super) fn evaluate<T: Term, B: Kernel>(term: &Option<T>, outputs: &Outputs<B>) -> Option<TermValue<B>> {
    let term = term.as_ref()?;
    let (value, gradient) = term.with_gradient(outputs);
    Some(TermValue { name: T::NAME, weight: term.weight(), value, gradient })
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
        label_smoothing: f64,
    ) -> (f32, Vec<f32>) {
        let student = Tensor::<Flex, 2>::from_data(student, &FlexDevice);
        let teacher = teacher.map(|teacher| Tensor::from_data(teacher, &FlexDevice));
        let labels = Tensor::from_data(labels, &FlexDevice);
        let (value, gradient) = term.with_gradient(&Outputs { student, teacher, labels, label_smoothing });
        (value.into_scalar(), gradient.into_data().to_vec().unwrap())
    }

    pub fn assert_near((value, gradient): (f32, Vec<f32>), expected: f32, slope: &[f32]) {
        assert!((value - expected).abs() < 1e-6 * expected.abs().max(1.0), "value {value}, not {expected}");
        let near = gradient.iter().zip(slope).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(near && gradient.len() == slope.len(), "gradient {gradient:?}, not {slope:?}");
    }
}

#[cfg(test)]
mod tests {
    use crate::distill::loss::{CrossEntropy, Logits, LossMix, Outputs, SoftLabels};
    use burn::tensor::Tensor;
    use burn_flex::{Flex, FlexDevice};

    fn all() -> LossMix {
        LossMix {
            cross_entropy: Some(CrossEntropy(0.1)),
            soft_labels: Some(SoftLabels { weight: 0.9, temperature: 4.0 }),
            logits: Some(Logits(2.0)),
        }
    }

    #[test]
    fn only_what_looks_at_a_teacher_needs_one() {
        assert!(LossMix::default().need_teacher().is_empty());
        assert_eq!(all().need_teacher(), ["soft-labels", "logits"]);
        assert_eq!(all().temperature(), Some(4.0));
        assert_eq!(LossMix::default().temperature(), None);
    }

    #[test]
    fn names_are_the_keys_that_users_write() {
        let written = serde_json::to_value(all()).unwrap();
        let mut keys: Vec<_> = written.as_object().unwrap().keys().map(String::as_str).collect();
        let mut names = all().names();
        keys.sort_unstable();
        names.sort_unstable();
        assert_eq!(names, keys);
    }

    #[test]
    fn terms_come_with_their_weights_in_a_fixed_order() {
        let logits = Tensor::<Flex, 2>::from_data([[1.0, 2.0]], &FlexDevice);
        let labels = Tensor::from_data([0], &FlexDevice);
        let outputs =
            Outputs { student: logits.clone(), teacher: Some(logits), labels, label_smoothing: 0.0 };
        let terms: Vec<_> = all().terms(&outputs).iter().map(|term| (term.name, term.weight)).collect();
        assert_eq!(terms, [("cross-entropy", 0.1), ("soft-labels", 0.9), ("logits", 2.0)]);
    }
}
