//! All at once.

use crate::prune::Step;

/// The target S in the only round: s₁ = S. To see what a criterion is worth, and where rounds cost too
/// much.
pub(super) fn step(target: f64) -> Step {
    Step::To(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::Schedule;

    #[test]
    fn reaches_the_target_in_its_only_round() {
        assert_eq!(Schedule::OneShot.rounds(), 1);
        assert_eq!(step(0.9), Step::To(0.9));
    }
}
