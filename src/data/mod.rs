//! Images and labels: one file a source, and what turns a source into batches.
//!
//! A [`Source`] is what the user named; loading it gives a [`Dataset`] of raw bytes on the host. A
//! [`Splits`] divides its training images by the trial's seed and knows their normalization; batches
//! are drawn from it by name (see [`crate::draw`]).

mod augment;
mod batch;
mod batches;
mod cifar;
mod content;
mod dataset;
mod digits;
mod error;
mod fashion_mnist;
mod few_shot;
mod idx;
mod mnist;
mod normalization;
mod selection;
mod settings;
mod splits;
mod synthetic;
mod twins;

pub use augment::Augment;
pub use batch::Batch;
pub use batches::{Batches, steps_per_epoch};
pub use dataset::{Dataset, Examples, Fingerprint, Shape};
pub use error::{DataError, Problem};
pub use selection::{Part, Selection};
pub use settings::{Data, Directory};
pub use splits::{Splits, held_out};
pub use synthetic::Synthetic;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the images come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// UCI optical digits, 8×8 grey, 3,823 training and 1,797 test images, embedded in the program
    /// (E. Alpaydin and C. Kaynak, 1998, doi:10.24432/C50P49, CC BY 4.0). For quick runs: a network
    /// trains on it in seconds.
    Digits,
    /// Handwritten digits, 28×28 grey, 60,000 training and 10,000 test images, as four IDX files, plain
    /// or `.gz` (LeCun et al., 1998). For results to compare with the literature on LeNets.
    Mnist(Directory),
    /// Clothing, 28×28 grey, 60,000 training and 10,000 test images, as four IDX files, plain or `.gz`
    /// (Xiao et al., 2017). A harder task in MNIST's form.
    FashionMnist(Directory),
    /// Photographs of 10 classes, 32×32 colour, 50,000 training and 10,000 test images, the binary
    /// version: `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin` (Krizhevsky, 2009). For
    /// convolutional networks.
    Cifar10(Directory),
    /// CIFAR-100 with its 100 fine labels, 32×32 colour, 50,000 training and 10,000 test images, the
    /// binary version: `train.bin` and `test.bin` (Krizhevsky, 2009).
    Cifar100(Directory),
    /// Made-up images with a learnable pattern, for tests.
    Synthetic(Synthetic),
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
            Self::Mnist(_) => mnist::SHAPE,
            Self::FashionMnist(_) => fashion_mnist::SHAPE,
            Self::Cifar10(_) => cifar::TEN,
            Self::Cifar100(_) => cifar::HUNDRED,
            Self::Synthetic(synthetic) => synthetic.shape(),
        }
    }

    /// Reads everything, checks it against [`Source::shape`], and fingerprints the bytes.
    pub fn load(&self) -> Result<Dataset, DataError> {
        match self {
            Self::Digits => digits::load(),
            Self::Mnist(at) => mnist::load(&at.path()),
            Self::FashionMnist(at) => fashion_mnist::load(&at.path()),
            Self::Cifar10(at) => cifar::load_ten(&at.path()),
            Self::Cifar100(at) => cifar::load_hundred(&at.path()),
            Self::Synthetic(synthetic) => Ok(synthetic.load()),
        }
    }

    /// The fingerprint alone. Everything is read and checked as in [`Source::load`], so that no key is
    /// made for data that a run would refuse.
    pub fn fingerprint(&self) -> Result<Fingerprint, DataError> {
        self.load().map(|dataset| dataset.fingerprint)
    }
}
