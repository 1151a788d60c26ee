//! What tells series apart: colour, dash and marker, each enough on its own.

use plotters::style::RGBColor;

/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
/// Secondary text.
pub(super) const GREY: RGBColor = RGBColor(96, 96, 96);
/// Grid lines.
pub(super) const FAINT: RGBColor = RGBColor(226, 226, 226);
/// Reference lines.
pub(super) const REFERENCE: RGBColor = RGBColor(110, 110, 110);

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
