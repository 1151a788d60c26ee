//! One threshold over all layers.

use crate::prune::{Amount, Request};

/// The schedule's amount, of all prunable layers of the stage together: a weight is removed when its score is
/// among the lowest of them all. To use by default; scores must be comparable between layers.
pub(super) fn request(amount: Amount) -> Request {
    Request::Overall(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_the_amount_of_all_layers_together() {
        assert_eq!(request(Amount::To(0.9)), Request::Overall(Amount::To(0.9)));
    }
}
