//! What a loss trains before the first step of the student: the auto-encoders of factor transfer.

use super::loss::{Factors, LossMix, TapTerm};
use super::teachers::Teachers;
use super::wiring::{TeacherSide, Wiring};
use crate::kernel::Kernel;
use burn::backend::Autodiff;
use burn::tensor::Tensor;

impl LossMix {
    /// How many steps come before the first of the student, for a loss whose durations are in steps.
    pub fn pretraining(&self) -> u64 {
        self.factors.as_ref().map_or(0, |factors| factors.pretrain.in_steps(1))
    }
}

impl<B: Kernel> Wiring<B> {
    /// Whether something of `loss` is trained before the first step, and does not go on from a checkpoint.
    pub fn is_to_be_pretrained(&self, loss: &LossMix) -> bool {
        loss.factors.as_ref().is_some_and(|factors| self.is_begun(factors.name()))
    }

    /// The gradients of what is trained before the first step, with what the teacher of the term gives for `images`:
    /// flat, by the number of the array among those that are kept.
    pub fn pretraining_gradients(
        &self,
        loss: &LossMix,
        teachers: &Teachers<B>,
        images: Tensor<B, 4>,
    ) -> Vec<(usize, Tensor<B, 1>)> {
        let mut found = Vec::new();
        let Some(factors) = &loss.factors else { return found };
        for TeacherSide { features, kept } in self.teacher_sides(factors.name(), teachers, images) {
            let tracked = kept.iter().map(|(_, array)| Tensor::from_inner(array.clone()).require_grad());
            let tracked: Vec<Tensor<Autodiff<B>, 2>> = tracked.collect();
            let loss = Factors::reconstruction(Tensor::from_inner(features), &tracked);
            let mut gradients = loss.backward();
            for ((number, _), array) in kept.iter().zip(tracked) {
                let gradient = array.grad_remove(&mut gradients);
                let gradient = gradient.unwrap_or_else(|| array.inner().zeros_like());
                found.push((*number, gradient.flatten(0, 1)));
            }
        }
        found
    }
}
