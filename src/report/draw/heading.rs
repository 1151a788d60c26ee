//! Title and caption of a picture.

use super::canvas::{Anchor, Canvas, Draw, WIDTH};
use super::style::{GREY, INK};
use super::text::{Font, wrap};
use crate::report::error::ReportError;
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

/// The middle of the first line, and pixels between the last one and the chart.
const FIRST: f64 = 26.0;
const GAP: f64 = 12.0;
/// How title and caption are written: font, colour, and pixels from one line to the next.
const PARTS: [(Font, RGBColor, f64); 2] = [(Font::bold(18.0), INK, 24.0), (TEXT, GREY, 18.0)];

/// All text but titles and notes.
pub(super) const TEXT: Font = Font::regular(13.0);

/// Draws title and caption of `chart`; gives where the rest can begin.
pub(super) fn heading<D: DrawingBackend>(canvas: &Canvas<D>, chart: &impl Draw) -> Result<f64, ReportError> {
    let mut y = FIRST;
    for (text, (font, colour, step)) in texts(chart).into_iter().zip(PARTS) {
        for line in wrap(&text, font, WIDTH - 40.0) {
            canvas.text((20.0, y), &line, font, colour, Anchor::Left)?;
            y += step;
        }
    }
    Ok(y + GAP)
}

/// Where what is below the heading of `chart` can begin.
pub(super) fn below_heading(chart: &impl Draw) -> f64 {
    let height = |(text, (font, _, step)): (String, (Font, RGBColor, f64))| {
        step * wrap(&text, font, WIDTH - 40.0).len() as f64
    };
    FIRST + texts(chart).into_iter().zip(PARTS).map(height).sum::<f64>() + GAP
}

/// `caption`, which says `more` where that `is_so`.
pub(super) fn noted(caption: &str, more: &str, is_so: bool) -> String {
    if is_so { format!("{caption}; {more}") } else { caption.to_owned() }
}

fn texts(chart: &impl Draw) -> [String; 2] {
    [chart.title().to_owned(), chart.caption()]
}
