//! A batch of images.

/// Images ready for a network: `images` has `labels.len()` × height × width × channels values.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    pub images: Vec<f32>,
    pub labels: Vec<u16>,
}
