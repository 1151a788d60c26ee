//! What stands beside a frame or above it: what each line or dot is.

use super::canvas::{Anchor, Canvas, WIDTH};
use super::frame::RIGHT;
use super::heading::TEXT;
use super::style::{GREY, INK};
use crate::report::error::ReportError;
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

/// From where to where it is written, beside a frame and above one.
const BESIDE: [f64; 2] = [RIGHT + 22.0, WIDTH - 12.0];
const ABOVE: [f64; 2] = [20.0, WIDTH - 20.0];
/// Where the text of an entry begins.
const INDENT: f64 = 42.0;
const LINE: f64 = 17.0;
const GAP: f64 = 7.0;
/// Between two entries of a line.
const BETWEEN: f64 = 22.0;
/// A letter is so wide on average.
const LETTER: f64 = 6.0;

/// A legend while it is written.
pub(super) struct Legend<'a, D: DrawingBackend> {
    canvas: &'a Canvas<D>,
    flow: Flow,
    x: f64,
    y: f64,
}

/// Where the next entry goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// Below the last one.
    Down,
    /// Beside it, as far as there is room.
    Along,
}

impl<'a, D: DrawingBackend> Legend<'a, D> {
    /// Beside a frame that begins at `top`, from top to bottom.
    pub fn beside(canvas: &'a Canvas<D>, top: f64) -> Self {
        Self { canvas, flow: Flow::Down, x: BESIDE[0], y: top + 6.0 }
    }

    /// From `top` downwards, in lines above what comes next.
    pub fn above(canvas: &'a Canvas<D>, top: f64) -> Self {
        Self { canvas, flow: Flow::Along, x: ABOVE[0], y: top + 6.0 }
    }

    /// What the entries that follow differ in.
    pub fn heading(&mut self, text: &str) -> Result<(), ReportError> {
        self.write(text, GREY, 0.0)?;
        // Nearer than entries are to each other.
        match self.flow {
            Flow::Down => self.y += 5.0 - GAP,
            Flow::Along => {}
        }
        Ok(())
    }

    /// An entry; `draw` gets the place of its sign, from left to right, and its height.
    pub fn entry(
        &mut self,
        label: &str,
        draw: impl Fn(&Canvas<D>, [f64; 2], f64) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let (x, y) = self.write(label, INK, INDENT)?;
        draw(self.canvas, [x, x + INDENT - 10.0], y)
    }

    /// Writes `text` after an indent; gives where its first line begins without that.
    fn write(&mut self, text: &str, colour: RGBColor, indent: f64) -> Result<(f64, f64), ReportError> {
        let [left, right] = match self.flow {
            Flow::Down => BESIDE,
            Flow::Along => ABOVE,
        };
        let lines = self.canvas.wrap(text, TEXT, right - left - indent);
        let widths = lines.iter().map(|line| self.canvas.width(line, TEXT));
        let width = indent + widths.fold(0.0, f64::max);
        if self.x > left && self.x + width > right {
            (self.x, self.y) = (left, self.y + LINE + GAP);
        }
        let begin = (self.x, self.y);
        for (number, line) in lines.iter().enumerate() {
            let place = (self.x + indent, self.y + LINE * number as f64);
            self.canvas.text(place, line, TEXT, colour, Anchor::Left)?;
        }
        match self.flow {
            Flow::Down => self.y += LINE * lines.len() as f64 + GAP,
            Flow::Along if lines.len() > 1 => self.y += LINE * lines.len() as f64 + GAP,
            Flow::Along => self.x += width + BETWEEN,
        }
        Ok(begin)
    }

    /// Where what is below it can begin.
    pub fn bottom(&self) -> f64 {
        let has_begun_a_line = self.flow == Flow::Along && self.x > ABOVE[0];
        if has_begun_a_line { self.y + LINE } else { self.y }
    }
}

/// About so many pixels are taken by entries with these labels beside a frame.
pub(super) fn legend_height<'l>(labels: impl Iterator<Item = &'l str>) -> f64 {
    let letters = ((BESIDE[1] - BESIDE[0] - INDENT) / LETTER).floor();
    labels.map(|label| LINE * (label.chars().count() as f64 / letters).ceil().max(1.0) + GAP).sum()
}

/// About so many pixels are taken by entries with these labels above one.
pub(super) fn height_above<'l>(labels: impl Iterator<Item = &'l str>) -> f64 {
    let width = |label: &str| INDENT + LETTER * label.chars().count() as f64 + BETWEEN;
    let all: f64 = labels.map(width).sum();
    (all / (ABOVE[1] - ABOVE[0])).ceil() * (LINE + GAP)
}
