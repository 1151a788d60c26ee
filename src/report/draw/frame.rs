//! The frame that lines and dots are drawn in: where values go, ticks, and the names of both axes.

use super::axis::{Axis, Quantity};
use super::canvas::{Anchor, Canvas, WIDTH};
use super::heading::TEXT;
use super::style::{FAINT, INK};
use crate::report::error::ReportError;
use crate::results::Format;
use plotters::prelude::DrawingBackend;

pub(super) const LEFT: f64 = 74.0;
pub(super) const RIGHT: f64 = WIDTH - 246.0;
pub(super) const HEIGHT: f64 = 560.0;

/// A vertical axis between two heights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub y: Axis,
    pub top: f64,
    pub bottom: f64,
}

impl Frame {
    /// Where `value` is, in the frame or beyond it.
    pub fn y(&self, value: f64) -> f64 {
        self.bottom - self.y.place(value) * (self.bottom - self.top)
    }

    /// Where `share` of the width is.
    pub fn x(share: f64) -> f64 {
        LEFT + share * (RIGHT - LEFT)
    }

    /// The grid of the vertical axis, and the line below all.
    pub fn grid<D: DrawingBackend>(&self, canvas: &Canvas<D>, format: Format) -> Result<(), ReportError> {
        for tick in self.y.ticks(format, 0.1) {
            let y = self.bottom - tick.place * (self.bottom - self.top);
            canvas.line(&[(LEFT, y), (RIGHT, y)], FAINT, 1.0, &[])?;
            canvas.text((LEFT - 10.0, y), &tick.label, TEXT, INK, Anchor::Right)?;
        }
        canvas.line(&[(LEFT, self.bottom), (RIGHT, self.bottom)], INK, 1.0, &[])
    }

    /// The ticks of a horizontal `axis` of numbers.
    pub fn ticks<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        axis: Axis,
        format: Format,
    ) -> Result<(), ReportError> {
        for tick in axis.ticks(format, 0.085) {
            let x = Self::x(tick.place);
            canvas.line(&[(x, self.bottom), (x, self.bottom + 5.0)], INK, 1.0, &[])?;
            canvas.text((x, self.bottom + 17.0), &tick.label, TEXT, INK, Anchor::Centre)?;
        }
        Ok(())
    }

    /// The names of both axes, that of the horizontal one at height `below`.
    pub fn names<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        x: &Quantity,
        y: &Quantity,
        below: f64,
    ) -> Result<(), ReportError> {
        canvas.text(((LEFT + RIGHT) / 2.0, below), &x.name, TEXT, INK, Anchor::Centre)?;
        canvas.text((18.0, (self.top + self.bottom) / 2.0), &y.name, TEXT, INK, Anchor::Upwards)
    }
}
