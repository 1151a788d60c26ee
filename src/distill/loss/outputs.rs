//! What the terms that look at the logits see of one batch.

use crate::kernel::Kernel;
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
}

impl<B: Kernel> Outputs<B> {
    /// The teacher's logits, for a term that needs them.
    pub(super) fn teacher(&self) -> Tensor<B, 2> {
        self.teacher.clone().expect("the check refuses a term that lacks its teacher")
    }

    /// Ones at the labels and zeros elsewhere: `[batch, classes]`.
    pub(super) fn one_hot(&self) -> Tensor<B, 2> {
        let [images, classes] = self.student.dims();
        let all = Tensor::<B, 1, Int>::arange(0..classes as i64, &self.student.device());
        let labels = self.labels.clone().unsqueeze_dim::<2>(1).expand([images, classes]);
        labels.equal(all.unsqueeze_dim::<2>(0).expand([images, classes])).float()
    }
}
