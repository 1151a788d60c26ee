//! What teachers say of a batch.

use super::Teaching;
use crate::kernel::Kernel;
use burn::tensor::{Int, Tensor};
use std::sync::Arc;

/// What the teachers of a training say of a batch: each network's forward pass once.
#[derive(Clone, Debug)]
pub struct Said<B: Kernel> {
    teaching: Arc<Teaching>,
    /// `[batch, classes]`; `None` of teachers that no term looks at.
    logits: Vec<Option<Tensor<B, 2>>>,
}

/// What a term asks of its teachers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    /// The teacher that it names.
    pub own: Option<&'a str>,
    /// What it divides logits by.
    pub temperature: Option<f64>,
}

impl<B: Kernel> Said<B> {
    /// One for each teacher of `teaching`.
    pub(super) fn new(teaching: Arc<Teaching>, logits: Vec<Option<Tensor<B, 2>>>) -> Self {
        Self { teaching, logits }
    }

    /// What a single teacher says: logits `[batch, classes]`.
    pub fn of_one(logits: Tensor<B, 2>) -> Self {
        Self::new(Arc::new(Teaching::of_one()), vec![Some(logits)])
    }

    /// The logits `[batch, classes]` that answer `question` on a batch with these `labels`; each teacher's are changed by
    /// `prepare` first.
    pub(crate) fn logits(
        &self,
        question: Question<'_>,
        labels: &Tensor<B, 1, Int>,
        prepare: impl Fn(Tensor<B, 2>) -> Tensor<B, 2>,
    ) -> Tensor<B, 2> {
        let of = |index: usize| {
            let logits = self.logits[index].clone();
            logits.expect("teachers that a term looks at are asked")
        };
        if question.own.is_some() {
            return prepare(of(self.teaching.alone(question.own)));
        }
        let together = self.teaching.together();
        if let [only] = together[..] {
            return prepare(of(only));
        }
        let shares: Vec<f64> = together.iter().map(|&index| self.teaching.teachers[index].weight).collect();
        let logits: Vec<Tensor<B, 2>> = together.into_iter().map(of).collect();
        let weights = self.teaching.ensemble.weights.of(&logits, &shares, labels);
        let logits: Vec<Tensor<B, 2>> = logits.into_iter().map(prepare).collect();
        self.teaching.ensemble.mean.of(&logits, &weights, question.temperature)
    }

    /// The same with each teacher's logits changed by `change`, on another backend too.
    pub(crate) fn map<C: Kernel>(&self, change: impl Fn(Tensor<B, 2>) -> Tensor<C, 2>) -> Said<C> {
        let logits = self.logits.iter().map(|logits| logits.clone().map(&change)).collect();
        Said { teaching: Arc::clone(&self.teaching), logits }
    }
}
