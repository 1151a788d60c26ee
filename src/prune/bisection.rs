//! Which sparsities a search tries, and in which order.

use super::{Sparsity, Verdict};

/// Sparsities are tried in ten-thousandths, so that they are short numbers that an experiment can name.
const PARTS: u32 = 10_000;

/// Bisection of the sparsities between what is gone already and what can be gone: the next one is in the middle between the
/// largest that held and the smallest that did not. It takes for granted that what holds at one sparsity holds below
/// it; where that is not so, it still ends at a sparsity that held, above all others that held.
#[derive(Clone, Debug)]
pub struct Bisection {
    /// The largest sparsity that held, or what is gone already, in ten-thousandths.
    low: u32,
    /// The smallest that did not hold, or is out of reach.
    high: u32,
    probes_left: u32,
}

impl Bisection {
    /// Where the share `gone` of the weights is gone already, and the share `most` can be gone; tries at most `probes`
    /// sparsities.
    pub fn new(gone: f64, most: f64, probes: u32) -> Self {
        // A share of so many ten-thousandths may be a little less, by rounding.
        let parts = |share: f64| (share * f64::from(PARTS) + 1e-6).floor() as u32;
        Self { low: parts(gone), high: PARTS.min(parts(most) + 1), probes_left: probes }
    }

    /// The sparsity to try now; `None` where nothing is between those that are known, or no probe is left.
    pub fn next(&self) -> Option<Sparsity> {
        let is_open = self.probes_left > 0 && self.high.saturating_sub(self.low) > 1;
        let share = f64::from(self.middle()) / f64::from(PARTS);
        is_open.then(|| Sparsity::try_from(share).expect("the middle is below everything"))
    }

    /// Whether the network at the sparsity that [`next`](Self::next) gives is good enough.
    pub fn tell(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Held => self.low = self.middle(),
            Verdict::NotHeld => self.high = self.middle(),
        }
        self.probes_left -= 1;
    }

    /// Halves are rounded up.
    fn middle(&self) -> u32 {
        (self.low + self.high).div_ceil(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sparsities that are tried, where those hold for which `holds`.
    fn tried(gone: f64, probes: u32, holds: impl Fn(f64) -> bool) -> Vec<f64> {
        tried_up_to(1.0, gone, probes, holds)
    }

    fn tried_up_to(most: f64, gone: f64, probes: u32, holds: impl Fn(f64) -> bool) -> Vec<f64> {
        let mut bisection = Bisection::new(gone, most, probes);
        let mut tried = Vec::new();
        while let Some(sparsity) = bisection.next() {
            tried.push(sparsity.share());
            let verdict = if holds(sparsity.share()) { Verdict::Held } else { Verdict::NotHeld };
            bisection.tell(verdict);
        }
        tried
    }

    // (0.9375 + 1) / 2 = 0.96875, and 0.9688 in ten-thousandths; (0.9375 + 0.9688) / 2 = 0.95315.
    #[test]
    fn the_middle_is_tried_until_the_probes_are_used_up() {
        assert_eq!(tried(0.0, 6, |s| s <= 0.95), [0.5, 0.75, 0.875, 0.9375, 0.9688, 0.9532]);
        assert_eq!(tried(0.0, 3, |_| false), [0.5, 0.25, 0.125]);
        assert_eq!(tried(0.0, 1, |_| true), [0.5]);
    }

    #[test]
    fn what_is_gone_already_is_not_tried() {
        assert_eq!(tried(0.8, 3, |s| s <= 0.85), [0.9, 0.85, 0.875]);
        assert_eq!(tried(1.0, 3, |_| true), [0.0; 0]);
    }

    #[test]
    fn what_is_out_of_reach_is_not_tried() {
        assert_eq!(tried_up_to(0.06, 0.0, 3, |_| true), [0.0301, 0.0451, 0.0526]);
        assert_eq!(tried_up_to(0.0003, 0.0, 9, |_| true), [0.0002, 0.0003]);
    }

    // Between 0.9999 and 1 there is no ten-thousandth.
    #[test]
    fn it_ends_where_nothing_is_between() {
        let all = tried(0.0, 100, |_| true);
        assert_eq!((all.len(), all.last()), (13, Some(&0.9999)));
        assert_eq!(tried(0.0, 100, |_| false).last(), Some(&0.0001));
    }

    // Holds up to 0.3 and again from 0.7 to 0.8: what is found holds, and nothing above it that was tried does.
    #[test]
    fn of_what_is_not_monotone_it_finds_something_that_holds() {
        let holds = |s: f64| s <= 0.3 || (0.7..0.8).contains(&s);
        let tried = tried(0.0, 8, holds);
        assert_eq!(tried, [0.5, 0.25, 0.375, 0.3125, 0.2813, 0.2969, 0.3047, 0.3008]);
        let held: Vec<f64> = tried.into_iter().filter(|&s| holds(s)).collect();
        assert_eq!(held, [0.25, 0.2813, 0.2969]);
    }
}
