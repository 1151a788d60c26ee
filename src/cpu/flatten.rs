//! Images with channels last as features in the order of channels first, and back.

use rayon::prelude::*;

/// `out` [n, channels, pixels] = `images` [n, pixels, channels].
pub fn flatten(channels: usize, pixels: usize, images: &[f32], out: &mut [f32]) {
    let images = images.par_chunks_exact(channels * pixels);
    images.zip(out.par_chunks_exact_mut(channels * pixels)).for_each(|(image, out)| {
        for (channel, plane) in out.chunks_exact_mut(pixels).enumerate() {
            let values = image[channel..].iter().step_by(channels);
            plane.iter_mut().zip(values).for_each(|(out, value)| *out = *value);
        }
    });
}
