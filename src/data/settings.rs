//! The `[data]` table of an experiment.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Augment, Source};

/// The images an experiment uses and how they are divided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Data {
    /// Where the images come from.
    pub source: Source,
    /// Share of the training images held out to choose the checkpoint, 0.0 ≤ v ≤ 0.9. Which ones is
    /// drawn by the trial's seed. The test split never selects anything.
    #[serde(default = "default_validation")]
    #[schemars(range(min = 0.0, max = 0.9))]
    pub validation: f64,
    /// Random changes to the training images, drawn anew every epoch.
    #[serde(default)]
    pub augment: Augment,
}

fn default_validation() -> f64 {
    0.1
}

/// A directory that holds a data set's files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Directory {
    /// Path of the directory; a relative one is taken from the directory the program runs in.
    pub dir: PathBuf,
}
