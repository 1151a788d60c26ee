//! Numbers as the ticks of an axis write them.

use crate::format::grouped;
use crate::results::{Estimate, Format};

/// `value` with the digits that tell it from a neighbour at `step`, in the unit of `largest`, the largest number on
/// its axis: so that no axis has 8000 beside 10 k.
pub(super) fn write(format: Format, value: f64, step: f64, largest: f64) -> String {
    // A sum of steps that should be zero may be a negative zero.
    let value = value + 0.0;
    match format {
        Format::Percent => format!("{} %", fixed(100.0 * value, decimals(100.0 * step))),
        Format::Points => format!("{} pp", fixed(100.0 * value, decimals(100.0 * step))),
        Format::Plain | Format::Difference | Format::Whole => plain(value, step, unit(largest.abs())),
    }
}

/// `value`, which has one digit that is not zero or two, on an axis of many sizes up to `largest`: each in a unit of its own,
/// thousands in `k` where there are so large ones that they need it.
pub(super) fn write_short(format: Format, value: f64, largest: f64) -> String {
    let size = value.abs();
    let power = 10f64.powf(order(size));
    let has_one = (size / power).fract().abs() < 1e-6;
    let step = if has_one { power } else { power / 10.0 };
    match format {
        Format::Plain | Format::Difference | Format::Whole if needs_exponent(size) => {
            format!("{}{size:e}", sign(value))
        }
        Format::Plain | Format::Difference | Format::Whole => {
            let unit = if largest >= 1e4 && (1e3..1e4).contains(&size) { THOUSAND } else { unit(size) };
            plain(value, step, unit)
        }
        Format::Percent | Format::Points => write(format, value, step, largest),
    }
}

/// `value` in four or five digits, as people read it alone.
pub(super) fn exact(format: Format, value: f64) -> String {
    match format {
        Format::Percent => format!("{} %", fixed(100.0 * value, 2)),
        Format::Points => format!("{} pp", fixed(100.0 * value, 2)),
        Format::Plain | Format::Difference | Format::Whole if value.fract() == 0.0 && value.abs() < 1e15 => {
            grouped_whole(value)
        }
        Format::Plain | Format::Difference | Format::Whole if needs_exponent(value.abs()) => {
            format!("{}{:.3e}", sign(value), value.abs())
        }
        Format::Plain | Format::Difference | Format::Whole => {
            fixed(value, decimals(10f64.powf(order(value.abs())) / 1e3))
        }
    }
}

/// A mean over seeds with half the width of its interval: `97.05 % ± 0.31 % (n = 3)`.
pub(super) fn estimated(format: Format, estimate: Estimate) -> String {
    let half = estimate.half_width.map(|half| format!(" ± {}", exact(format, half)));
    format!("{}{} (n = {})", exact(format, estimate.mean), half.unwrap_or_default(), estimate.n)
}

fn grouped_whole(value: f64) -> String {
    format!("{}{}", sign(value), grouped(value.abs() as u64))
}

/// As tables write it.
fn sign(value: f64) -> &'static str {
    if value < 0.0 { "−" } else { "" }
}

fn fixed(value: f64, decimals: usize) -> String {
    format!("{}{:.decimals$}", sign(value), value.abs())
}

/// A size, and what follows a number of that many.
type Unit = (f64, &'static str);

const THOUSAND: Unit = (1e3, " k");

fn unit(size: f64) -> Unit {
    match size {
        _ if size >= 1e9 => (1e9, " G"),
        _ if size >= 1e6 => (1e6, " M"),
        _ if size >= 1e4 => THOUSAND,
        _ => (1.0, ""),
    }
}

fn needs_exponent(size: f64) -> bool {
    size >= 1e12 || (size > 0.0 && size < 1e-4)
}

fn plain(value: f64, step: f64, (unit, suffix): Unit) -> String {
    let size = value.abs();
    if needs_exponent(size) {
        let digits = (order(size) - order(step)).clamp(0.0, 15.0);
        return format!("{}{size:.*e}", sign(value), digits as usize);
    }
    let suffix = if value == 0.0 { "" } else { suffix };
    format!("{}{suffix}", fixed(value / unit, decimals(step / unit)))
}

/// The power of ten of the leading digit.
fn order(value: f64) -> f64 {
    (value.log10() + 1e-9).floor()
}

/// Decimals that write a multiple of `step`.
fn decimals(step: f64) -> usize {
    (-order(step)).clamp(0.0, 15.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_their_step_needs() {
        let cases = [
            (Format::Percent, 0.3, 0.1, "30 %"),
            (Format::Percent, 0.955, 0.005, "95.5 %"),
            (Format::Points, -0.0025, 0.0005, "−0.25 pp"),
            (Format::Plain, 0.0, 0.1, "0.0"),
            (Format::Plain, -0.0, 1.0, "0"),
            (Format::Plain, 2.5, 0.5, "2.5"),
            (Format::Plain, 1_250_000.0, 50_000.0, "1.25 M"),
            (Format::Plain, 20_000.0, 10_000.0, "20 k"),
            (Format::Plain, 1.5e-7, 5e-8, "1.5e-7"),
            (Format::Plain, 1e300, 1e300, "1e300"),
        ];
        for (format, value, step, expected) in cases {
            assert_eq!(write(format, value, step, value), expected);
        }
        assert_eq!(write_short(Format::Plain, 5e-324, 1.0), "5e-324");
        assert_eq!(write_short(Format::Plain, 0.002, 1.0), "0.002");
    }

    #[test]
    fn an_axis_has_one_unit() {
        let linear = |value| write(Format::Plain, value, 2000.0, 12_000.0);
        assert_eq!([0.0, 2000.0, 8000.0, 10_000.0].map(linear), ["0", "2 k", "8 k", "10 k"]);
        let log = |value| write_short(Format::Plain, value, 1e4);
        assert_eq!([100.0, 1500.0, 5000.0, 1e4, 2e6].map(log), ["100", "1.5 k", "5 k", "10 k", "2 M"]);
        assert_eq!(write_short(Format::Plain, 5000.0, 5000.0), "5000");
    }
}
