//! The matrix product that almost all arithmetic goes through. Its left factor is read in place.
//!
//! A convolution is a product too: its left factor has a row for each output pixel, and the entries of
//! a row are runs of the image around that pixel. With channels last each run is contiguous, so nothing
//! has to be copied into a matrix first (an implicit GEMM); the same holds for the gradient of the
//! weights, whose rows are weights and whose runs are rows of pixels.

use super::Activation;
use pulp::{Simd, WithSimd};

/// out[targets[i] + n] (+)= Σ_r Σ_l left[sources[i] + runs[r].left + l · left_step]
/// · right[runs[r].right + l · right_step + column n], for each row i and column n < `columns`.
///
/// Columns are in panels, one vector wide: column n of panel p is at p · `right_panel` + n. The last
/// panel must be readable to its end; its values beyond `columns` are not used. Every sum is one chain of fused
/// multiply-adds in the order of the runs, on every instruction set and in tiles of any size.
#[derive(Debug)]
pub struct Product<'a> {
    pub left: &'a [f32],
    pub left_step: usize,
    pub right: &'a [f32],
    pub right_step: usize,
    pub right_panel: usize,
    pub runs: &'a [Run],
    /// Length of every run.
    pub length: usize,
    pub sources: &'a [usize],
    pub targets: &'a [usize],
    pub columns: usize,
    pub start: Start<'a>,
    /// Applied to every finished sum.
    pub activation: Activation,
    pub out: &'a mut [f32],
}

/// Where a run begins in both factors.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub left: usize,
    pub right: usize,
}

/// The initial value of every sum.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    Zero,
    /// The value that `out` holds: the product is accumulated.
    Out,
    /// One value a column.
    Bias(&'a [f32]),
}

impl Product<'_> {
    /// Panics unless everything that will be read and written lies within the slices: `with_simd`
    /// relies on it.
    fn check(&self, lanes: usize) {
        let last = |offsets: &mut dyn Iterator<Item = usize>| offsets.max().unwrap_or(0);
        let steps = self.length.saturating_sub(1);
        let left = last(&mut self.sources.iter().copied())
            + last(&mut self.runs.iter().map(|run| run.left))
            + steps * self.left_step;
        let panels = self.columns.div_ceil(lanes);
        let right = last(&mut self.runs.iter().map(|run| run.right))
            + steps * self.right_step
            + panels.saturating_sub(1) * self.right_panel
            + lanes;
        let out = last(&mut self.targets.iter().copied()) + self.columns;
        let is_empty = self.sources.is_empty() || self.length == 0 || self.runs.is_empty();
        assert_eq!(self.sources.len(), self.targets.len(), "every row has a target");
        assert!(is_empty || left < self.left.len(), "the left factor ends before its last run");
        assert!(is_empty || right <= self.right.len(), "the right factor ends before its last run");
        assert!(self.sources.is_empty() || out <= self.out.len(), "the result ends before its last row");
        if let Start::Bias(bias) = self.start {
            assert!(bias.len() >= self.columns, "bias");
        }
    }
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        self.check(S::F32_LANES);
        let panels = self.columns.div_ceil(S::F32_LANES);
        for pair in 0..panels / 2 {
            self.rows::<S, 2>(simd, 2 * pair);
        }
        if panels % 2 == 1 {
            self.rows::<S, 1>(simd, panels - 1);
        }
    }
}

