//! Lines with bands: a quantity against another, one line a setting.

use super::canvas::{Canvas, Draw};
use super::frame::{Frame, LEFT, RIGHT};
use super::heading::{below_heading, heading};
use super::legend::Legend;
use super::lines::{LineChart, held};
use super::plot::{Placed, places};
use crate::report::error::ReportError;
use plotters::prelude::DrawingBackend;

impl Draw for LineChart {
    fn title(&self) -> &str {
        &self.title
    }

    fn caption(&self) -> String {
        held(&self.extent().noted(&self.subtitle), [self])
    }

    fn height(&self) -> f64 {
        Legend::beside(self.legend(&self.labels())).picture_height(below_heading(self))
    }

    fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>) -> Result<(), ReportError> {
        let (height, extent) = (self.height(), self.extent());
        let top = heading(canvas, self)?;
        let frame = Frame { y: extent.axis, left: LEFT, right: RIGHT, top, bottom: height - self.below() };
        let placed = Placed { frame, x: places(&[self]), of: "" };
        frame.grid(canvas, self.y.format)?;
        self.values_along(canvas, &placed)?;
        frame.names(canvas, &self.x, &self.y, height - 22.0)?;
        let references = self.labels();
        self.plot(canvas, &placed, &references, self.opacity(&placed.frame))?;
        Legend::beside(self.legend(&references)).draw(canvas, top)
    }
}
