//! Sums over one axis of an array.

use super::Isa;
use super::bias::sum;
use rayon::prelude::*;

/// Values that are summed as those of a layer's gradient, in several tasks; fewer are one task.
const LARGE: usize = 1 << 16;

/// Accumulators of a row: a multiple of the lanes of every instruction set.
const LANES: usize = 64;

/// `out` [outer, inner] = the sums of `values` [outer, length, inner] over the middle axis.
///
/// What is added to what depends on `length` and `inner` alone.
pub fn sum_axis(isa: Isa, length: usize, inner: usize, values: &[f32], out: &mut [f32]) {
    let size = length * inner;
    if size == 0 {
        return out.fill(0.0);
    }
    if size >= LARGE {
        let arrays = values.chunks_exact(size).zip(out.chunks_exact_mut(inner));
        return arrays.for_each(|(values, out)| out.copy_from_slice(&sum(isa, values, inner)));
    }
    let together = LARGE / size;
    let tasks = values.par_chunks(together * size).zip(out.par_chunks_mut(together * inner));
    tasks.for_each(|(values, out)| {
        isa.run(
            #[inline(always)]
            || {
                for (values, out) in values.chunks_exact(size).zip(out.chunks_exact_mut(inner)) {
                    if inner == 1 {
                        out[0] = row(values);
                        continue;
                    }
                    out.fill(0.0);
                    for values in values.chunks_exact(inner) {
                        out.iter_mut().zip(values).for_each(|(out, value)| *out += value);
                    }
                }
            },
        );
    });
}

/// The sum of a row: [`LANES`] sums, which are added in pairs, and then the values that are left one by one.
#[inline(always)]
fn row(values: &[f32]) -> f32 {
    let (blocks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for block in blocks {
        sums.iter_mut().zip(block).for_each(|(sum, value)| *sum += value);
    }
    if !blocks.is_empty() {
        let mut half = LANES / 2;
        while half > 0 {
            for lane in 0..half {
                sums[lane] += sums[lane + half];
            }
            half /= 2;
        }
    }
    rest.iter().fold(sums[0], |sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    // 1 + 2 + … + n = n · (n + 1) / 2, exact in single precision up to 2²⁴.
    #[test]
    fn sums_are_those_of_the_axis() {
        for isa in Isa::tested() {
            for length in [0, 1, 10, 64, 65, 1000, 5000] {
                let ascending: Vec<f32> = (1..=length).map(|value| value as f32).collect();
                let mut out = [9.0];
                sum_axis(isa, length, 1, &ascending, &mut out);
                assert_eq!(out, [(length * (length + 1) / 2) as f32], "{length}, {isa:?}");
            }
        }
        let mut out = [0.0; 4];
        // [2, 3, 2]: columns of the first and of the second array.
        let values: Vec<f32> = (0..12).map(|value| value as f32).collect();
        sum_axis(Isa::detect(), 3, 2, &values, &mut out);
        assert_eq!(out, [6.0, 9.0, 24.0, 27.0]);
    }

    #[test]
    fn long_sums_are_not_added_one_by_one() {
        // Added one by one in single precision, 0.1 a million times ends at 100,958.
        let values = vec![0.1; 3_000_000];
        let mut out = [0.0; 3];
        sum_axis(Isa::detect(), 1_000_000, 3, &values, &mut out);
        assert!(out.iter().all(|sum| (sum - 100_000.0).abs() < 0.1), "{out:?}");
    }
}
