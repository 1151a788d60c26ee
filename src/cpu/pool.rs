//! Pooling of images with channels last.

use super::Isa;
use rayon::prelude::*;

/// Sizes of a max pooling without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Height, width and channels.
    pub input: [usize; 3],
    /// Height and width.
    pub output: [usize; 2],
    pub kernel: usize,
    pub stride: usize,
}

impl Window {
    fn input_len(&self) -> usize {
        self.input.iter().product()
    }

    fn output_len(&self) -> usize {
        self.output[0] * self.output[1] * self.input[2]
    }

    /// Where the pixels of each window begin, window by window.
    fn pixels(&self) -> Vec<usize> {
        let Self { input: [_, width, channels], output, kernel, stride } = *self;
        let windows = (0..output[0]).flat_map(|y| (0..output[1]).map(move |x| (y * stride, x * stride)));
        let pixel = move |y: usize, x: usize| (y * width + x) * channels;
        windows
            .flat_map(|(y, x)| {
                (0..kernel).flat_map(move |row| (0..kernel).map(move |column| pixel(y + row, x + column)))
            })
            .collect()
    }
}

/// The largest value of each window and channel.
pub fn max(isa: Isa, window: &Window, images: &[f32], out: &mut [f32]) {
    let (pixels, channels, size) = (window.pixels(), window.input[2], window.kernel * window.kernel);
    let images = images.par_chunks_exact(window.input_len());
    images.zip(out.par_chunks_exact_mut(window.output_len())).for_each(|(image, out)| {
        isa.run(
            #[inline(always)]
            || {
                for (pixels, out) in pixels.chunks_exact(size).zip(out.chunks_exact_mut(channels)) {
                    out.copy_from_slice(&image[pixels[0]..][..channels]);
                    for &pixel in &pixels[1..] {
                        for (out, value) in out.iter_mut().zip(&image[pixel..][..channels]) {
                            *out = if *value > *out || value.is_nan() { *value } else { *out };
                        }
                    }
                }
            },
        );
    });
}

/// `out` = the gradient of the input: each window's goes to the first of its largest values.
pub fn max_gradient(
    isa: Isa,
    window: &Window,
    images: &[f32],
    output: &[f32],
    gradient: &[f32],
    out: &mut [f32],
) {
    let (pixels, channels, size) = (window.pixels(), window.input[2], window.kernel * window.kernel);
    let (input_len, output_len) = (window.input_len(), window.output_len());
    let images = images.par_chunks_exact(input_len).zip(output.par_chunks_exact(output_len));
    let outs = gradient.par_chunks_exact(output_len).zip(out.par_chunks_exact_mut(input_len));
    images.zip(outs).for_each(|((image, output), (gradient, out))| {
        isa.run(
            #[inline(always)]
            || {
                out.fill(0.0);
                let windows = output.chunks_exact(channels).zip(gradient.chunks_exact(channels));
                for (pixels, (largest, gradient)) in pixels.chunks_exact(size).zip(windows) {
                    for (channel, (largest, gradient)) in largest.iter().zip(gradient).enumerate() {
                        let mut winner = pixels[0];
                        for &pixel in pixels.iter().rev() {
                            winner = if image[pixel + channel] == *largest { pixel } else { winner };
                        }
                        out[winner + channel] += gradient;
                    }
                }
            },
        );
    });
}

/// The mean over the pixels of each image [n, pixels, channels], for each channel.
pub fn mean(isa: Isa, pixels: usize, channels: usize, images: &[f32], out: &mut [f32]) {
    let images = images.par_chunks_exact(pixels * channels);
    images.zip(out.par_chunks_exact_mut(channels)).for_each(|(image, out)| {
        isa.run(
            #[inline(always)]
            || {
                out.fill(0.0);
                for pixel in image.chunks_exact(channels) {
                    for (out, value) in out.iter_mut().zip(pixel) {
                        *out += value;
                    }
                }
                out.iter_mut().for_each(|out| *out /= pixels as f32);
            },
        );
    });
}

/// `out` [n, pixels, channels] = the gradient of the mean's input.
pub fn mean_gradient(isa: Isa, pixels: usize, channels: usize, gradient: &[f32], out: &mut [f32]) {
    let gradients = gradient.par_chunks_exact(channels);
    gradients.zip(out.par_chunks_exact_mut(pixels * channels)).for_each(|(gradient, out)| {
        isa.run(
            #[inline(always)]
            || {
                for pixel in out.chunks_exact_mut(channels) {
                    for (out, gradient) in pixel.iter_mut().zip(gradient) {
                        *out = gradient / pixels as f32;
                    }
                }
            },
        );
    });
}
