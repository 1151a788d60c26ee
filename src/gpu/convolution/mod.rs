//! Convolutions, which are matrix products whose left factor is gathered from images. A linear layer is the
//! convolution of images of one pixel.

mod gather;
mod weight_gradient;

use super::GpuArray;
use super::array::{lanes, one_unit_each, small};
use crate::cpu::convolution::Sizes;
use cubecl::Runtime;
use cubecl::prelude::*;
use gather::{Direction, Gather, Last, TM, TN, Tile, gather_product};
use weight_gradient::sum_of_parts;

/// Units of a cube of a product, at most; it has as many along the outputs as these fill.
const UNITS: usize = 256;
const OUTPUT_UNITS: usize = 16;
/// Vectors along the sum in shared memory.
const DEPTH: usize = 4;
/// Cubes among which a gradient of weights is divided, where it has few tiles; and the fewest pixels of a part.
const CUBES: usize = 512;
const PIXELS_OF_PART: usize = 256;

/// The product that `sizes` ask for in `direction`.
fn gather(sizes: &Sizes, direction: Direction, last: Last) -> Gather {
    let (from, to) = match direction {
        Direction::Forward => (sizes.input, sizes.output),
        Direction::Backward => (sizes.output, sizes.input),
    };
    Gather {
        height: from[0],
        width: from[1],
        channels: from[2],
        out_height: to[0],
        out_width: to[1],
        outputs: to[2],
        kernel: sizes.kernel,
        stride: sizes.stride,
        padding: sizes.padding,
        direction,
        last,
    }
}

/// The convolution of `images` with `filters`, plus `bias`, and ReLU after that.
pub fn forward<R: Runtime>(
    sizes: &Sizes,
    images: &GpuArray<R>,
    filters: &GpuArray<R>,
    bias: Option<&GpuArray<R>>,
    relu: bool,
) -> GpuArray<R> {
    let last = match (bias.is_some(), relu) {
        (false, false) => Last::Nothing,
        (true, false) => Last::Bias,
        (false, true) => Last::Relu,
        (true, true) => Last::BiasRelu,
    };
    product(sizes.batch, gather(sizes, Direction::Forward, last), images, filters, bias)
}

/// The gradient of the images, for that of the output, plus `other`.
pub fn input_gradient<R: Runtime>(
    sizes: &Sizes,
    filters: &GpuArray<R>,
    gradient: &GpuArray<R>,
    other: Option<&GpuArray<R>>,
) -> GpuArray<R> {
    let filters = transposed(filters, [sizes.output[2], sizes.kernel * sizes.kernel, sizes.input[2]]);
    let last = if other.is_some() { Last::Add } else { Last::Nothing };
    product(sizes.batch, gather(sizes, Direction::Backward, last), gradient, &filters, other)
}

fn product<R: Runtime>(
    batch: usize,
    window: Gather,
    images: &GpuArray<R>,
    filters: &GpuArray<R>,
    other: Option<&GpuArray<R>>,
) -> GpuArray<R> {
    let pixels = batch * window.out_height * window.out_width;
    let output = images.uninit(pixels * window.outputs);
    let columns = window.outputs.div_ceil(TN).next_power_of_two().min(OUTPUT_UNITS);
    let tile = Tile { rows: (UNITS / columns).min(32), columns, depth: DEPTH };
    let lanes = lanes(window.channels);
    let count = CubeCount::Static(
        small(pixels.div_ceil(tile.rows * TM)),
        small(window.outputs.div_ceil(columns * TN)),
        1,
    );
    // SAFETY: every index is compared with the sizes, which are those of the arrays.
    unsafe {
        gather_product::launch_unchecked::<R>(
            images.client(),
            count,
            CubeDim::new_1d(small(tile.rows * columns)),
            lanes,
            images.arg(),
            filters.arg(),
            other.unwrap_or(filters).arg(),
            output.arg(),
            pixels,
            window,
            tile,
        );
    }
    output
}

/// The gradient of the filters.
pub fn weight_gradient<R: Runtime>(
    sizes: &Sizes,
    images: &GpuArray<R>,
    gradient: &GpuArray<R>,
) -> GpuArray<R> {
    let window = gather(sizes, Direction::Forward, Last::Nothing);
    let reads = window.kernel * window.kernel * window.channels;
    let size = window.outputs * reads;
    let (of_outputs, of_inputs) = (lanes(window.outputs), lanes(window.channels));
    let vectors = [window.outputs / of_outputs, reads / of_inputs];
    let tile = weight_gradient::Tile::new(vectors);
    let tiles = [0, 1].map(|axis: usize| vectors[axis].div_ceil(tile.vectors()[axis]));
    let pixels = sizes.batch * sizes.output[0] * sizes.output[1];
    let wanted = CUBES.div_ceil(tiles[0] * tiles[1]).min(pixels.div_ceil(PIXELS_OF_PART)).max(1);
    let pixels_of_part = pixels.div_ceil(wanted);
    let parts = pixels.div_ceil(pixels_of_part);
    let partial = images.uninit(parts * size);
    let client = images.client();
    let count = CubeCount::Static(small(tiles[0]), small(tiles[1]), small(parts));
    // SAFETY: every index is compared with the sizes, which are those of the arrays.
    unsafe {
        weight_gradient::weight_gradient::launch_unchecked::<R>(
            client,
            count,
            CubeDim::new_1d(small(tile.units())),
            of_outputs,
            of_inputs,
            images.arg(),
            gradient.arg(),
            partial.arg(),
            pixels,
            pixels_of_part,
            window,
            tile,
        );
    }
    if parts == 1 {
        return partial;
    }
    let output = images.uninit(size);
    let (count, units) = one_unit_each(client, size);
    // SAFETY: as above.
    unsafe { sum_of_parts::launch_unchecked::<R>(client, count, units, partial.arg(), output.arg(), parts) }
    output
}

/// [c, b, a] for `values` [a, b, c].
fn transposed<R: Runtime>(values: &GpuArray<R>, shape: [usize; 3]) -> GpuArray<R> {
    let output = values.uninit(values.len());
    let (count, units) = one_unit_each(values.client(), values.len());
    let [a, b, c] = shape;
    // SAFETY: every index is compared with the size of the output.
    unsafe {
        transpose::launch_unchecked::<R>(values.client(), count, units, values.arg(), output.arg(), a, b, c);
    }
    output
}

#[cube(launch_unchecked)]
fn transpose(values: &Array<f32>, output: &mut Array<f32>, a: usize, b: usize, c: usize) {
    if ABSOLUTE_POS < output.len() {
        let of_a = ABSOLUTE_POS % a;
        let of_b = ABSOLUTE_POS / a % b;
        let of_c = ABSOLUTE_POS / (a * b);
        output[ABSOLUTE_POS] = values[(of_a * b + of_b) * c + of_c];
    }
}
