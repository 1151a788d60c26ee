//! The size of a weight.

use super::criterion::Criterion;
use super::{Assessment, Needs, ScoringContext};
use crate::kernel::Kernel;
use crate::prune::PruneError;

/// The absolute value of each weight.
#[derive(Debug)]
pub struct Magnitude;

impl Criterion for Magnitude {
    fn needs(&self) -> Needs {
        Needs::Weights
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        let weights = context.weight_slots().into_iter().map(|slot| context.network.values(slot).clone());
        Ok(context.scores(weights.map(|weight| weight.abs())).into())
    }
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
