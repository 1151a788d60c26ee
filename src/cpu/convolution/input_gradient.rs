//! The gradient of the input: the forward pass with input and output exchanged, once for each phase of the
//! stride.

use super::pack::{WeightAxis, pack};
use super::padded::Padded;
use super::phase::{Coordinates, Phase, correlate};
use super::{Sizes, scattered};
use crate::cpu::product::Start;
use crate::cpu::{Activation, Isa};

/// `out` [n, h, w, c] (+)= the gradient of the input, for the gradient of the output, `gradient`
/// [n, oh, ow, o].
pub fn input_gradient(
    isa: Isa,
    sizes: &Sizes,
    weight: &[f32],
    gradient: &[f32],
    start: Start<'_>,
    out: &mut [f32],
) {
    if sizes.is_gathered() {
        return scattered(sizes, start, out, |start, out| {
            input_gradient(isa, &sizes.of_gathered(), weight, gradient, start, out);
        });
    }
    let Sizes { input, output, kernel, stride, .. } = *sizes;
    let isa = isa.for_columns(input[2]);
    // The output pixels that depend on an input row of a phase reach from `taps − 1` before its first one to
    // its last.
    let phases: Vec<[AxisPhase; 2]> = (0..stride)
        .flat_map(|y| (0..stride).map(move |x| [y, x]))
        .map(|[y, x]| [AxisPhase::new(sizes, 0, y), AxisPhase::new(sizes, 1, x)])
        .collect();
    let axes = || phases.iter().flatten();
    let before = axes().map(|axis| axis.taps.saturating_sub(1 + axis.first)).max().unwrap_or(0);
    let reach = |axis: usize| {
        let ends = phases.iter().map(|phase| phase[axis].first + phase[axis].count);
        ends.max().unwrap_or(0).saturating_sub(output[axis])
    };
    let padded = Padded { image: output, block: output[2], before, after: reach(0).max(reach(1)) };
    let lanes = isa.lanes();
    let columns = WeightAxis { count: input[2], stride: kernel * kernel };
    let channels = WeightAxis { count: output[2], stride: input[2] * kernel * kernel };
    let phases = phases.iter().flat_map(|[y, x]| {
        let taps = y.taps().flat_map(|y| x.taps().map(move |x| y * kernel + x)).collect::<Vec<_>>();
        let panels = pack(lanes, weight, columns, channels, &taps);
        padded.phases(lanes, &y.coordinates(before), &x.coordinates(before), input, panels)
    });
    let phases: Vec<Phase> = phases.collect();
    correlate(isa, sizes.batch, padded, gradient, &phases, input, start, Activation::Identity, out);
}

/// One phase of the stride along one axis: the rows (or columns) of an input image that the same taps of a
/// filter are applied to.
#[derive(Clone, Copy)]
struct AxisPhase {
    /// The first row; the others follow at distances of `stride`.
    phase: usize,
    stride: usize,
    /// Number of rows.
    count: usize,
    /// The first tap that is applied to them; the others follow at distances of `stride`.
    tap: usize,
    /// Number of taps.
    taps: usize,
    /// The output row to which `tap` contributes from the first row; the other taps contribute to the output
    /// rows before it.
    first: usize,
}

impl AxisPhase {
    fn new(sizes: &Sizes, axis: usize, phase: usize) -> Self {
        let Sizes { input, kernel, stride, padding, .. } = *sizes;
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

    /// The rows' coordinates: in the padded output, that of the first output row that depends on each.
    fn coordinates(&self, before: usize) -> Coordinates {
        Coordinates {
            sources: (0..self.count)
                .map(|index| before + self.first + index + 1 - self.taps.max(1))
                .collect(),
            targets: (0..self.count).map(|index| self.phase + index * self.stride).collect(),
            taps: self.taps,
        }
    }

    /// The taps that are applied to the rows, the last one first.
    fn taps(self) -> impl Iterator<Item = usize> {
        (0..self.taps).rev().map(move |index| self.tap + index * self.stride)
    }
}
