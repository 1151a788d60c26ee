//! Batch norm: sums of each channel over all pixels, and what is done to each pixel with them.

mod sums;

use super::GpuArray;
use super::array::{lanes, one_unit_each};
use cubecl::Runtime;
use cubecl::prelude::*;
use sums::{Summed, sums};

/// Statistics and parameters of a batch norm, a value a channel each.
#[derive(Debug)]
pub struct Channels<R: Runtime> {
    pub mean: GpuArray<R>,
    pub variance: GpuArray<R>,
    pub weight: GpuArray<R>,
    pub bias: GpuArray<R>,
}

/// What a batch norm does beyond normalizing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// ε, added to the variance.
    pub epsilon: f32,
    pub relu: bool,
    /// Whether its statistics depend on its input, so that gradients go through them.
    pub through_statistics: bool,
}

/// The gradients of a batch norm: of its input, of weight and bias, and of the residual.
#[derive(Debug)]
pub struct Gradients<R: Runtime> {
    pub input: GpuArray<R>,
    pub weight: GpuArray<R>,
    pub bias: GpuArray<R>,
    pub residual: Option<GpuArray<R>>,
}

/// Mean and biased variance of each channel.
pub fn moments<R: Runtime>(input: &GpuArray<R>, channels: usize) -> [GpuArray<R>; 2] {
    sums(input, input, input, [input, input], 0.0, channels, Summed::Moments)
}

/// The sum of each channel.
pub fn sum<R: Runtime>(gradient: &GpuArray<R>, channels: usize) -> GpuArray<R> {
    let [sum, _] = sums(gradient, gradient, gradient, [gradient; 2], 0.0, channels, Summed::Gradient);
    sum
}

/// `old` · `kept` + `new` · `share`.
pub fn running<R: Runtime>(old: &GpuArray<R>, new: &GpuArray<R>, kept: f32, share: f32) -> GpuArray<R> {
    let output = old.uninit(old.len());
    let (count, units) = one_unit_each(old.client(), old.len());
    // SAFETY: every index is compared with the size of the output, which all have.
    unsafe {
        weighted_sum::launch_unchecked::<R>(
            old.client(),
            count,
            units,
            old.arg(),
            new.arg(),
            output.arg(),
            kept,
            share,
        );
    }
    output
}

#[cube(launch_unchecked)]
fn weighted_sum(old: &Array<f32>, new: &Array<f32>, output: &mut Array<f32>, kept: f32, share: f32) {
    if ABSOLUTE_POS < output.len() {
        output[ABSOLUTE_POS] = old[ABSOLUTE_POS] * kept + new[ABSOLUTE_POS] * share;
    }
}

/// activation((input − mean) / √(variance + ε) · weight + bias (+ `residual`)).
pub fn forward<R: Runtime>(
    settings: Settings,
    input: &GpuArray<R>,
    norm: &Channels<R>,
    residual: Option<&GpuArray<R>>,
) -> GpuArray<R> {
    let output = input.uninit(input.len());
    let channels = norm.weight.len();
    let lanes = lanes(channels);
    let (count, units) = one_unit_each(input.client(), input.len() / lanes);
    // SAFETY: every index is compared with the size of the output, which all images have.
    unsafe {
        normalize::launch_unchecked::<R>(
            input.client(),
            count,
            units,
            lanes,
            input.arg(),
            norm.mean.arg(),
            norm.variance.arg(),
            norm.weight.arg(),
            norm.bias.arg(),
            residual.unwrap_or(input).arg(),
            output.arg(),
            settings.epsilon,
            channels,
            residual.is_some(),
            settings.relu,
        );
    }
    output
}

