//! Matrices turned, a line at a time.

use rayon::prelude::*;

use super::{Buffer, Isa};

/// Rows that are turned together: their values of a column are a line of the cache.
const SIDE: usize = 16;

/// `matrix` [n, width] as [group, width, image], with `group` images in each group and zeros for those
/// that are missing from the last.
pub fn turn(isa: Isa, group: usize, width: usize, matrix: &[f32]) -> Buffer {
    let images = matrix.len() / width;
    let mut turned = Buffer::new(images.div_ceil(group) * width * group);
    let parts = matrix.par_chunks(group * width).zip(turned.par_chunks_exact_mut(group * width));
    parts.for_each(|(matrix, turned)| {
        isa.run(
            #[inline(always)]
            || squares(width, matrix, group, turned),
        )
    });
    turned
}

/// The other way round.
pub fn turn_back(isa: Isa, group: usize, width: usize, turned: &[f32], matrix: &mut [f32]) {
    let parts = matrix.par_chunks_mut(group * width).zip(turned.par_chunks_exact(group * width));
    parts.for_each(|(matrix, turned)| {
        isa.run(
            #[inline(always)]
            || squares(group, turned, width, matrix),
        )
    });
}

/// `out` [.., columns] = `matrix` [rows, width], turned: as many columns as there is room for, with zeros
/// for rows that are missing, and as many rows.
#[inline(always)]
fn squares(width: usize, matrix: &[f32], columns: usize, out: &mut [f32]) {
    let out_rows = (out.len() / columns).min(width);
    let zeros = vec![0.0; out_rows];
    let mut row = (0..columns).map(|column| matrix.get(column * width..).and_then(|row| row.get(..out_rows)));
    let mut next = || row.next().flatten().unwrap_or(&zeros);
    for first in (0..columns).step_by(SIDE) {
        let count = SIDE.min(columns - first);
        let rows: [&[f32]; SIDE] =
            std::array::from_fn(|index| if index < count { next() } else { &zeros[..] });
        // SAFETY: every row has `out_rows` values.
        let line = |index: usize| rows.map(|row| unsafe { *row.get_unchecked(index) });
        let lines = out.chunks_exact_mut(columns).take(out_rows).map(|out| &mut out[first..first + count]);
        if count == SIDE {
            for (index, out) in lines.enumerate() {
                *out.first_chunk_mut().expect("a whole line") = line(index);
            }
        } else {
            lines.enumerate().for_each(|(index, out)| out.copy_from_slice(&line(index)[..count]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns_and_rows_again() {
        for isa in Isa::available() {
            for (images, width, group) in
                [(1, 1, 16), (3, 5, 16), (16, 16, 16), (40, 33, 32), (64, 100, 64), (7, 20, 7)]
            {
                let matrix: Vec<f32> = (0..images * width).map(|value| value as f32).collect();
                let turned = turn(isa, group, width, &matrix);
                for (at, &value) in turned.iter().enumerate() {
                    let (image, column) = (at / (width * group) * group + at % group, at / group % width);
                    let expected = if image < images { (image * width + column) as f32 } else { 0.0 };
                    assert_eq!(value, expected, "{images} × {width} in groups of {group}, {isa:?}");
                }
                let mut back = vec![9.0; matrix.len()];
                turn_back(isa, group, width, &turned, &mut back);
                assert_eq!(back, matrix);
            }
        }
    }
}
