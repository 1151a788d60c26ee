//! Convolutions of one pixel: products of the pixels that the stride leaves, gathered first.

use std::ops::Range;

use rayon::prelude::*;

use super::Shape;
use crate::kernel::cpu::Buffer;
use crate::kernel::cpu::product::Start;

impl Shape {
    /// Of the pixels that the stride leaves.
    pub(super) fn of_gathered(&self) -> Self {
        let [height, width, _] = self.output;
        Self { input: [height, width, self.input[2]], stride: 1, ..*self }
    }

    pub(super) fn is_gathered(&self) -> bool {
        self.kernel == 1 && self.stride > 1
    }

    /// Where the channels of each pixel that the stride leaves are in an image.
    fn pixels(&self) -> impl Iterator<Item = Range<usize>> {
        let Self { input: [_, width, channels], output: [rows, columns, _], stride, .. } = *self;
        let pixel = move |y: usize, x: usize| (y * stride * width + x * stride) * channels;
        let pixels = (0..rows).flat_map(move |y| (0..columns).map(move |x| pixel(y, x)));
        pixels.map(move |first| first..first + channels)
    }
}

/// `product` of the pixels of `images` [n, h, w, c] that the stride leaves: [n, oh, ow, c].
pub fn gathered(shape: &Shape, images: &[f32], product: impl FnOnce(&[f32])) {
    if shape.stride == 1 {
        return product(images);
    }
    let (input_len, gathered_len) = (shape.input_len(), shape.of_gathered().input_len());
    let mut gathered = Buffer::new(shape.batch * gathered_len);
    let images = images.par_chunks_exact(input_len).zip(gathered.par_chunks_exact_mut(gathered_len));
    images.for_each(|(image, gathered)| {
        for (from, to) in shape.pixels().zip(gathered.chunks_exact_mut(shape.input[2])) {
            to.copy_from_slice(&image[from]);
        }
    });
    product(&gathered);
}

/// The other way round: what `product` gives for these pixels goes to their places in `out` [n, h, w, c].
pub fn scattered(
    shape: &Shape,
    start: Start<'_>,
    out: &mut [f32],
    product: impl FnOnce(Start<'_>, &mut [f32]),
) {
    if shape.stride == 1 {
        return product(start, out);
    }
    let (input_len, gathered_len) = (shape.input_len(), shape.of_gathered().input_len());
    let mut gathered = Buffer::new(shape.batch * gathered_len);
    product(Start::Zero, &mut gathered);
    let images = out.par_chunks_exact_mut(input_len).zip(gathered.par_chunks_exact(gathered_len));
    images.for_each(|(image, gathered)| {
        if !matches!(start, Start::Out) {
            image.fill(0.0);
        }
        for (to, from) in shape.pixels().zip(gathered.chunks_exact(shape.input[2])) {
            image[to].iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
    });
}
