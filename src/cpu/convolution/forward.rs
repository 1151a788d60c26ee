//! The forward pass: a product with a row for each output pixel and a column for each output channel.

use super::pack::{WeightAxis, pack};
use super::padded::Padded;
use super::phase::{Coordinates, correlate};
use super::{Sizes, gathered};
use crate::cpu::product::Start;
use crate::cpu::{Activation, Isa};

/// `out` [n, oh, ow, o] = `images` [n, h, w, c] ∗ `weight` [o, c, k, k] (+ `bias` [o]).
pub fn forward(
    isa: Isa,
    sizes: &Sizes,
    images: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    activation: Activation,
    out: &mut [f32],
) {
    if sizes.is_gathered() {
        return gathered(sizes, images, |images| {
            forward(isa, &sizes.of_gathered(), images, weight, bias, activation, out);
        });
    }
    let Sizes { input, output, kernel, stride, padding, .. } = *sizes;
    let padded = Padded { image: input, block: input[2], before: padding, after: padding };
    let isa = isa.for_columns(output[2]);
    let lanes = isa.lanes();
    let size = input[2] * kernel * kernel;
    let columns = WeightAxis { count: output[2], stride: size };
    let channels = WeightAxis { count: input[2], stride: kernel * kernel };
    let taps: Vec<usize> = (0..kernel * kernel).collect();
    let panels = pack(lanes, weight, columns, channels, &taps);
    let coordinates = |axis: usize| Coordinates {
        sources: (0..output[axis]).map(|index| index * stride).collect(),
        targets: (0..output[axis]).collect(),
        taps: kernel,
    };
    let phases = padded.phases(lanes, &coordinates(0), &coordinates(1), output, panels);
    let start = bias.map_or(Start::Zero, Start::Bias);
    correlate(isa, sizes.batch, padded, images, &phases, output, start, activation, out);
}
