//! Batch norm as numbers: statistics and parameters of each channel.

use crate::cpu::rows::Rows;

/// Where the mean and the variance that batch norm normalizes by come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistics {
    /// From the batch itself: they depend on the input, so the backward pass differentiates through them.
    Batch,
    /// From earlier batches: constants.
    Running,
}

/// Statistics and parameters of a batch norm, one value a channel.
#[derive(Clone, Debug)]
pub struct BatchNorm {
    pub mean: Vec<f32>,
    /// 1 / √(variance + ε)
    pub inverse: Vec<f32>,
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

/// The affine map (x − mean) · scale + bias, each array repeated to the length of [`Rows`].
pub(super) struct Affine {
    pub mean: Vec<f32>,
    pub scale: Vec<f32>,
    pub bias: Vec<f32>,
}

impl BatchNorm {
    pub(super) fn rows(&self) -> Rows {
        Rows::new(self.mean.len())
    }

    /// inverse · weight
    pub(super) fn scale(&self) -> Vec<f32> {
        self.weight.iter().zip(&self.inverse).map(|(weight, inverse)| weight * inverse).collect()
    }

    pub(super) fn affine(&self) -> Affine {
        let repeat = |values: &[f32]| self.rows().repeat(values);
        Affine { mean: repeat(&self.mean), scale: repeat(&self.scale()), bias: repeat(&self.bias) }
    }
}
