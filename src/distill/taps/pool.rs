//! Adaptive average pooling.

use super::resample::resample;
use crate::kernel::Kernel;
use burn::tensor::{Tensor, TensorData};

/// `images`, `[batch, height, width, channels]`, averaged to `size`, height and width, over windows as PyTorch's
/// `adaptive_avg_pool2d` has them.
pub fn pool<B: Kernel>(images: Tensor<B, 4>, size: [usize; 2]) -> Tensor<B, 4> {
    resample(images, size, averages)
}

/// The matrix `[1, to, from]` of the means over windows: window i is from ⌊i · from / to⌋ up to
/// ⌈(i + 1) · from / to⌉.
fn averages(from: usize, to: usize) -> TensorData {
    let row = |window: usize| {
        let (start, end) = (window * from / to, ((window + 1) * from).div_ceil(to));
        (0..from)
            .map(move |place| if (start..end).contains(&place) { 1.0 / (end - start) as f32 } else { 0.0 })
    };
    TensorData::new((0..to).flat_map(row).collect(), [1, to, from])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Flex, FlexDevice};

    // 3 × 3 numbers to 2 × 2: the windows are of rows 0 and 1, and 1 and 2, likewise of columns: (1 + 2 + 4 + 5) / 4.
    #[test]
    fn windows_overlap_where_sizes_do_not_divide() {
        let images =
            Tensor::<Flex, 1, burn::tensor::Int>::arange(1..10, &FlexDevice).float().reshape([1, 3, 3, 1]);
        let pooled: Vec<f32> = pool(images.clone(), [2, 2]).into_data().to_vec().unwrap();
        assert_eq!(pooled, [3.0, 4.0, 6.0, 7.0]);
        let pooled: Vec<f32> = pool(images, [1, 3]).into_data().to_vec().unwrap();
        assert_eq!(pooled, [4.0, 5.0, 6.0]);
    }
}
