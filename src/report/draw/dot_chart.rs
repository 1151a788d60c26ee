//! Dots with intervals: one quantity, a row a setting.

use super::axis::Quantity;
use super::canvas::{Canvas, Draw, WIDTH};
use super::extent::Extent;
use super::heading::heading;
use super::number::estimated;
use super::row::{CUT, Row};
use super::style::{INK, look};
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
        across.draw_axis(canvas, &self.x, [top, bottom])?;
        for (index, ((label, values), estimate)) in self.rows.iter().zip(&estimates).enumerate() {
            let y = top + (index as f64 + 0.5) * row;
            across.label(canvas, label, y, 0)?;
            let look = look(0);
            if estimate.half_width.is_some() {
                across.interval(canvas, [estimate.low(), estimate.high()], y, look.colour)?;
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
