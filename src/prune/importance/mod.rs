//! How much each weight matters: one file each, with settings, formula and tests, and its line in the list below.

mod activation;
mod assessment;
mod batch_norm_scale;
#[cfg(test)]
mod channel_reference;
mod context;
mod criterion;
mod factor;
mod fisher;
mod geometric_median;
mod gradient;
mod grasp;
mod inverse_fisher;
mod magnitude;
mod means;
mod movement;
mod needs;
mod optimal_brain_damage;
mod optimal_brain_surgeon;
mod random;
#[cfg(test)]
mod reference;
mod score_level;
mod sensitivity;
mod snip;
mod synflow;
mod taylor;
#[cfg(test)]
mod testing;
mod wanda;

pub use activation::Statistic;
pub use assessment::{Assessment, Correction, Scores};
pub use context::{ScoringContext, ScoringData};
pub use movement::MovementSum;
pub use needs::Needs;
pub(super) use score_level::ScoreLevel;
pub use sensitivity::Change;

criterion::importances! {
    /// |w|: large weights matter (Han et al., 2015). Needs no data; what every other criterion is compared with.
    magnitude: Magnitude,
    /// Uniform on [0, 1), a number for each unit (of channels that go together, one for all of them), by the trial's
    /// seed; of the same distribution for units of any size. The baseline that every criterion must beat.
    random: Random,
    /// First-order Taylor importance, |w · ∂L/∂w| averaged over batches (Molchanov et al., 2017).
    taylor: Taylor(Taylor),
    /// Movement away from zero over the steps of the recovery, −Σ w · ∂L/∂w (Sanh et al., 2020): weights that training
    /// makes larger matter. Needs `schedule.cubic`, which prunes while it adds up. As masked weights are zero here,
    /// they do not move and do not come back; in the paper their scores go on changing.
    movement: Movement,
    /// |∂L/∂w|: weights matter along which the loss is steep.
    gradient: Gradient(Gradient),
    /// |w · ∂L/∂w| of all batches together, for networks that are not trained yet (Lee et al., 2019).
    snip: Snip(Snip),
    /// w · (H g): what keeps the gradient flowing, for networks that are not trained yet (Wang et al., 2020).
    grasp: Grasp(Grasp),
    /// Synaptic flow, without data, in many passes, for networks that are not trained yet (Tanaka et al., 2020).
    synflow: Synflow(Synflow),
    /// w² · E[g²], the diagonal of the empirical Fisher information (Theis et al., 2018).
    fisher: Fisher(Fisher),
    /// ½ · hᵢᵢ · w², the diagonal of the Hessian (LeCun et al., 1990).
    optimal_brain_damage: OptimalBrainDamage(OptimalBrainDamage),
    /// w² / (2 · [F⁻¹]ᵢᵢ) with the weights that stay moved to make up for those that go (Hassibi & Stork, 1993).
    optimal_brain_surgeon: OptimalBrainSurgeon(OptimalBrainSurgeon),
    /// |w| times the norm of the inputs that it meets, |wᵢⱼ| · ‖xⱼ‖₂ over batches (Sun et al., 2024).
    wanda: Wanda(Wanda),
    /// The mean |activation| of each output channel, or its share that is not zero (APoZ; Hu et al., 2016).
    activation: Activation(Activation),
    /// The measured rise of the loss without each unit (the oracle of Molchanov et al., 2017).
    sensitivity: Sensitivity(Sensitivity),
    /// |γ| of each channel in the batch norm that takes the layer's output (Liu et al., 2017). Needs no data; to use for
    /// whole channels, since every weight of a channel has its score, after a training with
    /// `penalty.batch-norm-scale`, which makes the scales of what is not needed small. It is an error where a layer has no
    /// batch norm behind it and its score would decide what goes.
    batch_norm_scale: BatchNormScale,
    /// Σₖ ‖wⱼ − wₖ‖₂ over all filters wₖ of the layer, for its filter wⱼ (the weights of one output, [in, k, k]): what
    /// is nearest to the geometric median of all filters goes first, because the others can replace it (FPGM; He et al.,
    /// 2019). Needs no data; to use for whole channels, since every weight of a filter has its score. Filters whose
    /// weights are all zero were removed and do not count. Takes out² · in · k² steps a layer.
    geometric_median: GeometricMedian,
}

impl Importance {
    /// What its scores depend on besides the weights and the round's draws.
    pub fn needs(&self) -> Needs {
        self.criterion().needs()
    }

    /// Whether it adds up over the steps of a training, and can be had there only.
    pub fn is_of_training(&self) -> bool {
        self.criterion().is_of_training()
    }

    /// Whether it moves the weights that stay, to make up for those that go.
    pub fn corrects(&self) -> bool {
        self.criterion().corrects()
    }

    /// Whether a layer must have a batch norm behind it to be scored.
    pub fn needs_batch_norm(&self) -> bool {
        self.criterion().needs_batch_norm()
    }

    /// Bytes that scoring a layer of so many weights takes besides gradients.
    pub fn memory(&self, weights: u64) -> u64 {
        self.criterion().memory(weights)
    }

    /// In how many passes it prunes: after each but the last, what is left is scored again.
    pub(super) fn passes(&self) -> u32 {
        self.criterion().passes()
    }

    /// What has a score of its own.
    pub(super) fn score_level(&self) -> ScoreLevel {
        self.criterion().score_level()
    }
}
