//! Dots with intervals: one quantity, a row a setting.

use super::axis::Quantity;
use super::canvas::{Anchor, Canvas, Draw, WIDTH};
use super::extent::Extent;
use super::heading::{TEXT, heading};
use super::interval::{CUT, Row};
use super::number::estimated;
use super::style::{FAINT, INK, look};
use crate::report::error::ReportError;
use crate::results::Estimate;
use plotters::prelude::DrawingBackend;

/// What a dot chart shows.
#[derive(Clone, Debug)]
pub(in crate::report) struct DotChart {
    pub title: String,
    pub subtitle: String,
    pub x: Quantity,
    /// A label, and each seed's value with their mean.
    pub rows: Vec<(String, Vec<f64>)>,
}

const LABELS: f64 = 300.0;
const ROW: f64 = 44.0;

impl Draw for DotChart {
    fn height(&self) -> f64 {
        150.0 + ROW * self.rows.len() as f64
    }

    fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>) -> Result<(), ReportError> {
        let estimates: Vec<Estimate> = self.rows.iter().map(|(_, values)| Estimate::of(values)).collect();
        let singles: Vec<f64> = self.rows.iter().flat_map(|(_, values)| values.iter().copied()).collect();
        let extent = Extent::of(self.x.format, &estimates, &singles);
        let (left, right) = (LABELS + 20.0, WIDTH - 40.0);
        let across = Row { axis: extent.axis, left, right };
        let cut = if extent.is_cut { format!("; {CUT}") } else { String::new() };
        let top = heading(canvas, &self.title, &format!("{}{cut}", self.subtitle))?;
        let bottom = self.height() - 58.0;
        let row = (bottom - top) / self.rows.len() as f64;
        let x = |value: f64| across.x(value);
        for tick in extent.axis.ticks(self.x.format, 0.12) {
            let at = left + tick.place * (right - left);
            canvas.line(&[(at, top), (at, bottom)], FAINT, 1.0, &[])?;
            canvas.text((at, bottom + 16.0), &tick.label, TEXT, INK, Anchor::Centre)?;
        }
        canvas.line(&[(left, bottom), (right, bottom)], INK, 1.0, &[])?;
        canvas.text(((left + right) / 2.0, bottom + 40.0), &self.x.name, TEXT, INK, Anchor::Centre)?;
        for (index, ((label, values), estimate)) in self.rows.iter().zip(&estimates).enumerate() {
            let y = top + (index as f64 + 0.5) * row;
            let lines = canvas.wrap(label, TEXT, LABELS - 30.0);
            let first = y - 8.0 * (lines.len() - 1) as f64;
            for (number, line) in lines.iter().enumerate() {
                canvas.text((LABELS, first + 16.0 * number as f64), line, TEXT, INK, Anchor::Right)?;
            }
            let look = look(0);
            if estimate.half_width.is_some() {
                across.interval(canvas, extent.interval(*estimate), y, look.colour)?;
            }
            for value in values {
                canvas.line(&[(x(*value), y - 9.0), (x(*value), y - 4.5)], INK, 1.2, &[])?;
            }
            canvas.marker((x(estimate.mean), y), look)?;
            let value = format!("{}: {}", self.x.name, estimated(self.x.format, *estimate));
            canvas.spot((x(estimate.mean), y), label, look.colour, value);
        }
        Ok(())
    }
}
