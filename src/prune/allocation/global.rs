//! One threshold over all layers.

use crate::prune::{Request, Step};

/// The schedule's step, over all prunable layers of the stage together: a weight goes when its score is
/// among the least of the whole network. To use by default; scores must be comparable between layers.
pub(super) fn request(step: Step) -> Request {
    Request::Overall(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_the_step_over_all_layers_together() {
        assert_eq!(request(Step::To(0.9)), Request::Overall(Step::To(0.9)));
    }
}
