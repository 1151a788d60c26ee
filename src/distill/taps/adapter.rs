//! What makes the student's map as wide as the teacher's.

use super::layers::batch_norm;
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

/// An array beside the student: one that is trained with it, or one that a term keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct BesideArray {
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
    /// Uniform within ±1/√fan-in, as PyTorch's layers are.
    Uniform {
        fan_in: usize,
    },
    /// Uniform within ±√(3/fan-in): the variance is 1/fan-in, as that of PyTorch's `kaiming_uniform_` with `a=1`.
    Kaiming {
        fan_in: usize,
    },
}

impl BesideArray {
    /// The weight `[outputs, inputs]` of a layer.
    pub fn weight(part: &'static str, outputs: usize, inputs: usize) -> Self {
        let initial = Initial::Uniform { fan_in: inputs };
        Self { part, shape: vec![outputs, inputs], role: Role::Weight, initial }
    }

    /// Numbers, one for each channel.
    pub fn vector(part: &'static str, channels: usize, role: Role, initial: Initial) -> Self {
        Self { part, shape: vec![channels], role, initial }
    }

    /// Weight and bias of a batch norm.
    pub fn norm([weight, bias]: [&'static str; 2], channels: usize) -> [Self; 2] {
        [
            Self::vector(weight, channels, Role::NormWeight, Initial::Constant(1.0)),
            Self::vector(bias, channels, Role::NormBias, Initial::Constant(0.0)),
        ]
    }

    /// The array before the training, drawn by the name `draw`.
    pub fn initial(&self, draw: &Draw) -> Array {
        let count = self.shape.iter().product();
        let values = match self.initial {
            Initial::Constant(value) => vec![value; count],
            Initial::Uniform { fan_in } => uniform(1.0 / (fan_in as f64).sqrt(), count, draw),
            Initial::Kaiming { fan_in } => uniform((3.0 / fan_in as f64).sqrt(), count, draw),
        };
        Array { shape: self.shape.clone(), values }
    }
}

impl Adapter {
    /// Its arrays, from `inputs` channels to `outputs`.
    pub fn arrays(self, inputs: usize, outputs: usize) -> Vec<BesideArray> {
        let weight = BesideArray::weight("weight", outputs, inputs);
        match self {
            Self::Linear => {
                let initial = Initial::Uniform { fan_in: inputs };
                vec![weight, BesideArray::vector("bias", outputs, Role::Bias, initial)]
            }
            Self::BatchNorm => {
                let [scale, shift] = BesideArray::norm(["norm.weight", "norm.bias"], outputs);
                vec![weight, scale, shift]
            }
        }
    }

    /// The `pixels` `[count, inputs]` with as many channels as the teacher's. `arrays` are in the order of
    /// [`Adapter::arrays`], `[outputs, inputs]` and `[1, outputs]`.
    pub fn apply<B: Kernel>(self, pixels: Tensor<B, 2>, arrays: &[Tensor<B, 2>]) -> Tensor<B, 2> {
        let mapped = pixels.matmul(arrays[0].clone().transpose());
        match self {
            Self::Linear => mapped + arrays[1].clone(),
            Self::BatchNorm => batch_norm(mapped, &arrays[1], &arrays[2]),
        }
    }
}
