//! Which columns are better when they are larger, and which when they are smaller.

/// Which of two values is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    Lower,
    Higher,
}

impl Better {
    /// The columns of `measurements` of which one value is better than another. Not among them are what was asked for,
    /// the oracle, which no network may be chosen by, and what another network scored.
    pub const COLUMNS: [(&str, Self); 21] = [
        ("sparsity", Self::Higher),
        ("parameters", Self::Lower),
        ("nonzero", Self::Lower),
        ("compression", Self::Higher),
        ("macs", Self::Lower),
        ("macs_nonzero", Self::Lower),
        ("macs_left", Self::Lower),
        ("accuracy", Self::Higher),
        ("loss", Self::Lower),
        ("accuracy_validation", Self::Higher),
        ("loss_validation", Self::Lower),
        ("accuracy_last", Self::Higher),
        ("ece", Self::Lower),
        ("teacher_agreement", Self::Higher),
        ("teacher_kl", Self::Lower),
        ("steps", Self::Lower),
        ("seconds", Self::Lower),
        ("latency_ms", Self::Lower),
        ("latency_p90_ms", Self::Lower),
        ("latency_64_ms", Self::Lower),
        ("latency_64_p90_ms", Self::Lower),
    ];

    /// Which values of `column` are better; `None` where none is.
    pub fn of(column: &str) -> Option<Self> {
        Self::COLUMNS.iter().find(|(name, _)| *name == column).map(|(_, better)| *better)
    }

    /// Whether `a` is better than `b`.
    pub fn prefers(self, a: f64, b: f64) -> bool {
        match self {
            Self::Lower => a < b,
            Self::Higher => a > b,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Chart;

    #[test]
    fn every_column_has_a_better_value_but_what_was_asked_and_the_oracle() {
        let names: Vec<&str> = Better::COLUMNS.iter().map(|(name, _)| *name).collect();
        let has_none = ["requested", "limit", "accuracy_best_test", "teacher_accuracy"];
        let expected: Vec<&str> =
            Chart::MEASURED.into_iter().filter(|name| !has_none.contains(name)).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn fewer_macs_and_a_higher_accuracy_are_better() {
        let prefers = |column: &str, a: f64, b: f64| Better::of(column).unwrap().prefers(a, b);
        assert!(prefers("macs", 1.0, 2.0) && !prefers("macs", 2.0, 1.0) && !prefers("macs", 1.0, 1.0));
        assert!(prefers("accuracy", 0.9, 0.8) && !prefers("accuracy", 0.9, 0.9));
        assert_eq!(Better::of("requested"), None);
    }
}
