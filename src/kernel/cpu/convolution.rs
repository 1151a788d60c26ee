//! Convolution over images with channels last, forward and both gradients, each an implicit product.
//!
//! All three pad a few images at a time into memory that stays in the cache. The forward pass is a
//! product with a row for each output pixel and a column for each output channel. The gradient of the
//! input is the same with the roles of both images exchanged, once for each phase of the stride. The
//! gradient of the weights has a row for each weight of a filter and sums over pixels.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::product::{End, Product, Run, Start};
use super::{Buffer, Isa, scratch};

/// Bytes that a task keeps in its core's cache.
const CACHE: usize = 256 << 10;

/// Number of tasks that a batch is split into, at most, whatever the number of threads.
const TASKS: usize = 16;

/// Input channels that are taken together where many weights are gone through: a line of the cache.
const BLOCK: usize = 16;

/// Sizes of a convolution without groups or dilation: square kernels, zeros around the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub batch: usize,
    /// Height, width and channels.
    pub input: [usize; 3],
    /// Height, width and channels.
    pub output: [usize; 3],
    pub kernel: usize,
    pub stride: usize,
    /// At most `kernel` − 1.
    pub padding: usize,
}

impl Shape {
    /// Values of an input image.
    pub fn input_len(&self) -> usize {
        self.input.iter().product()
    }

    /// Values of an output image.
    pub fn output_len(&self) -> usize {
        self.output.iter().product()
    }

    /// Weights: output channels × input channels × kernel × kernel.
    pub fn weights(&self) -> usize {
        self.output[2] * self.input[2] * self.kernel * self.kernel
    }
}

/// Images with a border of zeros, in blocks of channels: [block, height, width, channel].
#[derive(Clone, Copy, Debug)]
struct Padded {
    /// Height, width and channels without the border.
    image: [usize; 3],
    /// Channels that lie together. With all of them runs along a row are as long as can be; with few,
    /// neighbouring pixels are neighbours in memory.
    block: usize,
    /// Rows above, and columns to the left.
    before: usize,
    /// Rows below, and columns to the right.
    after: usize,
}

impl Padded {
    fn row(&self) -> usize {
        (self.before + self.image[1] + self.after) * self.block
    }

    /// Values of a block.
    fn plane(&self) -> usize {
        (self.before + self.image[0] + self.after) * self.row()
    }

    /// Values of an image.
    fn len(&self) -> usize {
        self.image[2].div_ceil(self.block) * self.plane()
    }

    fn is_image(&self) -> bool {
        self.before == 0 && self.after == 0 && self.block == self.image[2]
    }

    /// Copies `images` into `out`, borders included.
    fn fill(&self, images: &[f32], out: &mut [f32]) {
        let images = images.chunks_exact(self.image.iter().product());
        for (image, out) in images.zip(out.chunks_exact_mut(self.len())) {
            for (block, plane) in out.chunks_exact_mut(self.plane()).enumerate() {
                self.fill_block(image, block, plane);
            }
        }
    }

    /// Copies a block of `image` into `plane`. Where the block is not full, the rest of it becomes zero.
    fn fill_block(&self, image: &[f32], block: usize, plane: &mut [f32]) {
        let [height, width, channels] = self.image;
        let row = self.row();
        let first = block * self.block;
        let count = self.block.min(channels - first);
        let (above, rest) = plane.split_at_mut(self.before * row);
        let (rows, below) = rest.split_at_mut(height * row);
        above.fill(0.0);
        below.fill(0.0);
        for (from, to) in image.chunks_exact(width * channels).zip(rows.chunks_exact_mut(row)) {
            let (left, rest) = to.split_at_mut(self.before * self.block);
            let (pixels, right) = rest.split_at_mut(width * self.block);
            left.fill(0.0);
            right.fill(0.0);
            if count == channels {
                pixels.copy_from_slice(from);
                continue;
            }
            for (from, to) in from.chunks_exact(channels).zip(pixels.chunks_exact_mut(self.block)) {
                copy(&from[first..first + count], to);
            }
        }
    }
}

