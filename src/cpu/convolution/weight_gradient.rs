//! The gradient of the weights: a product with a row for each weight of a filter, which sums over pixels.

use super::padded::{Padded, copy};
use super::sizes::{BLOCK, CACHE, CHANNELS, TASKS};
use super::{Sizes, gathered};
use crate::cpu::product::{Product, Run, Start};
use crate::cpu::{Activation, Buffer, Isa, scratch};
use rayon::prelude::*;
use std::ops::Range;

/// `out` [o, c, k, k] = the gradient of the weights, for `images` [n, h, w, c] and the gradient of the
/// output, `gradient` [n, oh, ow, o].
///
/// A task processes a slice of the batch and as many output channels as a product holds in registers; the
/// slices' sums are added in the order of the slices.
pub fn weight_gradient(isa: Isa, sizes: &Sizes, images: &[f32], gradient: &[f32], out: &mut [f32]) {
    if sizes.is_gathered() {
        return gathered(sizes, images, |images| {
            weight_gradient(isa, &sizes.of_gathered(), images, gradient, out);
        });
    }
    let filters = Filters::new(isa.for_columns(sizes.output[2]), sizes);
    let parts = sizes.output[2].div_ceil(filters.width);
    // By sizes and not by lanes, since the slices decide what is added to what.
    let slices = (TASKS / sizes.output[2].div_ceil(CHANNELS)).clamp(1, sizes.batch.max(1));
    let slice = sizes.batch.div_ceil(slices).max(1);
    let mut sums = Buffer::zeros(parts * slices * filters.sums());
    sums.par_chunks_mut(filters.sums()).enumerate().for_each(|(task, sums)| {
        let images = images.chunks(slice * sizes.input_len()).nth(task % slices);
        let gradient = gradient.chunks(slice * sizes.output_len()).nth(task % slices);
        // Rounding up may leave the last slices without images.
        if let (Some(images), Some(gradient)) = (images, gradient) {
            filters.add(filters.channels(task / slices), images, gradient, sums);
        }
    });
    let filter = sizes.weights() / sizes.output[2];
    let slices = sums.par_chunks(slices * filters.sums());
    slices
        .zip(out.par_chunks_mut(filters.width * filter))
        .for_each(|(slices, out)| filters.unpack(slices, out));
}

/// The layout of the weights of all filters as rows and columns of products.
///
/// A row is a weight of a filter, a column an output channel. The rows of a block of input channels are
/// consecutive, in the order (tap, channel), and read the same pixels.
struct Filters<'a> {
    isa: Isa,
    sizes: &'a Sizes,
    padded: Padded,
    /// Output channels of a task, rounded up to whole vectors.
    width: usize,
    /// Stride between the pixels of a task's gradient.
    step: usize,
    /// Number of images that are padded at a time.
    together: usize,
    /// For each weight of a block, the offsets of its first pixel and of its sums.
    sources: Vec<usize>,
    targets: Vec<usize>,
    rows: Vec<Row>,
}

/// The weights of one row of the filters, or of all rows where a block has few channels.
struct Row {
    weights: Range<usize>,
    /// The output rows for which they meet the image and not only padding, image by image.
    runs: Vec<Run>,
    runs_an_image: usize,
}

impl<'a> Filters<'a> {
    fn new(isa: Isa, sizes: &'a Sizes) -> Self {
        let Sizes { batch, input, output, kernel, stride, padding } = *sizes;
        let lanes = isa.lanes();
        let padded = Padded { image: input, block: input[2].min(BLOCK), before: padding, after: padding };
        let width = (2 * lanes).min(output[2].next_multiple_of(lanes));
        // A task with all channels keeps the pixels contiguous; the last vector of a pixel then reads into the
        // next one.
        let step = output[2].min(width);
        let pixels = output[0] * output[1];
        let together = (CACHE / (4 * (padded.plane() + pixels * width))).clamp(1, batch.max(1));
        let weights = kernel * kernel * padded.block;
        let source = |weight: usize| {
            let (tap, channel) = (weight / padded.block, weight % padded.block);
            tap / kernel * padded.row() + tap % kernel * padded.block + channel
        };
        let groups = if padded.block == BLOCK { kernel } else { 1 };
        let row = |row: usize| {
            let meets = |y: &usize| (padding..padding + input[0]).contains(&(y * stride + row));
            let ys: Vec<usize> = (0..output[0]).filter(|y| groups == 1 || meets(y)).collect();
            let runs = (0..together).flat_map(|image| ys.iter().map(move |y| (image, y)));
            let run = |(image, y): (usize, &usize)| Run {
                left: image * padded.plane() + y * stride * padded.row(),
                right: (image * pixels + y * output[1]) * step,
            };
            let weights = row * weights / groups..(row + 1) * weights / groups;
            Row { weights, runs: runs.map(run).collect(), runs_an_image: ys.len() }
        };
        Self {
            isa,
            sizes,
            padded,
            width,
            step,
            together,
            sources: (0..weights).map(source).collect(),
            targets: (0..weights).map(|weight| weight * width).collect(),
            rows: (0..groups).map(row).collect(),
        }
    }

