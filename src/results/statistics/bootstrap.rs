//! An interval of a statistic that has no formula.

/// Values whose nⁿ samples are enumerated.
const MOST: usize = 7;

/// The 95 % percentile interval of `statistic` over all samples of `values` with replacement, each of which is taken
/// once; `None` of one value, and of more than seven. Of few values it is too narrow: where there is a formula, as for a
/// mean, take that.
pub fn bootstrap(values: &[f64], statistic: impl Fn(&[f64]) -> f64) -> Option<[f64; 2]> {
    let n = values.len();
    if !(2..=MOST).contains(&n) {
        return None;
    }
    let mut sample = vec![0.0; n];
    let mut found: Vec<f64> = (0..n.pow(n as u32))
        .map(|number| {
            let mut rest = number;
            for place in &mut sample {
                *place = values[rest % n];
                rest /= n;
            }
            statistic(&sample)
        })
        .collect();
    found.sort_by(f64::total_cmp);
    Some([quantile(&found, 0.025), quantile(&found, 0.975)])
}

/// The quantile of sorted values, between neighbours in proportion, as NumPy has it.
fn quantile(sorted: &[f64], level: f64) -> f64 {
    let place = level * (sorted.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + part * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    // By NumPy over all 3,125 samples.
    #[test]
    fn five_differences_as_numpy_has_them() {
        let differences = [0.011, 0.009, 0.008, 0.010, 0.015];
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let [low, high] = bootstrap(&differences, mean).unwrap();
        assert!((low - 0.0088).abs() < 1e-9 && (high - 0.0130).abs() < 1e-9, "{low} {high}");
        assert_eq!(bootstrap(&[0.1], mean), None);
    }
}
