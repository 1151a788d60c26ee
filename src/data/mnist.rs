//! MNIST: handwritten digits.

use super::{DataError, Dataset, Shape, idx, twins};
use std::path::Path;

pub(super) const SHAPE: Shape = Shape { image: [1, 28, 28], classes: 10, train: 60_000, test: 10_000 };

const HELP: &str = "MNIST (LeCun, Cortes and Burges) is train-images-idx3-ubyte, train-labels-idx1-ubyte, \
    t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, plain or .gz, from http://yann.lecun.com/exdb/mnist/ \
    or the mirror https://ossci-datasets.s3.amazonaws.com/mnist/; put all four into `dir`";

pub(super) fn load(dir: &Path) -> Result<Dataset, DataError> {
    let dataset = idx::load(dir, SHAPE, HELP)?;
    twins::MNIST.check(&dataset, dir)?;
    Ok(dataset)
}
