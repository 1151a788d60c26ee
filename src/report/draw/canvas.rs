//! Shapes and text on a picture, the same as SVG, PNG and PDF.

use super::fonts::FONT;
use super::glyphs::{Metrics, has_glyph};
use super::style::{INK, Look, Marker, hex, paled};
use super::text::{Font, LINE, Weight, writable};
use crate::report::error::ReportError;
use plotters::coord::Shift;
use plotters::prelude::{Circle, DrawingArea, DrawingBackend, PathElement, Polygon, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, ShapeStyle, TextStyle, WHITE,
};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Pixels of a picture, before scaling.
pub(super) const WIDTH: f64 = 900.0;

/// A chart that can be drawn on any backend.
pub(super) trait Draw {
    fn title(&self) -> &str;

    /// What stands below the title: what is shown, and what is to be known of it.
    fn caption(&self) -> String;

    /// Pixels from top to bottom.
    fn height(&self) -> f64;

    fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>) -> Result<(), ReportError>;
}

/// A picture being drawn; lengths are in pixels of a picture [`WIDTH`] wide.
pub(super) struct Canvas<D: DrawingBackend> {
    area: DrawingArea<D, Shift>,
    scale: f64,
    lettering: Lettering,
    /// The bytes of its font, and the letters asked for that it lacks.
    font: &'static [u8],
    without_glyph: RefCell<BTreeSet<char>>,
    spots: RefCell<Vec<Spot>>,
}

/// What makes letters of a backend those of an SVG: a factor of their size, and how far they go down, in sizes of the font.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lettering {
    size: f64,
    down: f64,
}

impl Lettering {
    pub const VECTOR: Self = Self { size: 1.0, down: 0.0 };

    /// Plotters takes the size of a font for the distance of its ascent and descent where it draws pixels, and puts the line
    /// that letters stand on half a size less half an em below the point, and not half the height of an x.
    pub fn of_pixels(font: &[u8]) -> Self {
        let Some(metrics) = Metrics::of(font) else { return Self::VECTOR };
        let size = (metrics.ascent - metrics.descent) / LINE;
        Self { size, down: metrics.height_of_x / 2.0 / LINE - size * (0.5 - 0.5 / LINE) }
    }
}

/// A place that stands for a value, which a document that can be pointed at shows.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Spot {
    /// Pixels of a picture [`WIDTH`] wide.
    pub x: f64,
    pub y: f64,
    /// What it is of: all with one name are drawn in one colour.
    pub series: String,
    /// `#0072B2`
    pub colour: String,
    /// That of what stands behind its line.
    pub pale: String,
    pub value: String,
}

/// What a picture turned out to hold, besides its shapes.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    /// Letters that the font lacks.
    pub without_glyph: BTreeSet<char>,
    pub spots: Vec<Spot>,
}

/// How text stands to its point.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Left,
    Centre,
    Right,
    /// Written upwards, centred.
    Upwards,
}

/// Where an arrow points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Towards {
    Left,
    Right,
}

impl<D: DrawingBackend> Canvas<D> {
    pub fn new(area: DrawingArea<D, Shift>, scale: f64, lettering: Lettering, font: &'static [u8]) -> Self {
        Self { area, scale, lettering, font, without_glyph: RefCell::default(), spots: RefCell::default() }
    }

    pub fn finish(self) -> Result<Drawn, ReportError> {
        self.area.present().map_err(ReportError::draw)?;
        Ok(Drawn { without_glyph: self.without_glyph.into_inner(), spots: self.spots.into_inner() })
    }

    /// Says that `value` of `series`, which is drawn in `colour`, is at this place.
    pub fn spot(&self, (x, y): (f64, f64), series: &str, colour: RGBColor, value: String) {
        let [colour, pale] = [colour, paled(colour, WHITE)].map(hex);
        self.spots.borrow_mut().push(Spot { x, y, series: series.to_owned(), colour, pale, value });
    }

    fn at(&self, (x, y): (f64, f64)) -> (i32, i32) {
        ((x * self.scale).round() as i32, (y * self.scale).round() as i32)
    }

    fn stroke(&self, colour: RGBColor, width: f64) -> ShapeStyle {
        colour.stroke_width((width * self.scale).round().max(1.0) as u32)
    }

    /// A line through `points`, dashed by lengths of dash and gap in turn.
    pub fn line(
        &self,
        points: &[(f64, f64)],
        colour: RGBColor,
        width: f64,
        dash: &[f64],
    ) -> Result<(), ReportError> {
        for part in dashes(points, dash) {
            let part: Vec<_> = part.into_iter().map(|point| self.at(point)).collect();
            let path = PathElement::new(part, self.stroke(colour, width));
            self.area.draw(&path).map_err(ReportError::draw)?;
        }
        Ok(())
    }

    /// A filled shape; `opacity` from 0 to 1.
    pub fn fill(&self, points: &[(f64, f64)], colour: RGBColor, opacity: f64) -> Result<(), ReportError> {
        let points: Vec<_> = points.iter().map(|&point| self.at(point)).collect();
        self.area.draw(&Polygon::new(points, colour.mix(opacity).filled())).map_err(ReportError::draw)
    }

    /// A small disc that what is under it shines through.
    pub fn dot(&self, point: (f64, f64), colour: RGBColor) -> Result<(), ReportError> {
        let radius = (2.2 * self.scale).round() as i32;
        self.area
            .draw(&Circle::new(self.at(point), radius, colour.mix(0.55).filled()))
            .map_err(ReportError::draw)
    }

