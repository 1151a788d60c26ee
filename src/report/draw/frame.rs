//! The frame that lines and dots are drawn in: where values go, ticks, and the names of both axes.

use super::axis::{Axis, Quantity, Tick};
use super::canvas::{Anchor, Canvas, WIDTH};
use super::heading::TEXT;
use super::style::{FAINT, INK};
use crate::report::error::ReportError;
use crate::results::Format;
use plotters::prelude::DrawingBackend;

pub(super) const LEFT: f64 = 74.0;
pub(super) const RIGHT: f64 = WIDTH - 246.0;
pub(super) const HEIGHT: f64 = 560.0;

/// The least distance of two ticks in pixels, along and upwards, where a frame has room for few.
const APART: [f64; 2] = [49.0, 34.0];

/// A vertical axis between two heights, and where a horizontal one begins and ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub y: Axis,
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Frame {
    /// Where `value` is, in the frame or beyond it.
    pub fn y(&self, value: f64) -> f64 {
        self.bottom - self.y.place(value) * (self.bottom - self.top)
    }

    /// Where `share` of the width is.
    pub fn x(&self, share: f64) -> f64 {
        self.left + share * (self.right - self.left)
    }

    /// The levels of the vertical axis, and what they are.
    pub fn grid<D: DrawingBackend>(&self, canvas: &Canvas<D>, format: Format) -> Result<(), ReportError> {
        self.levels(canvas, format)?;
        for tick in self.rising(format) {
            let y = self.bottom - tick.place * (self.bottom - self.top);
            canvas.text((self.left - 10.0, y), &tick.label, TEXT, INK, Anchor::Right)?;
        }
        Ok(())
    }

    /// The levels of the vertical axis, and the line below all.
    pub fn levels<D: DrawingBackend>(&self, canvas: &Canvas<D>, format: Format) -> Result<(), ReportError> {
        for tick in self.rising(format) {
            let y = self.bottom - tick.place * (self.bottom - self.top);
            canvas.line(&[(self.left, y), (self.right, y)], FAINT, 1.0, &[])?;
        }
        canvas.line(&[(self.left, self.bottom), (self.right, self.bottom)], INK, 1.0, &[])
    }

    fn rising(&self, format: Format) -> Vec<Tick> {
        self.y.ticks(format, (APART[1] / (self.bottom - self.top)).max(0.1))
    }

    /// The ticks of a horizontal `axis` of numbers, and what they are.
    pub fn ticks<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        axis: Axis,
        format: Format,
    ) -> Result<(), ReportError> {
        self.marks(canvas, axis, format)?;
        for tick in self.along(axis, format) {
            let place = (self.x(tick.place), self.bottom + 17.0);
            canvas.text(place, &tick.label, TEXT, INK, Anchor::Centre)?;
        }
        Ok(())
    }

    /// The ticks of a horizontal `axis` of numbers.
    pub fn marks<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        axis: Axis,
        format: Format,
    ) -> Result<(), ReportError> {
        for tick in self.along(axis, format) {
            let x = self.x(tick.place);
            canvas.line(&[(x, self.bottom), (x, self.bottom + 5.0)], INK, 1.0, &[])?;
        }
        Ok(())
    }

    fn along(&self, axis: Axis, format: Format) -> Vec<Tick> {
        axis.ticks(format, (APART[0] / (self.right - self.left)).max(0.085))
    }

    /// The names of both axes, that of the horizontal one at height `below`.
    pub fn names<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        x: &Quantity,
        y: &Quantity,
        below: f64,
    ) -> Result<(), ReportError> {
        canvas.text(((self.left + self.right) / 2.0, below), &x.name, TEXT, INK, Anchor::Centre)?;
        canvas.text((18.0, (self.top + self.bottom) / 2.0), &y.name, TEXT, INK, Anchor::Upwards)
    }
}
