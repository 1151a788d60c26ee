//! Batch norm over rows of channels, with the addition and the ReLU that follow it.

mod forward;
mod gradients;
mod moments;

pub use gradients::After;
pub use moments::moments;

use super::rows::Rows;

/// What batch norm subtracts and multiplies by, one value a channel.
#[derive(Clone, Debug)]
pub struct Norm {
    pub mean: Vec<f32>,
    /// 1 / √(variance + ε)
    pub inverse: Vec<f32>,
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

/// (x − mean) · scale + bias, each channel's values as a long row.
struct Line {
    mean: Vec<f32>,
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl Norm {
    fn rows(&self) -> Rows {
        Rows::new(self.mean.len())
    }

    /// inverse · weight
    fn scale(&self) -> Vec<f32> {
        self.weight.iter().zip(&self.inverse).map(|(weight, inverse)| weight * inverse).collect()
    }

    fn line(&self) -> Line {
        let repeat = |values: &[f32]| self.rows().repeat(values);
        Line { mean: repeat(&self.mean), scale: repeat(&self.scale()), bias: repeat(&self.bias) }
    }
}
