//! Products of a convolution whose right factor is the weights: the forward pass and, with input and output
//! exchanged, the gradient of the input.

use super::padded::Padded;
use super::sizes::{CACHE, TASKS};
use crate::cpu::product::{Product, Run, Start};
use crate::cpu::{Activation, Buffer, Isa, scratch};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// The rows of a product, one a pixel: the offset of the pixel in the padded source and in the target.
struct Pixels {
    sources: Vec<usize>,
    targets: Vec<usize>,
}

impl Pixels {
    /// The rows for `images` consecutive images.
    fn repeat(&self, images: usize, source: usize, target: usize) -> Self {
        let all = |offsets: &[usize], len: usize| {
            (0..images).flat_map(|image| offsets.iter().map(move |offset| image * len + offset)).collect()
        };
        Self { sources: all(&self.sources, source), targets: all(&self.targets, target) }
    }
}

/// One product of a convolution: the pixels for which the same rows of the filter meet the image.
pub struct Phase {
    pixels: Pixels,
    runs: Vec<Run>,
    length: usize,
    panels: Arc<Buffer>,
}

/// The coordinates of pixels along one axis, in the padded source and in the target.
pub struct Coordinates {
    pub sources: Vec<usize>,
    pub targets: Vec<usize>,
    /// Taps of the filter along the axis.
    pub taps: usize,
}

impl Padded {
    /// The products of all pixels on the given rows and columns with the filters in `panels`. Rows of a
    /// filter that only meet padding are skipped.
    pub fn phases(
        &self,
        lanes: usize,
        ys: &Coordinates,
        xs: &Coordinates,
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

/// Pads `images` and computes the product of every phase.
#[expect(
    clippy::too_many_arguments,
    reason = "called only by the forward pass and the gradient of the input"
)]
pub fn correlate(
    isa: Isa,
    batch: usize,
    padded: Padded,
    images: &[f32],
    phases: &[Phase],
    output: [usize; 3],
    start: Start<'_>,
    activation: Activation,
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
                    activation,
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

/// Number of images that a task pads at a time.
fn images_a_task(batch: usize, bytes: usize) -> usize {
    (CACHE / bytes.max(1)).clamp(1, batch.div_ceil(TASKS).max(1))
}
