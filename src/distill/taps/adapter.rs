//! What makes the student's map as wide as the teacher's.

use crate::draw::Draw;
use crate::kernel::Kernel;
use crate::model::{Array, Role, uniform};
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What makes the student's channels as many as the teacher's, where they differ: a 1×1 convolution of images, a
/// linear layer of features. It is trained with the student by the same optimizer, from weights uniform within
/// ±1/√fan-in, as PyTorch's layers are; it is no part of the student that comes out, nor of its parameters and
/// multiply-accumulates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Adapter {
    /// With a bias.
    #[default]
    Linear,
    /// Without a bias, and with batch norm behind it, which always uses the statistics of the batch.
    BatchNorm,
}

/// An array that is trained beside the student.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainedArray {
    /// Ends its name: `weight`.
    pub part: &'static str,
    pub shape: Vec<usize>,
    pub role: Role,
    pub initial: Initial,
}

/// What an array is before the training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initial {
    Constant(f32),
    /// Uniform within ±1/√fan-in.
    Uniform {
        fan_in: usize,
    },
}

impl TrainedArray {
    /// The weight `[outputs, inputs]` of a layer.
    pub fn weight(part: &'static str, outputs: usize, inputs: usize) -> Self {
        let initial = Initial::Uniform { fan_in: inputs };
        Self { part, shape: vec![outputs, inputs], role: Role::Weight, initial }
    }

    /// The array before the training, drawn by the name `draw`.
    pub fn initial(&self, draw: &Draw) -> Array {
        let count = self.shape.iter().product();
        let values = match self.initial {
            Initial::Constant(value) => vec![value; count],
            Initial::Uniform { fan_in } => uniform(1.0 / (fan_in as f64).sqrt(), count, draw),
        };
        Array { shape: self.shape.clone(), values }
    }
}

impl Adapter {
    /// Its arrays, from `inputs` channels to `outputs`.
    pub fn arrays(self, inputs: usize, outputs: usize) -> Vec<TrainedArray> {
        let vector = |part, role, initial| TrainedArray { part, shape: vec![outputs], role, initial };
        let weight = TrainedArray::weight("weight", outputs, inputs);
        match self {
            Self::Linear => vec![weight, vector("bias", Role::Bias, Initial::Uniform { fan_in: inputs })],
            Self::BatchNorm => vec![
                weight,
                vector("norm.weight", Role::NormWeight, Initial::Constant(1.0)),
                vector("norm.bias", Role::NormBias, Initial::Constant(0.0)),
            ],
        }
    }

    /// The `pixels` `[count, inputs]` with as many channels as the teacher's. `arrays` are in the order of
    /// [`Adapter::arrays`], `[outputs, inputs]` and `[1, outputs]`.
    pub fn apply<B: Kernel>(self, pixels: Tensor<B, 2>, arrays: &[Tensor<B, 2>]) -> Tensor<B, 2> {
        let mapped = pixels.matmul(arrays[0].clone().transpose());
        match self {
            Self::Linear => mapped + arrays[1].clone(),
            Self::BatchNorm => {
                let centred = mapped.clone() - mapped.mean_dim(0);
                let variance = (centred.clone() * centred.clone()).mean_dim(0);
                centred / (variance + NORM_EPS).sqrt() * arrays[1].clone() + arrays[2].clone()
            }
        }
    }
}

/// Added to the variance in batch norm, as in PyTorch.
const NORM_EPS: f64 = 1e-5;
