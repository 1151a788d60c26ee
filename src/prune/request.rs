//! What one round asks for.

use super::{Quantity, Spread, Way};
use serde::Serialize;

/// What one round asks for: all that its masks depend on besides the scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Of all prunable layers of the stage together.
    Overall(Amount),
    /// Of each named layer on its own, in node order; layers that are not named stay as they are.
    Layers(Vec<(String, Amount)>),
    /// Of all prunable layers of the stage together, divided among them by a rule.
    Spread { by: Spread, amount: Amount },
    /// Of all prunable layers of the stage together, divided among them by what the network loses with each layer
    /// alone at these sparsities.
    Scan { sparsities: Vec<f64>, amount: Amount },
    /// Units of any layer, until at most `left` of `quantity` is left of the whole network; or, where there are
    /// rounds to come, as far as this one goes on the `way` there.
    Budget {
        quantity: Quantity,
        left: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        way: Option<Way>,
    },
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
    /// As far as this round goes on the way to that share, from however many weights are left.
    Toward { to: f64, way: Way },
}

impl Amount {
    /// The same amount, `factor` times as large, but at most everything.
    pub(super) fn scaled(self, factor: f64) -> Self {
        match self {
            Self::To(share) => Self::To((share * factor).min(1.0)),
            Self::Rate(rate) => Self::Rate((rate * factor).min(1.0)),
            Self::Toward { to, way } => Self::Toward { to: (to * factor).min(1.0), way },
        }
    }

    /// Weights that are left of `total`, of which `kept` are kept now: `To(s)` leaves all but round(s · total),
    /// `Rate(r)` leaves round((1 − r) · kept), and `Toward` rounds what its way leaves. Halves round away from
    /// zero. Masked weights stay masked: where fewer are kept than `To` asks for, all of these are left.
    pub fn left(self, total: u64, kept: u64) -> u64 {
        let left = match self {
            Self::To(share) => total - (share * total as f64).round() as u64,
            Self::Rate(rate) => ((1.0 - rate) * kept as f64).round() as u64,
            Self::Toward { to, way } => {
                way.left(kept as f64, Self::To(to).left(total, kept) as f64).round() as u64
            }
        };
        left.min(kept)
    }

    /// The sparsity that is asked for, where `before` was asked for before; not rounded to whole weights.
    pub(super) fn sparsity(self, before: f64) -> f64 {
        match self {
            Self::To(share) => share,
            Self::Rate(rate) => 1.0 - (1.0 - before) * (1.0 - rate),
            Self::Toward { to, way } => 1.0 - way.left(1.0 - before, 1.0 - to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::Pace;

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

    /// 60 of 100 are kept and 20 shall be: 40 go in two rounds, 20 in each, or half of what is there. Where
    /// fewer are kept already, they stay.
    #[test]
    fn the_way_to_a_share_starts_from_what_is_left() {
        let toward = |pace| Amount::Toward { to: 0.8, way: Way { rounds: 2, pace } };
        assert_eq!(toward(Pace::Linear).left(100, 60), 40);
        assert_eq!(toward(Pace::Geometric).left(100, 80), 40);
        assert_eq!(toward(Pace::Linear).left(100, 10), 10);
        assert!((toward(Pace::Linear).sparsity(0.4) - 0.6).abs() < 1e-12);
        assert!((toward(Pace::Geometric).sparsity(0.2) - 0.6).abs() < 1e-12);
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
                Request::Budget { quantity: Quantity::Macs, left: 100, way: None },
                r#"{"budget":{"quantity":"macs","left":100}}"#,
            ),
            (
                Request::Spread {
                    by: Spread::Erk,
                    amount: Amount::Toward { to: 0.9, way: Way { rounds: 2, pace: Pace::Linear } },
                },
                r#"{"spread":{"by":"erk","amount":{"toward":{"to":0.9,"way":{"rounds":2,"pace":"linear"}}}}}"#,
            ),
            (
                Request::Scan { sparsities: vec![0.5, 0.9], amount: Amount::To(0.8) },
                r#"{"scan":{"sparsities":[0.5,0.9],"amount":{"to":0.8}}}"#,
            ),
            (Request::Threshold(0.01), r#"{"threshold":0.01}"#),
            (Request::Groups { kept: 2, of: 4 }, r#"{"groups":{"kept":2,"of":4}}"#),
        ];
        for (request, expected) in requests {
            assert_eq!(serde_json::to_string(&request).unwrap(), expected);
        }
    }
}
