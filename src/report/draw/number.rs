//! Numbers as the ticks of an axis write them.

use crate::results::Format;

/// `value` with the digits that tell it from a neighbour at `step`.
pub(super) fn write(format: Format, value: f64, step: f64) -> String {
    // A sum of steps that should be zero may be a negative zero.
    let value = value + 0.0;
    match format {
        Format::Percent => format!("{:.*} %", decimals(100.0 * step), 100.0 * value),
        Format::Plain => plain(value, step),
    }
}

/// `value`, which has one digit that is not zero.
pub(super) fn write_short(format: Format, value: f64) -> String {
    match format {
        Format::Plain if needs_exponent(value.abs()) => format!("{value:e}"),
        Format::Plain | Format::Percent => write(format, value, 10f64.powf(order(value.abs()))),
    }
}

fn needs_exponent(size: f64) -> bool {
    size >= 1e12 || (size > 0.0 && size < 1e-4)
}

fn plain(value: f64, step: f64) -> String {
    let size = value.abs();
    if needs_exponent(size) {
        let digits = (order(size) - order(step)).clamp(0.0, 15.0);
        return format!("{value:.*e}", digits as usize);
    }
    let (unit, suffix) = match size {
        _ if size >= 1e9 => (1e9, " G"),
        _ if size >= 1e6 => (1e6, " M"),
        _ if size >= 1e4 => (1e3, " k"),
        _ => (1.0, ""),
    };
    format!("{:.*}{suffix}", decimals(step / unit), value / unit)
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
            (Format::Plain, 0.0, 0.1, "0.0"),
            (Format::Plain, -0.0, 1.0, "0"),
            (Format::Plain, 2.5, 0.5, "2.5"),
            (Format::Plain, 1_250_000.0, 50_000.0, "1.25 M"),
            (Format::Plain, 20_000.0, 10_000.0, "20 k"),
            (Format::Plain, 1.5e-7, 5e-8, "1.5e-7"),
            (Format::Plain, 1e300, 1e300, "1e300"),
        ];
        for (format, value, step, expected) in cases {
            assert_eq!(write(format, value, step), expected);
        }
        assert_eq!(write_short(Format::Plain, 5e-324), "5e-324");
        assert_eq!(write_short(Format::Plain, 0.002), "0.002");
    }
}
