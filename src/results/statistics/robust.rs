//! A mean that a few bad seeds do not move.

/// The mean of the middle half of `values`: those between the quartiles, of which the outermost count in part
/// (Agarwal et al., 2021). Of at least one value.
pub fn interquartile_mean(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let (begin, end) = (n / 4.0, 3.0 * n / 4.0);
    let weighted = sorted.iter().enumerate().map(|(index, value)| {
        let index = index as f64;
        value * ((index + 1.0).min(end) - index.max(begin)).max(0.0)
    });
    weighted.sum::<f64>() / (end - begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Of 4 the middle two; of 5 the middle three, the outer two of which count by ¾: (0.75 · 2 + 3 + 0.75 · 4) / 2.5.
    #[test]
    fn the_middle_half_by_hand() {
        assert_eq!(interquartile_mean(&[100.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(interquartile_mean(&[100.0, 4.0, 3.0, 2.0, -50.0]), 3.0);
        assert_eq!(interquartile_mean(&[7.0]), 7.0);
    }
}
