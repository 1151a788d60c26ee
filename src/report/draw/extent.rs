//! How much of an axis measurements take.

use super::axis::Axis;
use super::heading::noted;
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
    /// The axis of `estimates`, on which `singles` have a place too. Means take a third of it at least: one wide interval
    /// would make all of them one line. Differences are read by their intervals, so that only those are cut that are far
    /// wider than the rest.
    pub fn of(format: Format, estimates: &[Estimate], singles: &[f64]) -> Self {
        let means = || estimates.iter().map(|estimate| estimate.mean).chain(singles.iter().copied());
        let (low, high) = (means().fold(f64::INFINITY, f64::min), means().fold(f64::NEG_INFINITY, f64::max));
        let limits = match format {
            Format::Percent => [0.0, 1.0],
            Format::Points => [-1.0, 1.0],
            // No loss and no count is below zero, whatever its interval.
            Format::Plain | Format::Whole if low >= 0.0 => [0.0, f64::MAX],
            Format::Plain | Format::Whole | Format::Difference => [f64::MIN, f64::MAX],
        };
        let ends = || estimates.iter().map(|estimate| interval(*estimate, limits));
        let lowest = ends().map(|[from, _]| from).fold(low, f64::min);
        let highest = ends().map(|[_, to]| to).fold(high, f64::max);
        let room = if high > low { high - low } else { f64::INFINITY };
        let room = match format {
            Format::Percent | Format::Plain | Format::Whole => room,
            Format::Points | Format::Difference => {
                room_of_intervals(room, estimates.iter().filter_map(|estimate| estimate.half_width))
            }
        };
        let (from, to) = (lowest.max(low - room), highest.min(high + room));
        // Differences of nothing at all have an axis of one point, not of a hundred.
        let nothing = (format == Format::Points && from == 0.0 && to == 0.0).then_some([-0.01, 0.01]);
        let axis = Axis::over(Scale::Linear, nothing.unwrap_or([from, to]).into_iter());
        let axis = axis.within(limits[0], limits[1]);
        let is_cut = estimates.iter().any(|estimate| estimate.low() < from || estimate.high() > to);
        Self { axis, is_cut }
    }

    /// `subtitle`, which says so where an interval is cut.
    pub fn noted(self, subtitle: &str) -> String {
        noted(subtitle, CUT, self.is_cut)
    }
}

/// The ends of the interval of `estimate`, as far as there can be such numbers.
fn interval(estimate: Estimate, [least, most]: [f64; 2]) -> [f64; 2] {
    [estimate.low().max(least), estimate.high().min(most)]
}

/// How far beyond means that are spread over `means` an axis goes on that is to show intervals of these half widths: what
/// reaches further is far wider than the rest, or would make all means one.
pub(super) fn room_of_intervals(means: f64, half_widths: impl Iterator<Item = f64>) -> f64 {
    let mut half_widths: Vec<f64> = half_widths.collect();
    half_widths.sort_by(f64::total_cmp);
    let median = half_widths.get(half_widths.len().saturating_sub(1) / 2).copied().unwrap_or(0.0);
    (3.0 * means).max(2.0 * median)
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

    // 100.7 % and -499 are within intervals, but there is no such accuracy and no such loss.
    #[test]
    fn an_interval_beyond_what_there_can_be_is_cut() {
        assert!(Extent::of(Format::Percent, &[estimate(0.9, 0.05), estimate(0.96, 0.047)], &[]).is_cut);
        assert!(Extent::of(Format::Plain, &[estimate(1.0, 500.0)], &[]).is_cut);
        assert!(Extent::of(Format::Points, &[estimate(0.9, 0.2), estimate(0.1, 0.2)], &[]).is_cut);
    }

    #[test]
    fn differences_of_nothing_have_a_narrow_axis() {
        let axis = Extent::of(Format::Points, &[estimate(0.0, 0.0); 3], &[0.0]).axis;
        assert!((axis.place(0.0) - 0.5).abs() < 1e-9 && axis.place(0.02) > 1.0);
    }

    // Means from 0.90 to 0.96: the axis goes 0.06 beyond them where an interval does, and 4 % more.
    #[test]
    fn one_wide_interval_does_not_flatten_the_means() {
        let extent = Extent::of(Format::Percent, &[estimate(0.9, 0.8), estimate(0.96, 0.01)], &[]);
        assert!(extent.is_cut);
        assert!((extent.axis.place(0.84) - 0.0).abs() < 0.05 && extent.axis.place(0.97) > 0.8);
        let usual = Extent::of(Format::Percent, &[estimate(0.9, 0.05), estimate(0.96, 0.3)], &[]);
        assert!(usual.is_cut && usual.axis.place(0.85) > 0.0);
        assert!(!Extent::of(Format::Percent, &[estimate(0.9, 0.05), estimate(0.96, 0.03)], &[]).is_cut);
        assert!(!Extent::of(Format::Plain, &[estimate(600.0, 500.0)], &[]).is_cut);
    }

    // Differences of 0.1 to 0.3 points beside 0, whose intervals are 0.5 points wide on each side, and one ten times as wide,
    // which may take 1 point beyond the means.
    #[test]
    fn the_axis_of_differences_shows_their_intervals_below_zero() {
        let zero = Estimate::of(&[0.0]);
        let all = [zero, estimate(0.001, 0.005), estimate(0.002, 0.005), estimate(0.003, 0.005)];
        let shown = Extent::of(Format::Points, &all, &[]);
        assert!(!shown.is_cut && shown.axis.place(-0.004) > 0.0 && shown.axis.place(0.008) < 1.0);
        let wide = Extent::of(Format::Points, &[&all[..], &[estimate(0.002, 0.05)]].concat(), &[]);
        assert!(wide.is_cut && wide.axis.place(-0.0115) < 0.0 && wide.axis.place(-0.01) > 0.0);
        let losses = [zero, estimate(0.2, 0.5), estimate(0.3, 0.5)];
        assert!(Extent::of(Format::Difference, &losses, &[]).axis.place(-0.3) > 0.0);
        // A loss is never below zero, whatever its interval.
        assert!(Extent::of(Format::Plain, &losses[1..], &[]).axis.place(-0.01) < 0.0);
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
