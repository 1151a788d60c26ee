//! Fashion-MNIST: photographs of clothing, in MNIST's form.

use super::{DataError, Dataset, Shape, idx, twins};
use std::path::Path;

pub(super) const SHAPE: Shape = Shape { image: [1, 28, 28], classes: 10, train: 60_000, test: 10_000 };

const HELP: &str = "Debian's package dataset-fashion-mnist installs Fashion-MNIST in \
    /usr/share/datasets/fashion-mnist; elsewhere, take the four files train-images-idx3-ubyte.gz, \
    train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz that \
    https://github.com/zalandoresearch/fashion-mnist links to, and put them into `dir`, packed or not";

pub(super) fn load(dir: &Path) -> Result<Dataset, DataError> {
    let dataset = idx::load(dir, SHAPE, HELP)?;
    twins::FASHION_MNIST.check(&dataset, dir)?;
    Ok(dataset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Problem, Splits, mnist};
    use std::fs;
    use std::io::{self, Write};
    use std::sync::Arc;

    const INSTALLED: &str = "/usr/share/datasets/fashion-mnist";

    /// The real directory; where it is not, says so past the test runner's capture, and the test has
    /// nothing to do.
    fn installed() -> Option<&'static Path> {
        let dir = Path::new(INSTALLED);
        if dir.is_dir() {
            return Some(dir);
        }
        let reason = "is not there; Debian's package dataset-fashion-mnist installs it";
        writeln!(io::stderr(), "skipped: {INSTALLED} {reason}").unwrap();
        None
    }

    /// The authors give 6,000 training and 1,000 test images of each class.
    #[test]
    fn the_installed_files_hold_what_the_authors_published() {
        let Some(dir) = installed() else { return };
        let dataset = load(dir).unwrap();
        assert_eq!(dataset.train.class_counts(10), [6_000; 10]);
        assert_eq!(dataset.test.class_counts(10), [1_000; 10]);
        assert!(dataset.train.labels.starts_with(&twins::FASHION_MNIST.first_labels));
    }

    /// 0.2860 and 0.3530 of white are the figures that PyTorch recipes normalize Fashion-MNIST with.
    #[test]
    fn normalization_is_the_one_in_common_use() {
        let Some(dir) = installed() else { return };
        let splits = Splits::new(Arc::new(load(dir).unwrap()), 0.0, 0);
        assert!((splits.mean[0] / 255.0 - 0.2860).abs() < 5e-5, "{:?}", splits.mean);
        assert!((splits.deviation[0] / 255.0 - 0.3530).abs() < 5e-5, "{:?}", splits.deviation);
    }

    #[test]
    fn fashion_mnist_is_not_taken_for_mnist() {
        let Some(dir) = installed() else { return };
        let error = mnist::load(dir).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/usr/share/datasets/fashion-mnist: the labels are those of Fashion-MNIST, not of MNIST\n  \
             help: write `source.fashion-mnist`, or let `dir` name MNIST's files"
        );
    }

    #[test]
    fn mnist_is_not_taken_for_fashion_mnist() {
        let dir = tempfile::tempdir().unwrap();
        let header = |magic: u8, count: usize, sizes: &[u8]| {
            let count = u32::try_from(count).unwrap().to_be_bytes();
            [&[0, 0, 8, magic][..], &count, sizes].concat()
        };
        for (part, count) in [("train", SHAPE.train), ("t10k", SHAPE.test)] {
            let mut images = header(3, count, &[0, 0, 0, 28, 0, 0, 0, 28]);
            images.resize(16 + count * 784, 0);
            fs::write(dir.path().join(format!("{part}-images-idx3-ubyte")), images).unwrap();
            let mut labels = header(1, count, &[]);
            labels.extend(twins::MNIST.first_labels.iter().map(|&label| u8::try_from(label).unwrap()));
            labels.resize(8 + count, 0);
            fs::write(dir.path().join(format!("{part}-labels-idx1-ubyte")), labels).unwrap();
        }
        assert!(mnist::load(dir.path()).is_ok());
        let problem = load(dir.path()).unwrap_err().problem;
        assert!(matches!(problem, Problem::AnotherSource { found: "MNIST", .. }), "{problem}");
    }

    #[test]
    fn a_missing_directory_says_where_to_get_the_files() {
        let message = load(Path::new("no/such/place")).unwrap_err().to_string();
        assert!(
            message.starts_with("no/such/place: no such directory\n  help: Debian's package"),
            "{message}"
        );
        assert!(message.contains("/usr/share/datasets/fashion-mnist"), "{message}");
    }
}
