//! The one loop that almost all arithmetic goes through: a matrix product whose left factor is read
//! where it lies.
//!
//! A convolution is a product too: its left factor has a row for each output pixel, and the entries of
//! a row are runs of the image around that pixel. With channels last each run is contiguous, so nothing
//! has to be copied into a matrix first (an implicit GEMM); the same holds for the gradient of the
//! weights, whose rows are weights and whose runs are rows of pixels.

use pulp::{Simd, WithSimd};

/// out[targets[i] + n] (+)= Σ_r Σ_l left[sources[i] + runs[r].left + l · left_step]
/// · right[runs[r].right + l · right_step + column n], for each row i and column n < `columns`.
///
/// Columns are in panels, one vector wide: column n of panel p lies at p · `right_panel` + n. The last
/// panel must be readable to its end; what lies beyond `columns` is not used. The order of summation is
/// that of the runs, whatever the instructions.
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
    pub end: End,
    pub out: &'a mut [f32],
}

/// Where a run begins in both factors.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub left: usize,
    pub right: usize,
}

/// What a sum starts from.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    Zero,
    /// What `out` holds already.
    Out,
    /// One value a column.
    Bias(&'a [f32]),
}

/// What is done to a finished sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Keep,
    /// Negative sums become zero.
    Relu,
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
        assert_eq!(self.sources.len(), self.targets.len());
        assert!(self.length == 0 || self.runs.is_empty() || left < self.left.len(), "left factor");
        assert!(self.length == 0 || self.runs.is_empty() || right <= self.right.len(), "right factor");
        assert!(self.sources.is_empty() || out <= self.out.len(), "result");
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
        // As many sums as registers hold, 24 of 32 or 12 of 16; fewer where that leaves fewer rows over.
        let rows = self.sources.len();
        let fits = |many: usize, few: usize| rows.next_multiple_of(many) <= rows.next_multiple_of(few);
        match S::F32_LANES >= 16 {
            true if fits(12, 8) => self.panels::<S, 12>(simd),
            true => self.panels::<S, 8>(simd),
            false if fits(6, 4) => self.panels::<S, 6>(simd),
            false => self.panels::<S, 4>(simd),
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn panels<S: Simd, const P: usize>(&mut self, simd: S) {
        let panels = self.columns.div_ceil(S::F32_LANES);
        for pair in 0..panels / 2 {
            self.rows::<S, P, 2>(simd, 2 * pair);
        }
        if panels % 2 == 1 {
            self.rows::<S, P, 1>(simd, panels - 1);
        }
    }

    /// All rows of panels `panel` to `panel + V`, P rows at a time.
    #[inline(always)]
    fn rows<S: Simd, const P: usize, const V: usize>(&mut self, simd: S, panel: usize) {
        let first = panel * S::F32_LANES;
        let zero = simd.splat_f32s(0.0);
        for from in (0..self.sources.len()).step_by(P) {
            let count = P.min(self.sources.len() - from);
            // Where rows run out the last one is computed again and not stored.
            let row = |i: usize| from + i.min(count - 1);
            let sources: [usize; P] = std::array::from_fn(|i| self.sources[row(i)]);
            let targets: [usize; P] = std::array::from_fn(|i| self.targets[row(i)]);
            let mut sums: [[S::f32s; V]; P] = match self.start {
                Start::Zero => [[simd.splat_f32s(0.0); V]; P],
                Start::Out => std::array::from_fn(|i| {
                    std::array::from_fn(|v| self.load(simd, self.out, targets[i], first + v * S::F32_LANES))
                }),
                Start::Bias(bias) => {
                    let bias = std::array::from_fn(|v| self.load(simd, bias, 0, first + v * S::F32_LANES));
                    [bias; P]
                }
            };
            // SAFETY: `check` has made sure that every source plus every run lies within `left`, and
            // every run plus every panel within `right`.
            unsafe { self.accumulate(simd, &sources, panel * self.right_panel, &mut sums) };
            for (sums, &target) in sums.iter().zip(&targets).take(count) {
                for (v, &sum) in sums.iter().enumerate() {
                    let sum = match self.end {
                        End::Keep => sum,
                        // What is not a number stays so.
                        End::Relu => simd.select_f32s(simd.less_than_f32s(sum, zero), zero, sum),
                    };
                    let column = first + v * S::F32_LANES;
                    let end = self.columns.min(column + S::F32_LANES);
                    let out = &mut self.out[target + column..target + end];
                    match S::as_mut_simd_f32s(out) {
                        ([whole], []) => *whole = sum,
                        _ => simd.partial_store_f32s(out, sum),
                    }
                }
            }
        }
    }

    /// A vector of `values` from `offset + column` on, up to the last column.
    #[inline(always)]
    fn load<S: Simd>(&self, simd: S, values: &[f32], offset: usize, column: usize) -> S::f32s {
        let end = self.columns.min(column + S::F32_LANES);
        let values = &values[offset + column..offset + end];
        match S::as_simd_f32s(values) {
            (&[whole], []) => whole,
            _ => simd.partial_load_f32s(values),
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
                            *sum = simd.mul_add_e_f32s(value, column, *sum);
                        }
                    }
                    at += self.left_step;
                    // The last step may lead outside, where nothing is read any more.
                    right = right.wrapping_add(self.right_step);
                }
            }
        }
        *sums = local;
    }
}
