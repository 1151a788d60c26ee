//! What tells series apart: colour, dash and marker, each enough on its own.

use plotters::style::{RGBColor, WHITE};

/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
/// Secondary text.
pub(super) const GREY: RGBColor = RGBColor(96, 96, 96);
/// Grid lines.
pub(super) const FAINT: RGBColor = RGBColor(226, 226, 226);
/// Reference lines.
pub(super) const REFERENCE: RGBColor = RGBColor(110, 110, 110);

/// How opaque a band is.
pub(super) const BAND: f64 = 0.14;

/// Series that one chart holds: more than these cannot be told apart.
pub(in crate::report) const MOST_SERIES: usize = 8;

/// Reference lines that one chart holds, each with a dash of its own.
pub(in crate::report) const MOST_REFERENCES: usize = 4;
pub(super) const REFERENCE_DASHES: [&[f64]; MOST_REFERENCES] =
    [&[5.0, 4.0], &[12.0, 4.0], &[2.0, 3.0], &[10.0, 3.0, 2.0, 3.0]];

/// The shape at each point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    TriangleDown,
    Ring,
    Box,
    Cross,
}

/// How one series looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub colour: RGBColor,
    /// Lengths of dash and gap in turn; empty for a solid line.
    pub dash: &'static [f64],
    pub marker: Marker,
}

/// The looks of lines with these places among all lines of a stage: that of its place for each, as far as no line before
/// it has the same.
pub(in crate::report) fn looks(places: &[usize]) -> Vec<usize> {
    let mut taken = [false; MOST_SERIES];
    let look = |place: &usize| {
        let wanted = place % MOST_SERIES;
        let mut free = (wanted..wanted + MOST_SERIES).map(|look| look % MOST_SERIES);
        let look = free.find(|look| !taken[*look]).unwrap_or(wanted);
        taken[look] = true;
        look
    };
    places.iter().map(look).collect()
}

/// The look of series `index`: the colours of Okabe & Ito (2008), whose yellow is too faint for a line on
/// white and gives way to black, in an order in which neighbours differ in lightness too.
pub(super) fn look(index: usize) -> Look {
    let (r, g, b, dash, marker): (u8, u8, u8, &[f64], Marker) = match index % MOST_SERIES {
        0 => (0, 114, 178, &[], Marker::Circle),
        1 => (230, 159, 0, &[7.0, 3.0], Marker::Square),
        2 => (0, 158, 115, &[2.0, 2.5], Marker::Triangle),
        3 => (213, 94, 0, &[9.0, 3.0, 2.0, 3.0], Marker::Diamond),
        4 => (86, 180, 233, &[4.0, 2.0], Marker::TriangleDown),
        5 => (0, 0, 0, &[1.5, 2.0], Marker::Ring),
        6 => (204, 121, 167, &[12.0, 3.0], Marker::Box),
        _ => (120, 94, 40, &[6.0, 2.0, 2.0, 2.0, 2.0, 2.0], Marker::Cross),
    };
    Look { colour: RGBColor(r, g, b), dash, marker }
}

/// The same look, so pale that it stands behind others.
pub(super) fn pale(look: Look) -> Look {
    Look { colour: paled(look.colour, WHITE), ..look }
}

/// `colour`, so near to `paper` that it stands behind others.
pub(super) fn paled(colour: RGBColor, paper: RGBColor) -> RGBColor {
    let mix = |part: u8, paper: u8| (f64::from(part) * 0.35 + f64::from(paper) * 0.65).round() as u8;
    RGBColor(mix(colour.0, paper.0), mix(colour.1, paper.1), mix(colour.2, paper.2))
}

/// `#0072B2`
pub(super) fn hex(RGBColor(r, g, b): RGBColor) -> String {
    format!("#{r:02X}{g:02X}{b:02X}")
}

/// The colour of `share`, from 0 (pale) to 1 (dark): ColorBrewer's Blues (Harrower & Brewer, 2003) without the palest,
/// which get darker all the way, so that they are in order in shades of grey too.
pub(super) fn shade(share: f64) -> RGBColor {
    const BLUES: [(u8, u8, u8); 8] = [
        (222, 235, 247),
        (198, 219, 239),
        (158, 202, 225),
        (107, 174, 214),
        (66, 146, 198),
        (33, 113, 181),
        (8, 81, 156),
        (8, 48, 107),
    ];
    let place = share.clamp(0.0, 1.0) * (BLUES.len() - 1) as f64;
    let (from, to) = (BLUES[place.floor() as usize], BLUES[place.ceil() as usize]);
    let mix = |from: u8, to: u8| {
        (f64::from(from) + place.fract() * (f64::from(to) - f64::from(from))).round() as u8
    };
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Luma of Rec. 601, as most programs turn colours into shades of grey.
    fn grey(RGBColor(r, g, b): RGBColor) -> f64 {
        0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b)
    }

    #[test]
    fn lines_keep_their_looks_and_no_two_have_the_same() {
        assert_eq!(looks(&[0, 2, 3]), [0, 2, 3]);
        assert_eq!(looks(&[8, 9, 12]), [0, 1, 4]);
        assert_eq!(looks(&[1, 9, 2]), [1, 2, 3]);
    }

    #[test]
    fn shades_get_darker_all_the_way() {
        let greys: Vec<f64> = (0..=100).map(|share| grey(shade(f64::from(share) / 100.0))).collect();
        assert!(greys.windows(2).all(|pair| pair[1] < pair[0]), "{greys:?}");
        assert!(greys[0] > 225.0 && greys[100] < 50.0);
    }
}
