//! Where a ranking of units is cut, found without sorting or copying it.

use std::cmp::Ordering;

/// A place in the ranking by score, then by position: the units before it are removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// The score at the cut, as [`ordered`] bits.
    score: u32,
    /// How much shall be removed of the units with exactly this score.
    tied: u64,
}

impl Cut {
    /// The cut before which there are the fewest units that together are worth at least `amount`.
    /// `units` gives the score and the worth of each; units of equal score go by position. Where all are
    /// worth less, all are removed.
    ///
    /// Two passes: a histogram of the upper half of the scores' bits finds the half at the cut, and one of
    /// the lower half, among the scores with that upper half, finds the rest.
    pub fn new<I: Iterator<Item = (f32, u64)>>(units: impl Fn() -> I, amount: u64) -> Self {
        let halves = || units().map(|(score, worth)| (ordered(score) >> 16, ordered(score) & 0xFFFF, worth));
        let (upper, before) = crossing(halves().map(|(upper, _, worth)| (upper, worth)), amount);
        let at_cut = halves().filter(|(half, ..)| *half == upper).map(|(_, lower, worth)| (lower, worth));
        let (lower, within) = crossing(at_cut, amount - before);
        Self { score: upper << 16 | lower, tied: amount - before - within }
    }

    /// Whether the next unit is before the cut; to be asked of every unit in the order of their positions.
    pub fn removes(&mut self, score: f32, worth: u64) -> bool {
        match ordered(score).cmp(&self.score) {
            Ordering::Less => true,
            Ordering::Equal => {
                let is_before = self.tied > 0;
                self.tied = self.tied.saturating_sub(worth);
                is_before
            }
            Ordering::Greater => false,
        }
    }
}

/// The first of the 2¹⁶ halves up to which the units are worth at least `amount`, or the last; and what
/// those before it are worth.
fn crossing(units: impl Iterator<Item = (u32, u64)>, amount: u64) -> (u32, u64) {
    let mut worths = vec![0; 1 << 16];
    units.for_each(|(half, worth)| worths[half as usize] += worth);
    let mut before = 0;
    for (half, worth) in (0..0xFFFF).zip(worths) {
        if before + worth >= amount {
            return (half, before);
        }
        before += worth;
    }
    (0xFFFF, before)
}

/// Bits that order as the scores do (as by `f32::total_cmp`).
fn ordered(score: f32) -> u32 {
    let bits = score.to_bits();
    if score.is_sign_negative() { !bits } else { bits | 1 << 31 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removed(units: &[(f32, u64)], amount: u64) -> Vec<bool> {
        let mut cut = Cut::new(|| units.iter().copied(), amount);
        units.iter().map(|&(score, worth)| cut.removes(score, worth)).collect()
    }

    #[test]
    fn the_bits_order_as_scores_do() {
        let ascending = [
            f32::NEG_INFINITY,
            -1.0,
            -f32::MIN_POSITIVE,
            -0.0,
            0.0,
            f32::from_bits(1),
            1.0,
            1.5,
            f32::INFINITY,
        ];
        for pair in ascending.windows(2) {
            assert!(ordered(pair[0]) < ordered(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn scores_that_differ_in_the_last_bit_are_told_apart() {
        let next = |steps: u32| f32::from_bits(1f32.to_bits() + steps);
        let units = [(next(2), 1), (next(0), 1), (next(1), 1)];
        assert_eq!(removed(&units, 1), [false, true, false]);
        assert_eq!(removed(&units, 2), [false, true, true]);
    }

    #[test]
    fn the_fewest_units_that_are_worth_enough_are_removed() {
        let units = [(3.0, 4), (1.0, 4), (2.0, 4)];
        assert_eq!(removed(&units, 0), [false, false, false]);
        assert_eq!(removed(&units, 4), [false, true, false]);
        assert_eq!(removed(&units, 5), [false, true, true]);
        assert_eq!(removed(&units, 99), [true, true, true]);
    }

    #[test]
    fn equal_scores_go_by_position() {
        let units = [(1.0, 1), (0.0, 1), (1.0, 2), (1.0, 1)];
        assert_eq!(removed(&units, 3), [true, true, true, false]);
    }
}
