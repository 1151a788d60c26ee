//! What one round asks for.

use super::Quantity;
use serde::Serialize;

/// What one round asks for: all that its masks depend on besides the scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Of all prunable layers of the stage together.
    Overall(Amount),
    /// Of each named layer on its own, in node order; layers that are not named stay as they are.
    Layers(Vec<(String, Amount)>),
    /// Units of any layer, until at most `left` of `quantity` is left of the whole network.
    Budget { quantity: Quantity, left: u64 },
    /// Every unit of lower importance than this.
    Threshold(f64),
    /// Of each group of `of` weights, all but the `kept` most important.
    Groups { kept: usize, of: usize },
}

/// How many weights one round removes, from the whole network or from one layer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Amount {
    /// Until this share of all weights is zero.
    To(f64),
    /// This share of the weights that are left.
    Rate(f64),
}

impl Amount {
    /// The same amount, `factor` times as large, but at most everything.
    pub(super) fn scaled(self, factor: f64) -> Self {
        match self {
            Self::To(share) => Self::To((share * factor).min(1.0)),
            Self::Rate(rate) => Self::Rate((rate * factor).min(1.0)),
        }
    }

    /// Weights that are left of `total`, of which `kept` are kept now: `To(s)` leaves all but round(s · total),
    /// `Rate(r)` leaves round((1 − r) · kept). Halves round away from zero. Masked weights stay masked: where
    /// fewer are kept than `To` asks for, all of these are left.
    pub(super) fn left(self, total: u64, kept: u64) -> u64 {
        let left = match self {
            Self::To(share) => total - (share * total as f64).round() as u64,
            Self::Rate(rate) => ((1.0 - rate) * kept as f64).round() as u64,
        };
        left.min(kept)
    }

    /// The sparsity that is asked for, where `before` was asked for before; not rounded to whole weights.
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
    fn to_a_share_counts_the_weights_that_are_masked_already() {
        assert_eq!(Amount::To(0.5).left(10, 10), 5);
        assert_eq!(Amount::To(0.5).left(10, 8), 5);
        assert_eq!(Amount::To(0.5).left(10, 4), 4);
        assert_eq!(Amount::To(1.0).left(10, 8), 0);
        // 0.25 · 10 = 2.5, rounded away from zero.
        assert_eq!(Amount::To(0.25).left(10, 10), 7);
    }

    #[test]
    fn a_rate_counts_the_weights_that_are_left() {
        assert_eq!(Amount::Rate(0.2).left(10, 10), 8);
        // 8 · 0.8 = 6.4 stay, so 6.
        assert_eq!(Amount::Rate(0.2).left(10, 8), 6);
        // 1 · 0.8 = 0.8 stays, so 1: a small rate never empties a layer.
        assert_eq!(Amount::Rate(0.2).left(10, 1), 1);
        assert_eq!(Amount::Rate(1.0).left(10, 3), 0);
        assert_eq!(Amount::Rate(0.2).left(10, 0), 0);
    }

    #[test]
    fn scaling_stops_at_everything() {
        assert_eq!(Amount::To(0.6).scaled(0.5), Amount::To(0.3));
        assert_eq!(Amount::To(0.6).scaled(2.0), Amount::To(1.0));
        assert_eq!(Amount::Rate(0.2).scaled(10.0), Amount::Rate(1.0));
    }

    /// It is in keys.
    #[test]
    fn is_written_as_plain_data() {
        let layers =
            Request::Layers(vec![("fc1".into(), Amount::Rate(0.2)), ("fc2".into(), Amount::To(0.5))]);
        let requests = [
            (layers, r#"{"layers":[["fc1",{"rate":0.2}],["fc2",{"to":0.5}]]}"#),
            (Request::Overall(Amount::To(0.9)), r#"{"overall":{"to":0.9}}"#),
            (
                Request::Budget { quantity: Quantity::Macs, left: 100 },
                r#"{"budget":{"quantity":"macs","left":100}}"#,
            ),
            (Request::Threshold(0.01), r#"{"threshold":0.01}"#),
            (Request::Groups { kept: 2, of: 4 }, r#"{"groups":{"kept":2,"of":4}}"#),
        ];
        for (request, expected) in requests {
            assert_eq!(serde_json::to_string(&request).unwrap(), expected);
        }
    }
}
