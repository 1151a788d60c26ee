//! How far a layer may shrink.

use serde::Serialize;
use std::num::NonZeroUsize;

/// How many channels may be left of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ChannelLimits {
    /// A layer that loses channels is left with a multiple of so many.
    #[serde(skip_serializing_if = "is_one")]
    pub round_to: NonZeroUsize,
    /// No layer is left with fewer.
    #[serde(skip_serializing_if = "is_one")]
    pub min_per_layer: NonZeroUsize,
}

impl Default for ChannelLimits {
    fn default() -> Self {
        Self { round_to: NonZeroUsize::MIN, min_per_layer: NonZeroUsize::MIN }
    }
}

impl ChannelLimits {
    /// The numbers of channels that may be left of a group of `channels`, from the largest down: itself, and then
    /// every multiple of `round-to` below it that is not below `min-per-layer`.
    pub(in crate::prune) fn steps(self, channels: usize) -> impl Iterator<Item = usize> {
        let (step, least) = (self.round_to.get(), self.min_per_layer.get());
        let multiples = (1..=channels.saturating_sub(1) / step).rev().map(move |count| count * step);
        std::iter::once(channels).chain(multiples.take_while(move |&left| left >= least))
    }

    /// The fewest channels that may be left of a group of `channels`.
    pub(crate) fn fewest(self, channels: usize) -> usize {
        let (step, least) = (self.round_to.get(), self.min_per_layer.get());
        least.checked_next_multiple_of(step).map_or(channels, |fewest| fewest.min(channels))
    }
}

fn is_one(value: &NonZeroUsize) -> bool {
    *value == NonZeroUsize::MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(round_to: usize, min_per_layer: usize) -> ChannelLimits {
        let [round_to, min_per_layer] = [round_to, min_per_layer].map(|it| NonZeroUsize::new(it).unwrap());
        ChannelLimits { round_to, min_per_layer }
    }

    #[test]
    fn channels_go_down_to_multiples_and_never_below_the_least() {
        for (limits, channels, expected) in [
            (limits(1, 1), 3, vec![3, 2, 1]),
            (limits(4, 1), 10, vec![10, 8, 4]),
            (limits(4, 1), 8, vec![8, 4]),
            (limits(4, 5), 16, vec![16, 12, 8]),
            (limits(8, 1), 6, vec![6]),
            (limits(1, 5), 3, vec![3]),
        ] {
            let steps: Vec<_> = limits.steps(channels).collect();
            assert_eq!(steps, expected, "{limits:?}");
            assert_eq!(limits.fewest(channels), *expected.last().unwrap(), "{limits:?}");
        }
    }
}
