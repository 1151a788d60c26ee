//! Images of another size: each row and column a weighted sum of those that were.

use crate::kernel::Kernel;
use burn::tensor::{Tensor, TensorData};

/// `images`, `[batch, height, width, channels]`, at `size`, height and width: `weights` gives the matrix `[1, to, from]`
/// by which `from` rows, or columns, become `to`.
pub fn resample<B: Kernel>(
    images: Tensor<B, 4>,
    size: [usize; 2],
    weights: impl Fn(usize, usize) -> TensorData,
) -> Tensor<B, 4> {
    let [batch, height, width, channels] = images.dims();
    let device = images.device();
    let matrix = |from, to| Tensor::<B, 3>::from_data(weights(from, to), &device);
    let mut images = images;
    if height != size[0] {
        let rows = images.reshape([batch, height, width * channels]);
        images = matrix(height, size[0]).matmul(rows).reshape([batch, size[0], width, channels]);
    }
    if width != size[1] {
        let columns = images.reshape([batch * size[0], width, channels]);
        images = matrix(width, size[1]).matmul(columns).reshape([batch, size[0], size[1], channels]);
    }
    images
}

/// The images at `size` by their nearest pixels, as PyTorch's `interpolate` with `mode="nearest"`: pixel i of a row
/// is ⌊i · from / to⌋ of the one before.
pub fn nearest<B: Kernel>(images: Tensor<B, 4>, size: [usize; 2]) -> Tensor<B, 4> {
    resample(images, size, |from, to| {
        let row = |pixel: usize| (0..from).map(move |place| f32::from(u8::from(place == pixel * from / to)));
        TensorData::new((0..to).flat_map(row).collect(), [1, to, from])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Flex, FlexDevice};

    // What PyTorch gives for torch.arange(1., 5.).view(1, 1, 2, 2) at (3, 5) and back at (2, 1).
    #[test]
    fn nearest_pixels_are_pytorchs() {
        let images = Tensor::<Flex, 1, burn::tensor::Int>::arange(1..5, &FlexDevice).float();
        let larger = nearest(images.reshape([1, 2, 2, 1]), [3, 5]);
        let pixels: Vec<f32> = larger.to_data().to_vec().unwrap();
        assert_eq!(pixels, [1.0, 1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 4.0]);
        let pixels: Vec<f32> = nearest(larger, [2, 1]).into_data().to_vec().unwrap();
        assert_eq!(pixels, [1.0, 1.0]);
    }
}
