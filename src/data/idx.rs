//! The IDX format: a magic number, big-endian dimensions, and unsigned bytes.
//!
//! A data set is four such files, as LeCun named them for MNIST: images and labels, of a training and
//! a test (`t10k`) part.

use super::content::{Content, find};
use super::error::{IDX_IMAGES, IDX_LABELS};
use super::{DataError, Dataset, Examples, Problem, Shape};
use std::path::{Path, PathBuf};

/// Reads the four files in `dir`. Every size must be what `shape` says; `help` tells where to get the
/// files.
pub(super) fn load(dir: &Path, shape: Shape, help: &str) -> Result<Dataset, DataError> {
    let train = [locate(dir, "train", IMAGES, help)?, locate(dir, "train", LABELS, help)?];
    let test = [locate(dir, "t10k", IMAGES, help)?, locate(dir, "t10k", LABELS, help)?];
    let examples = |[images, labels]: [PathBuf; 2], count| {
        Ok(Examples {
            images: Content::open(&images, images_length(count, &shape))
                .and_then(|content| read_images(content, count, &shape))
                .map_err(DataError::at(&images, help))?,
            labels: Content::open(&labels, labels_length(count))
                .and_then(|content| read_labels(content, count, &shape))
                .map_err(DataError::at(&labels, help))?,
        })
    };
    Ok(Dataset::new(shape, examples(train, shape.train)?, examples(test, shape.test)?))
}

/// Decodes the bytes of the two files of one part.
pub(super) fn decode(images: &[u8], labels: &[u8], count: usize, shape: &Shape) -> Result<Examples, Problem> {
    let images = Content::new(images, images_length(count, shape))?;
    let labels = Content::new(labels, labels_length(count))?;
    Ok(Examples { images: read_images(images, count, shape)?, labels: read_labels(labels, count, shape)? })
}

const IMAGES: &str = "images-idx3";
const LABELS: &str = "labels-idx1";

/// Two spellings of the names are in use: the original with a hyphen, and one with a dot, which some archive
/// programs make of it.
fn locate(dir: &Path, part: &str, kind: &str, help: &str) -> Result<PathBuf, DataError> {
    let dotted = kind.replace('-', ".");
    find(dir, &[format!("{part}-{kind}-ubyte"), format!("{part}-{dotted}-ubyte")], help)
}

/// Magic number, three dimensions, and one byte per pixel.
fn images_length(count: usize, shape: &Shape) -> u64 {
    16 + (count * shape.values()) as u64
}

/// Magic number, one dimension, and one byte per label.
fn labels_length(count: usize) -> u64 {
    8 + count as u64
}

fn read_images(mut content: Content<'_>, count: usize, shape: &Shape) -> Result<Vec<u8>, Problem> {
    let [_, height, width] = shape.image;
    read_header(&mut content, IDX_IMAGES, "images", [count, height, width])?;
    let mut images = vec![0; count * shape.values()];
    content.fill(&mut images)?;
    content.end()?;
    Ok(images)
}

fn read_labels(mut content: Content<'_>, count: usize, shape: &Shape) -> Result<Vec<u16>, Problem> {
    read_header(&mut content, IDX_LABELS, "labels", [count])?;
    let mut labels = vec![0; count];
    content.fill(&mut labels)?;
    content.end()?;
    let classes = shape.classes;
    match labels.iter().position(|&label| usize::from(label) >= classes) {
        Some(index) => Err(Problem::Label { what: "label", index, label: labels[index], classes }),
        None => Ok(labels.into_iter().map(u16::from).collect()),
    }
}

