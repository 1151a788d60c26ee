//! How values are spread over an axis, and where its ticks are.

use super::number::{write, write_short};
use crate::results::Format;
use crate::spec::Scale;
use std::f64::consts::LN_10;

/// What an axis shows.
#[derive(Clone, Debug)]
pub(in crate::report) struct Quantity {
    pub name: String,
    pub format: Format,
}

/// One axis of a chart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    scale: Scale,
    /// Its ends, as [`spread`] places them.
    from: f64,
    to: f64,
}

/// A labelled place on an axis, from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub place: f64,
    pub label: String,
}

/// Whether `value` can be shown on an axis of this scale.
pub(in crate::report) fn has_place(scale: Scale, value: f64) -> bool {
    value.is_finite() && spread(scale, value).is_finite()
}

/// Where a value lies before the axis has ends; infinite or NaN where it has no place.
fn spread(scale: Scale, value: f64) -> f64 {
    match scale {
        Scale::Linear => value,
        Scale::Log => value.ln(),
        Scale::Sparsity => -(1.0 - value).ln(),
    }
}

/// The value that lies at `place`.
fn gather(scale: Scale, place: f64) -> f64 {
    match scale {
        Scale::Linear => place,
        Scale::Log => place.exp(),
        Scale::Sparsity => 1.0 - (-place).exp(),
    }
}

impl Axis {
    /// An axis for `values`, with a little room at its ends. Those that have no place on it are passed over.
    pub fn over(scale: Scale, values: impl Iterator<Item = f64>) -> Self {
        let places = values.filter(|&value| has_place(scale, value)).map(|value| spread(scale, value));
        let ends = places.fold(None, |ends: Option<(f64, f64)>, place| match ends {
            None => Some((place, place)),
            Some((from, to)) => Some((from.min(place), to.max(place))),
        });
        let (from, to) = ends.unwrap_or((0.0, 1.0));
        let largest = match scale {
            Scale::Linear => from.abs().max(to.abs()),
            // A difference of logarithms is relative already.
            Scale::Log | Scale::Sparsity => 1.0,
        };
        let width = to / 2.0 - from / 2.0;
        // What differs by rounding errors only is one value, in the middle.
        let room = if width > 1e-9 * largest { 0.08 * width } else { 0.5 * largest };
        let room = if room > 0.0 { room } else { 0.5 };
        Self { scale, from: (from - room).max(f64::MIN), to: (to + room).min(f64::MAX) }
    }

    /// The same axis, but within `low` and `high`.
    pub fn within(self, low: f64, high: f64) -> Self {
        let (low, high) = (spread(self.scale, low), spread(self.scale, high));
        Self { from: self.from.max(low), to: self.to.min(high), ..self }
    }

    /// Where `value` lies, from 0 to 1.
    pub fn place(self, value: f64) -> f64 {
        self.share(spread(self.scale, value))
    }

    /// Halves, because the difference of two numbers may be too large for one.
    fn share(self, place: f64) -> f64 {
        let width = self.to / 2.0 - self.from / 2.0;
        if width > 0.0 { (place / 2.0 - self.from / 2.0) / width } else { 0.5 }
    }

    /// Ticks no nearer to each other than `gap` (a share of the axis).
    pub fn ticks(self, format: Format, gap: f64) -> Vec<Tick> {
        let few = match self.scale {
            Scale::Linear => Vec::new(),
            Scale::Log => self.apart(Vec::new(), self.powers(format, gap), gap),
            Scale::Sparsity => self.apart(Vec::new(), self.sparsities(format), gap),
        };
        if few.len() < 2 {
            return self.apart(Vec::new(), self.multiples(format, gap), gap);
        }
        let bare = bare(&few, 1.6 * gap);
        let (more, bare): (Vec<Tick>, Vec<(f64, f64)>) = match self.scale {
            Scale::Linear => (Vec::new(), Vec::new()),
            Scale::Log => (self.between_powers(format), bare),
            // Between two sparsities that people compare at they miss none.
            Scale::Sparsity => {
                let is_end = |(from, to): &(f64, f64)| *from == 0.0 || *to == 1.0;
                (self.fine_sparsities(format), bare.into_iter().filter(is_end).collect())
            }
        };
        let is_bare = |tick: &Tick| bare.iter().any(|(from, to)| (*from..=*to).contains(&tick.place));
        let more = more.into_iter().filter(is_bare);
        self.apart(few, more.collect(), gap)
    }

    /// `ticks` with those of `candidates` that are on the axis and not too near to one before: the first ones
    /// matter most.
    fn apart(self, mut ticks: Vec<Tick>, candidates: Vec<Tick>, gap: f64) -> Vec<Tick> {
        for candidate in candidates {
            let is_free = ticks.iter().all(|tick| (tick.place - candidate.place).abs() >= gap - 1e-9);
            if (-1e-9..=1.0 + 1e-9).contains(&candidate.place) && is_free {
                ticks.push(candidate);
            }
        }
        ticks.sort_by(|a, b| a.place.total_cmp(&b.place));
        ticks
    }

