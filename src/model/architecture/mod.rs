//! One file an architecture: its settings and the function that builds its graph.

mod conv;
mod lenet5;
mod mlp;
mod resnet;
mod resnet18;
mod vgg;

pub use mlp::Mlp;
pub use resnet::Resnet;
pub use vgg::Vgg;

use super::{Graph, GraphError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The network's architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// Fully connected layers `fc1`, `fc2`, … with ReLU between; `hidden = [300, 100]` on 28×28 images
    /// is LeNet-300-100 (LeCun et al., 1998).
    Mlp(Mlp),
    /// LeNet-5 (LeCun et al., 1998) with ReLU and max pooling: 6 and 16 maps, then 120 and 84 units.
    Lenet5,
    /// Conv-2 of Frankle & Carbin (2019): two 3×3 convolutions of 64 maps, then 256 and 256 units.
    Conv2,
    /// Conv-4 of Frankle & Carbin (2019): Conv-2 with two more convolutions of 128 maps.
    Conv4,
    /// Conv-6 of Frankle & Carbin (2019): Conv-4 with two more convolutions of 256 maps.
    Conv6,
    /// The residual networks for CIFAR of He et al. (2016), with 1×1 convolutions as shortcuts.
    Resnet(Resnet),
    /// ResNet-18 (He et al., 2016) with a stem for CIFAR: 3×3, stride 1, no pooling.
    Resnet18,
    /// VGG with batch norm (Simonyan & Zisserman, 2015) and one linear layer, for 32×32 images.
    Vgg(Vgg),
}

impl Model {
    /// Builds the graph for images of `[channels, height, width]`.
    pub fn graph(&self, input: [usize; 3], classes: usize) -> Result<Graph, GraphError> {
        match self {
            Self::Mlp(mlp) => mlp.graph(input, classes),
            Self::Lenet5 => lenet5::graph(input, classes),
            Self::Conv2 => conv::graph(1, input, classes),
            Self::Conv4 => conv::graph(2, input, classes),
            Self::Conv6 => conv::graph(3, input, classes),
            Self::Resnet(resnet) => resnet.graph(input, classes),
            Self::Resnet18 => resnet18::graph(input, classes),
            Self::Vgg(vgg) => vgg.graph(input, classes),
        }
    }
}
