//! What is drawn from random words: numbers, orders and samples.

use crate::math::ln;
use std::collections::BTreeSet;

/// A source of random words, and what is worked out from them.
///
/// Nothing here is taken from a library, whose algorithms may change with its release: the same name gives
/// the same numbers for as long as an experiment file can be read.
pub trait Generator: Sized {
    /// 32 random bits.
    fn word(&mut self) -> u32;

    /// 64 random bits: two words, the lower half first.
    fn long_word(&mut self) -> u64 {
        u64::from(self.word()) | u64::from(self.word()) << 32
    }

    /// Fills `bytes` from words, lowest byte first; what is left of the last word is not used.
    fn fill(&mut self, bytes: &mut [u8]) {
        for bytes in bytes.chunks_mut(4) {
            bytes.copy_from_slice(&self.word().to_le_bytes()[..bytes.len()]);
        }
    }

    /// Uniform on [0, 1), a multiple of 2⁻²⁴: the upper bits of a word.
    fn uniform_f32(&mut self) -> f32 {
        (self.word() >> 8) as f32 / (1_u32 << 24) as f32
    }

    /// Uniform on [0, 1), a multiple of 2⁻⁵³: the upper bits of a long word.
    fn uniform(&mut self) -> f64 {
        (self.long_word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal numbers, by Marsaglia's polar method (Marsaglia & Bray, 1964): for u and v uniform on
    /// [−1, 1) with 0 < s = u² + v² < 1, both u·√(−2 ln s / s) and v·√(−2 ln s / s).
    fn normals(&mut self) -> impl Iterator<Item = f64> {
        let pair = move || loop {
            let [u, v] = [(); 2].map(|()| 2.0 * self.uniform() - 1.0);
            let s = u * u + v * v;
            if 0.0 < s && s < 1.0 {
                let factor = (-2.0 * ln(s) / s).sqrt();
                return [u * factor, v * factor];
            }
        };
        std::iter::repeat_with(pair).flatten()
    }

    /// An unbiased draw from 0 to `bound` − 1, by multiplication and rejection (Lemire, 2019).
    ///
    /// # Panics
    /// When `bound` is 0.
    fn below(&mut self, bound: u32) -> u32 {
        let rejected = bound.wrapping_neg() % bound;
        loop {
            let product = u64::from(self.word()) * u64::from(bound);
            if product as u32 >= rejected {
                return (product >> 32) as u32;
            }
        }
    }

    /// The same for bounds of 64 bits, from long words.
    ///
    /// # Panics
    /// When `bound` is 0.
    fn below_u64(&mut self, bound: u64) -> u64 {
        let rejected = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.long_word()) * u128::from(bound);
            if product as u64 >= rejected {
                return (product >> 64) as u64;
            }
        }
    }

