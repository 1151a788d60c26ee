//! What stands beside a frame: what each line or dot is.

use super::canvas::{Anchor, Canvas, WIDTH};
use super::frame::RIGHT;
use super::heading::TEXT;
use super::style::{GREY, INK};
use crate::report::error::ReportError;
use plotters::prelude::DrawingBackend;

const LEFT: f64 = RIGHT + 22.0;
const ROOM: f64 = WIDTH - LEFT - 12.0;
/// Where the text of an entry begins.
const INDENT: f64 = 42.0;
const LINE: f64 = 17.0;
const GAP: f64 = 7.0;

/// A legend, written from top to bottom.
pub(super) struct Legend<'a, D: DrawingBackend> {
    canvas: &'a Canvas<D>,
    y: f64,
}

impl<'a, D: DrawingBackend> Legend<'a, D> {
    /// Beside a frame that begins at `top`.
    pub fn new(canvas: &'a Canvas<D>, top: f64) -> Self {
        Self { canvas, y: top + 6.0 }
    }

    /// What the entries below differ in.
    pub fn heading(&mut self, text: &str) -> Result<(), ReportError> {
        for line in self.canvas.wrap(text, TEXT, ROOM) {
            self.canvas.text((LEFT, self.y), &line, TEXT, GREY, Anchor::Left)?;
            self.y += LINE;
        }
        self.y += 5.0;
        Ok(())
    }

    /// An entry; `draw` gets the place of its sign, from left to right, and its height.
    pub fn entry(
        &mut self,
        label: &str,
        draw: impl Fn(&Canvas<D>, [f64; 2], f64) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        draw(self.canvas, [LEFT, LEFT + INDENT - 10.0], self.y)?;
        for line in self.canvas.wrap(label, TEXT, ROOM - INDENT) {
            self.canvas.text((LEFT + INDENT, self.y), &line, TEXT, INK, Anchor::Left)?;
            self.y += LINE;
        }
        self.y += GAP;
        Ok(())
    }
}

/// About so many pixels are taken by entries with these labels.
pub(super) fn legend_height<'l>(labels: impl Iterator<Item = &'l str>) -> f64 {
    // A letter is so wide on average.
    let letters = ((ROOM - INDENT) / 6.0).floor();
    labels.map(|label| LINE * (label.chars().count() as f64 / letters).ceil().max(1.0) + GAP).sum()
}
