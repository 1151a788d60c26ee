//! The UCI optical digits, embedded: see `digits/README.md` for origin and licence (CC BY 4.0).

use super::{DataError, Dataset, Shape, idx};
use std::path::Path;

pub(super) const SHAPE: Shape = Shape { image: [1, 8, 8], classes: 10, train: 3823, test: 1797 };

const TRAIN_IMAGES: &[u8] = include_bytes!("digits/train-images-idx3-ubyte.gz");
const TRAIN_LABELS: &[u8] = include_bytes!("digits/train-labels-idx1-ubyte.gz");
const TEST_IMAGES: &[u8] = include_bytes!("digits/t10k-images-idx3-ubyte.gz");
const TEST_LABELS: &[u8] = include_bytes!("digits/t10k-labels-idx1-ubyte.gz");

pub(super) fn load() -> Result<Dataset, DataError> {
    let part = |name: &str, images, labels, count| {
        idx::decode(images, labels, count, &SHAPE).map_err(DataError::at(
            Path::new(name),
            "the program was built from damaged files; build it again",
        ))
    };
    Ok(Dataset::new(
        SHAPE,
        part("embedded training digits", TRAIN_IMAGES, TRAIN_LABELS, SHAPE.train)?,
        part("embedded test digits", TEST_IMAGES, TEST_LABELS, SHAPE.test)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The counts are those of the data set's page at UCI.
    #[test]
    fn classes_are_as_many_as_published() {
        let dataset = load().unwrap();
        let train = [376, 389, 380, 389, 387, 376, 377, 387, 380, 382];
        let test = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180];
        assert_eq!(dataset.train.class_counts(10), train);
        assert_eq!(dataset.test.class_counts(10), test);
    }

    /// Each pixel counts the set pixels of a 4×4 block.
    #[test]
    fn pixels_count_to_sixteen() {
        let dataset = load().unwrap();
        assert_eq!(dataset.train.images.iter().max(), Some(&16));
        assert_eq!(dataset.test.images.iter().max(), Some(&16));
    }

    /// The first test image, a zero, as every copy of the data set prints it.
    #[test]
    fn the_first_test_image_is_the_known_zero() {
        let dataset = load().unwrap();
        assert_eq!(dataset.test.labels[0], 0);
        assert_eq!(dataset.test.images[..16], [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0]);
    }
}
