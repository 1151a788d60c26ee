//! Single weights.

use crate::model::LayerCost;
use crate::prune::Mask;
use crate::prune::units::{KeptWeights, Units};
use std::borrow::Cow;

/// Each weight is a unit: scores and mask are used as they are.
pub(super) fn units<'a>(layer: &'a LayerCost, scores: &'a [f32], mask: &'a Mask) -> Units<'a> {
    Units { layer, scores: Cow::Borrowed(scores), kept: KeptWeights::Single(mask) }
}
