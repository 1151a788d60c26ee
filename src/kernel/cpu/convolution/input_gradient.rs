//! The forward pass with the roles of both images exchanged, once for each phase of the stride.

use super::pack::{Axis, pack};
use super::padded::Padded;
use super::phase::{Phase, Places, correlate};
use super::{Shape, scattered};
use crate::kernel::Activation;
use crate::kernel::cpu::Isa;
use crate::kernel::cpu::product::Start;

/// `out` [n, h, w, c] (+)= the gradient of the input, for that of the output, `gradient` [n, oh, ow, o].
pub fn input_gradient(
    isa: Isa,
    shape: &Shape,
    weight: &[f32],
    gradient: &[f32],
    start: Start<'_>,
    out: &mut [f32],
) {
    if shape.is_gathered() {
        return scattered(shape, start, out, |start, out| {
            input_gradient(isa, &shape.of_gathered(), weight, gradient, start, out);
        });
    }
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
    correlate(isa, shape.batch, padded, gradient, &phases, input, start, Activation::Identity, out);
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
