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
mod lines;
mod notes;
mod number;
mod panel_chart;
mod pdf;
mod pdf_font;
mod picture;
mod plot;
mod row;
mod style;
mod text;

pub(super) use axis::{Quantity, has_place};
pub(super) use bar_chart::{Bar, BarChart};
pub(super) use canvas::Spot;
pub(super) use dark::on_dark;
pub(super) use dot_chart::DotChart;
pub(super) use fonts::web_fonts;
pub(super) use forest_chart::{ForestChart, ForestKind, ForestRow};
pub(super) use front_chart::{FrontChart, FrontPoint, MOST_NAMED};
pub(super) use heat_map::{HeatMap, MOST_COLUMNS};
pub(super) use lines::{Horizontal, Line, LineChart, Point, Points};
pub(super) use panel_chart::{MOST_PANELS, PanelChart};
pub(super) use picture::{Figure, Rendered};
pub(super) use style::{MOST_REFERENCES, MOST_SERIES, looks};

use super::error::ReportError;
use canvas::Draw;
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

/// `$what` of whatever `$chart` a picture is.
macro_rules! of_each {
    ($picture:expr, $chart:ident => $what:expr) => {
        match $picture {
            Picture::Lines($chart) => $what,
            Picture::Dots($chart) => $what,
            Picture::Bars($chart) => $what,
            Picture::Forest($chart) => $what,
            Picture::Front($chart) => $what,
            Picture::Map($chart) => $what,
            Picture::Panels($chart) => $what,
        }
    };
}

impl Picture {
    /// Its title and what stands below, in one line.
    pub fn words(&self) -> String {
        of_each!(self, chart => format!("{} — {}", chart.title(), chart.caption()))
    }

    pub fn render(&self) -> Result<Rendered, ReportError> {
        of_each!(self, chart => render(chart))
    }
}