/// Copies the few values of a pixel, and zeros behind them: whole lines without a call, which would cost
/// more than it does.
#[inline(always)]
fn copy(from: &[f32], to: &mut [f32]) {
    match (from.as_chunks::<BLOCK>(), to.as_chunks_mut::<BLOCK>()) {
        (([from], []), ([to], [])) => *to = *from,
        (([first, second], []), ([to, behind], [])) => {
            *to = *first;
            *behind = *second;
        }
        _ => {
            let (filled, rest) = to.split_at_mut(from.len());
            filled.copy_from_slice(from);
            rest.fill(0.0);
        }
    }
}

/// Rows of one image's product: where each pixel's runs begin, and where its result goes.
struct Pixels {
    sources: Vec<usize>,
    targets: Vec<usize>,
}

impl Pixels {
    /// The same for `images` images that lie one after the other.
    fn repeat(&self, images: usize, source: usize, target: usize) -> Self {
        let all = |offsets: &[usize], len: usize| {
            (0..images).flat_map(|image| offsets.iter().map(move |offset| image * len + offset)).collect()
        };
        Self { sources: all(&self.sources, source), targets: all(&self.targets, target) }
    }
}

/// One product of a convolution with weights as columns: of pixels whose filters reach into the image
/// with the same rows.
struct Phase {
    pixels: Pixels,
    runs: Vec<Run>,
    length: usize,
    panels: Arc<Buffer>,
}

/// Where one axis of an image's products begins in the padded source, and where it goes.
struct Places {
    sources: Vec<usize>,
    targets: Vec<usize>,
    /// Taps of the filter along the axis.
    taps: usize,
}

impl Padded {
    /// The products of all pixels on the given rows and columns with the filters in `panels`. Rows of a
    /// filter that would meet nothing but the border are left out.
    fn phases(
        &self,
        lanes: usize,
        ys: &Places,
        xs: &Places,
        target: [usize; 3],
        panels: Buffer,
    ) -> Vec<Phase> {
        let panels = Arc::new(panels);
        let inside = |&source: &usize| {
            let [first, last] = [self.before, self.before + self.image[0]];
            let taps = (0..ys.taps).filter(|tap| (first..last).contains(&(source + tap)));
            taps.clone().min().unwrap_or(0)..taps.max().map_or(0, |tap| tap + 1)
        };
        let mut groups: Vec<(Range<usize>, Vec<usize>)> = Vec::new();
        for (row, source) in ys.sources.iter().enumerate() {
            let taps = inside(source);
            match groups.iter_mut().find(|(known, _)| *known == taps) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((taps, vec![row])),
            }
        }
        let length = xs.taps * self.block;
        let phase = |(taps, rows): (Range<usize>, Vec<usize>)| {
            let all = |of: &dyn Fn(usize, usize) -> usize| {
                rows.iter().flat_map(|&y| (0..xs.sources.len()).map(move |x| of(y, x))).collect()
            };
            let pixels = Pixels {
                sources: all(&|y, x| ys.sources[y] * self.row() + xs.sources[x] * self.block),
                targets: all(&|y, x| (ys.targets[y] * target[1] + xs.targets[x]) * target[2]),
            };
            let run = |tap| Run { left: tap * self.row(), right: tap * length * lanes };
            Phase { pixels, runs: taps.map(run).collect(), length, panels: Arc::clone(&panels) }
        };
        groups.into_iter().map(phase).collect()
    }
}

/// Images that a task takes together.
fn images_a_task(batch: usize, bytes: usize) -> usize {
    (CACHE / bytes.max(1)).clamp(1, batch.div_ceil(TASKS).max(1))
}

/// `out` [n, oh, ow, o] = `images` [n, h, w, c] ∗ `weight` [o, c, k, k] (+ `bias` [o]).
pub fn forward(
    isa: Isa,
    shape: &Shape,
    images: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    end: End,
    out: &mut [f32],
) {
    let Shape { input, output, kernel, stride, padding, .. } = *shape;
    let padded = Padded { image: input, block: input[2], before: padding, after: padding };
    let isa = isa.for_columns(output[2]);
    let lanes = isa.lanes();
    let size = input[2] * kernel * kernel;
    let columns = Axis { count: output[2], stride: size };
    let channels = Axis { count: input[2], stride: kernel * kernel };
    let taps: Vec<usize> = (0..kernel * kernel).collect();
    let panels = pack(lanes, weight, columns, channels, &taps);
    let places = |axis: usize| Places {
        sources: (0..output[axis]).map(|index| index * stride).collect(),
        targets: (0..output[axis]).collect(),
        taps: kernel,
    };
    let phases = padded.phases(lanes, &places(0), &places(1), output, panels);
    let start = bias.map_or(Start::Zero, Start::Bias);
    correlate(isa, shape.batch, padded, images, &phases, output, start, end, out);
}

