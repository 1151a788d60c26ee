//! More of what is small: the Erdős–Rényi–Kernel rule.

use super::Site;
use super::fill::Part;

/// What a layer wishes to keep: at its density, ε · the sum of the sides of its weight.
pub(super) fn part(site: &Site<'_>) -> Part {
    let sides: usize = site.shape.iter().sum();
    Part { wish: sides as f64, least: 0.0, most: site.kept as f64 }
}

#[cfg(test)]
mod tests {
    use crate::prune::Spread;
    use crate::prune::allocation::site::{Place, Site};

    fn site(shape: &[usize]) -> Site<'_> {
        let weights = shape.iter().product::<usize>() as u64;
        Site { weights, kept: weights, shape, place: Place::Between }
    }

    /// Sides add up to 3 + 4 = 7, to 2 + 2 + 3 + 3 = 10 and to 100 + 20 = 120. 137 of 2,048 weights are left: with
    /// ε = 1 the densities are 7/12, 10/36 and 120/2000. With 411 ε would be 3 and the first layer 21/12 dense:
    /// it stays dense, and the others get 399 / 130 of their sides, 30.7 and 368.3.
    #[test]
    fn density_follows_the_sides_of_the_weight() {
        let sites = [site(&[3, 4]), site(&[2, 2, 3, 3]), site(&[100, 20])];
        assert_eq!(Spread::Erk.kept(&sites, 137), Ok(vec![7, 10, 120]));
        assert_eq!(Spread::Erk.kept(&sites, 411), Ok(vec![12, 31, 368]));
        assert_eq!(Spread::Erk.kept(&sites, 2048), Ok(vec![12, 36, 2000]));
    }
}
