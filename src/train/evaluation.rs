//! How good a network is on a split.

use crate::data::Batch;
use crate::kernel::Kernel;
use crate::model::Network;

/// What a network scored on one split. Sums are taken on the host in a fixed order.
#[derive(Clone, Debug, PartialEq)]
pub struct Quality {
    /// Share of images classified correctly.
    pub accuracy: f64,
    /// Mean negative log-likelihood of the true labels, in nats.
    pub nll: f64,
    /// Expected calibration error, 15 equal-width bins (Guo et al., 2017).
    pub ece: f64,
    /// The class predicted for each image, in order.
    pub predictions: Vec<u16>,
}

/// Evaluates on `batches`.
pub fn evaluate<B: Kernel>(network: &Network<B>, batches: impl Iterator<Item = Batch>) -> Quality {
    let _ = (network, batches.count());
    todo!()
}

impl Quality {
    /// Share of images on which both predict the same class.
    pub fn agreement(&self, other: &Self) -> f64 {
        let same = self.predictions.iter().zip(&other.predictions).filter(|(a, b)| a == b).count();
        same as f64 / self.predictions.len() as f64
    }
}