/// `out` [n, h, w, c] (+)= the gradient of the input, for that of the output, `gradient` [n, oh, ow, o].
pub fn input_gradient(
    isa: Isa,
    shape: &Shape,
    weight: &[f32],
    gradient: &[f32],
    start: Start<'_>,
    out: &mut [f32],
) {
    let Shape { input, output, kernel, stride, .. } = *shape;
    let isa = isa.for_columns(input[2]);
    // The output pixels that an input row of a phase takes part in reach from `taps − 1` before its
    // first one to its last.
    let phases: Vec<[Line; 2]> = (0..stride)
        .flat_map(|y| (0..stride).map(move |x| [y, x]))
        .map(|[y, x]| [Line::new(shape, 0, y), Line::new(shape, 1, x)])
        .collect();
    let lines = || phases.iter().flatten();
    let before = lines().map(|line| line.taps.saturating_sub(1 + line.first)).max().unwrap_or(0);
    let reach = |axis: usize| {
        let ends = phases.iter().map(|phase| phase[axis].first + phase[axis].count);
        ends.max().unwrap_or(0).saturating_sub(output[axis])
    };
    let padded = Padded { image: output, block: output[2], before, after: reach(0).max(reach(1)) };
    let lanes = isa.lanes();
    let columns = Axis { count: input[2], stride: kernel * kernel };
    let channels = Axis { count: output[2], stride: input[2] * kernel * kernel };
    let phases = phases.iter().flat_map(|[y, x]| {
        let taps = y.taps().flat_map(|y| x.taps().map(move |x| y * kernel + x)).collect::<Vec<_>>();
        let panels = pack(lanes, weight, columns, channels, &taps);
        padded.phases(lanes, &y.places(before), &x.places(before), input, panels)
    });
    let phases: Vec<Phase> = phases.collect();
    correlate(isa, shape.batch, padded, gradient, &phases, input, start, End::Keep, out);
}

/// The rows, or columns, of an input image that the same taps of a filter fall on.
#[derive(Clone, Copy)]
struct Line {
    /// The first of them; the others follow at distances of `stride`.
    phase: usize,
    stride: usize,
    /// How many they are.
    count: usize,
    /// The first tap that falls on them; the others follow at distances of `stride`.
    tap: usize,
    taps: usize,
    /// The output that `tap` gives for the first of them; the other taps give the ones before.
    first: usize,
}

impl Line {
    fn new(shape: &Shape, axis: usize, phase: usize) -> Self {
        let Shape { input, kernel, stride, padding, .. } = *shape;
        let tap = (phase + padding) % stride;
        Self {
            phase,
            stride,
            count: input[axis].saturating_sub(phase).div_ceil(stride),
            tap,
            taps: kernel.saturating_sub(tap).div_ceil(stride),
            first: (phase + padding) / stride,
        }
    }

    /// From the first output that each takes part in, counted from the border.
    fn places(&self, before: usize) -> Places {
        Places {
            sources: (0..self.count)
                .map(|index| before + self.first + index + 1 - self.taps.max(1))
                .collect(),
            targets: (0..self.count).map(|index| self.phase + index * self.stride).collect(),
            taps: self.taps,
        }
    }

    /// The taps that fall on them, last one first.
    fn taps(self) -> impl Iterator<Item = usize> {
        (0..self.taps).rev().map(move |index| self.tap + index * self.stride)
    }
}

/// One axis of the weights.
#[derive(Clone, Copy)]
struct Axis {
    count: usize,
    stride: usize,
}

