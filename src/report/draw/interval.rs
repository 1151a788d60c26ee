//! Intervals on a horizontal axis.

use super::axis::Axis;
use super::canvas::{Canvas, Towards};
use crate::report::error::ReportError;
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

/// What a caption says where the axis cuts intervals.
pub(super) const CUT: &str = "an arrow head: the interval goes on beyond the frame";

/// A horizontal axis from `left` to `right` in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub axis: Axis,
    pub left: f64,
    pub right: f64,
}

impl Row {
    /// Where `value` is; of one beyond an end, that end.
    pub fn x(self, value: f64) -> f64 {
        self.left + self.share(value).clamp(0.0, 1.0) * (self.right - self.left)
    }

    fn share(self, value: f64) -> f64 {
        if value.is_finite() { self.axis.place(value) } else { f64::from(u8::from(value > 0.0)) }
    }

    /// Whether the axis ends before `value`.
    pub fn cuts(self, value: f64) -> bool {
        !(-1e-9..=1.0 + 1e-9).contains(&self.share(value))
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
