//! Regrowing at random places.

use super::{Exchange, Regrowth};
use crate::draw::{Draw, Generator, Purpose};
use crate::train::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sparse evolutionary training (SET; Mocanu et al., 2018): every so often each layer drops the share `fraction` ζ of
/// its kept weights that are smallest in absolute value, and as many others regrow at random places, from zero
/// and with fresh optimizer state. To train sparse from the first step without ever computing a dense gradient.
///
/// ⌊ζ · kept⌋ weights of a layer move. A place that was just dropped may be drawn too; it then keeps its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Set {
    /// Time between two changes of the masks (one epoch).
    #[serde(default = "default_every")]
    pub every: Duration,
    /// Share of the kept weights of a layer that move, ζ.
    #[serde(default = "default_fraction")]
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    pub fraction: f64,
    /// When the masks stay as they are, at most the length of the training (after three quarters of it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Duration>,
}

fn default_every() -> Duration {
    Duration::epochs(1)
}

pub(super) fn default_fraction() -> f64 {
    0.3
}

/// What a layer of `weights` moves: random scores, from a generator for layer `place` of the network.
pub(in crate::prune) fn exchange(regrowth: &Regrowth, weights: &[f32], draw: &Draw, place: u64) -> Exchange {
    let mut generator = draw.generator(Purpose::Regrowth, place);
    Exchange {
        fraction: regrowth.fraction,
        scores: weights.iter().map(|_| generator.uniform_f32()).collect(),
    }
}
