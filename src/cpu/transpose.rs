//! Transposing matrices, one vector of rows at a time.

use super::{Buffer, Isa};
use pulp::{Simd, WithSimd, bytemuck};
use rayon::prelude::*;

/// Columns that are transposed together: this many vectors go through one shuffle.
const QUAD: usize = 4;

/// Lanes of the longest vector.
const MOST_LANES: usize = 16;

/// `matrix` [n, width] as [group, width, image]: `group` images in each group, zeros for the images that the
/// last group lacks.
pub fn transpose(isa: Isa, group: usize, width: usize, matrix: &[f32]) -> Buffer {
    let images = matrix.len() / width;
    let mut transposed = Buffer::new(images.div_ceil(group) * width * group);
    let parts = matrix.par_chunks(group * width).zip(transposed.par_chunks_exact_mut(group * width));
    parts.for_each(|(matrix, out)| isa.dispatch(Transpose { matrix, width, columns: group, out }));
    transposed
}

/// The inverse of [`transpose`]: `matrix` [n, width] from `transposed` [group, width, image].
pub fn transpose_back(isa: Isa, group: usize, width: usize, transposed: &[f32], matrix: &mut [f32]) {
    let parts = matrix.par_chunks_mut(group * width).zip(transposed.par_chunks_exact(group * width));
    parts.for_each(|(out, matrix)| isa.dispatch(Transpose { matrix, width: group, columns: width, out }));
}

/// `out` [.., columns] = `matrix` [rows, width]ᵀ. `out` gets as many rows as it has room for; rows that
/// `matrix` lacks count as zeros.
struct Transpose<'a> {
    matrix: &'a [f32],
    width: usize,
    columns: usize,
    out: &'a mut [f32],
}

impl WithSimd for Transpose<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { matrix, width, columns, out } = self;
        let out_rows = (out.len() / columns).min(width);
        let zeros = vec![0.0; out_rows];
        let row =
            |row: usize| matrix.get(row * width..).and_then(|row| row.get(..out_rows)).unwrap_or(&zeros[..]);
        let lanes = lanes(simd);
        for first in (0..columns).step_by(S::F32_LANES) {
            let count = S::F32_LANES.min(columns - first);
            let rows: [&[[f32; QUAD]]; MOST_LANES] = std::array::from_fn(|slot| {
                let row = if lanes[slot] < count { row(first + lanes[slot]) } else { &zeros };
                row.as_chunks().0
            });
            let mut quads = out.chunks_exact_mut(QUAD * columns).take(out_rows / QUAD);
            for (at, out) in quads.by_ref().enumerate() {
                let transposed = simd.deinterleave_shfl_f32s(quads_of(simd, &rows, at));
                for (out, vector) in out.chunks_exact_mut(columns).zip(transposed) {
                    if count == S::F32_LANES {
                        S::as_mut_simd_f32s(&mut out[first..first + count]).0[0] = vector;
                    } else {
                        simd.partial_store_f32s(&mut out[first..first + count], vector);
                    }
                }
            }
            for (at, out) in
                out.chunks_exact_mut(columns).enumerate().take(out_rows).skip(out_rows / QUAD * QUAD)
            {
                for (lane, out) in out[first..first + count].iter_mut().enumerate() {
                    *out = row(first + lane)[at];
                }
            }
        }
    }
}

/// The `at`-th four values of each row, one row after the other.
#[inline(always)]
fn quads_of<S: Simd>(simd: S, rows: &[&[[f32; QUAD]]; MOST_LANES], at: usize) -> [S::f32s; QUAD] {
    let mut vectors = [simd.splat_f32s(0.0); QUAD];
    let quads: &mut [[f32; QUAD]] = bytemuck::cast_slice_mut(&mut vectors);
    for (quad, row) in quads.iter_mut().zip(rows) {
        *quad = row[at];
    }
    vectors
}

/// For each slot of four values, the lane that the shuffle moves it to.
#[inline(always)]
fn lanes<S: Simd>(simd: S) -> [usize; MOST_LANES] {
    let mut vectors = [simd.splat_f32s(0.0); QUAD];
    let quads: &mut [[f32; QUAD]] = bytemuck::cast_slice_mut(&mut vectors);
    quads.iter_mut().enumerate().for_each(|(slot, quad)| *quad = [slot as f32; QUAD]);
    let [slots, ..] = simd.deinterleave_shfl_f32s(vectors);
    let mut lanes = [usize::MAX; MOST_LANES];
    let slots: &[f32] = bytemuck::cast_slice(std::slice::from_ref(&slots));
    slots.iter().enumerate().for_each(|(lane, slot)| lanes[*slot as usize] = lane);
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_back_undoes_transposing() {
        for isa in Isa::tested() {
            for (images, width, group) in
                [(1, 1, 16), (3, 5, 16), (16, 16, 16), (40, 33, 32), (64, 100, 64), (7, 20, 7)]
            {
                let matrix: Vec<f32> = (0..images * width).map(|value| value as f32).collect();
                let transposed = transpose(isa, group, width, &matrix);
                for (at, &value) in transposed.iter().enumerate() {
                    let (image, column) = (at / (width * group) * group + at % group, at / group % width);
                    let expected = if image < images { (image * width + column) as f32 } else { 0.0 };
                    assert_eq!(value, expected, "{images} × {width} in groups of {group}, {isa:?}");
                }
                let mut back = vec![9.0; matrix.len()];
                transpose_back(isa, group, width, &transposed, &mut back);
                assert_eq!(back, matrix);
            }
        }
    }
}
