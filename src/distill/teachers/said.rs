//! What teachers say of a batch.

use super::{Mean, Teaching};
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

/// What a term hears of its teachers.
#[derive(Clone, Debug)]
pub(crate) struct Heard<B: Kernel> {
    /// `[batch, classes]` of each.
    pub logits: Vec<Tensor<B, 2>>,
    /// How much each counts, image by image, where there are several: they add up to 1.
    pub weights: Vec<Tensor<B, 2>>,
    /// What of them is averaged.
    pub mean: Mean,
}

impl<B: Kernel> Said<B> {
    /// One for each teacher of `teaching`.
    pub(in crate::distill) fn new(teaching: Arc<Teaching>, logits: Vec<Option<Tensor<B, 2>>>) -> Self {
        Self { teaching, logits }
    }

    /// What a single teacher says: logits `[batch, classes]`.
    pub fn of_one(logits: Tensor<B, 2>) -> Self {
        Self::new(Arc::new(Teaching::of_one()), vec![Some(logits)])
    }

    /// What a term that names the teacher `own`, or none, hears on a batch with these `labels`; each teacher's logits are
    /// changed by `prepare`.
    pub(crate) fn heard(
        &self,
        own: Option<&str>,
        labels: &Tensor<B, 1, Int>,
        prepare: impl Fn(Tensor<B, 2>) -> Tensor<B, 2>,
    ) -> Heard<B> {
        let of = |index: usize| {
            let logits = self.logits[index].clone();
            logits.expect("teachers that a term looks at are asked")
        };
        let mean = self.teaching.ensemble.mean;
        let alone = |index: usize| Heard { logits: vec![prepare(of(index))], weights: Vec::new(), mean };
        if own.is_some() {
            return alone(self.teaching.alone(own).expect("the check refuses a term whose teacher is none"));
        }
        let together = self.teaching.together();
        if let [only] = together[..] {
            return alone(only);
        }
        let shares: Vec<f64> = together.iter().map(|&index| self.teaching.teachers[index].weight).collect();
        let logits: Vec<Tensor<B, 2>> = together.into_iter().map(of).collect();
        let weights = self.teaching.ensemble.weights.of(&logits, &shares, labels);
        Heard { logits: logits.into_iter().map(prepare).collect(), weights, mean }
    }

    /// The same with each teacher's logits changed by `change`, on another backend too.
    pub(crate) fn map<C: Kernel>(&self, change: impl Fn(Tensor<B, 2>) -> Tensor<C, 2>) -> Said<C> {
        let logits = self.logits.iter().map(|logits| logits.clone().map(&change)).collect();
        Said { teaching: Arc::clone(&self.teaching), logits }
    }
}

impl<B: Kernel> Heard<B> {
    /// All together, as logits `[batch, classes]`, for a term of this `temperature`, where it has one.
    pub fn together(&self, temperature: Option<f64>) -> Tensor<B, 2> {
        match &self.logits[..] {
            [only] => only.clone(),
            several => self.mean.of(several, &self.weights, temperature),
        }
    }
}
