//! The same share of every layer but the first and the last.

use super::Site;
use super::fill::Part;
use super::site::Place;

/// Share of the last layer's weights that goes at most.
const MOST_OF_THE_LAST: f64 = 0.8;

/// What a layer may keep: all of the first, at least a fifth of the last, and the same share of all others.
pub(super) fn part(site: &Site<'_>) -> Part {
    let most = site.kept as f64;
    let least = match site.place {
        Place::First => most,
        Place::Last => (site.weights as f64 - (MOST_OF_THE_LAST * site.weights as f64).floor()).min(most),
        Place::Between => 0.0,
    };
    Part { wish: site.weights as f64, least, most }
}

#[cfg(test)]
mod tests {
    use crate::prune::Spread;
    use crate::prune::allocation::site::{Place, Site};

    fn sites(kept: [u64; 4]) -> [Site<'static>; 4] {
        let places = [Place::First, Place::Between, Place::Between, Place::Last];
        let weights = [100, 400, 400, 100];
        std::array::from_fn(|index| Site {
            weights: weights[index],
            kept: kept[index],
            shape: &[1, 1],
            place: places[index],
        })
    }

    const DENSE: [u64; 4] = [100, 400, 400, 100];

    fn kept(left: u64) -> Result<Vec<u64>, u64> {
        Spread::UniformPlus.kept(&sites(DENSE), left)
    }

    /// Of 1,000 weights half go: the first keeps 100, so each other 400 of 900, ⁴⁄₉: 177.8, 177.8, 44.4, of which
    /// the first two are rounded up. Of 900 that go the last gives 80 and the others 820 of 800: too many.
    #[test]
    fn the_first_stays_dense_and_the_last_keeps_a_fifth() {
        assert_eq!(kept(500), Ok(vec![100, 178, 178, 44]));
        // 0.85: of 850 the last gives 80 and the others 385 each.
        assert_eq!(kept(150), Ok(vec![100, 15, 15, 20]));
        assert_eq!(kept(120), Ok(vec![100, 0, 0, 20]));
        assert_eq!(kept(100), Err(120));
    }

    #[test]
    fn what_is_gone_stays_gone() {
        let found = Spread::UniformPlus.kept(&sites([50, 20, 400, 10]), 150);
        assert_eq!(found, Ok(vec![50, 20, 70, 10]));
    }
}
