//! Work over rows of channels: how it is split, and sums of it in a fixed order.

use std::ops::Range;

use super::Isa;

/// Values of a task: as many as stay in a core's cache. Work is split by size, never by the number of
/// threads, so that sums have one order.
const TASK: usize = 1 << 16;

/// Values that are worked on together: whole vectors of every length.
const BLOCK: usize = 64;

/// Blocks of sums that take turns, so that an addition need not wait for the one before.
const TURNS: usize = 4;

/// How rows of `channels` values are gone through: so many of them at once, as one long row, that it is
/// whole blocks.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    channels: usize,
    together: usize,
}

/// What a formula is applied to: arrays of the task's values, and long rows of channels' values.
#[derive(Debug)]
pub struct Operands<'a, const I: usize, const C: usize> {
    pub inputs: [&'a [f32]; I],
    pub channels: [&'a [f32]; C],
    /// What the formula gets as the value before, and where the new value goes.
    pub out: Out<'a>,
}

#[derive(Debug)]
pub enum Out<'a> {
    /// The formula gives sums alone, of so many values.
    Nowhere(usize),
    To(&'a mut [f32]),
}

impl Rows {
    pub fn new(channels: usize) -> Self {
        Self { channels, together: 1 << BLOCK.ilog2().saturating_sub(channels.trailing_zeros()) }
    }

    /// Length of the long rows.
    fn len(&self) -> usize {
        self.channels * self.together
    }

    /// Values of a task, a multiple of the long rows' length.
    pub fn task(&self) -> usize {
        (TASK / self.len()).max(1) * self.len()
    }

    /// One value a channel, repeated to a long row.
    pub fn repeat(&self, values: &[f32]) -> Vec<f32> {
        values.repeat(self.together)
    }

    /// For each value of a task, `formula(value before, inputs, channel's values)`: the new value.
    pub fn each<const I: usize, const C: usize>(
        &self,
        isa: Isa,
        arrays: Operands<'_, I, C>,
        formula: impl Fn(f32, [f32; I], [f32; C]) -> f32,
    ) {
        self.apply(isa, arrays, |before, inputs, channels| (formula(before, inputs, channels), []));
    }

    /// The same with N terms beside the new value, which are added up by channel: in single precision along
    /// long rows, in double precision over their parts.
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

    /// The sums of all tasks, added in their order.
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
            Out::Nowhere(values) => *values,
            Out::To(out) => out.len(),
        };
        let mut sums = std::array::from_fn(|_| vec![0.0; self.len()]);
        isa.run(
            #[inline(always)]
            || {
                // A column of blocks after the other: its sums and its channels' values stay at hand.
                for column in (0..self.len()).step_by(BLOCK) {
                    let mut totals = [[[0.0; BLOCK]; N]; TURNS];
                    let channels: [&[f32; BLOCK]; C] = channels.map(|row| block_at(row, column));
                    for (turn, at) in (column..values).step_by(self.len()).enumerate() {
                        let totals = &mut totals[turn % TURNS];
                        if values - at < BLOCK {
                            rest(&formula, &mut out, at..values, inputs, channels, totals);
                            continue;
                        }
                        let inputs = inputs.map(|input| block_at(input, at));
                        match &mut out {
                            Out::Nowhere(_) => block(&formula, &mut [0.0; BLOCK], inputs, channels, totals),
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

/// The formula for values whose number is known: the loop over them is then one of vectors.
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

/// The formula for the values at these places, which are fewer than a block.
#[inline(always)]
fn rest<const I: usize, const C: usize, const N: usize>(
    formula: &impl Fn(f32, [f32; I], [f32; C]) -> (f32, [f32; N]),
    out: &mut Out<'_>,
    places: Range<usize>,
    inputs: [&[f32]; I],
    channels: [&[f32; BLOCK]; C],
    totals: &mut [[f32; BLOCK]; N],
) {
    for (lane, at) in places.enumerate() {
        let inputs = inputs.map(|input| input[at]);
        let before = match &out {
            Out::Nowhere(_) => 0.0,
            Out::To(out) => out[at],
        };
        let (new, terms) = formula(before, inputs, channels.map(|row| row[lane]));
        if let Out::To(out) = out {
            out[at] = new;
        }
        totals.iter_mut().zip(terms).for_each(|(total, term)| total[lane] += term);
    }
}
