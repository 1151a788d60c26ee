//! The types of the language: one TOML file is one [`Experiment`].

use super::labels::WrittenLabels;
use super::{Chart, Claim, Sweep};
use crate::backend::BackendKind;
use crate::data::Data;
use crate::distill::Peers;
use crate::model::{Cost, Init, LayerCost, Model};
use crate::prune::{
    Aim, Allocation, ChannelLimits, Granularity, Importance, LayerFilter, MaskControl, Normalizer, Pruning,
    Reduction, Regrow, Request, Schedule, Start, Target,
};
use crate::train::{
    Duration, OptimizerState, Recalibrate, RecoveryBudget, RecoveryWeights, Retraining,
    with_training_settings,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// One experiment: data, stages, sweep, charts, claims.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Experiment {
    /// What the experiment is, in one line.
    #[schemars(length(min = 1))]
    pub title: String,
    /// The question it answers, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub question: Option<String>,
    /// Another experiment file, relative to this one, whose values stand where this one says nothing.
    #[serde(default, skip_serializing)]
    pub extends: Option<String>,
    /// The Burn backend that computes.
    #[serde(default)]
    pub backend: BackendKind,
    /// Names every random draw together with its purpose, stage and step.
    #[serde(default)]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub seed: u64,
    /// The images and how they are divided.
    pub data: Data,
    /// Named steps, each of which yields a network. A name is made of up to 64 letters, digits, `-` and
    /// `_`.
    #[schemars(extend(
        "propertyNames" = { "pattern": "^[A-Za-z0-9_-]+$", "maxLength": 64 },
        "minProperties" = 1,
        "maxProperties" = 1000
    ))]
    pub stage: BTreeMap<String, Stage>,
    /// Keys of this same file that take several values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
    /// What the values of axes are called where people read of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<WrittenLabels>,
    /// Charts, in place of the default ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub chart: Vec<Chart>,
    /// What the experiment is believed to show. Each gets a verdict after the run, and what was claimed is kept with the
    /// results, so that a claim that was changed later is known as such.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub claim: Vec<Claim>,
}

/// A named step that yields a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Trains a network from its initial weights.
    Train(Box<Train>),
    /// Prunes the network of another stage, round by round, each followed by a recovery.
    Prune(Box<Prune>),
}

/// Prunes the network of another stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Prune {
    /// The stage whose network is pruned.
    pub from: String,
    /// How much each weight matters.
    pub importance: Importance,
    /// What is removed together.
    #[serde(default)]
    pub granularity: Granularity,
    /// How the score of a unit is made from the scores of its weights, where units are more than single weights.
    #[serde(default)]
    pub reduction: Reduction,
    /// What the scores of each layer are divided by before layers are compared.
    #[serde(default)]
    pub normalization: Normalizer,
    /// With `granularity = "channel"`: a layer that loses channels is left with a multiple of so many, as fast
    /// kernels want it (1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_to: Option<NonZeroUsize>,
    /// With `granularity = "channel"`: no layer is left with fewer channels (1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_per_layer: Option<NonZeroUsize>,
    /// How the weights to remove are spread over the layers.
    #[serde(default)]
    pub allocation: Allocation,
    /// How the sparsity grows over the rounds.
    #[serde(default)]
    pub schedule: Schedule,
    /// What the last round aims at; absent where `schedule` or `allocation` says it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Whether the masks are those of the importance, or a control (`"scored"`).
    #[serde(default, skip_serializing_if = "MaskControl::is_default")]
    pub masks: MaskControl,
    /// Which layers may be pruned.
    #[serde(default)]
    pub layers: LayerFilter,
    /// The training after every round; without it there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recover: Option<Recover>,
}

impl Prune {
    /// What round `round` (from 1) asks for, of a network that cost `original` before the first pruning. `layers` are
    /// the prunable layers of the stage.
    pub fn request(&self, start: Start, round: u32, original: &Cost, layers: &[LayerCost]) -> Request {
        let aim = Aim { schedule: &self.schedule, target: self.target, start, original };
        self.granularity.request().unwrap_or_else(|| self.allocation.request(aim, round, layers))
    }

    /// A round that asks for `request` of `layers`, the prunable ones of the stage, in node order.
    pub fn pruning(&self, request: Request, layers: Arc<[String]>) -> Pruning {
        Pruning {
            importance: self.importance.clone(),
            granularity: self.granularity,
            reduction: Pruning::effective(self.reduction, self.granularity, &self.importance),
            normalization: self.normalization,
            ranking: self.allocation.ranking(),
            control: self.masks,
            limits: self.limits(),
            request,
            layers,
        }
    }

    /// Whether the run alone says how far it goes: by a search, or because its rounds may end early.
    pub fn is_searched(&self) -> bool {
        self.target.is_some_and(|target| target.search().is_some()) || self.schedule.until().is_some()
    }

