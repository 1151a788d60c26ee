//! How charts are drawn: the same picture as SVG, PNG and PDF.

mod axis;
mod bar_chart;
mod canvas;
mod dark;
mod dot_chart;
mod extent;
mod fonts;
mod forest_chart;
mod frame;
mod front_chart;
mod glyphs;
mod heading;
mod heat_map;
mod legend;
mod line_chart;
mod number;
mod panel_chart;
mod pdf;
mod pdf_font;
mod picture;
mod row;
mod style;

pub(super) use axis::{Quantity, has_place};
pub(super) use bar_chart::{Bar, BarChart};
pub(super) use canvas::Spot;
pub(super) use dark::on_dark;
pub(super) use dot_chart::DotChart;
pub(super) use fonts::web_fonts;
pub(super) use forest_chart::{ForestChart, ForestKind, ForestRow};
pub(super) use front_chart::{FrontChart, FrontPoint, MOST_NAMED};
pub(super) use heat_map::{HeatMap, MOST_COLUMNS};
pub(super) use line_chart::{Horizontal, Line, LineChart, Point, Points};
pub(super) use panel_chart::{MOST_PANELS, PanelChart};
pub(super) use picture::{Figure, Rendered};
pub(super) use style::{MOST_REFERENCES, MOST_SERIES, looks};

use super::error::ReportError;
use picture::render;

/// A chart that can be drawn.
#[derive(Clone, Debug)]
pub(super) enum Picture {
    Lines(LineChart),
    Dots(DotChart),
    Bars(BarChart),
    Forest(ForestChart),
    Front(FrontChart),
    Map(HeatMap),
    Panels(PanelChart),
}

impl Picture {
    pub fn title(&self) -> &str {
        match self {
            Self::Lines(chart) => &chart.title,
            Self::Dots(chart) => &chart.title,
            Self::Bars(chart) => &chart.title,
            Self::Forest(chart) => &chart.title,
            Self::Front(chart) => &chart.title,
            Self::Map(chart) => &chart.title,
            Self::Panels(chart) => &chart.title,
        }
    }

    pub fn render(&self) -> Result<Rendered, ReportError> {
        match self {
            Self::Lines(chart) => render(chart, &chart.title),
            Self::Dots(chart) => render(chart, &chart.title),
            Self::Bars(chart) => render(chart, &chart.title),
            Self::Forest(chart) => render(chart, &chart.title),
            Self::Front(chart) => render(chart, &chart.title),
            Self::Map(chart) => render(chart, &chart.title),
            Self::Panels(chart) => render(chart, &chart.title),
        }
    }
}
