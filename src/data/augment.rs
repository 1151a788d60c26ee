//! Random crops and flips of training images.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Random changes to the training images, drawn anew every epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Augment {
    /// Pixels of zero padding on each side before a random crop back to the image's size; 0 means no
    /// crop. (4 for CIFAR: He et al., 2016.)
    #[serde(default)]
    #[schemars(range(max = 32))]
    pub crop: usize,
    /// Mirror each image left to right with probability one half.
    #[serde(default)]
    pub flip: bool,
}
