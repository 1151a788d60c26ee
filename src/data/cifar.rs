//! CIFAR-10 and CIFAR-100, the binary version: records of label bytes and 3 × 32 × 32 pixels.

use super::content::{Content, find};
use super::{DataError, Dataset, Examples, Problem, Shape};
use std::path::{Path, PathBuf};

pub(super) const TEN: Shape = Shape { image: [3, 32, 32], classes: 10, train: 50_000, test: 10_000 };
pub(super) const HUNDRED: Shape = Shape { classes: 100, ..TEN };

pub(super) fn load_ten(dir: &Path) -> Result<Dataset, DataError> {
    TEN_LAYOUT.load(dir, TEN)
}

pub(super) fn load_hundred(dir: &Path) -> Result<Dataset, DataError> {
    HUNDRED_LAYOUT.load(dir, HUNDRED)
}

/// How one of the two archives is laid out.
struct Layout {
    name: &'static str,
    archive: &'static str,
    /// The folder that the archive unpacks to.
    folder: &'static str,
    /// The folder that the archive of the Python version unpacks to.
    python: &'static str,
    /// Files of equally many images.
    train: &'static [&'static str],
    test: &'static str,
    /// The bytes before the pixels: what each of them is, and how many values it has. The last one is the label.
    labels: &'static [(&'static str, usize)],
}

const TEN_LAYOUT: Layout = Layout {
    name: "CIFAR-10",
    archive: "cifar-10-binary.tar.gz",
    folder: "cifar-10-batches-bin",
    python: "cifar-10-batches-py",
    train: &[
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin",
    ],
    test: "test_batch.bin",
    labels: &[("label", 10)],
};

const HUNDRED_LAYOUT: Layout = Layout {
    name: "CIFAR-100",
    archive: "cifar-100-binary.tar.gz",
    folder: "cifar-100-binary",
    python: "cifar-100-python",
    train: &["train.bin"],
    test: "test.bin",
    labels: &[("coarse label", 20), ("fine label", 100)],
};

impl Layout {
    /// Reads the files in `dir`, or in the archive's folder below it.
    fn load(&self, dir: &Path, shape: Shape) -> Result<Dataset, DataError> {
        let help = self.help(dir);
        let locate = |name: &str| find(dir, &[name.to_owned(), format!("{}/{name}", self.folder)], &help);
        let train = self.train.iter().map(|name| locate(name)).collect::<Result<Vec<_>, _>>()?;
        let test = [locate(self.test)?];
        let read = |paths: &[PathBuf], count: usize| self.read(paths, count / paths.len(), &shape, &help);
        Ok(Dataset::new(shape, read(&train, shape.train)?, read(&test, shape.test)?))
    }

    /// Reads `paths` of `count` images each, one after the other.
    fn read(
        &self,
        paths: &[PathBuf],
        count: usize,
        shape: &Shape,
        help: &str,
    ) -> Result<Examples, DataError> {
        let total = count * paths.len();
        let mut images = vec![0; total * shape.values()];
        let mut labels = Vec::with_capacity(total);
        for (path, images) in paths.iter().zip(images.chunks_exact_mut(count * shape.values())) {
            self.read_file(path, count, images, &mut labels).map_err(DataError::at(path, help))?;
        }
        Ok(Examples { images, labels })
    }

    fn read_file(
        &self,
        path: &Path,
        count: usize,
        images: &mut [u8],
        labels: &mut Vec<u16>,
    ) -> Result<(), Problem> {
        let expected = images.len() + count * self.labels.len();
        let mut content = Content::open(path, expected as u64)?;
        for (index, image) in images.chunks_exact_mut(images.len() / count).enumerate() {
            let mut label = [0];
            for &(what, classes) in self.labels {
                content.fill(&mut label)?;
                if usize::from(label[0]) >= classes {
                    return Err(Problem::Label { what, index, label: label[0], classes });
                }
            }
            labels.push(u16::from(label[0]));
            content.fill(image)?;
        }
        content.end()
    }

