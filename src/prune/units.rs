//! What is ranked: units, each of one weight or more.

use super::Mask;
use crate::model::LayerCost;
use std::borrow::Cow;

/// The units of one layer, in the order in which those of equal score are removed.
#[derive(Clone, Debug)]
pub(super) struct Units<'a> {
    pub layer: &'a LayerCost,
    /// A score for each unit.
    pub scores: Cow<'a, [f32]>,
    pub kept: KeptWeights<'a>,
}

/// How many weights of each unit are kept. A unit without kept weights is gone.
#[derive(Clone, Debug)]
pub(super) enum KeptWeights<'a> {
    /// Each unit is a single weight, which this mask keeps or does not.
    Single(&'a Mask),
    Counts(Vec<u32>),
}

impl Units<'_> {
    /// Score and number of kept weights of each unit.
    pub fn iter(&self) -> impl Iterator<Item = (f32, u64)> {
        self.scores.iter().enumerate().map(|(unit, score)| (*score, self.kept.of(unit)))
    }

    /// Kept weights of all units.
    pub fn kept_weights(&self) -> u64 {
        match &self.kept {
            KeptWeights::Single(mask) => mask.kept() as u64,
            KeptWeights::Counts(counts) => counts.iter().map(|count| u64::from(*count)).sum(),
        }
    }

    /// The units that are not gone.
    pub fn present(&self) -> Mask {
        match &self.kept {
            KeptWeights::Single(mask) => (*mask).clone(),
            KeptWeights::Counts(counts) => counts.iter().map(|count| *count > 0).collect(),
        }
    }
}

impl KeptWeights<'_> {
    pub fn of(&self, unit: usize) -> u64 {
        match self {
            Self::Single(mask) => u64::from(mask.is_kept(unit)),
            Self::Counts(counts) => u64::from(counts[unit]),
        }
    }
}
