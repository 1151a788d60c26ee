//! The types of the language: one TOML file is one [`Experiment`].

use super::{Chart, Sweep};
use crate::backend::BackendKind;
use crate::data::Data;
use crate::distill::LossMix;
use crate::model::Model;
use crate::prune::{Allocation, Granularity, Importance, LayerFilter, Schedule, Target};
use crate::train::{Duration, Keep, LrSchedule, Optimizer, Settings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One experiment: data, stages, sweep, charts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Experiment {
    /// What the experiment is, in one line.
    pub title: String,
    /// The question it answers, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    /// Charts, in place of the default ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chart: Vec<Chart>,
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
    /// How the weights to remove are spread over the layers.
    #[serde(default)]
    pub allocation: Allocation,
    /// How the sparsity grows over the rounds.
    #[serde(default)]
    pub schedule: Schedule,
    /// What the last round aims at; absent where `schedule` or `allocation` says it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Which layers may be pruned.
    #[serde(default)]
    pub layers: LayerFilter,
    /// The training after every round; without it there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recover: Option<Recover>,
}

/// Declares a struct that holds some keys of its own and every key that says how to train.
macro_rules! with_training_settings {
    ($(#[$meta:meta])* $name:ident { $($(#[$own_meta:meta])* $own:ident : $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct $name {
            $($(#[$own_meta])* pub $own: $type,)*
            /// Length in epochs; or say `steps`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(max = 1_000_000))]
            pub epochs: Option<u32>,
            /// Length in optimizer steps; or say `epochs`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(max = 1_000_000_000))]
            pub steps: Option<u32>,
            /// Images a step (64).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1, max = 1_000_000))]
            pub batch: Option<usize>,
            /// How the weights follow the gradient (Adam with PyTorch's defaults).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub optimizer: Option<Optimizer>,
            /// How the learning rate changes (constant).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub lr_schedule: Option<LrSchedule>,
            /// Linear warm-up of the learning rate from zero (none).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub warmup: Option<Duration>,
            /// The stage whose network teaches.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub teacher: Option<String>,
            /// The mix of losses (cross-entropy alone).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub loss: Option<LossMix>,
            /// Label smoothing ε of the cross-entropy term (0; Szegedy et al., 2016).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0))]
            pub label_smoothing: Option<f64>,
            /// How often the network is evaluated (every epoch).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub evaluate: Option<Duration>,
            /// Which network is the result (`"best-validation"`).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub keep: Option<Keep>,
        }

        impl $name {
            /// What is said here about the training itself.
            pub fn settings(&self) -> Settings {
                let epochs = self.epochs.map(|epochs| Duration::epochs(epochs.into()));
                let steps = self.steps.map(|steps| Duration::steps(steps.into()));
                Settings {
                    length: epochs.or(steps),
                    batch: self.batch,
                    optimizer: self.optimizer.clone(),
                    lr_schedule: self.lr_schedule.clone(),
                    warmup: self.warmup,
                    loss: self.loss.clone(),
                    label_smoothing: self.label_smoothing,
                    evaluate: self.evaluate,
                    keep: self.keep,
                }
            }
        }
    };
}

with_training_settings! {
    /// Trains a network from its initial weights. Its length, `epochs` or `steps`, is required.
    Train {
        /// The network's architecture.
        model: Model,
    }
}

with_training_settings! {
    /// The training after a round of pruning. What it does not say, it takes from the training that
    /// made `from`.
    Recover {
        /// Go back to the weights that the original training had at this point ("0it": the initial
        /// ones), and train on from there to the end (Frankle et al., 2020).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rewind: Option<Duration>,
    }
}
