//! What charts with a row a setting share: their horizontal axis, names of rows, and intervals.

use super::axis::{Axis, Quantity};
use super::canvas::{Anchor, Canvas, Towards, WIDTH};
use super::heading::TEXT;
use super::style::{FAINT, INK};
use super::text::wrap;
use crate::report::error::ReportError;
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

/// What a caption says where the axis cuts intervals.
pub(super) const CUT: &str = "an arrow head: the interval goes on beyond the frame";

/// Pixels for the axis below the rows.
pub(super) const BELOW: f64 = 58.0;

/// Pixels between names of rows and the axis, and from one line of a name to the next.
pub(super) const LABEL_GAP: f64 = 20.0;
const LINE: f64 = 16.0;
/// Pixels between names of two rows.
const BETWEEN: f64 = 2.0;

/// From where to where the axis goes: left of it is room for names.
pub(super) const LEFT: f64 = 320.0;
const RIGHT: f64 = WIDTH - 40.0;

/// Pixels of a row, `least` at least, in which the longest of these names has room with `below` more lines.
pub(super) fn row_height<'l>(names: impl Iterator<Item = &'l str>, below: usize, least: f64) -> f64 {
    let height = |name| LINE * (lines(name).len() + below) as f64 + BETWEEN;
    names.map(height).fold(least, f64::max)
}

/// A name of a row in lines.
fn lines(name: &str) -> Vec<String> {
    wrap(name, TEXT, LEFT - LABEL_GAP - 30.0)
}

/// A horizontal axis from [`LEFT`] to the right edge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub axis: Axis,
}

impl Row {
    /// Where `value` is; of one beyond an end, that end.
    pub fn x(self, value: f64) -> f64 {
        LEFT + self.share(value).clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    fn share(self, value: f64) -> f64 {
        if value.is_finite() { self.axis.place(value) } else { f64::from(u8::from(value > 0.0)) }
    }

    /// Whether the axis ends before `value`.
    pub fn cuts(self, value: f64) -> bool {
        !(-1e-9..=1.0 + 1e-9).contains(&self.share(value))
    }

    /// The axis of `quantity` below rows that reach from `top` to `bottom`.
    pub fn draw_axis<D: DrawingBackend>(
        self,
        canvas: &Canvas<D>,
        quantity: &Quantity,
        [top, bottom]: [f64; 2],
    ) -> Result<(), ReportError> {
        for tick in self.axis.ticks(quantity.format, 0.12) {
            let at = LEFT + tick.place * (RIGHT - LEFT);
            canvas.line(&[(at, top), (at, bottom)], FAINT, 1.0, &[])?;
            canvas.text((at, bottom + 16.0), &tick.label, TEXT, INK, Anchor::Centre)?;
        }
        canvas.line(&[(LEFT, bottom), (RIGHT, bottom)], INK, 1.0, &[])?;
        canvas.text(((LEFT + RIGHT) / 2.0, bottom + 40.0), &quantity.name, TEXT, INK, Anchor::Centre)
    }

    /// The name of the row at height `y`, left of the axis, in lines of which `below` more may follow; gives the height at
    /// which these begin.
    pub fn label<D: DrawingBackend>(
        self,
        canvas: &Canvas<D>,
        label: &str,
        y: f64,
        below: usize,
    ) -> Result<f64, ReportError> {
        let (right, lines) = (LEFT - LABEL_GAP, lines(label));
        let mut at = y - LINE / 2.0 * (lines.len() + below - 1) as f64;
        for line in &lines {
            canvas.text((right, at), line, TEXT, INK, Anchor::Right)?;
            at += LINE;
        }
        Ok(at)
    }

    /// A bar over `interval` at height `y`, with a stroke across each end or, where the axis cuts it, the head of an arrow.
    pub fn interval<D: DrawingBackend>(
        self,
        canvas: &Canvas<D>,
        interval: [f64; 2],
        y: f64,
        colour: RGBColor,
    ) -> Result<(), ReportError> {
        let [low, high] = interval.map(|end| self.x(end));
        canvas.line(&[(low, y), (high, y)], colour, 2.0, &[])?;
        for (end, towards) in interval.into_iter().zip([Towards::Left, Towards::Right]) {
            let x = self.x(end);
            if self.cuts(end) {
                canvas.arrow_head((x, y), towards, colour)?;
            } else {
                canvas.line(&[(x, y - 5.0), (x, y + 5.0)], colour, 2.0, &[])?;
            }
        }
        Ok(())
    }
}
