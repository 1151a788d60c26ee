//! Title and subtitle of a picture.

use super::canvas::{Anchor, Canvas, WIDTH};
use super::style::{GREY, INK};
use super::text::{Font, wrap};
use crate::report::error::ReportError;
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

/// The middle of the first line, and pixels between the last one and the chart.
const FIRST: f64 = 26.0;
const GAP: f64 = 12.0;

/// All text but titles and notes.
pub(super) const TEXT: Font = Font::regular(13.0);

/// Draws title and subtitle; gives where the chart can begin.
pub(super) fn heading<D: DrawingBackend>(
    canvas: &Canvas<D>,
    title: &str,
    subtitle: &str,
) -> Result<f64, ReportError> {
    let mut y = FIRST;
    for (text, (font, colour, step)) in [title, subtitle].into_iter().zip(parts()) {
        for line in wrap(text, font, WIDTH - 40.0) {
            canvas.text((20.0, y), &line, font, colour, Anchor::Left)?;
            y += step;
        }
    }
    Ok(y + GAP)
}

/// Where a chart with this heading can begin.
pub(super) fn below_heading(title: &str, subtitle: &str) -> f64 {
    let height = |(text, (font, _, step))| step * wrap(text, font, WIDTH - 40.0).len() as f64;
    FIRST + [title, subtitle].into_iter().zip(parts()).map(height).sum::<f64>() + GAP
}

/// How title and subtitle are written: font, colour, and pixels from one line to the next.
fn parts() -> [(Font, RGBColor, f64); 2] {
    [(Font::bold(18.0), INK, 24.0), (TEXT, GREY, 18.0)]
}
