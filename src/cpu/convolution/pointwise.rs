//! 1 × 1 convolutions: the pixels that the stride keeps are gathered, then multiplied as a matrix.

use super::Sizes;
use crate::cpu::Buffer;
use crate::cpu::product::Start;
use rayon::prelude::*;
use std::ops::Range;

impl Sizes {
    /// The convolution of the gathered pixels, which has stride 1.
    pub(super) fn of_gathered(&self) -> Self {
        let [height, width, _] = self.output;
        Self { input: [height, width, self.input[2]], stride: 1, ..*self }
    }

    pub(super) fn is_gathered(&self) -> bool {
        self.kernel == 1 && self.stride > 1
    }

    /// For each pixel that the stride keeps, the range of its channels in an image.
    fn pixels(&self) -> impl Iterator<Item = Range<usize>> {
        let Self { input: [_, width, channels], output: [rows, columns, _], stride, .. } = *self;
        let pixel = move |y: usize, x: usize| (y * stride * width + x * stride) * channels;
        let pixels = (0..rows).flat_map(move |y| (0..columns).map(move |x| pixel(y, x)));
        pixels.map(move |first| first..first + channels)
    }
}

/// Calls `product` with the pixels [n, oh, ow, c] of `images` [n, h, w, c] that the stride keeps.
pub fn gathered(sizes: &Sizes, images: &[f32], product: impl FnOnce(&[f32])) {
    if sizes.stride == 1 {
        return product(images);
    }
    let (input_len, gathered_len) = (sizes.input_len(), sizes.of_gathered().input_len());
    let mut gathered = Buffer::new(sizes.batch * gathered_len);
    let images = images.par_chunks_exact(input_len).zip(gathered.par_chunks_exact_mut(gathered_len));
    images.for_each(|(image, gathered)| {
        for (from, to) in sizes.pixels().zip(gathered.chunks_exact_mut(sizes.input[2])) {
            to.copy_from_slice(&image[from]);
        }
    });
    product(&gathered);
}

/// The transpose of [`gathered`]: `product` computes the pixels [n, oh, ow, c], which are written (or, for
/// `Start::Out`, added) to the pixels of `out` [n, h, w, c] that the stride keeps.
pub fn scattered(
    sizes: &Sizes,
    start: Start<'_>,
    out: &mut [f32],
    product: impl FnOnce(Start<'_>, &mut [f32]),
) {
    if sizes.stride == 1 {
        return product(start, out);
    }
    let (input_len, gathered_len) = (sizes.input_len(), sizes.of_gathered().input_len());
    let mut gathered = Buffer::new(sizes.batch * gathered_len);
    product(Start::Zero, &mut gathered);
    let images = out.par_chunks_exact_mut(input_len).zip(gathered.par_chunks_exact(gathered_len));
    images.for_each(|(image, gathered)| {
        if !matches!(start, Start::Out) {
            image.fill(0.0);
        }
        for (to, from) in sizes.pixels().zip(gathered.chunks_exact(sizes.input[2])) {
            image[to].iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
    });
}