    /// Multiples of 1, 2 or 5 times a power of ten.
    fn multiples(self, format: Format, gap: f64) -> Vec<Tick> {
        let (low, high) = (gather(self.scale, self.from), gather(self.scale, self.to));
        let least = (high / 2.0 - low / 2.0) * gap * 2.0;
        if !least.is_normal() {
            return vec![Tick { place: self.place(low), label: write_short(format, low, low) }];
        }
        let power = 10f64.powf(least.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|one| one * power);
        let step = steps.into_iter().find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(steps[3]);
        let step = if format == Format::Whole { step.max(1.0) } else { step };
        let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
        let most = (1.0 / gap).ceil() as usize + 1;
        let values = (0..most).map(|number| first + number as f64).take_while(|&multiple| multiple <= last);
        let largest = (first * step).abs().max((last * step).abs());
        values
            .map(|multiple| multiple * step)
            .map(|value| Tick { place: self.place(value), label: write(format, value, step, largest) })
            .collect()
    }

    /// Powers of ten, as many as there is room for; then twice and five times each.
    fn powers(self, format: Format, gap: f64) -> Vec<Tick> {
        let (first, last) = ((self.from / LN_10).floor() as i32, (self.to / LN_10).ceil() as i32);
        let every = (f64::from(last - first) * gap).ceil().max(1.0) as i32;
        let all = || first..=last;
        let tens = all()
            .filter(|power| power.rem_euclid(every) == 0)
            .filter_map(|power| self.digit(format, 1, power));
        let between = all().filter(|_| every == 1);
        let between = between.flat_map(|power| [2, 5].map(|digit| self.digit(format, digit, power)));
        tens.chain(between.flatten()).collect()
    }

    /// The other multiples of powers of ten, for an axis that has few of the first ones.
    fn between_powers(self, format: Format) -> Vec<Tick> {
        let (first, last) = ((self.from / LN_10).floor() as i32, (self.to / LN_10).ceil() as i32);
        let powers = if last - first > 3 { 0..0 } else { first..last + 1 };
        let digits = |power| {
            let digits = [3, 4, 6, 8, 7, 9].map(|digit| self.digit(format, digit, power));
            digits.into_iter().chain([self.digit(format, 15, power - 1)])
        };
        powers.flat_map(digits).flatten().collect()
    }

    /// The place of `digit` (or two) times ten to the `power` on a logarithmic axis.
    fn digit(self, format: Format, digit: u8, power: i32) -> Option<Tick> {
        let value: f64 = format!("{digit}e{power}").parse().unwrap_or(0.0);
        let largest = gather(Scale::Log, self.to);
        has_place(Scale::Log, value)
            .then(|| Tick { place: self.place(value), label: write_short(format, value, largest) })
    }

    /// Sparsities that people compare at, the most telling first.
    fn sparsities(self, format: Format) -> Vec<Tick> {
        let main =
            ["0.90", "0.99", "0.00", "0.50", "0.98", "0.95", "0.80", "0.998", "0.999", "0.995", "0.70"];
        let more = ["0.97", "0.60", "0.30", "0.96", "0.85", "0.20", "0.40", "0.10"];
        let beyond = (3..=12).flat_map(|nines| {
            let nines = "9".repeat(nines);
            ["9", "8", "5"].map(|last| format!("0.{nines}{last}"))
        });
        let written = main.into_iter().chain(more).map(str::to_owned).chain(beyond);
        written.map(|text| self.sparsity(format, &text)).collect()
    }

    /// Sparsities between those, the roundest first.
    fn fine_sparsities(self, format: Format) -> Vec<Tick> {
        let halves = (1..20).map(|number| format!("{:.2}", f64::from(number) / 20.0));
        let hundredths = (1..100).map(|number| format!("{:.2}", f64::from(number) / 100.0));
        let decades = (1..=12).flat_map(|nines| {
            let nines = "9".repeat(nines);
            let digits = ["85", "75", "88", "82", "95", "92", "98", "65", "55"];
            digits.map(|digits| format!("0.{nines}{digits}"))
        });
        halves.chain(hundredths).chain(decades).map(|text| self.sparsity(format, &text)).collect()
    }

    /// The place of a sparsity, with the digits that it is written with.
    fn sparsity(self, format: Format, text: &str) -> Tick {
        let value: f64 = text.parse().expect("these are numbers");
        let step = 10f64.powi(2 - text.len() as i32);
        Tick { place: self.place(value), label: write(format, value, step, 1.0) }
    }
}

