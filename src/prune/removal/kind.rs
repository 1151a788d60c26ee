//! The two ways to remove.

use super::ChannelLimits;

/// What is removed, so that the network gets smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::prune) enum Removal {
    Channels(ChannelLimits),
    Blocks,
}
