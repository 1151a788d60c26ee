//! How much of an axis measurements take.

use super::axis::Axis;
use crate::results::{Estimate, Format};
use crate::spec::Scale;

/// What a caption says where intervals are cut.
pub(super) const CUT: &str = "an interval that goes beyond the frame is cut there";

/// An axis for estimates, and whether some interval goes beyond it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub axis: Axis,
    pub is_cut: bool,
}

impl Extent {
    /// The axis of `estimates`, on which `singles` have a place too. The means take a third of it at least: one wide
    /// interval would make all of them one line.
    pub fn of(format: Format, estimates: &[Estimate], singles: &[f64]) -> Self {
        let (least, most) = match format {
            Format::Percent => (0.0, 1.0),
            Format::Points => (-1.0, 1.0),
            Format::Plain | Format::Whole => (f64::MIN, f64::MAX),
        };
        let means = || estimates.iter().map(|estimate| estimate.mean).chain(singles.iter().copied());
        let (low, high) = (means().fold(f64::INFINITY, f64::min), means().fold(f64::NEG_INFINITY, f64::max));
        let lowest = estimates.iter().map(|estimate| estimate.low().max(least)).fold(low, f64::min);
        let highest = estimates.iter().map(|estimate| estimate.high().min(most)).fold(high, f64::max);
        let room = if high > low { high - low } else { f64::INFINITY };
        let (from, to) = (lowest.max(low - room), highest.min(high + room));
        let axis = Axis::over(Scale::Linear, [from, to].into_iter());
        // The room at the ends is for numbers that there can be: there is none below zero beside losses.
        let axis = axis.within(if low >= 0.0 { 0.0 } else { least }, most);
        Self { axis, is_cut: from > lowest || to < highest }
    }

    /// `subtitle`, which says so where an interval is cut.
    pub fn noted(self, subtitle: &str) -> String {
        if self.is_cut { format!("{subtitle}; {CUT}") } else { subtitle.to_owned() }
    }
}

/// The points of a line that goes from one to the next, but no higher than `top` and no lower than `bottom` (in
/// pixels from above): where it would leave, it goes along the edge.
pub(super) fn clamped(points: &[(f64, f64)], top: f64, bottom: f64) -> Vec<(f64, f64)> {
    let mut clamped: Vec<(f64, f64)> = Vec::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        if let Some(&(before_x, before)) = index.checked_sub(1).and_then(|before| points.get(before)) {
            let mut crossings: Vec<f64> = [top, bottom]
                .into_iter()
                .filter(|edge| (before < *edge) != (y < *edge))
                .map(|edge| (edge - before) / (y - before))
                .collect();
            crossings.sort_by(f64::total_cmp);
            let at = |share: f64| (before_x + share * (x - before_x), before + share * (y - before));
            clamped.extend(crossings.into_iter().map(at));
        }
        clamped.push((x, y));
    }
    clamped.into_iter().map(|(x, y)| (x, y.clamp(top, bottom))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(mean: f64, half_width: f64) -> Estimate {
        Estimate { n: 2, mean, deviation: None, half_width: Some(half_width) }
    }

    // Means from 0.90 to 0.96: the axis goes 0.06 beyond them where an interval does, and 4 % more.
    #[test]
    fn one_wide_interval_does_not_flatten_the_means() {
        let extent = Extent::of(Format::Percent, &[estimate(0.9, 0.8), estimate(0.96, 0.01)], &[]);
        assert!(extent.is_cut);
        assert!((extent.axis.place(0.84) - 0.0).abs() < 0.05 && extent.axis.place(0.97) > 0.8);
        let usual = Extent::of(Format::Percent, &[estimate(0.9, 0.05), estimate(0.96, 0.3)], &[]);
        // What is beyond 100 % is nothing that could be.
        assert!(usual.is_cut && usual.axis.place(0.85) > 0.0);
        assert!(!Extent::of(Format::Percent, &[estimate(0.9, 0.05), estimate(0.96, 0.05)], &[]).is_cut);
        assert!(!Extent::of(Format::Plain, &[estimate(1.0, 500.0)], &[]).is_cut);
    }

    #[test]
    fn a_band_is_cut_where_it_leaves_the_frame() {
        let line = [(0.0, 5.0), (10.0, 15.0), (20.0, 5.0)];
        let cut = [(0.0, 5.0), (5.0, 10.0), (10.0, 10.0), (15.0, 10.0), (20.0, 5.0)];
        assert_eq!(clamped(&line, 0.0, 10.0), cut);
        assert_eq!(clamped(&[(0.0, -10.0), (30.0, 20.0)], 0.0, 10.0)[1..3], [(10.0, 0.0), (20.0, 10.0)]);
        assert_eq!(clamped(&line, 0.0, 20.0), line);
    }
}
