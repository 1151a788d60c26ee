//! Batches of raw images.

use crate::kernel::RawImages;
use burn::tensor::backend::Backend;
use burn::tensor::{ElementConversion, Int, Tensor};

pub fn render<B: Backend>(raw: &RawImages<B>, places: Tensor<B, 2, Int>) -> Tensor<B, 4> {
    let (device, [batch, _]) = (places.device(), places.dims());
    let [channels, height, width] = raw.image.map(|size| size as i64);
    let shape = [batch, raw.image[1], raw.image[2], raw.image[0]];
    let place = |which: usize| places.clone().narrow(1, which, 1).reshape([batch, 1, 1, 1]);
    let along = |size: i64, dims: [i64; 4]| Tensor::<B, 1, Int>::arange(0..size, &device).reshape(dims);
    let (y, x) = (along(height, [1, height, 1, 1]), along(width, [1, 1, width, 1]));
    let channel = along(channels, [1, 1, 1, channels]);
    // x, or width − 1 − x where the image is mirrored.
    let x = place(3).mul(x.clone().mul_scalar(-2).add_scalar(width - 1)).add(x);
    let (row, column) = (y.add(place(1)), x.add(place(2)));
    let is_inside = |at: &Tensor<B, 4, Int>, size: i64| {
        at.clone().greater_equal_elem(0).int().mul(at.clone().lower_elem(size).int())
    };
    let is_inside = is_inside(&row, height).mul(is_inside(&column, width));
    let image = place(0).mul_scalar(channels).add(channel.clone());
    let pixel = image.mul_scalar(height).add(row.clamp(0, height - 1));
    let pixel = pixel.mul_scalar(width).add(column.clamp(0, width - 1)).reshape([-1]);
    let (word, byte) = (pixel.clone().div_scalar(4), pixel.remainder_scalar(4));
    let words = raw.words.clone().select(0, word);
    let bytes = words.bitwise_right_shift(byte.mul_scalar(8)).bitwise_and_scalar(255.elem());
    let bytes = bytes.reshape(shape).mul(is_inside);
    let values = raw.values.clone().reshape([-1]);
    values.select(0, bytes.add(channel.mul_scalar(256)).reshape([-1])).reshape(shape)
}
