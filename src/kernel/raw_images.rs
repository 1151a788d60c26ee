//! Images as bytes on a device.

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

/// Bytes in a number of [`RawImages::words`].
pub const BYTES: usize = 4;

/// Images as bytes on a device, and what each byte stands for.
#[derive(Clone, Debug)]
pub struct RawImages<B: Backend> {
    /// The bytes of all images, each channels × height × width, four in a number: the first is the lowest.
    pub words: Tensor<B, 1, Int>,
    /// For each channel the value of each byte: [channels, 256].
    pub values: Tensor<B, 2>,
    /// Channels, height, width.
    pub image: [usize; 3],
}

impl<B: Backend> RawImages<B> {
    /// Puts `bytes` on `device`, images of the shape `image`, one after the other; `tables` has for each channel the
    /// value of every byte.
    pub fn new(bytes: &[u8], image: [usize; 3], tables: &[[f32; 256]], device: &B::Device) -> Self {
        let word = |bytes: &[u8]| {
            let mut word = [0; BYTES];
            word[..bytes.len()].copy_from_slice(bytes);
            i32::from_le_bytes(word)
        };
        let words: Vec<i32> = bytes.chunks(BYTES).map(word).collect();
        let (count, values) = (words.len(), TensorData::new(tables.concat(), [tables.len(), 256]));
        Self {
            words: Tensor::from_data(TensorData::new(words, [count]), device),
            values: Tensor::from_data(values, device),
            image,
        }
    }
}
