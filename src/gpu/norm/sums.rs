//! Sums of each channel over all pixels.

use crate::gpu::GpuArray;
use crate::gpu::array::small;
use cubecl::Runtime;
use cubecl::prelude::*;

/// Units of a cube that sums.
const UNITS: usize = 256;
/// Parts that the pixels are divided into, at most, and the fewest pixels that a unit then sums.
const PARTS: usize = 256;
const PIXELS_OF_UNIT: usize = 8;

/// Two sums of each channel over all pixels.
pub fn sums<R: Runtime>(
    input: &GpuArray<R>,
    gradient: &GpuArray<R>,
    output: &GpuArray<R>,
    [mean, variance]: [&GpuArray<R>; 2],
    epsilon: f32,
    channels: usize,
    summed: Summed,
) -> [GpuArray<R>; 2] {
    let pixels = input.len() / channels;
    let lanes = channels.next_power_of_two().min(32);
    let parts = pixels.div_ceil(UNITS / lanes * PIXELS_OF_UNIT).clamp(1, PARTS);
    let partial = input.uninit(parts * 2 * channels);
    let totals = [input.uninit(channels), input.uninit(channels)];
    let (client, units) = (input.client(), CubeDim::new_1d(small(UNITS)));
    let groups = small(channels.div_ceil(lanes));
    // SAFETY: every index is compared with the sizes, which are those of the arrays.
    unsafe {
        channel_sums::launch_unchecked::<R>(
            client,
            CubeCount::Static(groups, small(parts), 1),
            units,
            input.arg(),
            gradient.arg(),
            output.arg(),
            mean.arg(),
            variance.arg(),
            partial.arg(),
            pixels,
            pixels.div_ceil(parts),
            epsilon,
            channels,
            lanes,
            summed,
        );
        channel_totals::launch_unchecked::<R>(
            client,
            CubeCount::Static(groups, 1, 1),
            units,
            input.arg(),
            partial.arg(),
            totals[0].arg(),
            totals[1].arg(),
            parts,
            pixels,
            channels,
            lanes,
            summed == Summed::Moments,
        );
    }
    totals
}

/// What is summed over the pixels, two sums a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Summed {
    /// d and d² of the distance d from the channel's first value.
    Moments,
    /// The gradient, and its product with the normalized input.
    Gradients { relu: bool },
    /// The gradient alone: of a bias.
    Gradient,
}

/// `partial` is [parts, 2, channels]: each part sums over its share of the pixels.
#[cube(launch_unchecked)]
fn channel_sums(
    input: &Array<f32>,
    gradient: &Array<f32>,
    output: &Array<f32>,
    mean: &Array<f32>,
    variance: &Array<f32>,
    partial: &mut Array<f32>,
    pixels: usize,
    pixels_of_part: usize,
    epsilon: f32,
    #[comptime] channels: usize,
    #[comptime] lanes: usize,
    #[comptime] summed: Summed,
) {
    let rows = comptime!(UNITS / lanes);
    let unit = UNIT_POS as usize;
    let channel = CUBE_POS_X as usize * lanes + unit % lanes;
    let row = unit / lanes;
    let part = CUBE_POS_Y as usize;
    let begin = part * pixels_of_part;
    let end = clamp_max(begin + pixels_of_part, pixels);
    let mut first = 0.0f32;
    let mut second = 0.0f32;
    if channel < channels {
        let (centre, scale) = match comptime!(summed) {
            Summed::Moments => (input[channel], f32::new(1.0)),
            Summed::Gradients { .. } => (mean[channel], f32::new(1.0) / (variance[channel] + epsilon).sqrt()),
            Summed::Gradient => (f32::new(0.0), f32::new(1.0)),
        };
        let mut pixel = begin + row;
        while pixel < end {
            let at = pixel * channels + channel;
            match comptime!(summed) {
                Summed::Moments => {
                    let distance = input[at] - centre;
                    first += distance;
                    second += distance * distance;
                }
                Summed::Gradients { relu } => {
                    let mut value = gradient[at];
                    if comptime!(relu) {
                        value = select(output[at] <= 0.0, 0.0, value);
                    }
                    first += value;
                    second += value * ((input[at] - centre) * scale);
                }
                Summed::Gradient => {
                    first += gradient[at];
                }
            }
            pixel += rows;
        }
    }
    let (first, second) = sums_of_rows(first, second, unit, lanes);
    if row == 0 && channel < channels {
        partial[(part * 2) * channels + channel] = first;
        partial[(part * 2 + 1) * channels + channel] = second;
    }
}

/// The sums of what the rows of a cube have, for the units of its first row.
#[cube]
fn sums_of_rows(first: f32, second: f32, unit: usize, #[comptime] lanes: usize) -> (f32, f32) {
    let mut firsts = SharedMemory::<f32>::new(UNITS);
    let mut seconds = SharedMemory::<f32>::new(UNITS);
    firsts[unit] = first;
    seconds[unit] = second;
    sync_cube();
    let mut first = 0.0f32;
    let mut second = 0.0f32;
    if unit < lanes {
        for row in 0..comptime!(UNITS / lanes) {
            first += firsts[row * lanes + unit];
            second += seconds[row * lanes + unit];
        }
    }
    (first, second)
}

/// Adds up the parts of each channel, in their order; of moments it makes mean and variance.
#[cube(launch_unchecked)]
fn channel_totals(
    input: &Array<f32>,
    partial: &Array<f32>,
    first_total: &mut Array<f32>,
    second_total: &mut Array<f32>,
    parts: usize,
    pixels: usize,
    #[comptime] channels: usize,
    #[comptime] lanes: usize,
    #[comptime] are_moments: bool,
) {
    let unit = UNIT_POS as usize;
    let channel = CUBE_POS_X as usize * lanes + unit % lanes;
    let row = unit / lanes;
    let mut first = 0.0f32;
    let mut second = 0.0f32;
    if channel < channels {
        let mut part = row;
        while part < parts {
            first += partial[(part * 2) * channels + channel];
            second += partial[(part * 2 + 1) * channels + channel];
            part += comptime!(UNITS / lanes);
        }
    }
    let (first, second) = sums_of_rows(first, second, unit, lanes);
    if row == 0 && channel < channels {
        if comptime!(are_moments) {
            let count = f32::cast_from(pixels);
            let distance = first / count;
            first_total[channel] = input[channel] + distance;
            // Rounding alone can make it negative. What is not a number stays so.
            let variance = second / count - distance * distance;
            second_total[channel] = select(variance < 0.0, 0.0, variance);
        } else {
            first_total[channel] = first;
            second_total[channel] = second;
        }
    }
}