/// Weights as the right factor of a product: [panel, tap, channel, lane]. A column's weight for a channel
/// and a tap is at column · stride + channel · stride + tap.
fn pack(lanes: usize, weight: &[f32], columns: Axis, channels: Axis, taps: &[usize]) -> Buffer {
    let size = taps.len() * channels.count * lanes;
    let mut panels = Buffer::new(columns.count.div_ceil(lanes) * size);
    if size == 0 {
        return panels;
    }
    panels.par_chunks_mut(size).enumerate().for_each(|(panel, packed)| {
        let count = lanes.min(columns.count - panel * lanes);
        let weight = &weight[panel * lanes * columns.stride..];
        for (channel, weight) in
            (0..channels.count).map(|channel| (channel, &weight[channel * channels.stride..]))
        {
            for (index, &tap) in taps.iter().enumerate() {
                let row = &mut packed[(index * channels.count + channel) * lanes..][..lanes];
                let (filled, rest) = row.split_at_mut(count);
                let values = weight[tap..].iter().step_by(columns.stride);
                filled.iter_mut().zip(values).for_each(|(to, value)| *to = *value);
                rest.fill(0.0);
            }
        }
    });
    panels
}

/// For every phase, the product of pixels of `images`, once padded, with the phase's weights.
#[expect(clippy::too_many_arguments, reason = "the whole of a convolution, called from its two directions")]
fn correlate(
    isa: Isa,
    batch: usize,
    padded: Padded,
    images: &[f32],
    phases: &[Phase],
    output: [usize; 3],
    start: Start<'_>,
    end: End,
    out: &mut [f32],
) {
    let lanes = isa.lanes();
    let (image_len, output_len) = (padded.image.iter().product::<usize>(), output.iter().product::<usize>());
    let together = images_a_task(batch, 4 * padded.len());
    let phases: Vec<(Pixels, &Phase)> =
        phases.iter().map(|phase| (phase.pixels.repeat(together, padded.len(), output_len), phase)).collect();
    let tasks = images.par_chunks(together * image_len).zip(out.par_chunks_mut(together * output_len));
    tasks.for_each(|(images, out)| {
        let count = images.len() / image_len;
        let correlate = |left: &[f32], out: &mut [f32]| {
            for (pixels, phase) in &phases {
                let rows = pixels.sources.len() / together * count;
                isa.dispatch(Product {
                    left,
                    left_step: 1,
                    right: &phase.panels,
                    right_step: lanes,
                    right_panel: phase.panels.len() / output[2].div_ceil(lanes).max(1),
                    runs: &phase.runs,
                    length: phase.length,
                    sources: &pixels.sources[..rows],
                    targets: &pixels.targets[..rows],
                    columns: output[2],
                    start,
                    end,
                    out: &mut *out,
                });
            }
        };
        if padded.is_image() {
            return correlate(images, out);
        }
        scratch::with(count * padded.len(), |scratch| {
            padded.fill(images, scratch);
            correlate(scratch, out);
        });
    });
}

