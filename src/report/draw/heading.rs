//! Title and subtitle of a picture.

use super::canvas::{Anchor, Canvas, Font, WIDTH};
use super::style::{GREY, INK};
use crate::report::error::ReportError;
use plotters::prelude::DrawingBackend;

/// All text but titles and notes.
pub(super) const TEXT: Font = Font::regular(13.0);

/// Draws title and subtitle; gives where the chart can begin.
pub(super) fn heading<D: DrawingBackend>(
    canvas: &Canvas<D>,
    title: &str,
    subtitle: &str,
) -> Result<f64, ReportError> {
    let mut y = 26.0;
    for (text, font, colour, step) in [(title, Font::bold(18.0), INK, 24.0), (subtitle, TEXT, GREY, 18.0)] {
        for line in canvas.wrap(text, font, WIDTH - 40.0) {
            canvas.text((20.0, y), &line, font, colour, Anchor::Left)?;
            y += step;
        }
    }
    Ok(y + 12.0)
}
