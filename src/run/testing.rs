//! What tests make up.

use super::{Course, Measurement, Summary};

/// A summary with this accuracy.
pub(crate) fn summary(accuracy: f64) -> Summary {
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
        loss_validation: None,
        ece: 0.01,
        teacher_agreement: None,
        layers: Vec::new(),
    };
    let course = Course {
        accuracy_last: accuracy,
        accuracy_best_test: accuracy,
        steps: 10,
        seconds: 0.1,
        history: Vec::new(),
        search: None,
    };
    Summary { measurement, course, probes: Vec::new() }
}
