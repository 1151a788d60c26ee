//! What tests make up.

use super::{Course, Latency, Measurement, PassTimes, Summary};

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
        teacher: None,
        classes: Vec::new(),
        layers: Vec::new(),
    };
    let course = Course {
        accuracy_last: accuracy,
        accuracy_best_test: accuracy,
        steps: 10,
        seconds: 0.1,
        computed_by: None,
        history: Vec::new(),
        scan: Vec::new(),
        search: None,
    };
    Summary { measurement, course, probes: Vec::new() }
}

/// A latency of so many milliseconds for one image, and 64 times as many for 64.
pub(crate) fn latency(milliseconds: f64) -> Latency {
    let times = |median_ms: f64| PassTimes { median_ms, p90_ms: 2.0 * median_ms, passes: 50 };
    Latency { batch_1: times(milliseconds), batch_64: times(64.0 * milliseconds) }
}
