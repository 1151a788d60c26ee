//! Batches of images that are on the device as bytes.

use super::GpuArray;
use super::array::one_unit_each;
use cubecl::Runtime;
use cubecl::prelude::*;

/// Sizes of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Image {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
}

/// Images [batch, height, width, channels] of `words`, each of four bytes of images channels × height × width. `places`
/// has four numbers for each image: which one it is, how many pixels down and to the right what it shows lies, and 1
/// where it is mirrored after that; what lies outside has byte 0. `values` has for each channel the value of each byte.
pub fn render<R: Runtime>(
    image: Image,
    words: &GpuArray<R>,
    values: &GpuArray<R>,
    places: &GpuArray<R>,
) -> GpuArray<R> {
    let batch = places.len() / 4;
    let output = places.uninit(batch * image.channels * image.height * image.width);
    let (count, units) = one_unit_each(places.client(), output.len());
    // SAFETY: every index is compared with the size of the output, places are of images that are there, and pixels
    // outside of an image are not read.
    unsafe {
        place_images::launch_unchecked::<R>(
            places.client(),
            count,
            units,
            words.arg(),
            values.arg(),
            places.arg(),
            output.arg(),
            image,
        );
    }
    output
}

#[cube(launch_unchecked)]
fn place_images(
    words: &Array<i32>,
    values: &Array<f32>,
    places: &Array<i32>,
    output: &mut Array<f32>,
    #[comptime] image: Image,
) {
    let at = ABSOLUTE_POS;
    if at < output.len() {
        let channel = at % image.channels;
        let pixel = at / image.channels;
        let x = pixel % image.width;
        let y = pixel / image.width % image.height;
        let place = pixel / image.width / image.height * 4;
        let x = select(places[place + 3] == 1, image.width - 1 - x, x);
        let row = i32::cast_from(y) + places[place + 1];
        let column = i32::cast_from(x) + places[place + 2];
        let mut byte = 0usize;
        if row >= 0
            && row < comptime!(image.height as i32)
            && column >= 0
            && column < comptime!(image.width as i32)
        {
            let plane = usize::cast_from(places[place]) * image.channels + channel;
            let from =
                (plane * image.height + usize::cast_from(row)) * image.width + usize::cast_from(column);
            let word = u32::cast_from(words[from / 4]);
            byte = usize::cast_from((word >> u32::cast_from(from % 4 * 8)) & 255);
        }
        output[at] = values[channel * 256 + byte];
    }
}
