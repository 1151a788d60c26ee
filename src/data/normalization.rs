//! Mean and standard deviation of each channel, and the tables that apply them.

use super::{Examples, Shape};

/// Mean and deviation, each one value a channel, of `images[indices]` in raw byte values.
///
/// The deviation is that of the population, √(E[x²] − E[x]²), as it is usually printed for CIFAR. A
/// channel that never varies has deviation 1, so that it becomes zero and not a division by zero. Sums
/// are whole numbers, so no order of summing changes a bit of the result.
pub(super) fn moments(examples: &Examples, shape: &Shape, indices: &[u32]) -> (Vec<f32>, Vec<f32>) {
    let [channels, ..] = shape.image;
    let mut sums = vec![(0_u64, 0_u64); channels];
    for &index in indices {
        let image = &examples.images[index as usize * shape.values()..][..shape.values()];
        for (plane, (sum, squares)) in image.chunks_exact(shape.plane()).zip(&mut sums) {
            for part in plane.chunks(U32_SAFE) {
                *sum += u64::from(part.iter().map(|&value| u32::from(value)).sum::<u32>());
                *squares +=
                    u64::from(part.iter().map(|&value| u32::from(value) * u32::from(value)).sum::<u32>());
            }
        }
    }
    let count = (indices.len() * shape.plane()) as u64;
    sums.into_iter().map(|(sum, squares)| mean_and_deviation(count, sum, squares)).unzip()
}

/// The sum of this many squares of bytes fits into 32 bits; such sums are faster than those of 64.
const U32_SAFE: usize = 1 << 15;

fn mean_and_deviation(count: u64, sum: u64, squares: u64) -> (f32, f32) {
    if count == 0 {
        return (0.0, 1.0);
    }
    let spread = u128::from(count) * u128::from(squares) - u128::from(sum) * u128::from(sum);
    let deviation = if spread == 0 { 1.0 } else { (spread as f64).sqrt() / count as f64 };
    ((sum as f64 / count as f64) as f32, deviation as f32)
}

/// (v − mean) / deviation for every byte v.
pub(super) fn table(mean: f32, deviation: f32) -> [f32; 256] {
    std::array::from_fn(|value| (value as f32 - mean) / deviation)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { image: [2, 1, 2], classes: 2, train: 3, test: 0 };

    fn examples() -> Examples {
        Examples { images: vec![0, 2, 7, 7, 255, 255, 1, 1, 4, 6, 7, 7], labels: vec![0, 1, 0] }
    }

    /// Channel 0 of images 0 and 2 is 0, 2, 4, 6: mean 3, variance (9 + 1 + 1 + 9) / 4 = 5. Channel 1
    /// is 7 throughout.
    #[test]
    fn moments_are_those_of_the_chosen_images() {
        let (mean, deviation) = moments(&examples(), &SHAPE, &[0, 2]);
        assert_eq!(mean, [3.0, 7.0]);
        assert_eq!(deviation, [5.0_f32.sqrt(), 1.0]);
    }

    /// Half the pixels are 253, half 255: mean 254, deviation 1.
    #[test]
    fn large_planes_do_not_overflow() {
        let shape = Shape { image: [1, 512, 512], classes: 1, train: 1, test: 0 };
        let mut images = vec![255; 512 * 512];
        images[..512 * 256].fill(253);
        let (mean, deviation) = moments(&Examples { images, labels: vec![0] }, &shape, &[0]);
        assert_eq!((mean, deviation), (vec![254.0], vec![1.0]));
    }

    #[test]
    fn the_table_normalizes_every_byte() {
        let table = table(3.0, 2.0);
        assert_eq!((table[0], table[3], table[255]), (-1.5, 0.0, 126.0));
    }
}
