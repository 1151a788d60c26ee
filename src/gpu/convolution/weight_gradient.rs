//! The gradient of a convolution's weight: a product that sums over all pixels.

use super::gather::Gather;
use cubecl::prelude::*;

/// Rows of pixels that are in shared memory at a time.
const ROWS: usize = 16;
/// Units of a cube, at most.
const UNITS: usize = 256;
/// Vectors of what filters read that a cube takes, at most: with ROWS of four values each they fill 16 KiB of shared
/// memory, and 32 KiB are everywhere.
const COLUMNS: usize = 64;

/// How the units of a cube are laid out over filters and over what these read. Each has `outputs` vectors of
/// filters and one of what they read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tile {
    rows: usize,
    columns: usize,
    outputs: usize,
}

impl Tile {
    /// For filters in so many vectors, which read so many vectors: no more units than these fill.
    pub fn new([filters, reads]: [usize; 2]) -> Self {
        let outputs = if filters < 8 { 1 } else { 2 };
        let rows = filters.div_ceil(outputs).min(16);
        Self { rows, columns: reads.min(UNITS / rows).min(COLUMNS), outputs }
    }

    pub fn units(&self) -> usize {
        self.rows * self.columns
    }

    /// Vectors of filters, and of what they read, that a cube takes.
    pub fn vectors(&self) -> [usize; 2] {
        [self.rows * self.outputs, self.columns]
    }
}

/// `partial` is [parts, outputs, k · k · channels]: each part sums over its share of the pixels.
#[cube(launch_unchecked)]
pub fn weight_gradient<NO: Size, NI: Size>(
    images: &Array<Vector<f32, NI>>,
    gradient: &Array<Vector<f32, NO>>,
    partial: &mut Array<f32>,
    pixels: usize,
    pixels_of_part: usize,
    #[comptime] window: Gather,
    #[comptime] tile: Tile,
) {
    let of_outputs = NO::value();
    let of_inputs = NI::value();
    let tile_o = comptime!(tile.rows * tile.outputs);
    let tile_i = comptime!(tile.columns);
    let units = comptime!(tile.rows * tile.columns);
    let loads_o = comptime!((ROWS * tile_o).div_ceil(units));
    let loads_i = comptime!((ROWS * tile_i).div_ceil(units));
    let vectors_o = comptime!(window.outputs / of_outputs);
    let channels = comptime!(window.channels / of_inputs);
    let vectors_i = comptime!(window.kernel * window.kernel * (window.channels / of_inputs));

    let mut left = SharedMemory::<Vector<f32, NO>>::new(comptime!(ROWS * tile_o));
    let mut right = SharedMemory::<Vector<f32, NI>>::new(comptime!(ROWS * tile_i));

    let unit = UNIT_POS as usize;
    let column = unit % tile.columns;
    let row = unit / tile.columns;
    let first_o = CUBE_POS_X as usize * tile_o;
    let first_i = CUBE_POS_Y as usize * tile_i;
    let part = CUBE_POS_Z as usize;
    let begin = part * pixels_of_part;
    let end = clamp_max(begin + pixels_of_part, pixels);

    // What this unit reads from images is at one position of the window.
    let load_i = first_i + unit % tile_i;
    let position = load_i / channels;
    let channel = load_i % channels;
    let offset_y = position / window.kernel;
    let offset_x = position % window.kernel;

    let mut sums = Array::<f32>::new(comptime!(tile.outputs * of_outputs * of_inputs));
    #[unroll]
    for index in 0..comptime!(tile.outputs * of_outputs * of_inputs) {
        sums[index] = 0.0;
    }
    let mut next_left = Array::<Vector<f32, NO>>::new(loads_o);
    let mut next_right = Array::<Vector<f32, NI>>::new(loads_i);
    let stages = (end - begin).div_ceil(ROWS);

    for stage in 0..stages + 1 {
        if stage < stages {
            #[unroll]
            for load in 0..loads_o {
                let slot = unit + load * units;
                let m = begin + stage * ROWS + slot / tile_o;
                let o = first_o + slot % tile_o;
                let mut value = Vector::<f32, NO>::new(0.0);
                if m < end && o < vectors_o && slot < comptime!(ROWS * tile_o) {
                    value = gradient[m * vectors_o + o];
                }
                next_left[load] = value;
            }
            #[unroll]
            for load in 0..loads_i {
                let slot = unit + load * units;
                let m = begin + stage * ROWS + slot / tile_i;
                let mut value = Vector::<f32, NI>::new(0.0);
                if m < end && load_i < vectors_i {
                    let x = m % window.out_width * window.stride + offset_x;
                    let rest = m / window.out_width;
                    let y = rest % window.out_height * window.stride + offset_y;
                    let image = rest / window.out_height;
                    let is_y = y >= window.padding && y < window.height + window.padding;
                    let is_x = x >= window.padding && x < window.width + window.padding;
                    if is_y && is_x {
                        let at =
                            (image * window.height + y - window.padding) * window.width + x - window.padding;
                        value = images[at * channels + channel];
                    }
                }
                next_right[load] = value;
            }
        }
        if stage > 0 {
            #[unroll]
            for at in 0..ROWS {
                let right_value = right[at * tile_i + column];
                #[unroll]
                for i in 0..tile.outputs {
                    let left_value = left[at * tile_o + row + i * tile.rows];
                    #[unroll]
                    for a in 0..of_outputs {
                        #[unroll]
                        for b in 0..of_inputs {
                            let index = comptime!((i * of_outputs + a) * of_inputs + b);
                            sums[index] += left_value[a] * right_value[b];
                        }
                    }
                }
            }
        }
        sync_cube();
        if stage < stages {
            #[unroll]
            for load in 0..loads_o {
                let slot = unit + load * units;
                if slot < comptime!(ROWS * tile_o) {
                    left[slot] = next_left[load];
                }
            }
            #[unroll]
            for load in 0..loads_i {
                let slot = unit + load * units;
                if slot < comptime!(ROWS * tile_i) {
                    right[slot] = next_right[load];
                }
            }
        }
        sync_cube();
    }

    let inputs = comptime!(vectors_i * of_inputs);
    let read = first_i + column;
    #[unroll]
    for i in 0..tile.outputs {
        let filter = first_o + row + i * tile.rows;
        if filter < vectors_o && read < vectors_i {
            #[unroll]
            for a in 0..of_outputs {
                #[unroll]
                for b in 0..of_inputs {
                    let index = comptime!((i * of_outputs + a) * of_inputs + b);
                    let at = (part * window.outputs + filter * of_outputs + a) * inputs;
                    partial[at + read * of_inputs + b] = sums[index];
                }
            }
        }
    }
}

/// Adds up the parts, in their order.
#[cube(launch_unchecked)]
pub fn sum_of_parts(partial: &Array<f32>, output: &mut Array<f32>, parts: usize) {
    let size = output.len();
    if ABSOLUTE_POS < size {
        let mut sum = 0.0f32;
        for part in 0..parts {
            sum += partial[part * size + ABSOLUTE_POS];
        }
        output[ABSOLUTE_POS] = sum;
    }
}
