//! What the tests of this folder share.

use super::{Measurement, Summary};

/// A summary with this accuracy.
pub(super) fn summary(accuracy: f64) -> Summary {
    let measurement = Measurement {
        sparsity: 0.5,
        parameters: 6,
        prunable: 4,
        nonzero: 2,
        macs: 4,
        macs_nonzero: 2,
        accuracy,
        loss: 0.1,
        accuracy_validation: None,
        accuracy_last: accuracy,
        accuracy_best_test: accuracy,
        ece: 0.01,
        teacher_agreement: None,
        steps: 10,
        seconds: 0.1,
    };
    Summary { measurement, layers: Vec::new(), history: Vec::new(), emptied: Vec::new() }
}
