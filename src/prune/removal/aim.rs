//! A request in numbers of one network: what shall be left of it once units were removed.

use super::tally::{Scope, Tally};
use crate::model::Cost;
use crate::prune::goal::left_after;
use crate::prune::{Amount, Masks, PruneError, Quantity, Request};

/// What shall be left.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Aim {
    /// At most `left` of `quantity` in `scope`, where there is `before` now.
    Left { quantity: Quantity, scope: Scope, before: u64, left: u64 },
    /// At most so many weights of one layer, where there are `before` now.
    InLayer { layer: String, before: u64, left: u64 },
    /// Every unit of at least this importance.
    Above(f64),
}

impl Aim {
    /// The aims of `request`, of a stage that prunes `layers`. Shares are of the weights that these layers have
    /// in `origin`, the network before anything was removed; `cost` and `masks` are of the network as it is.
    pub fn of(request: &Request, cost: &Cost, layers: &[String], origin: &Cost, masks: &Masks) -> Vec<Self> {
        let tally = Tally::of(cost, masks);
        let weights = |amount: Amount, layers: &[String]| {
            let meant = origin.layers.iter().filter(|layer| layers.contains(&layer.name));
            let total = meant.map(|layer| layer.weights).sum();
            let kept = tally.left(Quantity::Weights, &Scope::Layers(layers.to_vec()));
            (kept, amount.left(total, kept))
        };
        match request {
            Request::Overall(amount) => {
                let (before, left) = weights(*amount, layers);
                let scope = Scope::Layers(layers.to_vec());
                vec![Self::Left { quantity: Quantity::Weights, scope, before, left }]
            }
            Request::Layers(amounts) => amounts
                .iter()
                .map(|(layer, amount)| {
                    let (before, left) = weights(*amount, std::slice::from_ref(layer));
                    Self::InLayer { layer: layer.clone(), before, left }
                })
                .collect(),
            Request::Budget { quantity, left } => {
                let before = tally.left(*quantity, &Scope::Network);
                let left = before.min(*left);
                vec![Self::Left { quantity: *quantity, scope: Scope::Network, before, left }]
            }
            Request::Threshold(threshold) => vec![Self::Above(*threshold)],
        }
    }

    /// The aim of scoring pass `pass` of `passes`.
    pub fn after(&self, pass: u32, passes: u32) -> Self {
        let mut aim = self.clone();
        match &mut aim {
            Self::Left { before, left, .. } | Self::InLayer { before, left, .. } => {
                *left = left_after(*before, *left, pass, passes);
            }
            Self::Above(_) => {}
        }
        aim
    }

    /// Whether `tally` is all that shall be left, before a unit of this score goes.
    pub fn is_met(&self, tally: &Tally<'_>, score: f32) -> bool {
        match self {
            Self::Left { quantity, scope, left, .. } => tally.left(*quantity, scope) <= *left,
            Self::InLayer { layer, left, .. } => {
                tally.left(Quantity::Weights, &Scope::Layers(vec![layer.clone()])) <= *left
            }
            Self::Above(threshold) => f64::from(score) >= *threshold,
        }
    }

    /// An error where too much is left once all units are gone that may go. A share of one layer may be out of
    /// its reach: where its channels are those of the images or the logits, it shrinks with its neighbours only.
    pub fn reached(&self, tally: &Tally<'_>) -> Result<(), PruneError> {
        match self {
            Self::Left { quantity, scope, left, .. } => match tally.left(*quantity, scope) {
                fixed if fixed > *left => {
                    Err(PruneError::OutOfReach { quantity: *quantity, left: *left, fixed })
                }
                _ => Ok(()),
            },
            Self::InLayer { .. } | Self::Above(_) => Ok(()),
        }
    }
}
