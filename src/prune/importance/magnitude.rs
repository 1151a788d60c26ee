//! The size of a weight.

use super::{Scores, ScoringContext};
use crate::kernel::Kernel;

/// |w| (Han et al., 2015). Needs no data; what every other criterion is compared with.
pub(super) fn scores<B: Kernel>(context: &ScoringContext<'_, B>) -> Scores {
    let weights = context.weight_slots().into_iter().map(|slot| context.network.values(slot).clone());
    context.scores(weights.map(|weight| weight.abs()))
}

#[cfg(test)]
mod tests {
    use crate::prune::Importance;
    use crate::prune::importance::testing::Toy;

    #[test]
    fn is_the_absolute_value_of_each_weight() {
        let toy = Toy::new([2.0, -1.0, -4.0, 0.0], &[0]);
        assert_eq!(toy.scores(&Importance::Magnitude), [2.0, 1.0, 4.0, 0.0]);
    }
}
