//! How charts are drawn: the same picture as SVG and as PNG.

mod axis;
mod canvas;
mod dot_chart;
mod extent;
mod glyphs;
mod heading;
mod line_chart;
mod number;
mod picture;
mod style;

pub(super) use axis::{Quantity, has_place};
pub(super) use dot_chart::DotChart;
pub(super) use line_chart::{Horizontal, Line, LineChart, Point, Points};
pub(super) use picture::Rendered;
pub(super) use style::{MOST_REFERENCES, MOST_SERIES};

use super::error::ReportError;
use picture::render;

/// A chart that can be drawn.
#[derive(Clone, Debug)]
pub(super) enum Picture {
    Lines(LineChart),
    Dots(DotChart),
}

impl Picture {
    pub fn title(&self) -> &str {
        match self {
            Self::Lines(chart) => &chart.title,
            Self::Dots(chart) => &chart.title,
        }
    }

    pub fn render(&self) -> Result<Rendered, ReportError> {
        match self {
            Self::Lines(chart) => render(chart),
            Self::Dots(chart) => render(chart),
        }
    }
}
