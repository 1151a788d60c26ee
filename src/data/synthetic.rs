//! Made-up images for tests.

use super::{Dataset, Shape};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Images of a random prototype a class plus noise: learnable, small, the same everywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Synthetic {
    /// Channels, height and width of an image.
    #[serde(default = "default_image")]
    pub image: [usize; 3],
    #[serde(default = "default_classes")]
    #[schemars(range(min = 2, max = 1000))]
    pub classes: usize,
    /// Number of training images.
    #[serde(default = "default_train")]
    #[schemars(range(min = 1))]
    pub train: usize,
    /// Number of test images.
    #[serde(default = "default_test")]
    #[schemars(range(min = 1))]
    pub test: usize,
}

fn default_image() -> [usize; 3] {
    [1, 8, 8]
}
fn default_classes() -> usize {
    10
}
fn default_train() -> usize {
    512
}
fn default_test() -> usize {
    256
}

impl Synthetic {
    pub(super) fn shape(&self) -> Shape {
        Shape { image: self.image, classes: self.classes, train: self.train, test: self.test }
    }

    pub(super) fn load(&self) -> Dataset {
        todo!()
    }
}
