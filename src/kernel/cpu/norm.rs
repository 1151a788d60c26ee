//! Batch norm over rows of channels, with the addition and the ReLU that follow it.

use rayon::prelude::*;

use super::Isa;
use super::product::End;
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

/// Where the mean and the variance came from: from the batch itself they have slopes of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistics {
    Batch,
    Given,
}

/// Mean and variance (of the batch, not of a population) of each channel of `values` [.., channels].
/// The squares are taken around each task's own mean, so that nothing cancels (Chan et al., 1983).
pub fn moments(isa: Isa, values: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    let rows = Rows::new(channels);
    let tasks = values.par_chunks(rows.task());
    let of_task = |values: &[f32]| {
        let add = |around: &[f32], squares: bool| {
            let around = rows.repeat(around);
            let range = 0..values.len();
            let [sum] = rows.sum(range.len(), |range, [sum]| {
                isa.run(
                    #[inline(always)]
                    || {
                        for values in values[range].chunks(rows.len()) {
                            for ((sum, value), around) in sum.iter_mut().zip(values).zip(&around) {
                                let distance = value - around;
                                *sum += if squares { distance * distance } else { distance };
                            }
                        }
                    },
                );
            });
            sum
        };
        let count = (values.len() / channels) as f64;
        let mean: Vec<f64> = add(&vec![0.0; channels], false).into_iter().map(|sum| sum / count).collect();
        // The squares are taken around the mean in single precision, which is as good as any value near it.
        let around: Vec<f32> = mean.iter().map(|mean| *mean as f32).collect();
        let squares = add(&around, true);
        let squares = squares
            .iter()
            .zip(mean.iter().zip(&around))
            .map(|(squares, (mean, around))| squares - count * (mean - f64::from(*around)).powi(2));
        (count, mean.clone(), squares.collect::<Vec<f64>>())
    };
    let parts: Vec<_> = tasks.map(of_task).collect();
    let (mut count, mut mean, mut squares) = (0.0, vec![0.0; channels], vec![0.0; channels]);
    for (more, means, sums) in parts {
        let total: f64 = count + more;
        for channel in 0..channels {
            let distance = means[channel] - mean[channel];
            mean[channel] += distance * more / total;
            squares[channel] += sums[channel] + distance * distance * count * more / total;
        }
        count = total;
    }
    let single = |values: Vec<f64>, by: f64| values.into_iter().map(|value| (value / by) as f32).collect();
    (single(mean, 1.0), single(squares, count))
}

impl Norm {
    fn rows(&self) -> Rows {
        Rows::new(self.mean.len())
    }

    /// `out` = (x − mean) · inverse · weight + bias, + `residual`.
    pub fn forward(&self, isa: Isa, images: &[f32], residual: Option<&[f32]>, end: End, out: &mut [f32]) {
        let rows = self.rows();
        let scale: Vec<f32> =
            self.weight.iter().zip(&self.inverse).map(|(weight, inverse)| weight * inverse).collect();
        let (mean, scale, bias) = (rows.repeat(&self.mean), rows.repeat(&scale), rows.repeat(&self.bias));
        let least = if end == End::Relu { 0.0 } else { f32::NEG_INFINITY };
        let tasks = out.par_chunks_mut(rows.task()).enumerate();
        tasks.for_each(|(task, out)| {
            let range = task * rows.task()..task * rows.task() + out.len();
            let images = &images[range.clone()];
            let residual = residual.map(|residual| &residual[range]);
            isa.run(
                #[inline(always)]
                || {
                    for (at, (out, images)) in
                        out.chunks_mut(rows.len()).zip(images.chunks(rows.len())).enumerate()
                    {
                        let channels = mean.iter().zip(&scale).zip(&bias);
                        let values = out.iter_mut().zip(images).zip(channels);
                        match residual {
                            None => values.for_each(|((out, x), ((mean, scale), bias))| {
                                *out = at_least(least, (x - mean) * scale + bias);
                            }),
                            Some(residual) => {
                                let residual = &residual[at * rows.len()..];
                                values.zip(residual).for_each(
                                    |(((out, x), ((mean, scale), bias)), residual)| {
                                        *out = at_least(least, (x - mean) * scale + bias + residual);
                                    },
                                );
                            }
                        }
                    }
                },
            );
        });
    }

