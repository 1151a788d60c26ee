//! What a term of the loss is that looks inside student and teacher: on a batch it says only its value.

use super::term::Weighted;
use super::value::TermValue;
use crate::distill::taps::{BesideArray, Connection, Matching, Pair, Sizes, Taps};
use crate::kernel::Kernel;
use crate::model::Value;
use burn::backend::Autodiff;
use burn::tensor::{Int, Tensor};

/// What every term of taps has among its settings; the list of the terms implements it.
pub(crate) trait Tapping: Weighted {
    /// The nodes that it looks at.
    fn taps(&self) -> &Taps;
}

/// One term of a loss, of what tapped nodes give.
pub(crate) trait TapTerm: Tapping {
    /// As users write it.
    fn name(&self) -> &'static str;

    /// What has to agree before it compares two nodes.
    fn matching(&self) -> Matching;

    /// The same with its durations in steps, of which an epoch has `per_epoch`.
    fn in_steps(self, _per_epoch: u64) -> Self
    where
        Self: Sized,
    {
        self
    }

    /// How many taps it needs.
    fn fewest_taps(&self) -> usize {
        1
    }

    /// The arrays that it trains for one of its pairs, besides an adapter.
    fn arrays(&self, _sizes: &Sizes<'_>) -> Vec<BesideArray> {
        Vec::new()
    }

    /// The arrays that it keeps for one of its pairs from step to step, which no gradient changes.
    fn kept(&self, _sizes: &Sizes<'_>) -> Vec<BesideArray> {
        Vec::new()
    }

    /// The term on one batch, before its weight: a single value. The pairs are in the order of the student's nodes.
    fn value<B: Kernel>(&self, pairs: &[Pair<B>]) -> Tensor<B, 1>
    where
        Self: Sized;

    /// The same with what the term keeps after a step on this batch.
    fn step<B: Kernel>(&self, pairs: &[Pair<B>]) -> TermStep<B>
    where
        Self: Sized,
    {
        TermStep { value: self.value(pairs), kept: Vec::new() }
    }
}

/// The value of a term on one batch, and what it keeps.
pub(crate) struct TermStep<B: Kernel> {
    pub value: Tensor<B, 1>,
    /// For each pair as many arrays, in the same order, as the term kept before; empty where it changes none.
    pub kept: Vec<Vec<Tensor<B, 2>>>,
}

/// The sum over the pairs of what `of_pair` gives.
pub(super) fn summed<B: Kernel>(
    pairs: &[Pair<B>],
    of_pair: impl Fn(&Pair<B>) -> Tensor<B, 1>,
) -> Tensor<B, 1> {
    pairs.iter().map(of_pair).reduce(Tensor::add).expect("there is a tap")
}

/// What the terms that look inside see of one batch.
#[derive(Debug)]
pub struct TapInputs<'a, B: Kernel> {
    /// By the name of the term.
    pub terms: Vec<(&'static str, Vec<TapInput<'a, B>>)>,
    /// Places among the training images of each image of the batch and of those that it is contrasted with.
    pub contrasts: Option<Tensor<B, 2, Int>>,
}

/// What a term sees of one of its pairs of nodes.
#[derive(Debug)]
pub struct TapInput<'a, B: Kernel> {
    pub connection: &'a Connection,
    pub student: Value<B>,
    pub teacher: Value<B>,
    /// The arrays of the adapter and of the term, with their numbers in the wiring.
    pub arrays: Vec<(usize, Tensor<B, 2>)>,
    /// Those that the term keeps, with their numbers among all that are kept.
    pub kept: Vec<(usize, Tensor<B, 2>)>,
}

/// The value of `term` on one batch, and its gradients, by Burn's differentiation.
pub(super) fn evaluate<T: TapTerm, B: Kernel>(term: &T, inputs: &TapInputs<'_, B>) -> TermValue<B> {
    let named = inputs.terms.iter().find(|(name, _)| *name == term.name());
    let (_, tapped) = named.expect("the wiring is of this loss");
    let tracked: Vec<Tracked<B>> = tapped.iter().map(Tracked::of).collect();
    let contrasts = inputs.contrasts.clone().map(Tensor::from_inner);
    let pair = |(input, one): (&TapInput<'_, B>, &Tracked<B>)| Pair {
        contrasts: contrasts.clone(),
        ..one.pair(input)
    };
    let pairs: Vec<Pair<Autodiff<B>>> = tapped.iter().zip(&tracked).map(pair).collect();
    let TermStep { value, kept } = term.step(&pairs);
    let mut gradients = value.backward();
    let mut found = TermValue {
        name: term.name(),
        weight: term.weight().value(),
        value: value.inner(),
        logits: None,
        temperature: None,
        taps: Vec::new(),
        arrays: Vec::new(),
        kept: Vec::new(),
    };
    for (input, after) in tapped.iter().zip(kept) {
        let after = after.into_iter().map(|array| array.inner().flatten(0, 1));
        found.kept.extend(input.kept.iter().map(|(number, _)| *number).zip(after));
    }
    for (input, Tracked { student, arrays }) in tapped.iter().zip(tracked) {
        let gradient = student.grad_remove(&mut gradients).unwrap_or_else(|| student.inner().zeros_like());
        let gradient = match &input.student {
            Value::Images(_) => Value::Images(gradient),
            Value::Features(features) => Value::Features(gradient.reshape(features.dims())),
        };
        found.taps.push((input.connection.nodes[0], gradient));
        for ((number, _), array) in input.arrays.iter().zip(arrays) {
            let gradient = array.grad_remove(&mut gradients).unwrap_or_else(|| array.inner().zeros_like());
            found.arrays.push((*number, gradient.flatten(0, 1)));
        }
    }
    found
}

/// What the gradient is taken for, of one pair of nodes.
struct Tracked<B: Kernel> {
    student: Tensor<Autodiff<B>, 4>,
    arrays: Vec<Tensor<Autodiff<B>, 2>>,
}

impl<B: Kernel> Tracked<B> {
    fn of(input: &TapInput<'_, B>) -> Self {
        let student = Tensor::from_inner(input.student.clone().pixels()).require_grad();
        let arrays = input.arrays.iter();
        let arrays = arrays.map(|(_, array)| Tensor::from_inner(array.clone()).require_grad()).collect();
        Self { student, arrays }
    }

    fn pair(&self, input: &TapInput<'_, B>) -> Pair<Autodiff<B>> {
        let teacher = Tensor::from_inner(input.teacher.clone().pixels());
        let kept = input.kept.iter().map(|(_, array)| Tensor::from_inner(array.clone())).collect();
        input.connection.pair(self.student.clone(), teacher, self.arrays.clone(), kept)
    }
}