    /// Where to get the files, and what `dir` seems to hold in their place.
    fn help(&self, dir: &Path) -> String {
        let Self { name, archive, folder, python, .. } = self;
        if dir.join(archive).is_file() {
            return format!("{archive} is there and waits to be unpacked: tar -xzf {archive}");
        }
        let is_python = dir.join(python).is_dir()
            || dir.ends_with(python)
            || self.train.iter().any(|file| dir.join(file.trim_end_matches(".bin")).is_file());
        let instead = if is_python { "the Python version is there; " } else { "" };
        format!(
            "{instead}the binary version of {name} (Krizhevsky, 2009) is {archive}, from \
             https://www.cs.toronto.edu/~kriz/cifar.html; unpack it, and let `dir` name the folder {folder} \
             or the one above it"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Two training files of one image and a test file of two; an image is 3 × 1 × 1.
    const SMALL: Shape = Shape { image: [3, 1, 1], classes: 10, train: 2, test: 2 };
    const SMALL_TEN: Layout = Layout { train: &["data_batch_1.bin", "data_batch_2.bin"], ..TEN_LAYOUT };
    const TEN_FILES: [(&str, &[u8]); 3] = [
        ("data_batch_1.bin", &[9, 1, 2, 3]),
        ("data_batch_2.bin", &[0, 4, 5, 6]),
        ("test_batch.bin", &[1, 7, 8, 9, 2, 10, 11, 255]),
    ];

    fn write(dir: &Path, files: &[(&str, &[u8])]) {
        files.iter().for_each(|(name, bytes)| fs::write(dir.join(name), bytes).unwrap());
    }

    fn damaged(name: &str, bytes: &[u8]) -> Problem {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &TEN_FILES);
        write(dir.path(), &[(name, bytes)]);
        let error = SMALL_TEN.load(dir.path(), SMALL).unwrap_err();
        assert_eq!(error.path, dir.path().join(name));
        error.problem
    }

    #[test]
    fn training_files_follow_one_another() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &TEN_FILES);
        let dataset = SMALL_TEN.load(dir.path(), SMALL).unwrap();
        assert_eq!(dataset.train, Examples { images: vec![1, 2, 3, 4, 5, 6], labels: vec![9, 0] });
        assert_eq!(dataset.test, Examples { images: vec![7, 8, 9, 10, 11, 255], labels: vec![1, 2] });
    }

    #[test]
    fn the_folder_above_will_do() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("cifar-10-batches-bin");
        fs::create_dir(&folder).unwrap();
        write(&folder, &TEN_FILES);
        let above = SMALL_TEN.load(dir.path(), SMALL).unwrap();
        assert_eq!(above.fingerprint, SMALL_TEN.load(&folder, SMALL).unwrap().fingerprint);
    }

    #[test]
    fn cifar_100_takes_the_fine_label() {
        let shape = Shape { image: [3, 1, 1], classes: 100, train: 1, test: 1 };
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &[("train.bin", &[19, 99, 1, 2, 3]), ("test.bin", &[0, 42, 4, 5, 6])]);
        let dataset = HUNDRED_LAYOUT.load(dir.path(), shape).unwrap();
        assert_eq!((dataset.train.labels, dataset.test.labels), (vec![99], vec![42]));

        write(dir.path(), &[("test.bin", &[20, 42, 4, 5, 6])]);
        let problem = HUNDRED_LAYOUT.load(dir.path(), shape).unwrap_err().problem;
        assert_eq!(problem.to_string(), "image 0 has the coarse label 20, which is not one of 0 to 19");
        write(dir.path(), &[("test.bin", &[0, 100, 4, 5, 6])]);
        let problem = HUNDRED_LAYOUT.load(dir.path(), shape).unwrap_err().problem;
        assert_eq!(problem.to_string(), "image 0 has the fine label 100, which is not one of 0 to 99");
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        for (name, bytes) in TEN_FILES {
            assert!(matches!(damaged(name, &[]), Problem::Empty { .. }));
            for length in 1..bytes.len() {
                let problem = damaged(name, &bytes[..length]);
                assert!(matches!(problem, Problem::Truncated { found, .. } if found == length as u64));
            }
        }
    }

    #[test]
    fn trailing_bytes_and_wrong_labels_are_refused() {
        for (name, bytes) in TEN_FILES {
            let expected = bytes.len() as u64;
            let problem = damaged(name, &[bytes, &[0]].concat());
            assert!(matches!(problem, Problem::Trailing { expected: e } if e == expected));
        }
        let problem = damaged("test_batch.bin", &[1, 7, 8, 9, 10, 10, 11, 255]);
        assert_eq!(problem.to_string(), "image 1 has the label 10, which is not one of 0 to 9");
    }

    #[test]
    fn a_missing_file_says_what_is_there_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let message = || load_ten(dir.path()).unwrap_err().to_string();
        assert_eq!(
            message(),
            format!(
                "{}/data_batch_1.bin: no such file; looked for data_batch_1.bin, \
                 cifar-10-batches-bin/data_batch_1.bin, each also as .gz\n  help: the binary version of \
                 CIFAR-10 (Krizhevsky, 2009) is cifar-10-binary.tar.gz, from \
                 https://www.cs.toronto.edu/~kriz/cifar.html; unpack it, and let `dir` name the folder \
                 cifar-10-batches-bin or the one above it",
                dir.path().display()
            )
        );
        write(dir.path(), &[("data_batch_1", b"pickle")]);
        assert!(message().contains("help: the Python version is there; "), "{}", message());
        write(dir.path(), &[("cifar-10-binary.tar.gz", b"packed")]);
        assert!(message().ends_with("tar -xzf cifar-10-binary.tar.gz"), "{}", message());
    }

    #[test]
    fn whole_files_are_as_long_as_published() {
        let record = |labels: usize| labels + TEN.values();
        assert_eq!(TEN.train / TEN_LAYOUT.train.len() * record(TEN_LAYOUT.labels.len()), 30_730_000);
        assert_eq!(HUNDRED.test * record(HUNDRED_LAYOUT.labels.len()), 30_740_000);
    }
}
