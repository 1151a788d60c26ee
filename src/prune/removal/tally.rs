//! What is left of a network while units are removed from it, counted without building it anew each time.

use crate::model::{Cost, Graph};
use crate::prune::goal::{End, Goal, Scope};
use crate::prune::{Masks, PruneError, Quantity};

/// What is left of a network.
#[derive(Clone, Debug)]
pub(super) struct Tally<'a> {
    pub cost: &'a Cost,
    /// Kept weights that are left of each layer, in the order of the cost's.
    pub kept: Vec<u64>,
    /// Parameters that are left beside them: biases, norm scale and shift.
    pub others: u64,
}

impl<'a> Tally<'a> {
    pub fn of(cost: &'a Cost, masks: &Masks) -> Self {
        let kept = cost.layers.iter().map(|layer| masks.kept_in(layer)).collect();
        Self { cost, kept, others: cost.parameters - cost.prunable }
    }

    /// How much of `quantity` is left of `scope`.
    fn left(&self, quantity: Quantity, scope: Scope<'_>) -> u64 {
        let layers = self.cost.layers.iter().zip(&self.kept);
        let meant = layers.filter(|(layer, _)| match scope {
            Scope::Network => true,
            Scope::Layers(names) => names.contains(&layer.name),
            Scope::Layer(name) => layer.name == name,
        });
        let weights: u64 = meant.map(|(layer, kept)| quantity.of_weight(layer) * kept).sum();
        match (quantity, scope) {
            (Quantity::Parameters, Scope::Network) => weights + self.others,
            (Quantity::Parameters, Scope::Layers(_) | Scope::Layer(_)) => weights,
            (Quantity::Weights | Quantity::Macs, _) => weights,
        }
    }

    /// Whether this is all that shall be left, before a unit of this score goes.
    pub fn meets(&self, goal: &Goal<'_>, score: f32) -> bool {
        match goal.end {
            End::Left { quantity, left, .. } => self.left(quantity, goal.scope) <= left,
            End::Below(threshold) => f64::from(score) >= threshold,
        }
    }

    /// An error where more is left than `goals` allow, once all units are gone that may go. Those of single layers are
    /// met together: one of them may be out of reach, since a layer whose channels are the logits shrinks with its
    /// neighbours only.
    pub fn check_reached(&self, goals: &[Goal<'_>]) -> Result<(), PruneError> {
        let (mut fixed_of_layers, mut left_of_layers) = (0, 0);
        for goal in goals {
            match (goal.scope, &goal.end) {
                (Scope::Network | Scope::Layers(_), &End::Left { quantity, left, .. }) => {
                    let fixed = self.left(quantity, goal.scope);
                    if fixed > left {
                        return Err(PruneError::OutOfReach { quantity, left, fixed });
                    }
                }
                (Scope::Layer(_), &End::Left { quantity, left, .. }) => {
                    fixed_of_layers += self.left(quantity, goal.scope);
                    left_of_layers += left;
                }
                (Scope::Network | Scope::Layers(_) | Scope::Layer(_), End::Below(_)) => {}
            }
        }
        match fixed_of_layers > left_of_layers {
            true => Err(PruneError::OutOfReach {
                quantity: Quantity::Weights,
                left: left_of_layers,
                fixed: fixed_of_layers,
            }),
            false => Ok(()),
        }
    }

    /// The place of a prunable layer, by its node.
    pub fn layer(&self, graph: &Graph, node: usize) -> usize {
        let name = &graph.nodes()[node].name;
        let place = self.cost.layers.iter().position(|layer| layer.name == *name);
        place.expect("the cost is of the graph, and the node a layer")
    }
}