    /// Gradients of weight and bias; `gradient`, that of what came `after`, becomes that of the input, or
    /// that of the sum where there is one.
    pub fn gradients(
        &self,
        isa: Isa,
        statistics: Statistics,
        mut after: After<'_>,
        images: &[f32],
        gradient: &mut [f32],
    ) -> (Vec<f32>, Vec<f32>) {
        let rows = self.rows();
        let scale: Vec<f32> =
            self.weight.iter().zip(&self.inverse).map(|(weight, inverse)| weight * inverse).collect();
        let line =
            Line { mean: rows.repeat(&self.mean), scale: rows.repeat(&scale), bias: rows.repeat(&self.bias) };
        let [weight, bias] = rows.sum_mut(gradient, |range, gradient, sums| {
            let images = &images[range.clone()];
            isa.run(
                #[inline(always)]
                || match &after {
                    After::Nothing => line.add_up(images, gradient, sums, |gradient, _| gradient),
                    After::Relu => {
                        line.add_up(
                            images,
                            gradient,
                            sums,
                            |gradient, value| if value > 0.0 { gradient } else { 0.0 },
                        )
                    }
                    After::Sum { output, .. } => {
                        if let Some(output) = output {
                            let outputs = gradient.iter_mut().zip(&output[range]);
                            outputs.for_each(|(gradient, output)| {
                                *gradient = if *output > 0.0 { *gradient } else { 0.0 }
                            });
                        }
                        line.add_up(images, gradient, sums, |gradient, _| gradient);
                    }
                },
            );
        });
        let count = (images.len() / self.mean.len()) as f64;
        let weight: Vec<f64> =
            weight.iter().zip(&self.inverse).map(|(weight, inverse)| weight * f64::from(*inverse)).collect();
        let of_batch = if statistics == Statistics::Batch { 1.0 / count } else { 0.0 };
        let shift: Vec<f32> =
            scale.iter().zip(&bias).map(|(scale, bias)| scale * (bias * of_batch) as f32).collect();
        let slope = scale.iter().zip(&self.inverse).zip(&weight);
        let slope: Vec<f32> =
            slope.map(|((scale, inverse), weight)| scale * inverse * (weight * of_batch) as f32).collect();
        let [shift, slope] = [shift, slope].map(|values| rows.repeat(&values));
        let images = images.par_chunks(rows.task());
        match &mut after {
            After::Nothing => {
                images.zip(gradient.par_chunks_mut(rows.task())).for_each(|(images, gradient)| {
                    isa.run(
                        #[inline(always)]
                        || line.finish(images, gradient, &shift, &slope, |gradient, _| gradient),
                    );
                })
            }
            After::Relu => images.zip(gradient.par_chunks_mut(rows.task())).for_each(|(images, gradient)| {
                let stop = |gradient, value| if value > 0.0 { gradient } else { 0.0 };
                isa.run(
                    #[inline(always)]
                    || line.finish(images, gradient, &shift, &slope, stop),
                );
            }),
            After::Sum { of_input, .. } => {
                let outs = gradient.par_chunks(rows.task()).zip(of_input.par_chunks_mut(rows.task()));
                images.zip(outs).for_each(|(images, (gradient, out))| {
                    isa.run(
                        #[inline(always)]
                        || {
                            out.copy_from_slice(gradient);
                            line.finish(images, out, &shift, &slope, |gradient, _| gradient);
                        },
                    );
                });
            }
        }
        let single = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
        (single(weight), single(bias))
    }
}

/// What came after a norm, in the same pass.
#[derive(Debug)]
pub enum After<'a> {
    Nothing,
    Relu,
    Sum {
        /// What a ReLU after the sum gave.
        output: Option<&'a [f32]>,
        /// Gets the gradient of the norm's input.
        of_input: &'a mut [f32],
    },
}

/// Channels' values as long rows.
struct Line {
    mean: Vec<f32>,
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl Line {
    /// Adds the gradient times the centred images to the first sum and the gradient to the second. `stop`
    /// gets a gradient and what the norm gave there.
    #[inline(always)]
    fn add_up(
        &self,
        images: &[f32],
        gradient: &[f32],
        [weight, bias]: &mut [Vec<f32>; 2],
        stop: impl Fn(f32, f32) -> f32,
    ) {
        let length = self.mean.len();
        for (images, gradient) in images.chunks(length).zip(gradient.chunks(length)) {
            let channels = self.mean.iter().zip(&self.scale).zip(&self.bias);
            let values = images.iter().zip(gradient).zip(channels);
            let sums = weight.iter_mut().zip(bias.iter_mut());
            for (((x, gradient), ((mean, scale), shift)), (weight, bias)) in values.zip(sums) {
                let gradient = stop(*gradient, (x - mean) * scale + shift);
                *weight += gradient * (x - mean);
                *bias += gradient;
            }
        }
    }

    /// The gradient of the input, in place.
    #[inline(always)]
    fn finish(
        &self,
        images: &[f32],
        gradient: &mut [f32],
        shift: &[f32],
        slope: &[f32],
        stop: impl Fn(f32, f32) -> f32,
    ) {
        let length = self.mean.len();
        for (images, gradient) in images.chunks(length).zip(gradient.chunks_mut(length)) {
            let channels = self.mean.iter().zip(&self.scale).zip(&self.bias).zip(shift.iter().zip(slope));
            for ((x, gradient), (((mean, scale), bias), (shift, slope))) in
                images.iter().zip(gradient).zip(channels)
            {
                let before = stop(*gradient, (x - mean) * scale + bias);
                *gradient = before * scale - shift - (x - mean) * slope;
            }
        }
    }
}

/// The larger of both; unlike `f32::max` it keeps a value that is not a number.
#[inline(always)]
fn at_least(least: f32, value: f32) -> f32 {
    if value < least { least } else { value }
}

/// Sets `gradient` to zero where `output`, which a ReLU gave, is.
pub fn stop(isa: Isa, output: &[f32], gradient: &mut [f32]) {
    let rows = Rows::new(1);
    gradient.par_chunks_mut(rows.task()).zip(output.par_chunks(rows.task())).for_each(
        |(gradient, output)| {
            isa.run(
                #[inline(always)]
                || {
                    for (gradient, output) in gradient.iter_mut().zip(output) {
                        *gradient = if *output > 0.0 { *gradient } else { 0.0 };
                    }
                },
            );
        },
    );
}

/// Sum of each channel: the gradient of a bias.
pub fn sum(isa: Isa, values: &[f32], channels: usize) -> Vec<f32> {
    let rows = Rows::new(channels);
    let [sum] = rows.sum(values.len(), |range, [sum]| {
        isa.run(
            #[inline(always)]
            || {
                for values in values[range].chunks(rows.len()) {
                    for (sum, value) in sum.iter_mut().zip(values) {
                        *sum += value;
                    }
                }
            },
        );
    });
    sum.into_iter().map(|sum| sum as f32).collect()
}
