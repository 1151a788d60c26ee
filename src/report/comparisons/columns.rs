//! The columns of a comparison: what tests say of a difference.

use crate::report::markdown::{Align, plain};
use crate::results::claims::{Unit, probability};
use crate::results::comparisons::{Comparison, Tested};

/// Adjusted p values up to this make a winner.
pub(super) const ALPHA: f64 = 0.05;

const NAMES: [&str; 10] =
    ["difference", "95 % interval", "n", "t", "p", "adjusted", "sign-flip", "d_z", "g", "won"];

/// The heads of the columns.
pub(super) fn headings() -> impl Iterator<Item = (String, Align)> {
    NAMES.iter().map(|name| (plain(name), Align::Right))
}

/// The cells of a row; dashes where nothing is compared.
pub(super) fn tested_or_not(unit: Unit, row: Option<&Comparison>) -> Vec<String> {
    row.map_or_else(|| NAMES.map(|_| dash()).to_vec(), |row| tested(unit, row))
}

/// The cells of a row.
pub(super) fn tested(unit: Unit, row: &Comparison) -> Vec<String> {
    let (difference, half, n) = match &row.tested {
        Tested::Paired(paired) => {
            let difference = paired.difference;
            (difference.mean, difference.half_width.unwrap_or(0.0), difference.n.to_string())
        }
        Tested::Unpaired(unpaired) => {
            let [of, beside] = unpaired.n;
            (unpaired.difference, unpaired.half_width, format!("{of}, {beside}"))
        }
    };
    let shown = unit.number(difference);
    let test = row.tested.test();
    let of_test = [
        if row.adjusted.is_some_and(|p| p <= ALPHA) { format!("**{shown}**") } else { shown },
        unit.interval([difference - half, difference + half]),
        n,
        test.map_or_else(dash, |test| two(test.t)),
        test.map_or_else(dash, |test| plain(&probability(test.p))),
        row.adjusted.map_or_else(dash, |p| plain(&probability(p))),
    ];
    let of_effect = match &row.tested {
        Tested::Paired(paired) => [
            paired.sign_flip.p.map_or_else(dash, |p| format!("{p:.4}")),
            paired.effect().map_or_else(dash, two),
            paired.hedges().map_or_else(dash, two),
            format!("{:.0} %", 100.0 * paired.wins),
        ],
        Tested::Unpaired(unpaired) => [dash(), dash(), unpaired.hedges.map_or_else(dash, two), dash()],
    };
    of_test.into_iter().chain(of_effect).collect()
}

fn dash() -> String {
    "—".to_owned()
}

/// Two decimals, or two digits of what is so large because hardly anything scatters.
fn two(value: f64) -> String {
    match value.abs() {
        ..1e6 => format!("{value:.2}").replace('-', "−"),
        _ => format!("{value:.1e}").replace('-', "−"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::statistics::Unpaired;

    #[test]
    fn a_huge_number_has_two_digits() {
        assert_eq!([-5.333, 10_190_548_786_189_384.0].map(two), ["−5.33", "1.0e16"]);
    }

    // By SciPy, as in `tests/reference/seed-statistics.json`: t 5.3267, p 0.00088 of five seeds each.
    #[test]
    fn what_is_not_paired_has_no_columns_of_pairs() {
        let a = [0.962, 0.958, 0.965, 0.960, 0.963];
        let b = [0.951, 0.949, 0.957, 0.950, 0.948];
        let tested_so = Tested::Unpaired(Unpaired::of(&a, &b).unwrap());
        let row = Comparison { values: vec![0], tested: tested_so, adjusted: Some(0.2) };
        let cells = tested(Unit::Points, &row);
        let expected = ["+1.06 pp", "[+0.60, +1.52] pp", "5, 5", "5.33", "0.0009", "0.2000"];
        assert_eq!(cells[..6], expected);
        assert_eq!([&cells[6], &cells[7], &cells[9]], ["—"; 3]);
        assert_eq!(tested_or_not(Unit::Points, None), ["—"; 10]);
    }
}
