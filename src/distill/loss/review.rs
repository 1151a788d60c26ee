//! Knowledge review: attention-based fusion, and the hierarchical context loss.

use super::reduce::mean_square;
use super::tap_term::TapTerm;
use crate::distill::schedule::Scheduled;
use crate::distill::taps::layers::{batch_norm, convolution, pixelwise};
use crate::distill::taps::{BesideArray, Initial, Matching, Pair, Sizes, Taps, nearest, pool};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use crate::model::Role;
use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Deep layers of the student help its shallow ones to match the teacher's (ReviewKD; Chen et al., 2021).
///
/// Σ HCL(o, t) over the taps, from the deepest one of the student to the first. Of the student's features s it makes x
/// = BN(W s), with as many channels as the deepest tap has, but no more than 512. Into all but the deepest the deeper
/// ones are fused: x ← a · x + b · y for the y that the tap before it came to, with a and b = σ(A [x, y] + c) for each
/// pixel. o = BN(V x) has the teacher's channels, by a 3×3 convolution. Where sizes differ, y and x take the nearest
/// pixels: the maps are the teacher's, and none is pooled to the smaller. HCL, the hierarchical context loss, is (e + ½
/// e₄ + ¼ e₂ + ⅛ e₁) / (1 + ½ + ¼ + ⅛), where e is the mean squared error over batch, channels and pixels and eₗ that
/// of both pooled to l × l; the levels that the map is not larger than are left out, and each left counts half of the
/// one before. W, A, c, V and the batch norms, which always use the statistics of the batch, are trained with the
/// student and are no part of it. So it is not zero for a student that equals its teacher.
///
/// In the authors' code the teacher's taps are before a ReLU and the last of both is the pooled one before the
/// classifier (`avgpool`), and the weight grows from 0 to its own over the first 20 of 240 epochs on CIFAR-100, and the
/// first of 100 on ImageNet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Review {
    /// The term's weight in the sum (1, as by default in the authors' code; its commands for CIFAR-100 have 0.6 to 8,
    /// for most students 5).
    #[serde(default = "default_weight")]
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    pub taps: Taps,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

fn default_weight() -> Scheduled {
    1.0.into()
}

/// The most channels that features are fused in.
const MOST_CHANNELS: usize = 512;

/// Sides of the maps that the context loss pools to.
const LEVELS: [usize; 3] = [4, 2, 1];

impl TapTerm for Review {
    fn name(&self) -> &'static str {
        "review"
    }

    fn matching(&self) -> Matching {
        Matching::Dimensions
    }

    fn arrays(&self, sizes: &Sizes<'_>) -> Vec<BesideArray> {
        let [student, teacher] = sizes.own();
        let deepest = sizes.channels.last().map_or(student, |channels| channels[0]);
        let fused = deepest.min(MOST_CHANNELS);
        let convolution = |part, outputs: usize, fan_in: usize| {
            let initial = Initial::Kaiming { fan_in };
            BesideArray { part, shape: vec![outputs, fan_in], role: Role::Weight, initial }
        };
        let mut arrays = vec![convolution("input.weight", fused, student)];
        arrays.extend(BesideArray::norm(["input.norm.weight", "input.norm.bias"], fused));
        arrays.push(convolution("output.weight", teacher, 9 * fused));
        arrays.extend(BesideArray::norm(["output.norm.weight", "output.norm.bias"], teacher));
        if !sizes.is_deepest() {
            let bias = Initial::Uniform { fan_in: 2 * fused };
            arrays.push(BesideArray::weight("attention.weight", 2, 2 * fused));
            arrays.push(BesideArray::vector("attention.bias", 2, Role::Bias, bias));
        }
        arrays
    }

    fn value<B: Kernel>(&self, pairs: &[Pair<B>]) -> Tensor<B, 1> {
        let (mut deeper, mut total) = (None, None);
        for pair in pairs.iter().rev() {
            let (fused, output) = review(pair, deeper);
            let loss = context_loss(output, pair.teacher.clone());
            total = Some(match total {
                Some(total) => loss + total,
                None => loss,
            });
            deeper = Some(fused);
        }
        total.expect("there is a tap")
    }
}

/// The student's features of one tap with those of the deeper ones in them, and what is compared with the teacher's.
fn review<B: Kernel>(pair: &Pair<B>, deeper: Option<Tensor<B, 4>>) -> (Tensor<B, 4>, Tensor<B, 4>) {
    let [input, input_norm, input_shift, output, output_norm, output_shift, attention @ ..] =
        &pair.arrays[..]
    else {
        unreachable!("a pair has the arrays that the term asks for")
    };
    let ([_, height, width, _], [_, teacher_height, teacher_width, _]) =
        (pair.student.dims(), pair.teacher.dims());
    let mut fused = pixelwise(pair.student.clone(), |pixels| {
        batch_norm(pixels.matmul(input.clone().transpose()), input_norm, input_shift)
    });
    if let (Some(deeper), [weight, bias]) = (deeper, attention) {
        fused = fuse(fused, nearest(deeper, [height, width]), weight, bias);
    }
    let fused = nearest(fused, [teacher_height, teacher_width]);
    let compared =
        pixelwise(convolution(fused.clone(), output), |pixels| batch_norm(pixels, output_norm, output_shift));
    (fused, compared)
}

/// The sum of features of one size by weights that both give together, pixel by pixel.
fn fuse<B: Kernel>(
    own: Tensor<B, 4>,
    deeper: Tensor<B, 4>,
    weight: &Tensor<B, 2>,
    bias: &Tensor<B, 2>,
) -> Tensor<B, 4> {
    let both = Tensor::cat(vec![own.clone(), deeper.clone()], 3);
    let shares = pixelwise(both, |pixels| sigmoid(pixels.matmul(weight.clone().transpose()) + bias.clone()));
    own * shares.clone().narrow(3, 0, 1) + deeper * shares.narrow(3, 1, 1)
}

/// The hierarchical context loss.
fn context_loss<B: Kernel>(student: Tensor<B, 4>, teacher: Tensor<B, 4>) -> Tensor<B, 1> {
    let [_, height, width, _] = teacher.dims();
    // Pooling is linear, so the difference is pooled in place of both.
    let apart = student - teacher;
    let mut loss = mean_square(apart.clone());
    let (mut share, mut total) = (1.0, 1.0);
    for level in LEVELS.into_iter().filter(|&level| level < height.min(width)) {
        share /= 2.0;
        total += share;
        loss = loss + mean_square(pool(apart.clone(), [level; 2])) * share;
    }
    loss.div_scalar(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Flex, FlexDevice};

    // One image of one channel that is 1, 2, …, 9 off in 3 × 3 pixels: mean square 285 / 9. Pooled to 2 × 2 the windows'
    // means are 3, 4, 6, 7 with mean square 110 / 4, and to one pixel it is 5² = 25; 4 × 4 is no smaller.
    #[test]
    fn levels_that_are_not_smaller_are_left_out() {
        let apart = Tensor::<Flex, 1, burn::tensor::Int>::arange(1..10, &FlexDevice).float();
        let apart = apart.reshape([1, 3, 3, 1]);
        let found: f32 = context_loss(apart.clone(), apart.zeros_like()).into_scalar();
        let expected = (285.0 / 9.0 + 0.5 * 110.0 / 4.0 + 0.25 * 25.0) / 1.75;
        assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
    }
}
