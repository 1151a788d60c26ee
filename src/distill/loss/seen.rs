//! What a whole loss sees of one batch.

use super::tap_term::TapInputs;
use crate::distill::teachers::{Question, Said};
use crate::kernel::Kernel;
use burn::tensor::{Int, Tensor};

/// What a whole loss sees of one batch.
#[derive(Clone, Debug)]
pub struct Seen<'a, B: Kernel> {
    /// `[batch, classes]`
    pub student: Tensor<B, 2>,
    /// `[batch]`
    pub labels: Tensor<B, 1, Int>,
    /// What the teachers say; absent where no term looks at one.
    pub said: Option<&'a Said<B>>,
    /// What tapped nodes give; absent where no term looks inside.
    pub taps: Option<&'a TapInputs<'a, B>>,
}

impl<B: Kernel> Seen<'_, B> {
    /// The logits that answer a term's `question`; each teacher's are changed by `prepare` first.
    pub(super) fn teacher(
        &self,
        question: Question<'_>,
        prepare: impl Fn(Tensor<B, 2>) -> Tensor<B, 2>,
    ) -> Tensor<B, 2> {
        let said = self.said.expect("the check refuses a term that lacks its teacher");
        said.logits(question, &self.labels, prepare)
    }

    pub(super) fn taps(&self) -> &TapInputs<'_, B> {
        self.taps.expect("a loss that looks inside comes with what it sees there")
    }
}