    /// How many channels may be left of a layer.
    pub fn limits(&self) -> ChannelLimits {
        let least = NonZeroUsize::MIN;
        ChannelLimits {
            round_to: self.round_to.unwrap_or(least),
            min_per_layer: self.min_per_layer.unwrap_or(least),
        }
    }
}

with_training_settings! {
    /// Trains a network from its initial weights. Its length, `epochs` or `steps`, is required.
    Train {
        /// The network's architecture.
        model: Model,
        /// How the initial weights are drawn (`"kaiming-fan-in"`).
        #[serde(default, skip_serializing_if = "Init::is_default")]
        init: Init,
        /// The networks that train beside it and teach it, as it teaches them (none): a number, of so many others of its
        /// architecture, or a list of architectures, `["lenet5", { resnet = { depth = 8 } }]`. Deep mutual learning (DML;
        /// Zhang et al., 2018).
        ///
        /// All networks of a cohort of K minimize the same loss on the same batches, each from initial weights and with an
        /// optimizer of its own, and take their steps at once. A term that looks at a teacher looks at what the others give
        /// for the batch before the step, as they train (batch norm by the statistics of the batch): the mean of their
        /// softened outputs, of which all count the same. No gradient goes through that, so that of `soft-labels` at T = 1
        /// is the paper's, of (1 / (K − 1)) Σₗ KL(pₗ ‖ pₖ) over the others; the value in the history, KL of the mean, is
        /// lower. The paper weighs it by 1, beside `cross-entropy = 1.0`, and lets the networks step in turn, each after it
        /// has heard what those before it say now. The stage yields its own network, the first; the others are not kept,
        /// and nothing is compared with them. A step takes as long as one of each, and holds what all give for a batch.
        /// There can be no `teacher` beside them, nor a term of taps.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peers: Option<Peers>,
    }
}

with_training_settings! {
    /// The training after a round of pruning. What it does not say, it takes from the training that made
    /// `from`, but for the learning rate: it fine-tunes at that training's last one, held constant (Han et al.,
    /// 2015; Renda et al., 2020). An `lr-schedule` of its own starts from that rate, and an `optimizer` of its
    /// own says another; where that rate is 0, it must. After a training without steps the schedule begins as
    /// it says. With `rewind` or `lr-rewind` it repeats the end of the training from initial weights that the
    /// network comes from, and takes the rest from there too.
    Recover {
        /// Weight rewinding: go back to the weights that the original training had at this point ("0it": the
        /// initial ones), and train on from there to the end (Frankle et al., 2020). A `batch` of its own goes
        /// with "0it" only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rewind: Option<Duration>,
        /// Learning-rate rewinding: keep the pruned weights, and train again through the last part, of this
        /// length, of the original training's schedule (Renda et al., 2020). The optimizer starts fresh.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lr_rewind: Option<Duration>,
        /// The optimizer's state after `rewind` (`"restored"`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        optimizer_state: Option<OptimizerState>,
        /// How kept weights move while it trains (they stay).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        regrow: Option<Regrow>,
        /// The weights that it starts from (`"kept"`).
        #[serde(default, skip_serializing_if = "RecoveryWeights::is_default")]
        weights: RecoveryWeights,
        /// How many steps it takes where the network has got smaller (`"equal-steps"`).
        #[serde(default, skip_serializing_if = "RecoveryBudget::is_default")]
        budget: RecoveryBudget,
        /// Few-shot: it trains on this many images of each class, drawn by the trial's seed, and an epoch is as much
        /// shorter. Validation, test, normalization and what the importance looks at stay as they are. Not
        /// taken over by later stages.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1, max = 1_000_000))]
        samples_per_class: Option<u32>,
        /// Computes the running statistics of batch norm anew, after the training or alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recalibrate: Option<Recalibrate>,
    }
}

impl Recover {
    /// Whether it trains: one that recalibrates does only where it says how long.
    pub fn trains(&self) -> bool {
        let says_how_long = self.epochs.or(self.steps).is_some() || self.rewind.or(self.lr_rewind).is_some();
        self.recalibrate.is_none() || says_how_long
    }

    /// Images that it trains on, of `images` training images of so many classes.
    pub fn images(&self, images: usize, classes: usize) -> usize {
        let few = self.samples_per_class.map(|count| (count as usize).saturating_mul(classes));
        few.map_or(images, |few| few.min(images))
    }

    /// How it goes on from the pruned weights.
    pub fn retraining(&self) -> Retraining {
        match (self.rewind, self.lr_rewind) {
            (Some(point), _) => Retraining::Rewind(point),
            (None, Some(span)) => Retraining::LrRewind(span),
            (None, None) => Retraining::FineTune,
        }
    }
}
