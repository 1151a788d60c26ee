//! Packing weights into the right factor of a product.

use crate::cpu::Buffer;
use rayon::prelude::*;

/// One axis of the weights.
#[derive(Clone, Copy)]
pub struct WeightAxis {
    pub count: usize,
    pub stride: usize,
}

/// Packs weights into the panels [panel, tap, channel, lane] of a product's right factor. The weight of a
/// column, a channel and a tap is read from column · `columns.stride` + channel · `channels.stride` + tap.
pub fn pack(
    lanes: usize,
    weight: &[f32],
    columns: WeightAxis,
    channels: WeightAxis,
    taps: &[usize],
) -> Buffer {
    let size = taps.len() * channels.count * lanes;
    let mut panels = Buffer::new(columns.count.div_ceil(lanes) * size);
    if size == 0 {
        return panels;
    }
    panels.par_chunks_mut(size).enumerate().for_each(|(panel, packed)| {
        let count = lanes.min(columns.count - panel * lanes);
        let weight = &weight[panel * lanes * columns.stride..];
        for (channel, weight) in
            (0..channels.count).map(|channel| (channel, &weight[channel * channels.stride..]))
        {
            for (index, &tap) in taps.iter().enumerate() {
                let row = &mut packed[(index * channels.count + channel) * lanes..][..lanes];
                let (filled, rest) = row.split_at_mut(count);
                let values = weight[tap..].iter().step_by(columns.stride);
                filled.iter_mut().zip(values).for_each(|(to, value)| *to = *value);
                rest.fill(0.0);
            }
        }
    });
    panels
}
