//! What one round asks for.

use serde::Serialize;

/// How far one round goes, for the whole network or for one layer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Until this share of all weights is zero.
    To(f64),
    /// This share of the weights that are left.
    Rate(f64),
}

/// What one round asks for: all that its masks depend on besides the scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Over all prunable layers of the stage together.
    Overall(Step),
    /// For each layer on its own, in node order.
    Layers(Vec<(String, Step)>),
}

impl Step {
    /// The same step, `factor` times as far, but never past everything.
    pub(super) fn scaled(self, factor: f64) -> Self {
        match self {
            Self::To(share) => Self::To((share * factor).min(1.0)),
            Self::Rate(rate) => Self::Rate((rate * factor).min(1.0)),
        }
    }

    /// Weights to remove from `total`, of which `kept` are left: `To(s)` leaves round(s · total) at zero,
    /// `Rate(r)` leaves round((1 − r) · kept) in place. Halves round away from zero. Nothing comes back:
    /// where more is gone already than `To` asks for, nothing is removed.
    pub(super) fn removals(self, total: usize, kept: usize) -> usize {
        match self {
            Self::To(share) => {
                let zero = (share * total as f64).round() as usize;
                zero.saturating_sub(total - kept).min(kept)
            }
            Self::Rate(rate) => kept - ((1.0 - rate) * kept as f64).round().min(kept as f64) as usize,
        }
    }

    /// Sparsity after this step, in exact numbers, where it was `before`.
    pub(super) fn sparsity(self, before: f64) -> f64 {
        match self {
            Self::To(share) => share,
            Self::Rate(rate) => 1.0 - (1.0 - before) * (1.0 - rate),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_a_share_counts_what_is_gone_already() {
        assert_eq!(Step::To(0.5).removals(10, 10), 5);
        assert_eq!(Step::To(0.5).removals(10, 8), 3);
        assert_eq!(Step::To(0.5).removals(10, 4), 0);
        assert_eq!(Step::To(1.0).removals(10, 8), 8);
        // 0.25 · 10 = 2.5, rounded away from zero.
        assert_eq!(Step::To(0.25).removals(10, 10), 3);
    }

    #[test]
    fn a_rate_counts_what_is_left() {
        assert_eq!(Step::Rate(0.2).removals(10, 10), 2);
        // 8 · 0.8 = 6.4 stay, so 6.
        assert_eq!(Step::Rate(0.2).removals(10, 8), 2);
        // 1 · 0.8 = 0.8 stays, so 1: a small rate never empties a layer.
        assert_eq!(Step::Rate(0.2).removals(10, 1), 0);
        assert_eq!(Step::Rate(1.0).removals(10, 3), 3);
        assert_eq!(Step::Rate(0.2).removals(10, 0), 0);
    }

    #[test]
    fn scaling_stops_at_everything() {
        assert_eq!(Step::To(0.6).scaled(0.5), Step::To(0.3));
        assert_eq!(Step::To(0.6).scaled(2.0), Step::To(1.0));
        assert_eq!(Step::Rate(0.2).scaled(10.0), Step::Rate(1.0));
    }

    #[test]
    fn is_written_as_plain_data() {
        let request = Request::Layers(vec![("fc1".into(), Step::Rate(0.2)), ("fc2".into(), Step::To(0.5))]);
        let expected = r#"{"layers":[["fc1",{"rate":0.2}],["fc2",{"to":0.5}]]}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), expected);
    }
}
