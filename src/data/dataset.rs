//! A data set on the host, as its files hold it.

use serde::{Serialize, Serializer};
use std::fmt;

/// Sizes of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shape {
    /// Channels, height, width of one image.
    pub image: [usize; 3],
    pub classes: usize,
    /// Number of training images, the validation images included.
    pub train: usize,
    pub test: usize,
}

impl Shape {
    /// Values of one image: channels × height × width.
    pub fn values(&self) -> usize {
        self.image.iter().product()
    }

    /// Values of one channel of one image: height × width.
    pub fn plane(&self) -> usize {
        self.image[1] * self.image[2]
    }
}

/// BLAKE3 of the shape and of the decoded images and labels, in their order. How the files were
/// stored (plain, `.gz`, in how many parts) does not change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    fn of(shape: &Shape, train: &Examples, test: &Examples) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("niwaki 2026 data set");
        let [channels, height, width] = shape.image;
        for size in [channels, height, width, shape.classes, shape.train, shape.test] {
            hasher.update(&(size as u64).to_le_bytes());
        }
        for examples in [train, test] {
            hasher.update(&examples.images);
            let labels: Vec<u8> = examples.labels.iter().flat_map(|label| label.to_le_bytes()).collect();
            hasher.update(&labels);
        }
        Self(*hasher.finalize().as_bytes())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Images and labels of a whole source.
#[derive(Clone, Debug)]
pub struct Dataset {
    pub shape: Shape,
    pub train: Examples,
    pub test: Examples,
    pub fingerprint: Fingerprint,
}

impl Dataset {
    /// Fingerprints `train` and `test`.
    ///
    /// # Panics
    /// When an amount of images or labels is not what `shape` says, or a label is not below its number
    /// of classes: loaders have checked that before.
    pub fn new(shape: Shape, train: Examples, test: Examples) -> Self {
        for (examples, count) in [(&train, shape.train), (&test, shape.test)] {
            assert_eq!(examples.labels.len(), count, "as many labels as the shape says");
            assert_eq!(examples.images.len(), count * shape.values(), "as many pixels as the shape says");
            assert!(examples.labels.iter().all(|&label| usize::from(label) < shape.classes), "known labels");
        }
        let fingerprint = Fingerprint::of(&shape, &train, &test);
        Self { shape, train, test, fingerprint }
    }
}

/// Images as bytes, one after the other, each channels × height × width, and a label for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examples {
    pub images: Vec<u8>,
    pub labels: Vec<u16>,
}

impl Examples {
    /// How many images have each label, for labels below `classes`.
    pub fn class_counts(&self, classes: usize) -> Vec<usize> {
        let mut counts = vec![0; classes];
        for &label in &self.labels {
            counts[usize::from(label)] += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { image: [1, 1, 2], classes: 2, train: 2, test: 1 };

    fn dataset(shape: Shape, train: [u8; 4], labels: [u16; 2], test: [u8; 2]) -> Dataset {
        let train = Examples { images: train.to_vec(), labels: labels.to_vec() };
        Dataset::new(shape, train, Examples { images: test.to_vec(), labels: vec![1] })
    }

    #[test]
    fn everything_that_is_in_a_data_set_changes_its_fingerprint() {
        let fingerprint = |shape, train, labels, test| dataset(shape, train, labels, test).fingerprint;
        let base = fingerprint(SHAPE, [1, 2, 3, 4], [0, 1], [5, 6]);
        assert_eq!(base, fingerprint(SHAPE, [1, 2, 3, 4], [0, 1], [5, 6]));
        assert_ne!(base, fingerprint(SHAPE, [1, 2, 3, 5], [0, 1], [5, 6]));
        assert_ne!(base, fingerprint(SHAPE, [1, 2, 3, 4], [1, 0], [5, 6]));
        assert_ne!(base, fingerprint(SHAPE, [1, 2, 3, 4], [0, 1], [6, 5]));
        assert_ne!(base, fingerprint(Shape { classes: 3, ..SHAPE }, [1, 2, 3, 4], [0, 1], [5, 6]));
        assert_ne!(base, fingerprint(Shape { image: [1, 2, 1], ..SHAPE }, [1, 2, 3, 4], [0, 1], [5, 6]));
    }

    #[test]
    fn a_fingerprint_is_written_in_hexadecimal() {
        let mut bytes = [0; 32];
        (bytes[0], bytes[31]) = (0xab, 1);
        let expected = format!("ab{}01", "00".repeat(30));
        assert_eq!(Fingerprint(bytes).to_string(), expected);
        assert_eq!(serde_json::to_string(&Fingerprint(bytes)).unwrap(), format!("\"{expected}\""));
    }

    #[test]
    #[should_panic(expected = "known labels")]
    fn a_label_beyond_the_classes_is_refused() {
        dataset(SHAPE, [1, 2, 3, 4], [0, 2], [5, 6]);
    }
}
