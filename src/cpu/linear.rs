//! Linear layers: forward and both gradients, as matrix products.

use super::product::{Product, Run, Start};
use super::transpose::{transpose, transpose_back};
use super::{Activation, Buffer, Isa};
use rayon::prelude::*;

/// Multiply-adds below which a product is one task.
const SMALL: usize = 1 << 21;

/// Rows of a task, a multiple of the rows that a product computes at a time.
const ROWS: usize = 48;

/// `out` [n, o] = `x` [n, i] · `weight` [o, i]ᵀ (+ `bias` [o]), for `inputs` = i.
pub fn forward(
    isa: Isa,
    inputs: usize,
    x: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    activation: Activation,
    out: &mut [f32],
) {
    let (batch, outputs) = (x.len() / inputs, weight.len() / inputs);
    // Transpose whichever factor costs less.
    if inputs * outputs <= batch * (inputs + outputs) {
        let right = Right::transposed(isa, inputs, weight);
        let left = Left { values: x, rows: batch, row: inputs, step: 1 };
        return multiply(isa, inputs, left, &right, bias.map_or(Start::Zero, Start::Bias), activation, out);
    }
    let right = Right::transposed(isa, inputs, x);
    let left = Left { values: weight, rows: outputs, row: inputs, step: 1 };
    let mut transposed = Buffer::new(outputs * batch);
    multiply(isa, inputs, left, &right, Start::Zero, Activation::Identity, &mut transposed);
    transpose_back(isa, batch, outputs, &transposed, out);
    for out in out.chunks_exact_mut(outputs) {
        if let Some(bias) = bias {
            out.iter_mut().zip(bias).for_each(|(out, bias)| *out += bias);
        }
        if activation == Activation::Relu {
            out.iter_mut().for_each(|out| *out = if *out < 0.0 { 0.0 } else { *out });
        }
    }
}

/// `out` [n, i] (+)= `gradient` [n, o] · `weight` [o, i].
pub fn input_gradient(
    isa: Isa,
    inputs: usize,
    weight: &[f32],
    gradient: &[f32],
    start: Start<'_>,
    out: &mut [f32],
) {
    let outputs = weight.len() / inputs;
    let left = Left { values: gradient, rows: gradient.len() / outputs, row: outputs, step: 1 };
    multiply(isa, outputs, left, &Right::rows(isa, inputs, weight), start, Activation::Identity, out);
}

/// `out` [o, i] = `gradient` [n, o]ᵀ · `x` [n, i].
pub fn weight_gradient(isa: Isa, inputs: usize, x: &[f32], gradient: &[f32], out: &mut [f32]) {
    let batch = x.len() / inputs;
    let outputs = gradient.len() / batch;
    let left = Left { values: gradient, rows: outputs, row: 1, step: outputs };
    multiply(isa, batch, left, &Right::rows(isa, inputs, x), Start::Zero, Activation::Identity, out);
}

/// Matrices one after another, a factor each of [`products`].
#[derive(Clone, Copy)]
pub struct Matrices<'a> {
    pub values: &'a [f32],
    /// Whether each is stored as its transpose.
    pub transposed: bool,
}

/// `out` [n, rows, columns] = `left` [n, rows, depth] · `right` [n, depth, columns], for n pairs of matrices.
pub fn products(
    isa: Isa,
    [rows, depth, columns]: [usize; 3],
    left: Matrices<'_>,
    right: Matrices<'_>,
    out: &mut [f32],
) {
    if depth == 0 {
        return out.fill(0.0);
    }
    let [row, step] = if left.transposed { [1, rows] } else { [depth, 1] };
    let lefts = left.values.par_chunks_exact((rows * depth).max(1));
    let rights = right.values.par_chunks_exact((depth * columns).max(1));
    let out = out.par_chunks_exact_mut((rows * columns).max(1));
    let pairs_of_task = SMALL.div_ceil((rows * depth * columns).max(1));
    lefts.zip(rights).zip(out).with_min_len(pairs_of_task).for_each(|((values, matrix), out)| {
        let left = Left { values, rows, row, step };
        let right = match right.transposed {
            true => Right::transposed(isa, depth, matrix),
            false => Right::rows(isa, columns, matrix),
        };
        multiply(isa, depth, left, &right, Start::Zero, Activation::Identity, out);
    });
}

/// A left factor, read in place.
#[derive(Clone, Copy)]
struct Left<'a> {
    values: &'a [f32],
    rows: usize,
    /// Stride from row to row.
    row: usize,
    /// Stride within a row.
    step: usize,
}

/// A right factor, in panels of one vector's width.
struct Right<'a> {
    values: Values<'a>,
    columns: usize,
    /// Stride from row to row.
    step: usize,
    /// Stride from panel to panel.
    panel: usize,
}

enum Values<'a> {
    Borrowed(&'a [f32]),
    Copied(Buffer),
}

impl<'a> Right<'a> {
    /// `matrix` [.., columns], in place where its rows are whole vectors and otherwise a copy with padded rows.
    fn rows(isa: Isa, columns: usize, matrix: &'a [f32]) -> Self {
        let lanes = isa.lanes();
        if columns.is_multiple_of(lanes) {
            return Self { values: Values::Borrowed(matrix), columns, step: columns, panel: lanes };
        }
        let step = columns.next_multiple_of(lanes);
        let mut padded = Buffer::new(matrix.len() / columns * step);
        for (from, to) in matrix.chunks_exact(columns).zip(padded.chunks_exact_mut(step)) {
            to[..columns].copy_from_slice(from);
            to[columns..].fill(0.0);
        }
        Self { values: Values::Copied(padded), columns, step, panel: lanes }
    }

    /// The transpose of `matrix` [columns, depth].
    fn transposed(isa: Isa, depth: usize, matrix: &[f32]) -> Self {
        let lanes = isa.lanes();
        let values = Values::Copied(transpose(isa, lanes, depth, matrix));
        Self { values, columns: matrix.len() / depth, step: lanes, panel: depth * lanes }
    }
}

/// `out` [rows, columns] = `left` · `right`, over `depth` entries.
fn multiply(
    isa: Isa,
    depth: usize,
    left: Left<'_>,
    right: &Right<'_>,
    start: Start<'_>,
    activation: Activation,
    out: &mut [f32],
) {
    let columns = right.columns;
    let values = match &right.values {
        Values::Borrowed(values) => values,
        Values::Copied(values) => &**values,
    };
    let rows = if left.rows * columns * depth < SMALL { left.rows } else { ROWS };
    let sources: Vec<usize> = (0..left.rows).map(|row| row * left.row).collect();
    let targets: Vec<usize> = (0..rows.min(left.rows)).map(|row| row * columns).collect();
    let multiply = |(sources, out): (&[usize], &mut [f32])| {
        isa.dispatch(Product {
            left: left.values,
            left_step: left.step,
            right: values,
            right_step: right.step,
            right_panel: right.panel,
            runs: &[Run { left: 0, right: 0 }],
            length: depth,
            sources,
            targets: &targets[..sources.len()],
            columns,
            start,
            activation,
            out,
        });
    };
    sources.par_chunks(rows.max(1)).zip(out.par_chunks_mut(rows.max(1) * columns)).for_each(multiply);
}
