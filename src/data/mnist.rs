//! MNIST: handwritten digits.

use super::{DataError, Dataset, Problem, Shape, fashion_mnist, idx};
use std::path::Path;

pub(super) const SHAPE: Shape = Shape { image: [1, 28, 28], classes: 10, train: 60_000, test: 10_000 };

/// How the training labels begin: Fashion-MNIST's files have the same names and sizes.
pub(super) const FIRST_LABELS: [u16; 16] = [5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5, 3, 6, 1, 7];

const HELP: &str = "MNIST (LeCun, Cortes and Burges) is train-images-idx3-ubyte, train-labels-idx1-ubyte, \
    t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, plain or .gz, from http://yann.lecun.com/exdb/mnist/ \
    or the mirror https://ossci-datasets.s3.amazonaws.com/mnist/; put all four into `dir`";

pub(super) fn load(dir: &Path) -> Result<Dataset, DataError> {
    let dataset = idx::load(dir, SHAPE, HELP)?;
    if dataset.train.labels.starts_with(&fashion_mnist::FIRST_LABELS) {
        return Err(DataError::at(dir, "write `source.fashion-mnist`, or let `dir` name MNIST's files")(
            Problem::AnotherSource { found: "Fashion-MNIST", expected: "MNIST" },
        ));
    }
    Ok(dataset)
}
