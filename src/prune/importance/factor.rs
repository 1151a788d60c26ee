//! A symmetric matrix as a sum of outer products.

/// Pivots below this share of the first are rounding errors of 32-bit numbers.
const NEGLIGIBLE: f64 = 1e-6;

/// Factors d and vectors l with Σ d · l · lᵀ = `matrix`, which is symmetric and positive semidefinite,
/// `[size, size]`; as many as its rank. By elimination, the largest entry of the diagonal first, the last of
/// equal ones.
pub(super) fn outer_products(mut matrix: Vec<f64>, size: usize) -> Vec<(f64, Vec<f64>)> {
    let diagonal = |matrix: &[f64], index: usize| matrix[index * size + index];
    let mut products: Vec<(f64, Vec<f64>)> = Vec::new();
    while products.len() < size {
        let largest = (0..size).max_by(|&a, &b| diagonal(&matrix, a).total_cmp(&diagonal(&matrix, b)));
        let Some(pivot) = largest else { break };
        let factor = diagonal(&matrix, pivot);
        let least = products.first().map_or(0.0, |(first, _)| first * NEGLIGIBLE);
        // What is not a number stays one, so that the scores say so.
        if factor <= least {
            break;
        }
        let vector: Vec<f64> = (0..size).map(|row| matrix[row * size + pivot] / factor).collect();
        for row in 0..size {
            for column in 0..size {
                matrix[row * size + column] -= factor * vector[row] * vector[column];
            }
        }
        products.push((factor, vector));
    }
    products
}

#[cfg(test)]
mod tests {
    use super::*;

    // [4 2; 2 5] = 5·(2/5, 1)(2/5, 1)ᵀ + (4 − 4/5)·(1, 0)(1, 0)ᵀ.
    #[test]
    fn the_largest_of_the_diagonal_is_eliminated_first() {
        let products = outer_products(vec![4.0, 2.0, 2.0, 5.0], 2);
        assert_eq!(products, [(5.0, vec![0.4, 1.0]), (3.2, vec![1.0, 0.0])]);
    }

    // The covariance of the classes (¼, ¾) has rank one, and zero has none.
    #[test]
    fn there_are_as_many_as_the_rank() {
        let products = outer_products(vec![0.1875, -0.1875, -0.1875, 0.1875], 2);
        assert_eq!(products, [(0.1875, vec![-1.0, 1.0])]);
        assert!(outer_products(vec![0.0; 4], 2).is_empty());
    }
}