/// The backward pass of [`forward`], which gave `output`, for the gradient of that.
pub fn backward<R: Runtime>(
    settings: Settings,
    input: &GpuArray<R>,
    norm: &Channels<R>,
    output: &GpuArray<R>,
    gradient: &GpuArray<R>,
    has_residual: bool,
) -> Gradients<R> {
    let channels = norm.weight.len();
    let summed = Summed::Gradients { relu: settings.relu };
    let [bias, weight] =
        sums(input, gradient, output, [&norm.mean, &norm.variance], settings.epsilon, channels, summed);
    let of_input = input.uninit(input.len());
    let residual = has_residual.then(|| input.uninit(input.len()));
    let lanes = lanes(channels);
    let (count, units) = one_unit_each(input.client(), input.len() / lanes);
    // SAFETY: every index is compared with the size of the input's gradient, which all images have.
    unsafe {
        normalize_gradient::launch_unchecked::<R>(
            input.client(),
            count,
            units,
            lanes,
            input.arg(),
            output.arg(),
            gradient.arg(),
            norm.mean.arg(),
            norm.variance.arg(),
            norm.weight.arg(),
            bias.arg(),
            weight.arg(),
            of_input.arg(),
            residual.as_ref().unwrap_or(&of_input).arg(),
            input.len() / channels,
            settings.epsilon,
            channels,
            has_residual,
            settings.relu,
            settings.through_statistics,
        );
    }
    Gradients { input: of_input, weight, bias, residual }
}

/// activation((input − mean) / √(variance + ε) · weight + bias (+ residual)).
#[cube(launch_unchecked)]
fn normalize<N: Size>(
    input: &Array<Vector<f32, N>>,
    mean: &Array<Vector<f32, N>>,
    variance: &Array<Vector<f32, N>>,
    weight: &Array<Vector<f32, N>>,
    bias: &Array<Vector<f32, N>>,
    residual: &Array<Vector<f32, N>>,
    output: &mut Array<Vector<f32, N>>,
    epsilon: f32,
    #[comptime] channels: usize,
    #[comptime] has_residual: bool,
    #[comptime] relu: bool,
) {
    if ABSOLUTE_POS < output.len() {
        let of_vector = N::value();
        let channel = ABSOLUTE_POS % comptime!(channels / of_vector);
        let scale = weight[channel] / (variance[channel] + Vector::new(epsilon)).sqrt();
        let mut value = (input[ABSOLUTE_POS] - mean[channel]) * scale + bias[channel];
        if comptime!(has_residual) {
            value += residual[ABSOLUTE_POS];
        }
        if comptime!(relu) {
            let zero = Vector::new(0.0);
            value = select_many(value.less_than(zero), zero, value);
        }
        output[ABSOLUTE_POS] = value;
    }
}

/// The gradient of the input, and of the residual, for the two sums of each channel.
#[cube(launch_unchecked)]
fn normalize_gradient<N: Size>(
    input: &Array<Vector<f32, N>>,
    output: &Array<Vector<f32, N>>,
    gradient: &Array<Vector<f32, N>>,
    mean: &Array<Vector<f32, N>>,
    variance: &Array<Vector<f32, N>>,
    weight: &Array<Vector<f32, N>>,
    of_bias: &Array<Vector<f32, N>>,
    of_weight: &Array<Vector<f32, N>>,
    of_input: &mut Array<Vector<f32, N>>,
    of_residual: &mut Array<Vector<f32, N>>,
    pixels: usize,
    epsilon: f32,
    #[comptime] channels: usize,
    #[comptime] has_residual: bool,
    #[comptime] relu: bool,
    #[comptime] through_statistics: bool,
) {
    if ABSOLUTE_POS < of_input.len() {
        let of_vector = N::value();
        let channel = ABSOLUTE_POS % comptime!(channels / of_vector);
        let inverse = Vector::new(1.0) / (variance[channel] + Vector::new(epsilon)).sqrt();
        let zero = Vector::new(0.0);
        let mut value = gradient[ABSOLUTE_POS];
        if comptime!(relu) {
            value = select_many(output[ABSOLUTE_POS].less_equal(zero), zero, value);
        }
        if comptime!(has_residual) {
            of_residual[ABSOLUTE_POS] = value;
        }
        if comptime!(through_statistics) {
            let normal = (input[ABSOLUTE_POS] - mean[channel]) * inverse;
            let count = Vector::new(f32::cast_from(pixels));
            value -= (of_bias[channel] + normal * of_weight[channel]) / count;
        }
        of_input[ABSOLUTE_POS] = value * inverse * weight[channel];
    }
}
