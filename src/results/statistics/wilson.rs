//! What the size of a test split leaves open.

/// Wilson's 95 % interval of a share that was found among `n` images: what an accuracy may be in the population that
/// the images are drawn from.
pub fn wilson(share: f64, n: u64) -> [f64; 2] {
    const Z: f64 = 1.959_963_984_540_054;
    let n = n as f64;
    let scale = 1.0 + Z * Z / n;
    let centre = (share + Z * Z / (2.0 * n)) / scale;
    let half = Z / scale * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    [centre - half, centre + half]
}

#[cfg(test)]
mod tests {
    use super::*;

    // 0.962 of 1,797 images are 1,729; by statsmodels.
    #[test]
    fn an_accuracy_as_statsmodels_has_it() {
        let [low, high] = wilson(1729.0 / 1797.0, 1797);
        assert!((low - 0.9523).abs() < 5e-5 && (high - 0.9700).abs() < 5e-5, "{low} {high}");
    }
}