impl Product<'_> {
    /// All rows of panels `panel` to `panel + V`, in tiles of as many rows as registers hold sums (24 of 32
    /// registers, or 12 of 16); smaller tiles where these leave fewer rows over.
    #[inline(always)]
    fn rows<S: Simd, const V: usize>(&mut self, simd: S, panel: usize) {
        let rows = self.sources.len();
        let fits = |many: usize, few: usize| rows.next_multiple_of(many) <= rows.next_multiple_of(few);
        match V == 1 || S::REGISTER_COUNT >= 32 {
            true if fits(12, 8) => self.tiles::<S, 12, V>(simd, panel),
            true => self.tiles::<S, 8, V>(simd, panel),
            false if fits(6, 4) => self.tiles::<S, 6, V>(simd, panel),
            false => self.tiles::<S, 4, V>(simd, panel),
        }
    }

    /// All rows of panels `panel` to `panel + V`, in tiles of P rows.
    #[inline(always)]
    fn tiles<S: Simd, const P: usize, const V: usize>(&mut self, simd: S, panel: usize) {
        let first = panel * S::F32_LANES;
        let is_whole = first + V * S::F32_LANES <= self.columns;
        let zero = simd.splat_f32s(0.0);
        for from in (0..self.sources.len()).step_by(P) {
            let count = P.min(self.sources.len() - from);
            // The last tile is filled up with copies of the last row, which are not stored.
            let row = |i: usize| from + i.min(count - 1);
            let sources: [usize; P] = std::array::from_fn(|i| self.sources[row(i)]);
            let targets: [usize; P] = std::array::from_fn(|i| self.targets[row(i)] + first);
            let mut sums = [[zero; V]; P];
            match self.start {
                Start::Zero => {}
                Start::Out if is_whole => {
                    for (sums, &target) in sums.iter_mut().zip(&targets) {
                        for (v, sum) in sums.iter_mut().enumerate() {
                            let from = target + v * S::F32_LANES;
                            // SAFETY: `check` has made sure that every target and all columns lie in `out`.
                            let values = unsafe { self.out.as_ptr().add(from).cast::<S::f32s>() };
                            // SAFETY: as above.
                            *sum = unsafe { values.read_unaligned() };
                        }
                    }
                }
                Start::Out => {
                    for (sums, &target) in sums.iter_mut().zip(&targets) {
                        self.load_partly(simd, self.out, target, first, sums);
                    }
                }
                Start::Bias(bias) => {
                    self.load_partly(simd, bias, first, first, &mut sums[0]);
                    sums = [sums[0]; P];
                }
            }
            // SAFETY: `check` has made sure that every source plus every run lies within `left`, and
            // every run plus every panel within `right`.
            unsafe { self.accumulate(simd, &sources, panel * self.right_panel, &mut sums) };
            if self.activation == Activation::Relu {
                for sum in sums.as_flattened_mut() {
                    // A NaN stays a NaN.
                    *sum = simd.select_f32s(simd.less_than_f32s(*sum, zero), zero, *sum);
                }
            }
            if is_whole {
                for (i, (sums, &target)) in sums.iter().zip(&targets).enumerate() {
                    for (v, &sum) in sums.iter().enumerate() {
                        if i < count {
                            let to = target + v * S::F32_LANES;
                            // SAFETY: as for `Start::Out`.
                            unsafe { self.out.as_mut_ptr().add(to).cast::<S::f32s>().write_unaligned(sum) };
                        }
                    }
                }
            } else {
                for (sums, &target) in sums.iter().zip(&targets).take(count) {
                    self.store_partly(simd, target, first, sums);
                }
            }
        }
    }

    /// Loads vectors of `values`, in which column `first` is at index `from`, up to the last column.
    #[inline(always)]
    fn load_partly<S: Simd>(&self, simd: S, values: &[f32], from: usize, first: usize, into: &mut [S::f32s]) {
        let values = &values[from..from + (into.len() * S::F32_LANES).min(self.columns - first)];
        for (into, values) in into.iter_mut().zip(values.chunks(S::F32_LANES)) {
            *into = simd.partial_load_f32s(values);
        }
    }

    /// Stores `sums`, of which the first is column `first`, up to the last column.
    #[inline(always)]
    fn store_partly<S: Simd>(&mut self, simd: S, to: usize, first: usize, sums: &[S::f32s]) {
        let out = &mut self.out[to..to + (sums.len() * S::F32_LANES).min(self.columns - first)];
        for (out, &sum) in out.chunks_mut(S::F32_LANES).zip(sums) {
            simd.partial_store_f32s(out, sum);
        }
    }

    /// Adds P rows times V panels to `sums`.
    ///
    /// # Safety
    /// What `check` asserts must hold, for these sources and for the panels from offset `panel` on.
    #[inline(always)]
    unsafe fn accumulate<S: Simd, const P: usize, const V: usize>(
        &self,
        simd: S,
        sources: &[usize; P],
        panel: usize,
        sums: &mut [[S::f32s; V]; P],
    ) {
        if self.length == 0 {
            return;
        }
        let mut local = *sums;
        for run in self.runs {
            // SAFETY: the caller's promise: all offsets up to `length` steps from here are inside.
            unsafe {
                let left: [*const f32; P] =
                    std::array::from_fn(|i| self.left.as_ptr().add(sources[i] + run.left));
                let mut right = self.right.as_ptr().add(panel + run.right);
                let mut at = 0;
                for _ in 0..self.length {
                    let columns: [S::f32s; V] = std::array::from_fn(|v| {
                        right.add(v * self.right_panel).cast::<S::f32s>().read_unaligned()
                    });
                    for (row, sums) in left.iter().zip(&mut local) {
                        let value = simd.splat_f32s(row.add(at).read());
                        for (sum, &column) in sums.iter_mut().zip(&columns) {
                            *sum = simd.mul_add_f32s(value, column, *sum);
                        }
                    }
                    at += self.left_step;
                    // The last step may leave the slice; nothing is read there.
                    right = right.wrapping_add(self.right_step);
                }
            }
        }
        *sums = local;
    }
}