    /// Puts `items` into a uniformly random order (Fisher and Yates, from the end).
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let bound = u32::try_from(last + 1).expect("fewer than 2³² items are shuffled");
            items.swap(last, self.below(bound) as usize);
        }
    }

    /// `count` different numbers below `population`, every such set equally likely (Floyd's algorithm: Bentley
    /// & Floyd, 1987). All of them where there are not that many.
    fn sample(&mut self, population: u64, count: u64) -> BTreeSet<u64> {
        let mut chosen = BTreeSet::new();
        for last in population.saturating_sub(count)..population {
            let drawn = self.below_u64(last + 1);
            if !chosen.insert(drawn) {
                chosen.insert(last);
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{ChaCha8, Draw, Purpose};

    /// Gives the words it was made of, in order.
    struct Words<'a>(std::slice::Iter<'a, u32>);

    impl Generator for Words<'_> {
        fn word(&mut self) -> u32 {
            *self.0.next().expect("enough words")
        }
    }

    fn words(words: &[u32]) -> Words<'_> {
        Words(words.iter())
    }

    /// The stream of the key 0. The numbers that the tests below expect of it were worked out from the
    /// published words with a few lines of Python, by the formulas in the documentation above.
    fn stream() -> ChaCha8 {
        ChaCha8::new([0; 32])
    }

    fn assert_near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-15 * expected.abs(), "{found} is not {expected}");
    }

    // The first words are 0x2fef003e, 0xd6405f89, 0xe8b85b7f.
    #[test]
    fn uniform_numbers_are_the_upper_bits() {
        let mut generator = stream();
        let found: [f32; 3] = std::array::from_fn(|_| generator.uniform_f32());
        assert_eq!(found, [0x2f_ef00, 0xd6_405f, 0xe8_b85b].map(|bits: u32| bits as f32 / 16_777_216.0));
        let mut generator = stream();
        let found: [f64; 3] = std::array::from_fn(|_| generator.uniform());
        let bits = [0x1a_c80b_f125_fde0, 0x14_34a1_23fd_170b, 0x07_6ff3_59d8_61d0_u64];
        assert_eq!(found, bits.map(|bits| bits as f64 / 9_007_199_254_740_992.0));
        assert_eq!(words(&[u32::MAX]).uniform_f32(), 1.0 - f32::EPSILON / 2.0);
        assert_eq!(words(&[u32::MAX; 2]).uniform(), 1.0 - f64::EPSILON / 2.0);
    }

    #[test]
    fn normal_numbers_come_in_pairs() {
        let expected = [
            1.060_495_343_432_607_4,
            0.413_674_357_538_729_83,
            -0.300_878_308_498_644_66,
            -0.429_990_208_182_171,
            -0.260_546_540_119_392_2,
            -0.427_522_586_986_810_1,
        ];
        stream().normals().zip(expected).for_each(|(found, expected)| assert_near(found, expected));
    }

    // u = v = ½ − 1 + ½ = 0 has s = 0 and u = v = −1 has s = 2: both pairs are drawn again.
    #[test]
    fn points_outside_the_circle_and_its_centre_are_drawn_again() {
        let half = [0, 1 << 31];
        let corner = [0, 0];
        let inside = [0, 3 << 30];
        let drawn = [half, half, corner, corner, inside, inside].concat();
        // u = v = ½: s = ½, and √(2 ln 2 / ½)/2 = √(ln 2).
        let found: Vec<f64> = words(&drawn).normals().take(2).collect();
        found.into_iter().for_each(|found| assert_near(found, std::f64::consts::LN_2.sqrt()));
    }

    /// 100,000 numbers: mean 0 within 5/√n, variance 1 within 5·√(2/n), and a share of 0.3173 outside of one
    /// standard deviation, 0.0027 outside of three, each within five standard deviations of a count.
    #[test]
    fn normal_numbers_are_normal() {
        let count = 100_000;
        let numbers: Vec<f64> = stream().normals().take(count).collect();
        let n = count as f64;
        let mean = numbers.iter().sum::<f64>() / n;
        let variance = numbers.iter().map(|number| number * number).sum::<f64>() / n;
        assert!(mean.abs() < 5.0 / n.sqrt() && (variance - 1.0).abs() < 5.0 * (2.0 / n).sqrt());
        for (limit, share) in [(1.0, 0.317_31), (3.0, 0.002_70)] {
            let outside = numbers.iter().filter(|number| number.abs() > limit).count() as f64;
            assert!((outside - n * share).abs() < 5.0 * (n * share).sqrt(), "{outside} beyond {limit}");
        }
    }

    /// 2³² mod 3 = 1, so exactly one word of the 2³² must be rejected: 0, whose low half is 0 < 1.
    #[test]
    fn the_one_word_that_would_bias_a_draw_of_three_is_rejected() {
        assert_eq!(words(&[0, u32::MAX]).below(3), 2);
        assert_eq!(words(&[1]).below(3), 0);
        assert_eq!(words(&[0x5555_5556]).below(3), 1);
        assert_eq!(words(&[0]).below(4), 0);
        assert_eq!(words(&[0xdead_beef]).below(1), 0);
        assert_eq!(words(&[0, 0, u32::MAX, u32::MAX]).below_u64(3), 2);
    }

    #[test]
    fn bounded_draws_follow_the_stream() {
        let mut generator = stream();
        let found: [u32; 8] = std::array::from_fn(|_| generator.below(1_000));
        assert_eq!(found, [187, 836, 909, 631, 761, 232, 534, 117]);
        let mut generator = stream();
        let found: [u64; 4] = std::array::from_fn(|_| generator.below_u64(1_000_000_000_000));
        assert_eq!(found, [836_919_756_882, 631_424_494_066, 232_415_843_466, 117_591_019_611]);
    }

    #[test]
    fn bytes_are_those_of_the_words() {
        let mut bytes = [0; 6];
        words(&[0x0403_0201, 0x0807_0605]).fill(&mut bytes);
        assert_eq!(bytes, [1, 2, 3, 4, 5, 6]);
    }

    /// With every draw 0, position 2 swaps with 0, then 1 with 0: abc → cba → bca.
    #[test]
    fn a_shuffle_swaps_from_the_end() {
        let mut items = ['a', 'b', 'c'];
        words(&[1, 0]).shuffle(&mut items);
        assert_eq!(items, ['b', 'c', 'a']);
        let mut items: Vec<u32> = (0..10).collect();
        stream().shuffle(&mut items);
        assert_eq!(items, [5, 3, 0, 2, 9, 6, 4, 8, 7, 1]);
    }

    /// 6,000 shuffles of three: each of the 6 orders 1,000 times, with a standard deviation of
    /// √(6000 · 1/6 · 5/6) ≈ 29; five of them are allowed.
    #[test]
    fn every_order_is_equally_likely() {
        let mut generator = Draw::new(0, "test").generator(Purpose::BatchOrder, 0);
        let mut counts = [0_i32; 6];
        for _ in 0..6_000 {
            let mut items = [0, 1, 2];
            generator.shuffle(&mut items);
            counts[items[0] * 2 + usize::from(items[1] > items[2])] += 1;
        }
        assert!(counts.iter().all(|count| (count - 1_000).abs() < 5 * 29), "{counts:?}");
    }

    #[test]
    fn a_sample_holds_different_numbers_of_the_population() {
        let expected = [117_591_019_611, 232_415_843_466, 255_601_985_717, 631_424_494_064, 836_919_756_879];
        assert!(stream().sample(1_000_000_000_000, 5).into_iter().eq(expected));
        assert!(stream().sample(4, 4).into_iter().eq(0..4));
        assert!(stream().sample(4, 9).into_iter().eq(0..4));
        assert!(stream().sample(4, 0).is_empty());
    }

    /// 6,000 samples of two of four: each of the 6 pairs 1,000 times, within five standard deviations of 29.
    #[test]
    fn every_sample_is_equally_likely() {
        let mut generator = stream();
        let mut counts = std::collections::BTreeMap::new();
        (0..6_000).for_each(|_| *counts.entry(generator.sample(4, 2)).or_insert(0_i32) += 1);
        let near = counts.values().all(|count| (count - 1_000).abs() < 5 * 29);
        assert!(counts.len() == 6 && near, "{counts:?}");
    }
}
