//! What one term gave on one batch.

use crate::kernel::Kernel;
use crate::model::{NodeId, Value};
use burn::tensor::Tensor;

/// What one term gave on one batch, before its weight: its value and its gradients.
#[derive(Debug)]
pub struct TermValue<B: Kernel> {
    /// The term's name as users write it.
    pub name: &'static str,
    pub weight: f64,
    /// A single value.
    pub value: Tensor<B, 1>,
    /// For the student's logits, `[batch, classes]`, where it looks at them.
    pub logits: Option<Tensor<B, 2>>,
    /// The direction of what is learned of its temperature, where it is: a single value.
    pub temperature: Option<Tensor<B, 1>>,
    /// For what tapped nodes of the student give.
    pub taps: Vec<(NodeId, Value<B>)>,
    /// For the arrays that are trained beside the student, by their number in the wiring, flat.
    pub arrays: Vec<(usize, Tensor<B, 1>)>,
    /// What the arrays that it keeps are after the step, where they change, by their number among all kept ones, flat.
    pub kept: Vec<(usize, Tensor<B, 1>)>,
}

impl<B: Kernel> TermValue<B> {
    pub(super) fn of_logits(
        name: &'static str,
        weight: f64,
        value: Tensor<B, 1>,
        gradient: Tensor<B, 2>,
    ) -> Self {
        Self {
            name,
            weight,
            value,
            logits: Some(gradient),
            temperature: None,
            taps: Vec::new(),
            arrays: Vec::new(),
            kept: Vec::new(),
        }
    }
}
