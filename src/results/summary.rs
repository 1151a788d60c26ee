//! One number a seed of a whole method: what its curve of accuracy against compression comes to.

use crate::math::ln;
use std::f64::consts::LN_2;

/// A network along the curve of one method and seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Prunable weights ÷ those left.
    pub compression: f64,
    pub sparsity: f64,
    pub accuracy: f64,
}

/// The area under accuracy against log₂ compression by the trapezoid rule, divided by the range of log₂ compression: a
/// mean accuracy. `None` where there are not two compressions, or one of them is infinite, as where nothing is left.
pub fn area(curve: &[CurvePoint]) -> Option<f64> {
    let mut points: Vec<(f64, f64)> =
        curve.iter().map(|point| (ln(point.compression) / LN_2, point.accuracy)).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let range = points.last()?.0 - points.first()?.0;
    let trapezoids = points.windows(2).map(|pair| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) / 2.0);
    let area = trapezoids.sum::<f64>() / range;
    (range > 0.0 && area.is_finite()).then_some(area)
}

/// The largest sparsity of a network on the curve whose accuracy is at most `drop` below `dense`; 0 where there is none.
pub fn sparsity_at_drop(curve: &[CurvePoint], dense: f64, drop: f64) -> f64 {
    // Accuracies are shares of whole images, so what differs by less than this is the same.
    const SAME: f64 = 1e-12;
    let within = curve.iter().filter(|point| point.accuracy >= dense - drop - SAME);
    within.map(|point| point.sparsity).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURVE: [CurvePoint; 3] = [
        CurvePoint { compression: 20.0, sparsity: 0.95, accuracy: 0.8 },
        CurvePoint { compression: 2.0, sparsity: 0.5, accuracy: 0.96 },
        CurvePoint { compression: 10.0, sparsity: 0.9, accuracy: 0.95 },
    ];

    // numpy.trapezoid([.96, .95, .8], numpy.log2([2, 10, 20])) / log2(10) by NumPy.
    #[test]
    fn the_area_is_as_numpy_has_it() {
        assert!((area(&CURVE).unwrap() - 0.930_917_600_346_881_4).abs() < 1e-12, "{:?}", area(&CURVE));
        assert_eq!(area(&CURVE[..1]), None);
        assert_eq!(area(&[CURVE[0], CurvePoint { compression: f64::INFINITY, ..CURVE[0] }]), None);
        assert_eq!(area(&[]), None);
    }

    #[test]
    fn the_largest_sparsity_is_of_those_that_are_near_enough() {
        assert_eq!(sparsity_at_drop(&CURVE, 0.96, 0.01), 0.9);
        assert_eq!(sparsity_at_drop(&CURVE, 0.96, 0.005), 0.5);
        assert_eq!(sparsity_at_drop(&CURVE, 0.98, 0.01), 0.0);
    }
}