    /// The head of an arrow to the left or to the right, whose tip is at `tip`.
    pub fn arrow_head(
        &self,
        (x, y): (f64, f64),
        towards: Towards,
        colour: RGBColor,
    ) -> Result<(), ReportError> {
        let back = match towards {
            Towards::Left => x + 9.0,
            Towards::Right => x - 9.0,
        };
        self.fill(&[(x, y), (back, y - 5.0), (back, y + 5.0)], colour, 1.0)
    }

    pub fn marker(&self, (x, y): (f64, f64), look: Look) -> Result<(), ReportError> {
        let r = 4.2;
        let colour = look.colour;
        let shape = |corners: &[(f64, f64)]| -> Result<(), ReportError> {
            let corners: Vec<_> = corners.iter().map(|(dx, dy)| (x + dx * r, y + dy * r)).collect();
            self.fill(&corners, colour, 1.0)
        };
        let radius = |factor: f64| (r * factor * self.scale).round() as i32;
        let disc = |colour: RGBColor, factor: f64| {
            self.area
                .draw(&Circle::new(self.at((x, y)), radius(factor), colour.filled()))
                .map_err(ReportError::draw)
        };
        let square = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
        match look.marker {
            Marker::Circle => disc(colour, 1.0),
            Marker::Ring => disc(colour, 1.1).and_then(|()| disc(WHITE, 0.6)),
            Marker::Square => shape(&square.map(|(dx, dy)| (0.9 * dx, 0.9 * dy))),
            Marker::Box => {
                shape(&square)?;
                let inner: Vec<_> =
                    square.iter().map(|(dx, dy)| (x + 0.5 * dx * r, y + 0.5 * dy * r)).collect();
                self.fill(&inner, WHITE, 1.0)
            }
            Marker::Triangle => shape(&[(0.0, -1.2), (1.15, 0.9), (-1.15, 0.9)]),
            Marker::TriangleDown => shape(&[(0.0, 1.2), (1.15, -0.9), (-1.15, -0.9)]),
            Marker::Diamond => shape(&[(0.0, -1.35), (1.15, 0.0), (0.0, 1.35), (-1.15, 0.0)]),
            Marker::Cross => {
                self.line(&[(x - r, y - r), (x + r, y + r)], colour, 1.8, &[])?;
                self.line(&[(x - r, y + r), (x + r, y - r)], colour, 1.8, &[])
            }
        }
    }

    /// Text whose middle line goes through `point`.
    pub fn text(
        &self,
        point: (f64, f64),
        text: &str,
        font: Font,
        colour: RGBColor,
        anchor: Anchor,
    ) -> Result<(), ReportError> {
        let text = writable(text);
        let lacks = |letter: &char| !letter.is_whitespace() && !has_glyph(self.font, *letter);
        self.without_glyph.borrow_mut().extend(text.chars().filter(lacks));
        let horizontal = match anchor {
            Anchor::Left => HPos::Left,
            Anchor::Centre | Anchor::Upwards => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        let style = self.text_style(font).color(&colour).pos(Pos::new(horizontal, VPos::Center));
        let style = match anchor {
            Anchor::Upwards => style.transform(FontTransform::Rotate270),
            Anchor::Left | Anchor::Centre | Anchor::Right => style,
        };
        let down = self.lettering.down * font.size;
        let point = match anchor {
            Anchor::Upwards => (point.0 + down, point.1),
            Anchor::Left | Anchor::Centre | Anchor::Right => (point.0, point.1 + down),
        };
        self.area.draw(&Text::new(text.as_str(), self.at(point), style)).map_err(ReportError::draw)
    }

    fn text_style(&self, font: Font) -> TextStyle<'static> {
        let style = match font.weight {
            Weight::Regular => FontStyle::Normal,
            Weight::Bold => FontStyle::Bold,
        };
        let font = FontDesc::new(FontFamily::Name(FONT), font.size * self.lettering.size * self.scale, style);
        TextStyle::from(font).color(&INK)
    }
}

/// The parts of a line that are drawn. A point that is nowhere would be an endless way off.
fn dashes(points: &[(f64, f64)], dash: &[f64]) -> Vec<Vec<(f64, f64)>> {
    let points: Vec<_> = points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    if dash.is_empty() {
        return vec![points];
    }
    let mut parts = Vec::new();
    let mut part: Vec<(f64, f64)> = points.first().copied().into_iter().collect();
    let (mut index, mut left) = (0, dash[0]);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length <= left {
                left -= length;
                part.push(to);
                break;
            }
            let share = left / length;
            from = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            part.push(from);
            if index % 2 == 0 {
                parts.push(std::mem::take(&mut part));
            }
            part = vec![from];
            index += 1;
            left = dash[index % dash.len()];
        }
    }
    if index % 2 == 0 && part.len() > 1 {
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_are_as_long_as_asked_for() {
        let parts = dashes(&[(0.0, 0.0), (10.0, 0.0)], &[4.0, 2.0]);
        assert_eq!(parts, [vec![(0.0, 0.0), (4.0, 0.0)], vec![(6.0, 0.0), (10.0, 0.0)]]);
        let nowhere = dashes(&[(0.0, 0.0), (f64::NAN, 1.0), (f64::INFINITY, 2.0)], &[4.0, 2.0]);
        assert!(nowhere.is_empty());
    }
}
