//! How values are spread over an axis, and where its ticks are.

use crate::spec::Scale;

/// The largest share whose complement is still told from zero.
const MOST: f64 = 0.999_99;

/// One axis of a chart: values from `low` to `high`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
}

/// A labelled place on an axis, from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub place: f64,
    pub label: String,
}

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Percent,
    Plain,
}

impl Format {
    /// Of a column of `measurements`.
    pub fn of(column: &str) -> Self {
        let is_share = ["accuracy", "sparsity", "teacher_agreement", "ece"];
        if is_share.iter().any(|share| column.starts_with(share)) || column.ends_with(".sparsity") {
            Self::Percent
        } else {
            Self::Plain
        }
    }

    fn write(self, value: f64, decimals: usize) -> String {
        match self {
            Self::Percent => format!("{:.*} %", decimals.saturating_sub(2), 100.0 * value),
            Self::Plain if value.abs() >= 1e6 => format!("{:.1} M", value / 1e6),
            Self::Plain if value.abs() >= 1e4 => format!("{:.0} k", value / 1e3),
            Self::Plain => format!("{value:.decimals$}"),
        }
    }
}

impl Axis {
    /// An axis for `values`, of which there is at least one, with a little room at its ends.
    pub fn over(scale: Scale, values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            low = low.min(value);
            high = high.max(value);
        }
        let axis = Self { scale, low, high };
        let (from, to) = (axis.stretch(low), axis.stretch(high));
        let room = if to > from { 0.04 * (to - from) } else { 0.5 };
        Self { scale, low: axis.relax(from - room), high: axis.relax(to + room) }
    }

    /// The same axis, but within `low` and `high`.
    pub fn within(self, low: f64, high: f64) -> Self {
        Self { low: self.low.max(low), high: self.high.min(high), ..self }
    }

    /// Where `value` lies, from 0 to 1.
    pub fn place(self, value: f64) -> f64 {
        let (from, to) = (self.stretch(self.low), self.stretch(self.high));
        if to > from { (self.stretch(value) - from) / (to - from) } else { 0.5 }
    }

    fn stretch(self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value,
            Scale::Log => value.max(f64::MIN_POSITIVE).ln(),
            Scale::Sparsity => -(1.0 - value.min(MOST)).ln(),
        }
    }

    fn relax(self, place: f64) -> f64 {
        match self.scale {
            Scale::Linear => place,
            Scale::Log => place.exp(),
            Scale::Sparsity => 1.0 - (-place).exp(),
        }
    }

    /// Ticks no nearer to each other than `gap` (a share of the axis).
    pub fn ticks(self, format: Format, gap: f64) -> Vec<Tick> {
        let candidates: Vec<(f64, usize)> = match self.scale {
            Scale::Linear => self.linear(gap),
            Scale::Log => {
                let decades = -6..12;
                decades
                    .flat_map(|decade| {
                        [1.0, 2.0, 5.0].map(|one| (one * 10f64.powi(decade), 0.max(-decade) as usize))
                    })
                    .collect()
            }
            Scale::Sparsity => sparsities(),
        };
        let mut ticks: Vec<Tick> = Vec::new();
        // The ends of the list are the values that matter most; those between give way.
        for (value, decimals) in candidates {
            let place = self.place(value);
            let is_free = ticks.iter().all(|tick| (tick.place - place).abs() >= gap);
            if (-1e-9..=1.0 + 1e-9).contains(&place) && is_free {
                ticks.push(Tick { place, label: format.write(value, decimals) });
            }
        }
        ticks.sort_by(|a, b| a.place.total_cmp(&b.place));
        ticks
    }

    /// Multiples of 1, 2 or 5 times a power of ten.
    fn linear(self, gap: f64) -> Vec<(f64, usize)> {
        let least = (self.high - self.low) * gap;
        let power = 10f64.powf(least.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|one| one * power).into_iter().find(|step| *step >= least);
        let step = step.unwrap_or(10.0 * power);
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let (first, last) = ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
        (first..=last).map(|multiple| (multiple as f64 * step, decimals)).collect()
    }
}

/// Sparsities that people compare at, the most telling first, with the decimals that write them.
fn sparsities() -> Vec<(f64, usize)> {
    let main =
        [(0.9, 2), (0.99, 2), (0.0, 2), (0.5, 2), (0.98, 2), (0.95, 2), (0.8, 2), (0.998, 3), (0.999, 3)];
    let more = [
        (0.995, 3),
        (0.7, 2),
        (0.97, 2),
        (0.6, 2),
        (0.3, 2),
        (0.96, 2),
        (0.85, 2),
        (0.2, 2),
        (0.4, 2),
        (0.1, 2),
    ];
    main.into_iter().chain(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn high_sparsities_do_not_collapse() {
        let axis = Axis::over(Scale::Sparsity, [0.5, 0.98].into_iter());
        let [at_90, at_95, at_98] = [0.9, 0.95, 0.98].map(|sparsity| axis.place(sparsity));
        assert!(at_95 - at_90 > 0.15 && at_98 - at_95 > 0.15, "{at_90} {at_95} {at_98}");
    }

    #[test]
    fn ticks_keep_their_distance() {
        let axis = Axis::over(Scale::Sparsity, [0.0, 0.99].into_iter());
        let ticks = axis.ticks(Format::Percent, 0.08);
        assert!(ticks.windows(2).all(|pair| pair[1].place - pair[0].place >= 0.08));
        let labels: Vec<_> = ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(labels, ["0 %", "50 %", "70 %", "80 %", "90 %", "95 %", "98 %", "99 %"]);
    }

    #[test]
    fn linear_ticks_are_round_numbers() {
        let axis = Axis { scale: Scale::Linear, low: 0.113, high: 0.982 };
        let labels: Vec<_> = axis.ticks(Format::Percent, 0.12).into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, ["20 %", "40 %", "60 %", "80 %"]);
        let fine = Axis { scale: Scale::Linear, low: 0.951, high: 0.974 };
        let labels: Vec<_> = fine.ticks(Format::Percent, 0.15).into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, ["95.5 %", "96.0 %", "96.5 %", "97.0 %"]);
    }
}