/// `out` [o, c, k, k] = the gradient of the weights, for `images` [n, h, w, c] and the gradient of the
/// output, `gradient` [n, oh, ow, o].
///
/// A task takes a slice of the batch and as many output channels as a product holds in registers; the
/// sums of the slices are added in the slices' order.
pub fn weight_gradient(isa: Isa, shape: &Shape, images: &[f32], gradient: &[f32], out: &mut [f32]) {
    let Shape { batch, input, output, kernel, stride, padding } = *shape;
    let isa = isa.for_columns(output[2]);
    let lanes = isa.lanes();
    let taps = kernel * kernel;
    let left = Padded { image: input, block: input[2].min(BLOCK), before: padding, after: padding };
    let width = (2 * lanes).min(output[2].next_multiple_of(lanes));
    let pixels = output[0] * output[1];
    // Where a task has all channels, their pixels stay as they are, and the last vector reads into what
    // lies behind.
    let (step, behind) = if output[2] <= width { (output[2], width - output[2]) } else { (width, 0) };
    let right_len = |images: usize| images * pixels * step + behind;
    // The weights of a block of channels, in the order (tap, channel), share their pixels.
    let weights = taps * left.block;
    let source = |weight: usize| {
        let (tap, channel) = (weight / left.block, weight % left.block);
        tap / kernel * left.row() + tap % kernel * left.block + channel
    };
    let sources: Vec<usize> = (0..weights).map(source).collect();
    let targets: Vec<usize> = (0..weights).map(|weight| weight * width).collect();
    let together = (CACHE / (4 * (left.plane() + pixels * width))).clamp(1, batch.max(1));
    // For each row of the filter, the output rows for which it meets the image; all together where a row
    // has few weights.
    let groups = if left.block == BLOCK { kernel } else { 1 };
    let of_row = |row: usize| {
        let meets = move |y: &usize| (padding..padding + input[0]).contains(&(y * stride + row));
        let ys = (0..output[0]).filter(move |y| groups == 1 || meets(y));
        let runs = (0..together).flat_map(|image| ys.clone().map(move |y| (image, y)));
        let run = |(image, y): (usize, usize)| Run {
            left: image * left.plane() + y * stride * left.row(),
            right: (image * pixels + y * output[1]) * step,
        };
        (ys.clone().count(), runs.map(run).collect::<Vec<Run>>())
    };
    let rows: Vec<(usize, Vec<Run>)> = (0..groups).map(of_row).collect();
    let blocks = input[2].div_ceil(left.block);
    let slices = (TASKS / output[2].div_ceil(width)).clamp(1, batch.max(1));
    let slice = batch.div_ceil(slices).max(1);
    let (input_len, output_len) = (shape.input_len(), shape.output_len());
    let part_len = blocks * weights * width;
    let mut sums = Buffer::zeros(output[2].div_ceil(width) * slices * part_len);
    sums.par_chunks_mut(part_len).enumerate().for_each(|(task, sums)| {
        let channels = task / slices * width..output[2].min((task / slices + 1) * width);
        let images = images.chunks(slice * input_len).nth(task % slices).unwrap_or_default();
        let gradient = gradient.chunks(slice * output_len).nth(task % slices).unwrap_or_default();
        let parts = images.chunks(together * input_len).zip(gradient.chunks(together * output_len));
        for (images, gradient) in parts {
            let count = images.len() / input_len;
            scratch::with(count * left.plane() + right_len(count), |scratch| {
                let (left_part, right) = scratch.split_at_mut(count * left.plane());
                let right = match (step == output[2], behind) {
                    (true, 0) => gradient,
                    (true, _) => {
                        let (filled, behind) = right.split_at_mut(gradient.len());
                        filled.copy_from_slice(gradient);
                        behind.fill(0.0);
                        right
                    }
                    (false, _) => {
                        for (from, to) in gradient.chunks_exact(output[2]).zip(right.chunks_exact_mut(width))
                        {
                            copy(&from[channels.clone()], to);
                        }
                        right
                    }
                };
                for (block, sums) in sums.chunks_exact_mut(weights * width).enumerate() {
                    let images = images.chunks_exact(input_len);
                    for (image, plane) in images.zip(left_part.chunks_exact_mut(left.plane())) {
                        left.fill_block(image, block, plane);
                    }
                    for (row, (length, runs)) in rows.iter().enumerate() {
                        let weights = row * weights / groups..(row + 1) * weights / groups;
                        isa.dispatch(Product {
                            left: left_part,
                            left_step: stride * left.block,
                            right,
                            right_step: step,
                            right_panel: lanes,
                            runs: &runs[..count * length],
                            length: output[1],
                            sources: &sources[weights.clone()],
                            targets: &targets[weights],
                            columns: width,
                            start: Start::Out,
                            end: End::Keep,
                            out: &mut *sums,
                        });
                    }
                }
            });
        }
    });
    let filter = input[2] * taps;
    out.par_chunks_mut(width * filter).enumerate().for_each(|(part, filters)| {
        let slices = &sums[part * slices * part_len..][..slices * part_len];
        // A block of channels at a time is added up in memory that lies together.
        let mut total = vec![0.0; weights * width];
        for block in 0..blocks {
            total.fill(0.0);
            for sums in slices.chunks_exact(part_len) {
                for (total, sum) in total.iter_mut().zip(&sums[block * weights * width..]) {
                    *total += sum;
                }
            }
            let channels = left.block.min(input[2] - block * left.block);
            for (lane, filter) in filters.chunks_exact_mut(filter).enumerate() {
                let filter = &mut filter[block * left.block * taps..][..channels * taps];
                for (channel, filter) in filter.chunks_exact_mut(taps).enumerate() {
                    for (tap, value) in filter.iter_mut().enumerate() {
                        *value = total[(tap * left.block + channel) * width + lane];
                    }
                }
            }
        }
    });
}
