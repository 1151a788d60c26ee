//! Which weights of one layer are kept, one bit a weight.

/// One bit for each weight of a layer, in the order of its values: set where the weight is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    size: usize,
    /// Weight i is bit i mod 64 of word i / 64; the bits behind the last weight are zero.
    words: Vec<u64>,
}

impl Mask {
    /// Keeps all of `size` weights.
    pub fn full(size: usize) -> Self {
        std::iter::repeat_n(true, size).collect()
    }

    /// Number of weights, kept and masked.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Number of kept weights.
    pub fn kept(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether the weight at `index` is kept.
    pub fn is_kept(&self, index: usize) -> bool {
        assert!(index < self.size, "the mask has {} weights, and none at {index}", self.size);
        self.words[index / 64] >> (index % 64) & 1 == 1
    }

    /// Whether each weight is kept, in order.
    pub fn iter(&self) -> impl Iterator<Item = bool> {
        let bits = self.words.iter().flat_map(|&word| (0..64).map(move |bit| word >> bit & 1 == 1));
        bits.take(self.size)
    }

    /// Eight weights a byte, the first in the lowest bit; unused bits of the last byte are zero.
    pub fn to_bytes(&self) -> Vec<u8> {
        let bytes = self.words.iter().flat_map(|word| word.to_le_bytes());
        bytes.take(self.size.div_ceil(8)).collect()
    }

    /// The mask of `size` weights that [`to_bytes`](Self::to_bytes) wrote; `None` if these bytes cannot be
    /// one.
    pub fn from_bytes(size: usize, bytes: &[u8]) -> Option<Self> {
        let word = |bytes: &[u8]| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            u64::from_le_bytes(word)
        };
        let words: Vec<u64> = bytes.chunks(8).map(word).collect();
        let used = size % 64;
        let has_unused = used > 0 && words.last().is_some_and(|last| last >> used != 0);
        (bytes.len() == size.div_ceil(8) && !has_unused).then_some(Self { size, words })
    }
}

impl FromIterator<bool> for Mask {
    fn from_iter<I: IntoIterator<Item = bool>>(kept: I) -> Self {
        let (mut size, mut words) = (0, Vec::new());
        let mut word = 0;
        for is_kept in kept {
            word |= u64::from(is_kept) << (size % 64);
            size += 1;
            if size % 64 == 0 {
                words.push(std::mem::take(&mut word));
            }
        }
        if size % 64 > 0 {
            words.push(word);
        }
        Self { size, words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_weight_is_the_lowest_bit_of_the_first_byte() {
        // 1 0 0 1 0 0 0 0 is 1 + 8; 0 1 is 2.
        let kept = [1, 0, 0, 1, 0, 0, 0, 0, 0, 1];
        let mask: Mask = kept.map(|kept| kept == 1).into_iter().collect();
        assert_eq!(mask.to_bytes(), [9, 2]);
        assert_eq!((mask.size(), mask.kept()), (10, 3));
        assert!(mask.is_kept(3) && !mask.is_kept(4));
    }

    #[test]
    fn bytes_of_another_length_or_with_unused_bits_are_no_mask() {
        assert_eq!(Mask::from_bytes(10, &[9, 2]).map(|mask| mask.kept()), Some(3));
        assert_eq!(Mask::from_bytes(10, &[9]), None);
        assert_eq!(Mask::from_bytes(10, &[9, 2, 0]), None);
        assert_eq!(Mask::from_bytes(10, &[9, 4]), None);
        assert_eq!(Mask::from_bytes(0, &[]), Some(Mask::full(0)));
    }

    proptest! {
        #[test]
        fn holds_what_it_was_made_of(kept in prop::collection::vec(any::<bool>(), 0..200)) {
            let mask: Mask = kept.iter().copied().collect();
            prop_assert!(mask.iter().eq(kept.iter().copied()));
            prop_assert!((0..kept.len()).all(|index| mask.is_kept(index) == kept[index]));
            prop_assert_eq!(mask.size(), kept.len());
            prop_assert_eq!(mask.kept(), kept.iter().filter(|kept| **kept).count());
            prop_assert_eq!(Mask::from_bytes(kept.len(), &mask.to_bytes()), Some(mask));
        }
    }
}