/// The stretches of an axis that are longer than `gap` and have no tick, the ends of the axis among them.
fn bare(ticks: &[Tick], gap: f64) -> Vec<(f64, f64)> {
    let places = || ticks.iter().map(|tick| tick.place);
    let starts = [0.0].into_iter().chain(places());
    let ends = places().chain([1.0]);
    starts.zip(ends).filter(|(from, to)| to - from > gap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: Axis, format: Format, gap: f64) -> Vec<String> {
        axis.ticks(format, gap).into_iter().map(|tick| tick.label).collect()
    }

    fn over(scale: Scale, values: &[f64]) -> Axis {
        Axis::over(scale, values.iter().copied())
    }

    #[test]
    fn high_sparsities_do_not_collapse() {
        let axis = over(Scale::Sparsity, &[0.5, 0.98]);
        let [at_90, at_95, at_98] = [0.9, 0.95, 0.98].map(|sparsity| axis.place(sparsity));
        assert!(at_95 - at_90 > 0.15 && at_98 - at_95 > 0.15, "{at_90} {at_95} {at_98}");
    }

    #[test]
    fn ticks_keep_their_distance() {
        let axis = over(Scale::Sparsity, &[0.0, 0.99]);
        let ticks = axis.ticks(Format::Percent, 0.08);
        assert!(ticks.windows(2).all(|pair| pair[1].place - pair[0].place >= 0.08));
        let labels: Vec<_> = ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(labels, ["0 %", "50 %", "70 %", "80 %", "90 %", "95 %", "97 %", "98 %", "99 %"]);
    }

    #[test]
    fn linear_ticks_are_round_numbers_and_none_is_left_out() {
        let axis = Axis { scale: Scale::Linear, from: 0.113, to: 0.982 };
        assert_eq!(labels(axis, Format::Percent, 0.12), ["20 %", "40 %", "60 %", "80 %"]);
        let fine = Axis { scale: Scale::Linear, from: 0.951, to: 0.974 };
        assert_eq!(labels(fine, Format::Percent, 0.15), ["95.5 %", "96.0 %", "96.5 %", "97.0 %"]);
        let whole = Axis { scale: Scale::Linear, from: 0.0, to: 1.0 };
        let tens: Vec<String> = (0..=10).map(|ten| format!("{} %", 10 * ten)).collect();
        assert_eq!(labels(whole, Format::Percent, 0.1), tens);
    }

    #[test]
    fn logarithmic_ticks_are_powers_of_ten_however_small() {
        let axis = over(Scale::Log, &[1e-8, 1e-2]);
        assert_eq!(
            labels(axis, Format::Plain, 0.085),
            ["1e-8", "1e-7", "1e-6", "1e-5", "0.0001", "0.001", "0.01"]
        );
        let all = over(Scale::Log, &[5e-324, 1e308]);
        let ticks = labels(all, Format::Plain, 0.085);
        assert!((5..=13).contains(&ticks.len()), "{ticks:?}");
        let narrow = labels(over(Scale::Log, &[2.0, 3.0]), Format::Plain, 0.1);
        assert_eq!(narrow, ["2.0", "2.2", "2.4", "2.6", "2.8", "3.0"]);
    }

    // A newcomer's charts: prunable weights left, and sparsities of many rounds.
    #[test]
    fn no_end_of_an_axis_is_without_a_tick() {
        let weights = over(Scale::Log, &[600.0, 4400.0]);
        assert_eq!(
            labels(weights, Format::Plain, 0.085),
            ["600", "800", "1000", "1500", "2000", "3000", "4000"]
        );
        let sparsity = over(Scale::Sparsity, &[0.6, 0.9881]);
        assert_eq!(
            labels(sparsity, Format::Percent, 0.085),
            ["70 %", "80 %", "90 %", "95 %", "97 %", "98 %", "98.8 %"]
        );
    }

    // 0.1 + 0.2 and 0.3 differ by one rounding error.
    #[test]
    fn equal_values_are_in_the_middle_of_readable_ticks() {
        let axis = over(Scale::Linear, &[0.3, 0.1 + 0.2]);
        assert!((axis.place(0.3) - 0.5).abs() < 1e-6);
        assert_eq!(labels(axis, Format::Plain, 0.2), ["0.2", "0.3", "0.4"]);
    }

    #[test]
    fn no_values_whatever_make_many_ticks() {
        let extremes = [f64::MIN, -1.0, -5e-324, 0.0, 5e-324, 1e-300, 0.5, 1.0 - 1e-16, 1.0, 1e300, f64::MAX];
        for scale in [Scale::Linear, Scale::Log, Scale::Sparsity] {
            for low in extremes {
                for high in extremes.into_iter().chain([f64::INFINITY, f64::NAN]) {
                    let axis = over(scale, &[low, high]);
                    let ticks = axis.ticks(Format::Plain, 0.1);
                    assert!(ticks.len() <= 12, "{scale:?} {low} {high}: {ticks:?}");
                    assert!(ticks.iter().all(|tick| tick.place.is_finite() && tick.label.len() < 40));
                    let shown = [low, high].into_iter().filter(|&value| has_place(scale, value));
                    assert!(shown.map(|value| axis.place(value)).all(|place| (0.0..=1.0).contains(&place)));
                }
            }
        }
    }
}
