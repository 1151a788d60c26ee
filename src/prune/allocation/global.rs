//! One ranking of all layers.

use crate::prune::{Aim, Request, Target};

/// The schedule's amount, of all prunable layers of the stage together: a weight is removed when its score is
/// among the lowest of them all, until the target is met. To use by default; scores must be comparable between
/// layers.
pub(super) fn request(aim: Aim<'_>, round: u32) -> Request {
    match aim.target {
        None | Some(Target::Sparsity(_) | Target::LossRise(_) | Target::AccuracyDrop(_)) => {
            Request::Overall(aim.amount(round))
        }
        Some(Target::Parameters(_) | Target::Macs(_)) => {
            let (quantity, left) = aim.target.and_then(Target::budget).expect("it is a budget");
            let left = left.of(quantity.of_original(aim.original));
            Request::Budget { quantity, left, way: aim.schedule.way(round) }
        }
        // In one round, or growing by equal parts.
        Some(Target::Threshold(threshold)) => {
            Request::Threshold(threshold * (f64::from(round) / f64::from(aim.schedule.rounds())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cost;
    use crate::prune::schedule::Linear;
    use crate::prune::{Amount, LeftShare, Pace, Quantity, Schedule, Sparsity, Start, Way};

    /// What each of two rounds asks for.
    fn requests(target: Target) -> [Request; 2] {
        let original = Cost { parameters: 15, prunable: 10, macs: 43, layers: Vec::new() };
        let schedule = &Schedule::Linear(Linear { rounds: 2 });
        let aim = Aim { schedule, target: Some(target), start: Start::Dense, original: &original };
        [1, 2].map(|round| request(aim, round))
    }

    #[test]
    fn asks_for_the_amount_of_all_layers_together() {
        let target = Target::Sparsity(Sparsity::try_from(0.9).unwrap());
        assert_eq!(requests(target), [0.45, 0.9].map(|share| Request::Overall(Amount::To(share))));
    }

    // Half of 43 MACs are 21.5, so at most 21 are left.
    #[test]
    fn a_budget_is_a_share_of_the_original() {
        let budget = |way| Request::Budget { quantity: Quantity::Macs, left: 21, way };
        let way = Way { rounds: 2, pace: Pace::Linear };
        let half = LeftShare::try_from(0.5).unwrap();
        assert_eq!(requests(Target::Macs(half)), [budget(Some(way)), budget(None)]);
    }

    #[test]
    fn a_threshold_grows_by_equal_parts() {
        assert_eq!(requests(Target::Threshold(0.5)), [0.25, 0.5].map(Request::Threshold));
    }
}
