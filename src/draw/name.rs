//! The names of draws.

use super::ChaCha8;

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
    Regrowth,
    /// Which weights a shuffled mask keeps.
    MaskShuffle,
    /// Which images of a class a few-shot training has.
    FewShot,
    /// Which other images an image is contrasted with.
    Contrasts,
}

impl Draw {
    pub fn new(seed: u64, scope: impl Into<String>) -> Self {
        let scope = scope.into();
        Self { seed, scope }
    }

    /// The same seed in a scope of its own within this one: `{scope}/{part}`.
    pub fn within(&self, part: &str) -> Self {
        Self::new(self.seed, format!("{}/{part}", self.scope))
    }

    /// The generator of (seed, `purpose`, scope, `step`).
    pub fn generator(&self, purpose: Purpose, step: u64) -> ChaCha8 {
        let mut hasher = blake3::Hasher::new_derive_key("niwaki 2026 draw");
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(purpose.name().as_bytes());
        hasher.update(&[0]);
        hasher.update(self.scope.as_bytes());
        hasher.update(&[0]);
        hasher.update(&step.to_le_bytes());
        ChaCha8::new(*hasher.finalize().as_bytes())
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
            Self::Regrowth => "regrowth",
            Self::MaskShuffle => "mask-shuffle",
            Self::FewShot => "few-shot",
            Self::Contrasts => "contrasts",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Generator;

    // The BLAKE3 (version 1.0 of its Python package) of the context and the bytes
    // `7 0 0 0 0 0 0 0 batch-order 0 dense 0 3 0 0 0 0 0 0 0` keys the stream.
    #[test]
    fn a_name_has_one_stream() {
        let mut generator = Draw::new(7, "dense").generator(Purpose::BatchOrder, 3);
        let found: [u32; 4] = std::array::from_fn(|_| generator.word());
        assert_eq!(found, [0xb16d_c105, 0x048a_08a0, 0xf33a_d38c, 0x4d05_7ef2]);
    }

    #[test]
    fn every_part_of_the_name_changes_the_draw() {
        let first = |seed, scope, purpose, step| Draw::new(seed, scope).generator(purpose, step).word();
        let base = first(0, "dense", Purpose::BatchOrder, 0);
        assert_eq!(base, first(0, "dense", Purpose::BatchOrder, 0));
        assert_ne!(base, first(1, "dense", Purpose::BatchOrder, 0));
        assert_ne!(base, first(0, "sparse", Purpose::BatchOrder, 0));
        assert_ne!(base, first(0, "dense", Purpose::Augmentation, 0));
        assert_ne!(base, first(0, "dense", Purpose::BatchOrder, 1));
    }
}
