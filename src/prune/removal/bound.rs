//! A request in numbers of one network: what shall be left of it once units were removed.

use super::tally::{Scope, Tally};
use crate::model::{Cost, Graph};
use crate::prune::allocation::Site;
use crate::prune::goal::left_after;
use crate::prune::{Amount, Masks, PruneError, Quantity, Request};

/// What shall be left.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bound {
    /// At most `left` of `quantity` in `scope`, where there is `before` now.
    Left { quantity: Quantity, scope: Scope, before: u64, left: u64 },
    /// At most so many weights of one layer, where there are `before` now.
    InLayer { layer: String, before: u64, left: u64 },
    /// Every unit of at least this importance.
    Above(f64),
}

impl Bound {
    /// The bounds of `request`, of a stage that prunes `layers`. Shares are of the weights that these layers have
    /// in `origin`, the network before anything was removed; `cost` and `masks` are of the network as it is.
    ///
    /// # Errors
    /// Where the rule that divides a share among the layers leaves more than that.
    pub fn of(
        request: &Request,
        (graph, cost): (&Graph, &Cost),
        layers: &[String],
        origin: &Cost,
        masks: &Masks,
    ) -> Result<Vec<Self>, PruneError> {
        let tally = Tally::of(cost, masks);
        let weights = |amount: Amount, layers: &[String]| {
            let meant = origin.layers.iter().filter(|layer| layers.contains(&layer.name));
            let total = meant.map(|layer| layer.weights).sum();
            let kept = tally.left(Quantity::Weights, &Scope::Layers(layers.to_vec()));
            (kept, amount.left(total, kept))
        };
        Ok(match request {
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
            Request::Spread { by, amount } => {
                let (_, left) = weights(*amount, layers);
                let there = |layer: &&String| cost.layers.iter().any(|known| known.name == **layer);
                let layers: Vec<&String> = layers.iter().filter(there).collect();
                let (quantity, names) = (Quantity::Weights, layers.iter().map(|layer| layer.as_str()));
                let sites = Site::of(graph, &cost.layers, names, |layer| masks.kept_in(layer));
                let kept = by.kept(&sites, left);
                let kept = kept.map_err(|fixed| PruneError::OutOfReach { quantity, left, fixed })?;
                let in_layer = |((layer, site), left): ((&&String, &Site<'_>), u64)| Self::InLayer {
                    layer: (*layer).clone(),
                    before: site.kept,
                    left,
                };
                layers.iter().zip(&sites).zip(kept).map(in_layer).collect()
            }
            Request::Budget { quantity, left, way } => {
                let before = tally.left(*quantity, &Scope::Network);
                let left = way.map_or(*left, |way| way.whole(before, *left)).min(before);
                vec![Self::Left { quantity: *quantity, scope: Scope::Network, before, left }]
            }
            Request::Threshold(threshold) => vec![Self::Above(*threshold)],
            Request::Scan { .. } => {
                unreachable!("the check refuses a scan where channels or blocks are removed")
            }
            Request::Groups { .. } => unreachable!("n of m weights are masked, not removed"),
        })
    }

    /// The bound of scoring pass `pass` of `passes`.
    pub fn after(&self, pass: u32, passes: u32) -> Self {
        let mut bound = self.clone();
        match &mut bound {
            Self::Left { before, left, .. } | Self::InLayer { before, left, .. } => {
                *left = left_after(*before, *left, pass, passes);
            }
            Self::Above(_) => {}
        }
        bound
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
