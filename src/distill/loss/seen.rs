//! What a whole loss sees of one batch.

use super::tap_term::TapInputs;
use crate::distill::teachers::{Heard, Said};
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
    /// What a term hears that names the teacher `own`, or none; each teacher's logits are changed by `prepare`.
    pub(super) fn heard(
        &self,
        own: Option<&str>,
        prepare: impl Fn(Tensor<B, 2>) -> Tensor<B, 2>,
    ) -> Heard<B> {
        let said = self.said.expect("the check refuses a term that lacks its teacher");
        said.heard(own, &self.labels, prepare)
    }

    pub(super) fn taps(&self) -> &TapInputs<'_, B> {
        self.taps.expect("a loss that looks inside comes with what it sees there")
    }
}
