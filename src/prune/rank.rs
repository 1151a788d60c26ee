//! The order in which the units of a small group go.

/// The rank of each of `units` (whether it is there, and its score), from 0 for the one that goes first: those
/// that are gone, then the others by score; equal scores go by position.
pub(super) fn ranks(units: &[(bool, f32)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..units.len()).collect();
    order.sort_by(|&a, &b| {
        let (one, other) = (units[a], units[b]);
        one.0.cmp(&other.0).then_with(|| match one.0 {
            true => one.1.total_cmp(&other.1),
            false => std::cmp::Ordering::Equal,
        })
    });
    let mut ranks = vec![0; units.len()];
    order.into_iter().enumerate().for_each(|(rank, unit)| ranks[unit] = rank);
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_first_and_equal_scores_go_by_position() {
        let units = [(true, 2.0), (true, 1.0), (false, 9.0), (true, 1.0), (false, f32::NAN)];
        assert_eq!(ranks(&units), [4, 2, 0, 3, 1]);
    }
}
