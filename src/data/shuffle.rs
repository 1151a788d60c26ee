//! Permutations and bounded integers from a named generator.
//!
//! Written here and not taken from a library, whose algorithm may change with its version: an
//! experiment file gives the same order of images for as long as it can be read.

use rand::Rng;

/// An unbiased draw from 0 to `bound` − 1, by Lemire's multiply-and-reject method (Lemire, 2019).
///
/// # Panics
/// When `bound` is 0.
pub(super) fn below(generator: &mut impl Rng, bound: u32) -> u32 {
    let rejected = bound.wrapping_neg() % bound;
    loop {
        let product = u64::from(generator.next_u32()) * u64::from(bound);
        let (high, low) = ((product >> 32) as u32, product as u32);
        if low >= rejected {
            return high;
        }
    }
}

/// Puts `items` into a uniformly random order (Fisher and Yates, from the end).
pub(super) fn shuffle<T>(items: &mut [T], generator: &mut impl Rng) {
    for last in (1..items.len()).rev() {
        let bound = u32::try_from(last + 1).expect("data sets have fewer than 2³² images");
        items.swap(last, below(generator, bound) as usize);
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use rand::TryRng;

    use super::*;
    use crate::draw::{Draw, Purpose};

    /// Gives the words it was made of, in order.
    struct Words<'a>(std::slice::Iter<'a, u32>);

    impl TryRng for Words<'_> {
        type Error = Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            Ok(*self.0.next().expect("enough words"))
        }
        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            unreachable!("only words are drawn")
        }
        fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
            unreachable!("only words are drawn")
        }
    }

    fn words(words: &[u32]) -> Words<'_> {
        Words(words.iter())
    }

    /// 2³² mod 3 = 1, so exactly one word of the 2³² must be rejected: 0, whose low half is 0 < 1.
    #[test]
    fn the_one_word_that_would_bias_a_draw_of_three_is_rejected() {
        assert_eq!(below(&mut words(&[0, u32::MAX]), 3), 2);
        assert_eq!(below(&mut words(&[1]), 3), 0);
        assert_eq!(below(&mut words(&[0x5555_5556]), 3), 1);
        assert_eq!(below(&mut words(&[0]), 4), 0);
        assert_eq!(below(&mut words(&[0xdead_beef]), 1), 0);
    }

    /// With every draw 0, position 2 swaps with 0, then 1 with 0: abc → cba → bca.
    #[test]
    fn a_shuffle_swaps_from_the_end() {
        let mut items = ['a', 'b', 'c'];
        shuffle(&mut items, &mut words(&[1, 0]));
        assert_eq!(items, ['b', 'c', 'a']);
    }

    /// 6,000 shuffles of three: each of the 6 orders 1,000 times, with a standard deviation of
    /// √(6000 · 1/6 · 5/6) ≈ 29; five of them are allowed.
    #[test]
    fn every_order_is_equally_likely() {
        let mut generator = Draw::new(0, "test").generator(Purpose::BatchOrder, 0);
        let mut counts = [0_i32; 6];
        for _ in 0..6_000 {
            let mut items = [0, 1, 2];
            shuffle(&mut items, &mut generator);
            counts[items[0] * 2 + usize::from(items[1] > items[2])] += 1;
        }
        assert!(counts.iter().all(|count| (count - 1_000).abs() < 5 * 29), "{counts:?}");
    }
}
