//! What a node computes: its own settings, and what follows from the shapes of its inputs.

use serde::{Deserialize, Serialize};

/// What a node computes. An operation holds its own settings only; the shape of its output and of its
/// parameters follow from the shapes of its inputs.
///
/// Shapes are of one image: `[channels, height, width]`, or `[features]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Op {
    /// The images. Every graph has exactly this one input, as its first node; it is not written down.
    #[serde(skip)]
    Input,
    Conv2d(Conv2d),
    /// A linear layer of `output` units on features.
    Linear {
        output: usize,
        bias: bool,
    },
    /// Batch norm of each channel of an image.
    BatchNorm,
    Relu,
    /// The largest value of each square window, without padding.
    MaxPool {
        kernel: usize,
        stride: usize,
    },
    /// Mean over height and width: `[c, h, w]` to `[c, 1, 1]`.
    GlobalAvgPool,
    /// The sum of two inputs of one shape.
    Add,
    /// An image as features, channel by channel.
    Flatten,
}

/// Settings of a convolution: square kernels, zero padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Conv2d {
    /// Output channels.
    pub output: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    pub groups: usize,
    pub bias: bool,
}

/// What a parameter array, or running statistic, is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The weight of a linear or convolution layer: what can be pruned.
    Weight,
    Bias,
    NormWeight,
    NormBias,
    RunningMean,
    RunningVariance,
}

impl Role {
    /// Whether a training changes it along a gradient.
    pub fn is_learned(self) -> bool {
        match self {
            Self::Weight | Self::Bias | Self::NormWeight | Self::NormBias => true,
            Self::RunningMean | Self::RunningVariance => false,
        }
    }
}

/// A parameter array, or running statistic, of an operation.
pub(super) struct ArraySpec {
    /// The last part of its name in a PyTorch state dict.
    pub part: &'static str,
    pub shape: Vec<usize>,
    pub role: Role,
}

/// An operation that its inputs do not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpError {
    #[error("only the first node is the images")]
    SecondInput,
    #[error("it takes {takes} inputs, not {found}")]
    Inputs { takes: usize, found: usize },
    #[error("it takes images, not {0} features")]
    NotAnImage(usize),
    #[error("it takes features, not images of {0:?}: flatten them before it")]
    NotFeatures(Vec<usize>),
    #[error("its window is {window}, and the image {size} pixels wide or high")]
    TooSmall { size: usize, window: usize },
    #[error("it adds {0:?} and {1:?}, which are not of one shape")]
    Unlike(Vec<usize>, Vec<usize>),
    #[error("its {0} is 0, and must be 1 or more")]
    Zero(&'static str),
    #[error("{groups} groups do not divide its {input} input and {output} output channels")]
    Groups { groups: usize, input: usize, output: usize },
    #[error("its output is too large to be counted")]
    TooLarge,
}

impl Conv2d {
    /// 3×3, stride 1, padding 1, no bias: keeps height and width.
    pub fn three(output: usize) -> Self {
        Self { output, kernel: 3, stride: 1, padding: 1, groups: 1, bias: false }
    }
}

impl Op {
    /// The shape of its output, for those of its inputs.
    pub fn infer(&self, inputs: &[&[usize]]) -> Result<Vec<usize>, OpError> {
        match self {
            Self::Input => Err(OpError::SecondInput),
            Self::Relu => {
                let [shape] = all(inputs)?;
                Ok(shape.to_vec())
            }
            Self::Conv2d(conv) => {
                let &Conv2d { output, kernel, stride, padding, groups, .. } = conv;
                let [input, height, width] = image(inputs)?;
                positive("number of output channels", output)?;
                positive("number of groups", groups)?;
                if input % groups != 0 || output % groups != 0 {
                    return Err(OpError::Groups { groups, input, output });
                }
                let side = |size| slide(size, kernel, stride, padding);
                Ok(vec![output, side(height)?, side(width)?])
            }
            &Self::Linear { output, .. } => {
                let [shape] = all(inputs)?;
                positive("number of units", output)?;
                match shape {
                    [_] => Ok(vec![output]),
                    shape => Err(OpError::NotFeatures(shape.to_vec())),
                }
            }
            Self::BatchNorm => Ok(image(inputs)?.to_vec()),
            &Self::MaxPool { kernel, stride } => {
                let [channels, height, width] = image(inputs)?;
                let side = |size| slide(size, kernel, stride, 0);
                Ok(vec![channels, side(height)?, side(width)?])
            }
            Self::GlobalAvgPool => {
                let [channels, ..] = image(inputs)?;
                Ok(vec![channels, 1, 1])
            }
            Self::Add => match all(inputs)? {
                [one, other] if one == other => Ok(one.to_vec()),
                [one, other] => Err(OpError::Unlike(one.to_vec(), other.to_vec())),
            },
            Self::Flatten => {
                let features = image(inputs)?.into_iter().try_fold(1usize, usize::checked_mul);
                Ok(vec![features.ok_or(OpError::TooLarge)?])
            }
        }
    }

    /// Whether it has a weight that can be pruned.
    pub fn is_prunable(&self) -> bool {
        matches!(self, Self::Conv2d(_) | Self::Linear { .. })
    }

