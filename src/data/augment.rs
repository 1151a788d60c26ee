//! Random crops and flips of training images.

use crate::draw::Generator;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Random changes to the training images, drawn anew every epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Augment {
    /// Pixels of zero padding on each side before a random crop back to the image's size; 0 means no
    /// crop. The padding is black in the raw image, before normalization, as in torchvision. (4 for
    /// CIFAR: He et al., 2016.)
    #[serde(default)]
    #[schemars(range(max = 32))]
    pub crop: usize,
    /// Mirror each image left to right with probability one half.
    #[serde(default)]
    pub flip: bool,
}

/// How one image is moved: output (y, x) shows input (y + `down`, x + `right`), then is mirrored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Placement {
    pub down: isize,
    pub right: isize,
    pub mirrored: bool,
}

impl Augment {
    /// Whether images stay as they are.
    pub fn is_absent(&self) -> bool {
        *self == Self::default()
    }

    /// Draws vertical offset, horizontal offset and flip, in this order; what is not asked for draws
    /// nothing.
    pub(super) fn place(&self, generator: &mut impl Generator) -> Placement {
        let mut offset = || match self.crop {
            0 => 0,
            crop => {
                let bound = u32::try_from(2 * crop + 1).expect("crops are at most 32 pixels");
                generator.below(bound) as isize - crop as isize
            }
        };
        let (down, right) = (offset(), offset());
        Placement { down, right, mirrored: self.flip && generator.below(2) == 1 }
    }
}

impl Placement {
    /// Writes one channel of one image, rows of `width` bytes, through `table` (from raw byte to
    /// normalized value), into every `channels`-th value of `out` from `channel` on; what lies outside the
    /// image is raw zero.
    pub(super) fn render(
        self,
        plane: &[u8],
        width: usize,
        table: &[f32; 256],
        [channel, channels]: [usize; 2],
        out: &mut [f32],
    ) {
        if self == Self::default() {
            let pixels = out.chunks_exact_mut(channels).zip(plane);
            pixels.for_each(|(pixel, &raw)| pixel[channel] = table[usize::from(raw)]);
            return;
        }
        let begin = self.right.min(0).unsigned_abs().min(width);
        let end = width.saturating_sub(self.right.max(0).unsigned_abs());
        let skipped = self.right.max(0).unsigned_abs();
        for (y, out) in out.chunks_exact_mut(width * channels).enumerate() {
            let row = y.checked_add_signed(self.down).and_then(|y| plane.chunks_exact(width).nth(y));
            let seen = match row {
                Some(row) if begin < end => &row[skipped..skipped + end - begin],
                Some(_) | None => &[],
            };
            let pixels = out[channel..].iter_mut().step_by(channels);
            if self.mirrored {
                write(pixels.rev(), begin, seen, table);
            } else {
                write(pixels, begin, seen, table);
            }
        }
    }
}

/// Writes `begin` raw zeros, then `seen`, then raw zeros again.
fn write<'a>(mut pixels: impl Iterator<Item = &'a mut f32>, begin: usize, seen: &[u8], table: &[f32; 256]) {
    pixels.by_ref().take(begin).for_each(|pixel| *pixel = table[0]);
    // `seen` comes first: where it ends, `zip` has not taken a pixel that would then be skipped.
    seen.iter().zip(pixels.by_ref()).for_each(|(&raw, pixel)| *pixel = table[usize::from(raw)]);
    pixels.for_each(|pixel| *pixel = table[0]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Draw, Purpose};

    /// 1 2
    /// 3 4
    fn rendered(down: isize, right: isize, mirrored: bool) -> Vec<f32> {
        let mut table = [f32::NAN; 256];
        (table[0], table[1], table[2], table[3], table[4]) = (-1.0, 10.0, 20.0, 30.0, 40.0);
        let mut out = vec![f32::NAN; 4];
        Placement { down, right, mirrored }.render(&[1, 2, 3, 4], 2, &table, [0, 1], &mut out);
        out
    }

    #[test]
    fn an_image_that_is_not_moved_is_only_normalized() {
        assert_eq!(rendered(0, 0, false), [10.0, 20.0, 30.0, 40.0]);
    }

    #[test]
    fn channels_lie_together() {
        let table = std::array::from_fn(|raw| raw as f32);
        let mut out = [9.0; 8];
        Placement::default().render(&[1, 2, 3, 4], 2, &table, [0, 2], &mut out);
        Placement { mirrored: true, ..Placement::default() }.render(
            &[5, 6, 7, 8],
            2,
            &table,
            [1, 2],
            &mut out,
        );
        assert_eq!(out, [1.0, 6.0, 2.0, 5.0, 3.0, 8.0, 4.0, 7.0]);
    }

    #[test]
    fn a_flip_mirrors_left_and_right() {
        assert_eq!(rendered(0, 0, true), [20.0, 10.0, 40.0, 30.0]);
    }

    #[test]
    fn a_crop_shows_normalized_raw_zero_outside_the_image() {
        assert_eq!(rendered(1, 0, false), [30.0, 40.0, -1.0, -1.0]);
        assert_eq!(rendered(-1, 0, false), [-1.0, -1.0, 10.0, 20.0]);
        assert_eq!(rendered(0, 1, false), [20.0, -1.0, 40.0, -1.0]);
        assert_eq!(rendered(1, -1, false), [-1.0, 30.0, -1.0, -1.0]);
    }

    #[test]
    fn the_crop_is_mirrored_after_it_was_moved() {
        assert_eq!(rendered(1, -1, true), [30.0, -1.0, -1.0, -1.0]);
    }

    #[test]
    fn a_crop_beyond_the_image_shows_padding_alone() {
        for (down, right) in [(2, 0), (-2, 0), (0, 2), (0, -2), (5, 5), (-5, -5)] {
            assert_eq!(rendered(down, right, false), [-1.0; 4], "{down}, {right}");
        }
    }

    #[test]
    fn every_placement_is_drawn_and_none_else() {
        let mut generator = Draw::new(0, "test").generator(Purpose::Augmentation, 0);
        let augment = Augment { crop: 1, flip: true };
        let mut seen = [0; 18];
        for _ in 0..1_000 {
            let Placement { down, right, mirrored } = augment.place(&mut generator);
            assert!(down.abs() <= 1 && right.abs() <= 1);
            seen[(down + 1) as usize * 6 + (right + 1) as usize * 2 + usize::from(mirrored)] += 1;
        }
        assert!(seen.iter().all(|&count| count > 0), "{seen:?}");
    }

    #[test]
    fn nothing_asked_for_draws_nothing() {
        let generator = || Draw::new(0, "test").generator(Purpose::Augmentation, 0);
        let mut used = generator();
        assert_eq!(Augment::default().place(&mut used), Placement::default());
        assert_eq!(used.word(), generator().word());
    }
}
