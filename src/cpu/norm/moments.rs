//! Mean and variance of a batch, read from memory once.

use crate::cpu::Isa;
use crate::cpu::rows::{Operands, Out, Rows};
use rayon::prelude::*;

/// Mean and biased variance of each channel of `values` [.., channels]. Each task sums squares around its own
/// mean, so that nothing cancels, and the tasks' sums are merged (Chan et al., 1983).
pub fn moments(isa: Isa, values: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    let rows = Rows::new(channels);
    let of_task = |values: &[f32]| {
        let count = (values.len() / channels) as f64;
        let out = || Out::Discard(values.len());
        let arrays = Operands { inputs: [values], channels: [], out: out() };
        let [sum] = rows.add_up(isa, arrays, |_, [x], []| (0.0, [x]));
        let mean: Vec<f64> = sum.into_iter().map(|sum| sum / count).collect();
        // Shifted variance: the mean rounded to single precision is the shift, which the last line corrects for.
        let shift: Vec<f32> = mean.iter().map(|mean| *mean as f32).collect();
        let arrays = Operands { inputs: [values], channels: [&rows.repeat(&shift)], out: out() };
        let [squares] = rows.add_up(isa, arrays, |_, [x], [shift]| (0.0, [(x - shift) * (x - shift)]));
        let squares = squares
            .iter()
            .zip(mean.iter().zip(&shift))
            .map(|(squares, (mean, shift))| squares - count * (mean - f64::from(*shift)).powi(2));
        (count, mean.clone(), squares.collect::<Vec<f64>>())
    };
    let parts: Vec<_> = values.par_chunks(rows.task()).map(of_task).collect();
    let (mut count, mut mean, mut squares) = (0.0, vec![0.0; channels], vec![0.0; channels]);
    for (more, means, sums) in parts {
        let total: f64 = count + more;
        for channel in 0..channels {
            let distance = means[channel] - mean[channel];
            mean[channel] += distance * more / total;
            squares[channel] += sums[channel] + distance * distance * count * more / total;
        }
        count = total;
    }
    let single = |values: Vec<f64>, by: f64| values.into_iter().map(|value| (value / by) as f32).collect();
    (single(mean, 1.0), single(squares, count))
}
