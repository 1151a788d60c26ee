//! Some of many things, where a chart cannot hold all.

/// The numbers of `most` of `all` things, evenly spread, the first and the last among them; of fewer, all.
pub(super) fn spread(all: usize, most: usize) -> impl Iterator<Item = usize> {
    let count = all.min(most);
    let gaps = count.saturating_sub(1).max(1);
    (0..count).map(move |number| (number * (all - 1) + gaps / 2) / gaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Of 20: 19/7 apart, rounded.
    #[test]
    fn some_of_many_are_spread_over_all() {
        let of = |all| spread(all, 8).collect::<Vec<_>>();
        assert_eq!(of(20), [0, 3, 5, 8, 11, 14, 16, 19]);
        assert_eq!(of(9), [0, 1, 2, 3, 5, 6, 7, 8]);
        assert_eq!(of(8), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!((of(1), of(0)), (vec![0], vec![]));
    }
}
