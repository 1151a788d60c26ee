//! Dots with intervals: one quantity, a row a setting.

use super::axis::Quantity;
use super::canvas::{Canvas, Draw};
use super::extent::Extent;
use super::heading::{below_heading, heading, noted};
use super::number::estimated;
use super::row::{BELOW, CUT, Row, row_height};
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

const ROW: f64 = 44.0;

impl Draw for DotChart {
    fn title(&self) -> &str {
        &self.title
    }

    fn caption(&self) -> String {
        noted(&self.subtitle, CUT, self.extent().is_cut)
    }

    fn height(&self) -> f64 {
        below_heading(self) + self.row_height() * self.rows.len() as f64 + BELOW
    }

    fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>) -> Result<(), ReportError> {
        let (estimates, extent) = (self.estimates(), self.extent());
        let across = Row { axis: extent.axis };
        let top = heading(canvas, self)?;
        let bottom = self.height() - BELOW;
        let row = self.row_height();
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

impl DotChart {
    fn row_height(&self) -> f64 {
        row_height(self.rows.iter().map(|(label, _)| label.as_str()), 0, ROW)
    }

    fn estimates(&self) -> Vec<Estimate> {
        self.rows.iter().map(|(_, values)| Estimate::of(values)).collect()
    }

    fn extent(&self) -> Extent {
        let singles: Vec<f64> = self.rows.iter().flat_map(|(_, values)| values.iter().copied()).collect();
        Extent::of(self.x.format, &self.estimates(), &singles)
    }
}
