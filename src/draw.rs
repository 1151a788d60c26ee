//! Named randomness: every draw comes from a generator that is a pure function of its name.
//!
//! A name is (seed, purpose, scope, step). The generator is ChaCha8, which is counter-based, keyed
//! with the BLAKE3 of the name, on the host. So initial weights, data order and random importance are
//! the same on every backend, and nothing depends on which worker drew first.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Who draws: the trial's seed and the scope (a stage, or a stage's round) that owns the numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    pub seed: u64,
    pub scope: String,
}

/// What a draw is for. Two purposes never share a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    InitialWeights,
    ValidationSplit,
    BatchOrder,
    Augmentation,
    Importance,
    SyntheticData,
    SweepSample,
}

impl Draw {
    pub fn new(seed: u64, scope: impl Into<String>) -> Self {
        let scope = scope.into();
        Self { seed, scope }
    }

    /// The generator of (seed, `purpose`, scope, `step`).
    pub fn generator(&self, purpose: Purpose, step: u64) -> ChaCha8Rng {
        let mut hasher = blake3::Hasher::new_derive_key("niwaki 2026 draw");
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(purpose.name().as_bytes());
        hasher.update(&[0]);
        hasher.update(self.scope.as_bytes());
        hasher.update(&[0]);
        hasher.update(&step.to_le_bytes());
        ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
    }
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::InitialWeights => "initial-weights",
            Self::ValidationSplit => "validation-split",
            Self::BatchOrder => "batch-order",
            Self::Augmentation => "augmentation",
            Self::Importance => "importance",
            Self::SyntheticData => "synthetic-data",
            Self::SweepSample => "sweep-sample",
        }
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::Rng;

    use super::*;

    #[test]
    fn every_part_of_the_name_changes_the_draw() {
        let first = |seed, scope, purpose, step| Draw::new(seed, scope).generator(purpose, step).next_u64();
        let base = first(0, "dense", Purpose::BatchOrder, 0);
        assert_eq!(base, first(0, "dense", Purpose::BatchOrder, 0));
        assert_ne!(base, first(1, "dense", Purpose::BatchOrder, 0));
        assert_ne!(base, first(0, "sparse", Purpose::BatchOrder, 0));
        assert_ne!(base, first(0, "dense", Purpose::Augmentation, 0));
        assert_ne!(base, first(0, "dense", Purpose::BatchOrder, 1));
    }
}
