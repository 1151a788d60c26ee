//! Formulas applied to every value of [.., channels], and sums over each channel in a fixed order.

use super::Isa;
use std::ops::Range;

/// Values of a task, few enough to stay in a core's cache. Work is split by size, never by the number of
/// threads, so that sums have a fixed order.
const TASK: usize = 1 << 16;

/// Values of a block: a multiple of the lanes of every instruction set.
const BLOCK: usize = 64;

/// Independent accumulators, used in turn, so that an addition need not wait for the previous one.
const ACCUMULATORS: usize = 4;

/// How rows of `channels` values are processed: `together` of them as one long row whose length is a
/// multiple of [`BLOCK`].
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    channels: usize,
    together: usize,
}

/// The operands of a formula: arrays of the task's values, and per-channel values repeated to a long row.
#[derive(Debug)]
pub struct Operands<'a, const I: usize, const C: usize> {
    pub inputs: [&'a [f32]; I],
    pub channels: [&'a [f32]; C],
    /// The destination; the formula also gets the value that it holds.
    pub out: Out<'a>,
}

#[derive(Debug)]
pub enum Out<'a> {
    /// Only the sums are wanted, over this many values.
    Discard(usize),
    To(&'a mut [f32]),
}

impl Rows {
    pub fn new(channels: usize) -> Self {
        Self { channels, together: 1 << BLOCK.ilog2().saturating_sub(channels.trailing_zeros()) }
    }

    /// Length of a long row.
    fn len(&self) -> usize {
        self.channels * self.together
    }

    /// Number of values of a task, a multiple of the length of a long row.
    pub fn task(&self) -> usize {
        (TASK / self.len()).max(1) * self.len()
    }

    /// Repeats one value a channel to a long row.
    pub fn repeat(&self, values: &[f32]) -> Vec<f32> {
        values.repeat(self.together)
    }

    /// Sets each value of a task to `formula(old value, inputs, channel values)`.
    pub fn each<const I: usize, const C: usize>(
        &self,
        isa: Isa,
        arrays: Operands<'_, I, C>,
        formula: impl Fn(f32, [f32; I], [f32; C]) -> f32,
    ) {
        self.apply(isa, arrays, |old, inputs, channels| (formula(old, inputs, channels), []));
    }

    /// As [`Rows::each`], for a formula that also returns N terms. The terms are summed over each channel: in
    /// single precision along the columns of long rows, in double precision across them.
    pub fn add_up<const I: usize, const C: usize, const N: usize>(
        &self,
        isa: Isa,
        arrays: Operands<'_, I, C>,
        formula: impl Fn(f32, [f32; I], [f32; C]) -> (f32, [f32; N]),
    ) -> [Vec<f64>; N] {
        let sums = self.apply(isa, arrays, formula);
        std::array::from_fn(|index| {
            let mut folded = vec![0.0; self.channels];
            for row in sums[index].chunks_exact(self.channels) {
                for (folded, value) in folded.iter_mut().zip(row) {
                    *folded += f64::from(*value);
                }
            }
            folded
        })
    }

    /// The sums over all tasks, added in the order of the tasks.
    pub fn total<const N: usize>(&self, tasks: Vec<[Vec<f64>; N]>) -> [Vec<f64>; N] {
        let mut total = std::array::from_fn(|_| vec![0.0; self.channels]);
        for sums in tasks {
            for (total, sum) in total.iter_mut().zip(sums) {
                for (total, sum) in total.iter_mut().zip(sum) {
                    *total += sum;
                }
            }
        }
        total
    }

    fn apply<const I: usize, const C: usize, const N: usize>(
        &self,
        isa: Isa,
        arrays: Operands<'_, I, C>,
        formula: impl Fn(f32, [f32; I], [f32; C]) -> (f32, [f32; N]),
    ) -> [Vec<f32>; N] {
        let Operands { inputs, channels, mut out } = arrays;
        let values = match &out {
            Out::Discard(values) => *values,
            Out::To(out) => out.len(),
        };
        let mut sums = std::array::from_fn(|_| vec![0.0; self.len()]);
        isa.run(
            #[inline(always)]
            || {
                // One column of blocks at a time, so that its sums and channel values stay in registers.
                for column in (0..self.len()).step_by(BLOCK) {
                    let mut totals = [[[0.0; BLOCK]; N]; ACCUMULATORS];
                    let channels: [&[f32; BLOCK]; C] = channels.map(|row| block_at(row, column));
                    for (index, at) in (column..values).step_by(self.len()).enumerate() {
                        let totals = &mut totals[index % ACCUMULATORS];
                        if values - at < BLOCK {
                            remainder(&formula, &mut out, at..values, inputs, channels, totals);
                            continue;
                        }
                        let inputs = inputs.map(|input| block_at(input, at));
                        match &mut out {
                            Out::Discard(_) => block(&formula, &mut [0.0; BLOCK], inputs, channels, totals),
                            Out::To(out) => {
                                let out = out[at..].first_chunk_mut().expect("checked above");
                                block(&formula, out, inputs, channels, totals);
                            }
                        }
                    }
                    for totals in &totals {
                        for (sums, totals) in sums.iter_mut().zip(totals) {
                            let sums = &mut sums[column..column + BLOCK];
                            sums.iter_mut().zip(totals).for_each(|(sum, total)| *sum += total);
                        }
                    }
                }
            },
        );
        sums
    }
}

#[inline(always)]
fn block_at(values: &[f32], at: usize) -> &[f32; BLOCK] {
    values[at..].first_chunk().expect("arrays are as long as the values")
}

/// Applies the formula to one block. Its length is a constant, so that the compiler vectorizes the loop.
#[inline(always)]
fn block<const I: usize, const C: usize, const N: usize>(
    formula: &impl Fn(f32, [f32; I], [f32; C]) -> (f32, [f32; N]),
    out: &mut [f32; BLOCK],
    inputs: [&[f32; BLOCK]; I],
    channels: [&[f32; BLOCK]; C],
    totals: &mut [[f32; BLOCK]; N],
) {
    for lane in 0..BLOCK {
        let (new, terms) = formula(out[lane], inputs.map(|input| input[lane]), channels.map(|row| row[lane]));
        out[lane] = new;
        for (total, term) in totals.iter_mut().zip(terms) {
            total[lane] += term;
        }
    }
}

/// Applies the formula to the last values, which are fewer than a block.
#[inline(always)]
fn remainder<const I: usize, const C: usize, const N: usize>(
    formula: &impl Fn(f32, [f32; I], [f32; C]) -> (f32, [f32; N]),
    out: &mut Out<'_>,
    range: Range<usize>,
    inputs: [&[f32]; I],
    channels: [&[f32; BLOCK]; C],
    totals: &mut [[f32; BLOCK]; N],
) {
    for (lane, at) in range.enumerate() {
        let inputs = inputs.map(|input| input[at]);
        let old = match &out {
            Out::Discard(_) => 0.0,
            Out::To(out) => out[at],
        };
        let (new, terms) = formula(old, inputs, channels.map(|row| row[lane]));
        if let Out::To(out) = out {
            out[at] = new;
        }
        totals.iter_mut().zip(terms).for_each(|(total, term)| total[lane] += term);
    }
}