fn read_header<const N: usize>(
    content: &mut Content<'_>,
    magic: [u8; 4],
    what: &'static str,
    dimensions: [usize; N],
) -> Result<(), Problem> {
    let mut word = [0; 4];
    content.fill(&mut word)?;
    if word != magic {
        return Err(Problem::Magic { found: word, expected: magic });
    }
    let mut found = Vec::with_capacity(N);
    for _ in dimensions {
        content.fill(&mut word)?;
        found.push(u32::from_be_bytes(word));
    }
    let expected: Vec<u32> =
        dimensions.iter().map(|&size| u32::try_from(size).expect("IDX sizes fit in 32 bits")).collect();
    if found == expected { Ok(()) } else { Err(Problem::Dimensions { what, found, expected }) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// Three training images and one test image, of 1×2 pixels, in two classes.
    const SHAPE: Shape = Shape { image: [1, 1, 2], classes: 2, train: 3, test: 1 };
    const TRAIN_IMAGES: &[u8] = &[0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6];
    const TRAIN_LABELS: &[u8] = &[0, 0, 8, 1, 0, 0, 0, 3, 1, 0, 1];
    const TEST_IMAGES: &[u8] = &[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 7, 255];
    const TEST_LABELS: &[u8] = &[0, 0, 8, 1, 0, 0, 0, 1, 0];
    const FILES: [(&str, &[u8]); 4] = [
        ("train-images-idx3-ubyte", TRAIN_IMAGES),
        ("train-labels-idx1-ubyte", TRAIN_LABELS),
        ("t10k-images-idx3-ubyte", TEST_IMAGES),
        ("t10k-labels-idx1-ubyte", TEST_LABELS),
    ];

    fn good() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        FILES.iter().for_each(|(name, bytes)| fs::write(dir.path().join(name), bytes).unwrap());
        dir
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// Loads good files but for `name`, which holds `bytes`; checks that the error is about it.
    fn damaged(name: &str, bytes: &[u8]) -> Problem {
        let dir = good();
        fs::write(dir.path().join(name), bytes).unwrap();
        let error = load(dir.path(), SHAPE, "get it there").unwrap_err();
        assert_eq!(error.path, dir.path().join(name));
        assert_eq!(error.help, "get it there");
        error.problem
    }

    #[test]
    fn four_good_files_are_a_data_set() {
        let dataset = load(good().path(), SHAPE, "").unwrap();
        assert_eq!(dataset.shape, SHAPE);
        assert_eq!(dataset.train, Examples { images: vec![1, 2, 3, 4, 5, 6], labels: vec![1, 0, 1] });
        assert_eq!(dataset.test, Examples { images: vec![7, 255], labels: vec![0] });
    }

    #[test]
    fn packing_and_spelling_do_not_change_the_fingerprint() {
        let plain = load(good().path(), SHAPE, "").unwrap();
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in FILES {
            let dotted = name.replace("-idx", ".idx");
            fs::write(dir.path().join(format!("{dotted}.gz")), gzip(bytes)).unwrap();
        }
        assert_eq!(load(dir.path(), SHAPE, "").unwrap().fingerprint, plain.fingerprint);
    }

    #[test]
    fn a_gz_that_a_browser_unpacked_is_read_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in FILES {
            fs::write(dir.path().join(format!("{name}.gz")), bytes).unwrap();
        }
        assert_eq!(load(dir.path(), SHAPE, "").unwrap().train.labels, [1, 0, 1]);
    }

    #[test]
    fn a_missing_file_is_named_with_its_other_spelling() {
        for (name, _) in FILES {
            let dir = good();
            fs::remove_file(dir.path().join(name)).unwrap();
            let error = load(dir.path(), SHAPE, "get it there").unwrap_err();
            let dotted = name.replace("-idx", ".idx");
            let path: PathBuf = dir.path().join(name);
            assert_eq!(
                error.to_string(),
                format!(
                    "{}: no such file; looked for {name}, {dotted}, each also as .gz\n  help: get it there",
                    path.display()
                )
            );
        }
    }

    #[test]
    fn labels_in_place_of_images_are_told_by_their_magic() {
        let problem = damaged("train-images-idx3-ubyte", TRAIN_LABELS);
        assert!(matches!(problem, Problem::Magic { found: IDX_LABELS, expected: IDX_IMAGES }), "{problem}");
        let problem = damaged("t10k-labels-idx1-ubyte", TEST_IMAGES);
        assert!(matches!(problem, Problem::Magic { found: IDX_IMAGES, expected: IDX_LABELS }), "{problem}");
    }

    #[test]
    fn the_test_part_in_place_of_the_training_part_is_told_by_its_count() {
        let problem = damaged("train-images-idx3-ubyte", TEST_IMAGES);
        assert_eq!(problem.to_string(), "holds 1×1×2 images; 3×1×2 were expected");
        let problem = damaged("train-labels-idx1-ubyte", TEST_LABELS);
        assert_eq!(problem.to_string(), "holds 1 labels; 3 were expected");
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        for (name, bytes) in FILES {
            assert!(matches!(damaged(name, &[]), Problem::Empty { .. }));
            for length in 1..bytes.len() {
                let problem = damaged(name, &bytes[..length]);
                let Problem::Truncated { found, expected } = problem else { panic!("{name}: {problem}") };
                assert_eq!((found, expected), (length as u64, bytes.len() as u64), "{name}");
            }
        }
    }

    #[test]
    fn a_cut_gzip_file_is_refused() {
        let packed = gzip(TRAIN_IMAGES);
        let problem = damaged("train-images-idx3-ubyte", &packed[..packed.len() - 9]);
        assert!(matches!(problem, Problem::TruncatedGzip { expected: 22, .. }), "{problem}");
    }

    #[test]
    fn trailing_bytes_are_refused() {
        for (name, bytes) in FILES {
            let problem = damaged(name, &[bytes, &[0]].concat());
            assert!(matches!(problem, Problem::Trailing { expected } if expected == bytes.len() as u64));
        }
    }

    #[test]
    fn a_label_out_of_range_is_named() {
        let problem = damaged("train-labels-idx1-ubyte", &[0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 9]);
        assert_eq!(problem.to_string(), "image 1 has the label 2, which is not one of 0 to 1");
    }
}
