//! What names a node: BLAKE3 over canonical JSON of everything that can change its numbers.

use crate::backend::BackendKind;
use crate::data::Augment;
use crate::distill::{LossMix, Teaching};
use crate::model::Init;
use crate::prune::{Allocation, Limit, Pruning};
use crate::train::{OptimizerState, Recalibrate, RecoveryWeights, Training};
use serde::{Deserialize, Serialize};

/// Raised when a change of this program changes the numbers of every node of a kind.
const TRAIN_FORMAT: u32 = 5;
const ROUND_FORMAT: u32 = 6;
const SEARCH_FORMAT: u32 = 2;

/// A node's name in the store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 32]);

/// All that can change the numbers of a training.
#[derive(Debug, Serialize)]
pub(super) struct TrainKey<'a> {
    pub backend: BackendKind,
    pub data: &'a DataKey,
    pub seed: u64,
    /// It scopes the random draws.
    pub stage: &'a str,
    /// Digest of the graph, so that a change in an architecture's code cannot keep an old key.
    pub graph: Key,
    pub training: &'a Training,
    pub teacher: TeacherKeys<'a>,
    /// Digests of the graphs of the networks that train beside it.
    #[serde(skip_serializing_if = "<[Key]>::is_empty")]
    pub peers: &'a [Key],
}

/// The nodes whose networks teach, in the order of the training's teachers: nothing, a key, or a list of keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct TeacherKeys<'a>(pub &'a [Key]);

impl Serialize for TeacherKeys<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [] => serializer.serialize_none(),
            [one] => one.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

/// The data of all nodes of a trial.
#[derive(Debug, Serialize)]
pub(super) struct DataKey {
    /// `None` where the data is not there.
    pub fingerprint: Option<String>,
    pub validation: f64,
    pub augment: Augment,
}

/// All that can change the numbers of a round, besides what the node before it depends on.
#[derive(Debug, Serialize)]
pub(super) struct RoundKey<'a> {
    pub from: Key,
    /// With `round`, it scopes the random draws.
    pub stage: &'a str,
    pub round: u32,
    pub pruning: &'a Pruning,
    /// The batch size, where the importance looks at batches.
    pub batch: Option<usize>,
    /// The loss, where it looks at that.
    pub loss: Option<&'a LossMix>,
    /// What each teacher is to that loss, where it looks at several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teaching: Option<&'a Teaching>,
    pub teacher: TeacherKeys<'a>,
    pub recovery: Option<RecoveryKey<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recalibration: Option<RecalibrationKey>,
}

#[derive(Debug, Serialize)]
pub(super) struct RecoveryKey<'a> {
    pub training: &'a Training,
    /// The first step that is taken, where the learning rate is rewound.
    #[serde(skip_serializing_if = "is_zero")]
    pub start: u64,
    /// The training whose weights are rewound, and to which step.
    pub rewind: Option<(Key, u64)>,
    #[serde(skip_serializing_if = "OptimizerState::is_default")]
    pub optimizer_state: OptimizerState,
}

/// All that can change the numbers of a recovery that computes statistics of batch norm anew and trains nothing.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct RecalibrationKey {
    pub recalibrate: Recalibrate,
    /// Images a batch.
    pub batch: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples_per_class: Option<u32>,
    #[serde(skip_serializing_if = "RecoveryWeights::is_default")]
    pub weights: RecoveryWeights,
    /// How new weights are drawn.
    #[serde(skip_serializing_if = "Init::is_default")]
    pub init: Init,
}

/// All that can change which network a search finds, besides what the node before it depends on.
#[derive(Debug, Serialize)]
pub(super) struct SearchKey<'a> {
    pub from: Key,
    pub stage: &'a str,
    pub limit: Limit,
    /// All rounds that may end early; or the probe at half the weights: all that probes depend on but their sparsity.
    pub rounds: Vec<Key>,
    /// How a probe divides its sparsity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocation: Option<&'a Allocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probes: Option<u32>,
}

fn is_zero(step: &u64) -> bool {
    *step == 0
}

/// What a key is made of, with the number of its kind's format.
pub(super) trait Kind: Serialize {
    const NAME: &'static str;
    const FORMAT: u32;
}

impl Kind for TrainKey<'_> {
    const NAME: &'static str = "train";
    const FORMAT: u32 = TRAIN_FORMAT;
}

impl Kind for RoundKey<'_> {
    const NAME: &'static str = "round";
    const FORMAT: u32 = ROUND_FORMAT;
}

impl Kind for SearchKey<'_> {
    const NAME: &'static str = "search";
    const FORMAT: u32 = SEARCH_FORMAT;
}

impl Key {
    /// The key of what `content` describes, with its kind's name and format.
    pub(super) fn of_node<K: Kind>(content: &K) -> Self {
        Self::of(&(K::NAME, K::FORMAT, content))
    }

    /// BLAKE3 of the canonical JSON of `content`.
    pub fn of(content: &impl Serialize) -> Self {
        Self(*blake3::hash(canonical(content).as_bytes()).as_bytes())
    }
}

/// The canonical JSON of `content`: keys sorted, no spaces.
fn canonical(content: &impl Serialize) -> String {
    serde_json::to_value(content).expect("key contents are plain data").to_string()
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({self})")
    }
}

impl Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let hash = blake3::Hash::from_hex(&text).map_err(serde::de::Error::custom)?;
        Ok(Self(*hash.as_bytes()))
    }
}

#[cfg(test)]
mod tests;
