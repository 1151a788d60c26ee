//! Convolutions as matrix products whose left factor is gathered from images.

use cubecl::prelude::*;

/// A product of gathered pixels with filters, fixed when the kernel is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Gather {
    /// Of the images that are read.
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    /// Of the images that are written.
    pub out_height: usize,
    pub out_width: usize,
    pub outputs: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    pub direction: Direction,
    pub last: Last,
}

/// Which pixel a position of the window reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Pixel y · stride + offset − padding: a convolution.
    Forward,
    /// The pixel y' with y' · stride + offset − padding = y, if there is one: the gradient of its input.
    Backward,
}

/// What is done to a sum before it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Last {
    Nothing,
    /// Plus the bias of its channel.
    Bias,
    BiasRelu,
    Relu,
    /// Plus what is at the same place of another array.
    Add,
}

/// Units of a cube, and outputs of each: it computes `rows` · `TM` pixels of `columns` · `TN` channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tile {
    pub rows: usize,
    pub columns: usize,
    /// Vectors along the sum that are in shared memory at a time.
    pub depth: usize,
}

pub const TM: usize = 8;
pub const TN: usize = 4;

#[cube]
fn pixel(y: usize, offset: usize, #[comptime] size: usize, #[comptime] window: Gather) -> (usize, bool) {
    match comptime!(window.direction) {
        Direction::Forward => {
            let at = y * window.stride + offset;
            (at - window.padding, at >= window.padding && at < size + window.padding)
        }
        Direction::Backward => {
            let at = y + window.padding - offset;
            let from = at / window.stride;
            let is_on_grid = y + window.padding >= offset && from * window.stride == at;
            (from, is_on_grid && from < size)
        }
    }
}

#[cube(launch_unchecked)]
pub fn gather_product<N: Size>(
    images: &Array<Vector<f32, N>>,
    filters: &Array<Vector<f32, N>>,
    other: &Array<f32>,
    output: &mut Array<f32>,
    pixels: usize,
    #[comptime] window: Gather,
    #[comptime] tile: Tile,
) {
    let vector = N::value();
    let depth = comptime!(tile.depth);
    let padded = comptime!(tile.depth + 1);
    let units = comptime!(tile.rows * tile.columns);
    let tile_m = comptime!(tile.rows * TM);
    let tile_n = comptime!(tile.columns * TN);
    let loads_m = comptime!((tile_m * depth).div_ceil(units));
    let loads_n = comptime!((tile_n * depth).div_ceil(units));
    let vectors_of_channels = comptime!(window.channels / vector);
    let total = comptime!(window.kernel * window.kernel * (window.channels / vector));
    let stages = comptime!(total.div_ceil(depth));

    let mut left = SharedMemory::<Vector<f32, N>>::new(comptime!(tile_m * padded));
    let mut right = SharedMemory::<Vector<f32, N>>::new(comptime!(tile_n * padded));

    let unit = UNIT_POS as usize;
    let column = unit % tile.columns;
    let row = unit / tile.columns;
    let first_m = CUBE_POS_X as usize * tile_m;
    let first_n = CUBE_POS_Y as usize * tile_n;

    let mut sums = Array::<f32>::new(comptime!(TM * TN));
    #[unroll]
    for index in 0..TM * TN {
        sums[index] = 0.0;
    }
    let zero = Vector::<f32, N>::new(0.0);
    let mut next_left = Array::<Vector<f32, N>>::new(loads_m);
    let mut next_right = Array::<Vector<f32, N>>::new(loads_n);

    for stage in 0..stages + 1 {
        // What the next stage needs is read while this one is computed.
        if stage < stages {
            #[unroll]
            for load in 0..loads_m {
                let slot = unit + load * units;
                let at = stage * depth + slot % depth;
                let m = first_m + slot / depth;
                let mut value = zero;
                if m < pixels && at < total && slot < comptime!(tile_m * depth) {
                    let channel = at % vectors_of_channels;
                    let position = at / vectors_of_channels;
                    let x = m % window.out_width;
                    let rest = m / window.out_width;
                    let y = rest % window.out_height;
                    let image = rest / window.out_height;
                    let (from_y, is_y) = pixel(y, position / window.kernel, window.height, window);
                    let (from_x, is_x) = pixel(x, position % window.kernel, window.width, window);
                    if is_y && is_x {
                        value = images[((image * window.height + from_y) * window.width + from_x)
                            * vectors_of_channels
                            + channel];
                    }
                }
                next_left[load] = value;
            }
            #[unroll]
            for load in 0..loads_n {
                let slot = unit + load * units;
                let at = stage * depth + slot % depth;
                let n = first_n + slot / depth;
                let mut value = zero;
                if n < window.outputs && at < total && slot < comptime!(tile_n * depth) {
                    value = filters[n * total + at];
                }
                next_right[load] = value;
            }
        }
        if stage > 0 {
            #[unroll]
            for at in 0..depth {
                let mut right_values = Array::<Vector<f32, N>>::new(TN);
                #[unroll]
                for j in 0..TN {
                    right_values[j] = right[(column + j * tile.columns) * padded + at];
                }
                #[unroll]
                for i in 0..TM {
                    let left_value = left[(row + i * tile.rows) * padded + at];
                    #[unroll]
                    for j in 0..TN {
                        let right_value = right_values[j];
                        #[unroll]
                        for lane in 0..vector {
                            sums[i * TN + j] += left_value[lane] * right_value[lane];
                        }
                    }
                }
            }
        }
        sync_cube();
        if stage < stages {
            #[unroll]
            for load in 0..loads_m {
                let slot = unit + load * units;
                if slot < comptime!(tile_m * depth) {
                    left[slot / depth * padded + slot % depth] = next_left[load];
                }
            }
            #[unroll]
            for load in 0..loads_n {
                let slot = unit + load * units;
                if slot < comptime!(tile_n * depth) {
                    right[slot / depth * padded + slot % depth] = next_right[load];
                }
            }
        }
        sync_cube();
    }

    #[unroll]
    for i in 0..TM {
        let m = first_m + row + i * tile.rows;
        #[unroll]
        for j in 0..TN {
            let n = first_n + column + j * tile.columns;
            if m < pixels && n < window.outputs {
                let at = m * window.outputs + n;
                let mut value = sums[i * TN + j];
                match comptime!(window.last) {
                    Last::Bias | Last::BiasRelu => {
                        value += other[n];
                    }
                    Last::Add => {
                        value += other[at];
                    }
                    Last::Nothing | Last::Relu => {}
                }
                match comptime!(window.last) {
                    Last::BiasRelu | Last::Relu => {
                        value = select(value < 0.0, 0.0, value);
                    }
                    _ => {}
                }
                output[at] = value;
            }
        }
    }
}