    /// Number of sums of a block.
    fn block(&self) -> usize {
        self.sources.len() * self.width
    }

    /// Number of sums of a task.
    fn sums(&self) -> usize {
        self.sizes.input[2].div_ceil(self.padded.block) * self.block()
    }

    /// The range of output channels of a part.
    fn channels(&self, part: usize) -> Range<usize> {
        part * self.width..self.sizes.output[2].min((part + 1) * self.width)
    }

    /// Adds the products of `images` with the given channels of `gradient` to `sums`.
    fn add(&self, channels: Range<usize>, images: &[f32], gradient: &[f32], sums: &mut [f32]) {
        let (input_len, output_len) = (self.sizes.input_len(), self.sizes.output_len());
        let parts = images.chunks(self.together * input_len);
        for (images, gradient) in parts.zip(gradient.chunks(self.together * output_len)) {
            let count = images.len() / input_len;
            let right = gradient.len() / self.sizes.output[2] * self.step + self.width - self.step;
            scratch::with(count * self.padded.plane() + right, |scratch| {
                let (left, right) = scratch.split_at_mut(count * self.padded.plane());
                let right = self.right(channels.clone(), gradient, right);
                for (block, sums) in sums.chunks_exact_mut(self.block()).enumerate() {
                    let planes = left.chunks_exact_mut(self.padded.plane());
                    for (image, plane) in images.chunks_exact(input_len).zip(planes) {
                        self.padded.fill_block(image, block, plane);
                    }
                    self.multiply(count, left, right, sums);
                }
            });
        }
    }

    /// The given channels of `gradient` as a right factor, readable to the end of its last vector.
    fn right<'b>(&self, channels: Range<usize>, gradient: &'b [f32], scratch: &'b mut [f32]) -> &'b [f32] {
        let outputs = self.sizes.output[2];
        if self.step == self.width && outputs == self.width {
            return gradient;
        }
        if self.step == outputs {
            let (filled, behind) = scratch.split_at_mut(gradient.len());
            filled.copy_from_slice(gradient);
            behind.fill(0.0);
            return scratch;
        }
        for (from, to) in gradient.chunks_exact(outputs).zip(scratch.chunks_exact_mut(self.width)) {
            copy(&from[channels.clone()], to);
        }
        scratch
    }

    /// Adds the products of `count` padded images to a block's sums.
    fn multiply(&self, count: usize, left: &[f32], right: &[f32], sums: &mut [f32]) {
        for row in &self.rows {
            self.isa.dispatch(Product {
                left,
                left_step: self.sizes.stride * self.padded.block,
                right,
                right_step: self.step,
                right_panel: self.isa.lanes(),
                runs: &row.runs[..count * row.runs_an_image],
                length: self.sizes.output[1],
                sources: &self.sources[row.weights.clone()],
                targets: &self.targets[row.weights.clone()],
                columns: self.width,
                start: Start::Out,
                activation: Activation::Identity,
                out: &mut *sums,
            });
        }
    }

    /// Adds the sums of all slices in their order and stores them in `filters` [o, c, tap].
    fn unpack(&self, slices: &[f32], filters: &mut [f32]) {
        let taps = self.sizes.kernel * self.sizes.kernel;
        // One block of channels is added at a time, in contiguous memory.
        let mut total = vec![0.0; self.block()];
        for (block, first) in (0..self.sizes.input[2]).step_by(self.padded.block).enumerate() {
            total.fill(0.0);
            for sums in slices.chunks_exact(self.sums()) {
                let sums = &sums[block * self.block()..];
                total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
            }
            let channels = self.padded.block.min(self.sizes.input[2] - first);
            for (lane, filter) in filters.chunks_exact_mut(self.sizes.input[2] * taps).enumerate() {
                let filter = &mut filter[first * taps..][..channels * taps];
                for (channel, filter) in filter.chunks_exact_mut(taps).enumerate() {
                    for (tap, value) in filter.iter_mut().enumerate() {
                        *value = total[(tap * self.padded.block + channel) * self.width + lane];
                    }
                }
            }
        }
    }
}