    /// Its parameters and running statistics in PyTorch's order, for the shape of its input, which must
    /// be one that it takes. Weights are laid out as in PyTorch: convolution `[out, in / groups, k, k]`,
    /// linear `[out, in]`.
    pub(super) fn parameters(&self, input: &[usize]) -> Vec<ArraySpec> {
        let parameter = |part, shape: &[usize], role| ArraySpec { part, shape: shape.into(), role };
        let layer = |weight: &[usize], has_bias: bool| {
            let bias = has_bias.then(|| parameter("bias", &weight[..1], Role::Bias));
            [parameter("weight", weight, Role::Weight)].into_iter().chain(bias).collect()
        };
        match *self {
            Self::Conv2d(Conv2d { output, kernel, groups, bias, .. }) => {
                layer(&[output, input[0] / groups, kernel, kernel], bias)
            }
            Self::Linear { output, bias } => layer(&[output, input[0]], bias),
            Self::BatchNorm => {
                let channels = &input[..1];
                vec![
                    parameter("weight", channels, Role::NormWeight),
                    parameter("bias", channels, Role::NormBias),
                    parameter("running_mean", channels, Role::RunningMean),
                    parameter("running_var", channels, Role::RunningVariance),
                ]
            }
            Self::Input
            | Self::Relu
            | Self::MaxPool { .. }
            | Self::GlobalAvgPool
            | Self::Add
            | Self::Flatten => Vec::new(),
        }
    }
}

/// The shapes of exactly `N` inputs.
fn all<'a, const N: usize>(inputs: &[&'a [usize]]) -> Result<[&'a [usize]; N], OpError> {
    inputs.try_into().map_err(|_| OpError::Inputs { takes: N, found: inputs.len() })
}

/// The shape of the only input, which is an image.
fn image(inputs: &[&[usize]]) -> Result<[usize; 3], OpError> {
    let [shape] = all(inputs)?;
    shape.try_into().map_err(|_| OpError::NotAnImage(shape.iter().product()))
}

fn positive(setting: &'static str, value: usize) -> Result<(), OpError> {
    if value == 0 { Err(OpError::Zero(setting)) } else { Ok(()) }
}

/// The number of positions of a window that slides over `size` padded pixels.
fn slide(size: usize, kernel: usize, stride: usize, padding: usize) -> Result<usize, OpError> {
    positive("kernel", kernel)?;
    positive("stride", stride)?;
    let padded = padding.checked_mul(2).and_then(|both| both.checked_add(size)).ok_or(OpError::TooLarge)?;
    let room = padded.checked_sub(kernel).ok_or(OpError::TooSmall { size, window: kernel })?;
    Ok(room / stride + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3×3 with stride 2 on 9×9 padded by 1: (9 + 2 − 3) / 2 + 1 = 5 positions a side.
    #[test]
    fn a_convolution_gives_its_own_channels() {
        let op = Op::Conv2d(Conv2d { stride: 2, ..Conv2d::three(16) });
        assert_eq!(op.infer(&[&[3, 9, 9]]), Ok(vec![16, 5, 5]));
        let shapes: Vec<_> = op.parameters(&[3, 9, 9]).into_iter().map(|found| found.shape).collect();
        assert_eq!(shapes, [vec![16, 3, 3, 3]]);
    }

    #[test]
    fn a_depthwise_weight_sees_one_channel() {
        let op = Op::Conv2d(Conv2d { groups: 8, bias: true, ..Conv2d::three(8) });
        let shapes: Vec<_> = op.parameters(&[8, 4, 4]).into_iter().map(|found| found.shape).collect();
        assert_eq!(shapes, [vec![8, 1, 3, 3], vec![8]]);
        let error = OpError::Groups { groups: 8, input: 12, output: 8 };
        assert_eq!(op.infer(&[&[12, 4, 4]]), Err(error));
    }

    #[test]
    fn other_operations_follow_their_input() {
        for (op, shape) in [
            (Op::BatchNorm, vec![4, 6, 8]),
            (Op::Relu, vec![4, 6, 8]),
            (Op::MaxPool { kernel: 2, stride: 2 }, vec![4, 3, 4]),
            (Op::GlobalAvgPool, vec![4, 1, 1]),
            (Op::Flatten, vec![192]),
        ] {
            assert_eq!(op.infer(&[&[4, 6, 8]]), Ok(shape), "{op:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let linear = Op::Linear { output: 2, bias: true };
        for (op, inputs, error) in [
            (Op::Input, &[&[1, 2, 2][..]][..], OpError::SecondInput),
            (Op::Add, &[&[1, 2, 2]], OpError::Inputs { takes: 2, found: 1 }),
            (Op::Add, &[&[1, 2, 2], &[4]], OpError::Unlike(vec![1, 2, 2], vec![4])),
            (Op::BatchNorm, &[&[4]], OpError::NotAnImage(4)),
            (linear, &[&[1, 2, 2]], OpError::NotFeatures(vec![1, 2, 2])),
            (Op::Linear { output: 0, bias: true }, &[&[4]], OpError::Zero("number of units")),
            (Op::MaxPool { kernel: 2, stride: 0 }, &[&[1, 2, 2]], OpError::Zero("stride")),
            (Op::MaxPool { kernel: 3, stride: 3 }, &[&[1, 2, 2]], OpError::TooSmall { size: 2, window: 3 }),
            (Op::Flatten, &[&[1 << 32, 1 << 31, 2]], OpError::TooLarge),
            (
                Op::Conv2d(Conv2d { padding: usize::MAX / 2, ..Conv2d::three(1) }),
                &[&[1, 2, 2]],
                OpError::TooLarge,
            ),
        ] {
            assert_eq!(op.infer(inputs), Err(error), "{op:?}");
        }
    }
}
