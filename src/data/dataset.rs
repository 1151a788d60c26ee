//! A data set on the host, as its files hold it.

use serde::Serialize;

/// What a source holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shape {
    /// Channels, height, width of one image.
    pub image: [usize; 3],
    pub classes: usize,
    /// Number of training images, the validation images included.
    pub train: usize,
    pub test: usize,
}

/// BLAKE3 of the decoded images and labels, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

/// Images and labels of a whole source.
#[derive(Clone, Debug)]
pub struct Dataset {
    pub shape: Shape,
    pub train: Examples,
    pub test: Examples,
    pub fingerprint: Fingerprint,
}

/// Images as bytes, one after the other, each channels × height × width, and a label for each.
#[derive(Clone, Debug, Default)]
pub struct Examples {
    pub images: Vec<u8>,
    pub labels: Vec<u16>,
}
