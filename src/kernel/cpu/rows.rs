//! Work over rows of channels: how it is split, and sums of it in a fixed order.

use std::ops::Range;

use rayon::prelude::*;

/// Values of a task: as many as stay in a core's cache. Work is split by size, never by the number of
/// threads, so that sums have one order.
const TASK: usize = 1 << 16;

/// Values that an inner loop goes over at least, so that it fills vectors where channels are few.
const LOOP: usize = 64;

/// How rows of `channels` values are gone through: some of them at once, as one long row.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    channels: usize,
    together: usize,
}

impl Rows {
    pub fn new(channels: usize) -> Self {
        Self { channels, together: (LOOP / channels).max(1) }
    }

    /// Length of the long rows.
    pub fn len(&self) -> usize {
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

    /// Adds up a long row's values of the same channel.
    fn fold<const N: usize>(&self, sums: &[Vec<f32>; N]) -> [Vec<f64>; N] {
        std::array::from_fn(|i| {
            let mut folded = vec![0.0; self.channels];
            for row in sums[i].chunks_exact(self.channels) {
                for (folded, value) in folded.iter_mut().zip(row) {
                    *folded += f64::from(*value);
                }
            }
            folded
        })
    }

    /// N sums a channel over all rows. `add(task, sums)` adds up the rows of one task, in single
    /// precision, into long rows of zeros; the tasks' sums are added in their order, in double precision.
    pub fn sum<const N: usize>(
        &self,
        values: usize,
        add: impl Fn(Range<usize>, &mut [Vec<f32>; N]) + Sync,
    ) -> [Vec<f64>; N] {
        let task = |task: usize| task * self.task()..values.min((task + 1) * self.task());
        let tasks = (0..values.div_ceil(self.task())).into_par_iter().map(task);
        self.total(tasks.map(|range| self.of_task(|sums| add(range, sums))).collect())
    }

    /// The same over values that `add(task, values, sums)` changes on the way.
    pub fn sum_mut<const N: usize>(
        &self,
        values: &mut [f32],
        add: impl Fn(Range<usize>, &mut [f32], &mut [Vec<f32>; N]) + Sync,
    ) -> [Vec<f64>; N] {
        let tasks = values.par_chunks_mut(self.task()).enumerate();
        let of_task = |(task, values): (usize, &mut [f32])| {
            let range = task * self.task()..task * self.task() + values.len();
            self.of_task(|sums| add(range, values, sums))
        };
        self.total(tasks.map(of_task).collect())
    }

    fn of_task<const N: usize>(&self, add: impl FnOnce(&mut [Vec<f32>; N])) -> [Vec<f64>; N] {
        let mut sums = std::array::from_fn(|_| vec![0.0; self.len()]);
        add(&mut sums);
        self.fold(&sums)
    }

    fn total<const N: usize>(&self, tasks: Vec<[Vec<f64>; N]>) -> [Vec<f64>; N] {
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
}
