//! The inverse of the dampened empirical Fisher information of a layer, block by block.

use crate::prune::Mask;
use rayon::prelude::*;

/// (λ · I + (1 / N) · Σₙ gₙ · gₙᵀ)⁻¹ for the gradients gₙ of N images, of each run of so many weights in
/// their order; the last may be shorter. Between the blocks it is zero.
///
/// Each gradient is a change of rank one, F⁻¹ − F⁻¹ g · (F⁻¹ g)ᵀ / (N + gᵀ F⁻¹ g) (Woodbury; Hassibi & Stork,
/// 1993). In double precision, since at first the inverse is 1 / λ.
#[derive(Debug)]
pub(super) struct InverseFisher {
    weights: usize,
    block: usize,
    /// Row-major, `[size, size]` each.
    blocks: Vec<Vec<f64>>,
}

impl InverseFisher {
    /// Before any gradient: I / λ for the dampening λ.
    pub fn new(weights: usize, block: usize, dampening: f64) -> Self {
        let identity = |first: usize| {
            let size = block.min(weights - first);
            let mut values = vec![0.0; size * size];
            values.iter_mut().step_by(size + 1).for_each(|value| *value = 1.0 / dampening);
            values
        };
        Self { weights, block, blocks: (0..weights).step_by(block).map(identity).collect() }
    }

    /// Adds gradients of all weights, each of one of `images` images.
    pub fn add(&mut self, gradients: &[Vec<f32>], images: f64) {
        let block = self.block;
        self.blocks.par_iter_mut().enumerate().for_each(|(index, inverse)| {
            for gradient in gradients {
                let end = gradient.len().min((index + 1) * block);
                add_outer_product(inverse, &gradient[index * block..end], images);
            }
        });
    }

    /// w² / (2 · [F⁻¹]ᵢᵢ) for each weight.
    pub fn scores(&self, weights: &[f32]) -> Vec<f32> {
        let blocks = weights.chunks(self.block).zip(&self.blocks);
        let scores = blocks.flat_map(|(weights, inverse)| {
            let diagonal = inverse.iter().step_by(weights.len() + 1);
            weights.iter().zip(diagonal).map(|(&weight, inverse)| {
                let weight = f64::from(weight);
                (weight * weight / (2.0 * inverse)) as f32
            })
        });
        scores.collect()
    }

    /// Changes `weights` so that the loss rises the least when those that `before` keeps and `after` does not
    /// become zero: by −F⁻¹[:, Q] · (F⁻¹[Q, Q])⁻¹ · w[Q] for all Q of a block together.
    pub fn correct(&self, weights: &mut [f32], before: Option<&Mask>, after: &Mask) {
        assert_eq!(weights.len(), self.weights, "the weights are those that were scored");
        for (index, (weights, inverse)) in weights.chunks_mut(self.block).zip(&self.blocks).enumerate() {
            let first = index * self.block;
            let is_removed = |place: usize| {
                before.is_none_or(|before| before.is_kept(first + place)) && !after.is_kept(first + place)
            };
            let removed: Vec<usize> = (0..weights.len()).filter(|&place| is_removed(place)).collect();
            let size = weights.len();
            let among = |row: usize, column: usize| inverse[removed[row] * size + removed[column]];
            let right: Vec<f64> = removed.iter().map(|&place| f64::from(weights[place])).collect();
            let pressure = solve(among, right);
            for (row, weight) in inverse.chunks(size).zip(&mut *weights) {
                let change: f64 =
                    removed.iter().zip(&pressure).map(|(&place, pressure)| row[place] * pressure).sum();
                *weight = (f64::from(*weight) - change) as f32;
            }
        }
    }
}

/// One more gradient, of a block.
fn add_outer_product(inverse: &mut [f64], gradient: &[f32], images: f64) {
    if gradient.iter().all(|&value| value == 0.0) {
        return;
    }
    let gradient: Vec<f64> = gradient.iter().copied().map(f64::from).collect();
    let dot = |row: &[f64]| row.iter().zip(&gradient).map(|(a, b)| a * b).sum::<f64>();
    let product: Vec<f64> = inverse.chunks(gradient.len()).map(dot).collect();
    let scale = 1.0 / (images + dot(&product));
    for (row, factor) in inverse.chunks_mut(gradient.len()).zip(&product) {
        let factor = factor * scale;
        row.iter_mut().zip(&product).for_each(|(value, product)| *value -= factor * product);
    }
}

/// The solution of A · x = `right` for a symmetric, positive definite A, by its Cholesky factor.
fn solve(matrix: impl Fn(usize, usize) -> f64, right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    let mut lower = vec![0.0; size * size];
    for row in 0..size {
        for column in 0..=row {
            let products = (0..column).map(|k| lower[row * size + k] * lower[column * size + k]);
            let rest = matrix(row, column) - products.sum::<f64>();
            lower[row * size + column] =
                if row == column { rest.sqrt() } else { rest / lower[column * size + column] };
        }
    }
    let mut solution = right;
    for row in 0..size {
        let known: f64 = (0..row).map(|k| lower[row * size + k] * solution[k]).sum();
        solution[row] = (solution[row] - known) / lower[row * size + row];
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|k| lower[k * size + row] * solution[k]).sum();
        solution[row] = (solution[row] - known) / lower[row * size + row];
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    /// λ = 1 and one gradient (1, 2) of one image: F = [2 2; 2 5], F⁻¹ = ⅙·[5 −2; −2 2]. A third weight, in a
    /// block of its own with gradient 3, has F = 10.
    fn example() -> InverseFisher {
        let mut inverse = InverseFisher::new(3, 2, 1.0);
        inverse.add(&[vec![1.0, 2.0, 3.0]], 1.0);
        inverse
    }

    fn assert_near(found: &[f64], expected: &[f64]) {
        let near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6);
        assert!(near && found.len() == expected.len(), "{found:?} is not {expected:?}");
    }

    #[test]
    fn is_the_inverse_of_each_block() {
        let inverse = example();
        assert_near(&inverse.blocks[0], &[5.0 / 6.0, -1.0 / 3.0, -1.0 / 3.0, 1.0 / 3.0]);
        assert_near(&inverse.blocks[1], &[0.1]);
    }

    // w = (1, 1, 2): 1 / (2 · 5/6) = 0.6, 1 / (2 · ⅓) = 1.5 and 4 / (2 · 0.1) = 20.
    #[test]
    fn scores_are_the_rise_of_the_loss() {
        let scores: Vec<f64> = example().scores(&[1.0, 1.0, 2.0]).into_iter().map(f64::from).collect();
        assert_near(&scores, &[0.6, 1.5, 20.0]);
    }

    fn corrected(before: [bool; 3], after: [bool; 3]) -> Vec<f64> {
        let mask = |mask: [bool; 3]| mask.into_iter().collect::<Mask>();
        let mut weights = [1.0, 1.0, 2.0];
        example().correct(&mut weights, Some(&mask(before)), &mask(after));
        weights.map(f64::from).to_vec()
    }

    // Without the first of w = (1, 1) the second moves by −(−⅓) / (5/6) · 1 = 0.4. Where both go, nothing of
    // their block is left to move; where the first was gone before, it moves nothing.
    #[test]
    fn what_stays_makes_up_for_what_goes() {
        assert_near(&corrected([true; 3], [false, true, true]), &[0.0, 1.4, 2.0]);
        assert_near(&corrected([true; 3], [false, false, true]), &[0.0, 0.0, 2.0]);
        assert_near(&corrected([false, true, true], [false, true, true]), &[1.0, 1.0, 2.0]);
    }
}
