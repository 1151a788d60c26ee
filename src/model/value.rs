//! The output of a node, for a batch.

use crate::kernel::Kernel;
use burn::tensor::Tensor;

/// The output of a node for a batch, or its gradient.
#[derive(Clone, Debug)]
pub enum Value<B: Kernel> {
    /// `[batch, height, width, channels]`
    Images(Tensor<B, 4>),
    /// `[batch, features]`
    Features(Tensor<B, 2>),
}

impl<B: Kernel> Value<B> {
    /// The sum with a value of the same shape.
    pub(super) fn add(self, other: Self) -> Self {
        match (self, other) {
            (Self::Images(one), Self::Images(other)) => Self::Images(one + other),
            (one, other) => Self::Features(one.features() + other.features()),
        }
    }

    /// Every number times `factor`.
    pub fn scaled(self, factor: f64) -> Self {
        match self {
            Self::Images(images) => Self::Images(images * factor),
            Self::Features(features) => Self::Features(features * factor),
        }
    }

    /// As images, of which features are those of one pixel: `[batch, height, width, channels]`.
    pub fn pixels(self) -> Tensor<B, 4> {
        match self {
            Self::Images(images) => images,
            Self::Features(features) => {
                let [batch, channels] = features.dims();
                features.reshape([batch, 1, 1, channels])
            }
        }
    }

    /// All numbers, in the order of the shape.
    pub fn flat(self) -> Tensor<B, 1> {
        match self {
            Self::Images(images) => images.flatten(0, 3),
            Self::Features(features) => features.flatten(0, 1),
        }
    }

    /// The value of a node whose shape is that of an image.
    pub fn images(self) -> Tensor<B, 4> {
        match self {
            Self::Images(images) => images,
            Self::Features(_) => unreachable!("shapes were inferred: this node gives an image"),
        }
    }

    /// The value of a node whose shape is that of features.
    pub fn features(self) -> Tensor<B, 2> {
        match self {
            Self::Features(features) => features,
            Self::Images(_) => unreachable!("shapes were inferred: this node gives features"),
        }
    }
}
