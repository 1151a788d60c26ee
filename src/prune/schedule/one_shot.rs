//! All at once.

use crate::prune::Amount;

/// The target S in the only round: s₁ = S. To see what a criterion is worth, and where rounds cost too
/// much.
pub(super) fn amount(target: f64) -> Amount {
    Amount::To(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::Schedule;

    #[test]
    fn reaches_the_target_in_its_only_round() {
        assert_eq!(Schedule::OneShot.rounds(), 1);
        assert_eq!(amount(0.9), Amount::To(0.9));
    }
}
