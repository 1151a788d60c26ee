//! Padding images into the layout that products read.

use super::sizes::BLOCK;

/// The layout of padded images, in blocks of channels: [block, height, width, channel].
#[derive(Clone, Copy, Debug)]
pub struct Padded {
    /// Height, width and channels without padding.
    pub image: [usize; 3],
    /// Channels of a block. With all channels in one block, runs along a row are longest; with few,
    /// neighbouring pixels are close in memory.
    pub block: usize,
    /// Padding rows above, and columns to the left.
    pub before: usize,
    /// Padding rows below, and columns to the right.
    pub after: usize,
}

impl Padded {
    pub fn row(&self) -> usize {
        (self.before + self.image[1] + self.after) * self.block
    }

    /// Values of a block.
    pub fn plane(&self) -> usize {
        (self.before + self.image[0] + self.after) * self.row()
    }

    /// Values of an image.
    pub fn len(&self) -> usize {
        self.image[2].div_ceil(self.block) * self.plane()
    }

    pub fn is_image(&self) -> bool {
        self.before == 0 && self.after == 0 && self.block == self.image[2]
    }

    /// Copies `images` into `out` and pads them.
    pub fn fill(&self, images: &[f32], out: &mut [f32]) {
        let images = images.chunks_exact(self.image.iter().product());
        for (image, out) in images.zip(out.chunks_exact_mut(self.len())) {
            for (block, plane) in out.chunks_exact_mut(self.plane()).enumerate() {
                self.fill_block(image, block, plane);
            }
        }
    }

    /// Copies a block of `image` into `plane` and pads it. Channels that the last block lacks become zero.
    pub fn fill_block(&self, image: &[f32], block: usize, plane: &mut [f32]) {
        let [height, width, channels] = self.image;
        let row = self.row();
        let first = block * self.block;
        let count = self.block.min(channels - first);
        let (above, rest) = plane.split_at_mut(self.before * row);
        let (rows, below) = rest.split_at_mut(height * row);
        above.fill(0.0);
        below.fill(0.0);
        for (from, to) in image.chunks_exact(width * channels).zip(rows.chunks_exact_mut(row)) {
            let (left, rest) = to.split_at_mut(self.before * self.block);
            let (pixels, right) = rest.split_at_mut(width * self.block);
            left.fill(0.0);
            right.fill(0.0);
            if count == channels {
                pixels.copy_from_slice(from);
                continue;
            }
            for (from, to) in from.chunks_exact(channels).zip(pixels.chunks_exact_mut(self.block)) {
                copy(&from[first..first + count], to);
            }
        }
    }
}

/// Copies the values of a pixel and fills the rest of `to` with zeros. One or two whole cache lines, the most
/// frequent cases, are copied without a call to `memcpy`.
#[inline(always)]
pub fn copy(from: &[f32], to: &mut [f32]) {
    match (from.as_chunks::<BLOCK>(), to.as_chunks_mut::<BLOCK>()) {
        (([from], []), ([to], [])) => *to = *from,
        (([first, second], []), ([to, behind], [])) => {
            *to = *first;
            *behind = *second;
        }
        _ => {
            let (filled, rest) = to.split_at_mut(from.len());
            filled.copy_from_slice(from);
            rest.fill(0.0);
        }
    }
}
