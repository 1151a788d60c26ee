//! Images and labels: one file a source, and what turns a source into batches.
//!
//! A [`Source`] is what the user named; loading it gives a [`Dataset`] of raw bytes on the host. A
//! [`Splits`] divides its training images by the trial's seed and knows their normalization; batches
//! are drawn from it by name (see [`crate::draw`]).

mod augment;
mod batches;
mod cifar;
mod dataset;
mod digits;
mod error;
mod idx;
mod splits;
mod synthetic;

pub use augment::Augment;
pub use batches::{Batch, Batches, steps_per_epoch};
pub use dataset::{Dataset, Examples, Fingerprint, Shape};
pub use error::DataError;
pub use splits::{Splits, held_out};
pub use synthetic::Synthetic;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The images an experiment uses and how they are divided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Data {
    /// Where the images come from.
    pub source: Source,
    /// Share of the training images held out to choose the checkpoint, 0.0 ≤ v < 1.0. The test split
    /// never selects anything.
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

/// Where the images come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// UCI optical digits, 8×8 grey, 3,823 training and 1,797 test images, embedded in the program
    /// (E. Alpaydin and C. Kaynak, 1998, doi:10.24432/C50P49, CC BY 4.0).
    Digits,
    /// Handwritten digits, 28×28 grey, as IDX files (plain or `.gz`).
    Mnist(Directory),
    /// Clothing, 28×28 grey, as IDX files (plain or `.gz`).
    FashionMnist(Directory),
    /// CIFAR-10, 32×32 colour, the binary version.
    Cifar10(Directory),
    /// CIFAR-100 with its 100 fine labels, 32×32 colour, the binary version.
    Cifar100(Directory),
    /// Made-up images with a learnable pattern, for tests.
    Synthetic(Synthetic),
}

/// A directory that holds a data set's files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Directory {
    /// Path of the directory; a relative one is taken from the directory the program runs in.
    pub dir: PathBuf,
}

impl Source {
    /// The source's name as users write it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Mnist(_) => "mnist",
            Self::FashionMnist(_) => "fashion-mnist",
            Self::Cifar10(_) => "cifar10",
            Self::Cifar100(_) => "cifar100",
            Self::Synthetic(_) => "synthetic",
        }
    }

    /// What the files hold, known without reading them, so that an experiment can be planned where its
    /// data is not.
    pub fn shape(&self) -> Shape {
        match self {
            Self::Digits => digits::SHAPE,
            Self::Mnist(_) | Self::FashionMnist(_) => idx::SHAPE,
            Self::Cifar10(_) => cifar::TEN,
            Self::Cifar100(_) => cifar::HUNDRED,
            Self::Synthetic(synthetic) => synthetic.shape(),
        }
    }

    /// Reads everything, checks it against [`Source::shape`], and fingerprints the bytes.
    pub fn load(&self) -> Result<Dataset, DataError> {
        match self {
            Self::Digits => digits::load(),
            Self::Mnist(at) => idx::load(&at.dir, self.name()),
            Self::FashionMnist(at) => idx::load(&at.dir, self.name()),
            Self::Cifar10(at) => cifar::load_ten(&at.dir),
            Self::Cifar100(at) => cifar::load_hundred(&at.dir),
            Self::Synthetic(synthetic) => Ok(synthetic.load()),
        }
    }
}
