//! Shapes and text on a picture, the same as SVG and as PNG.

use super::ReportError;
use super::files;
use super::style::{INK, Look, Marker};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use plotters::coord::Shift;
use plotters::prelude::{
    BitMapBackend, Circle, DrawingArea, DrawingBackend, IntoDrawingArea, PathElement, Polygon, SVGBackend,
    Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontStyle, FontTransform, RGBColor, ShapeStyle, TextStyle, WHITE, register_font,
};
use plotters::style::{FontDesc, FontFamily};
use std::path::Path;
use std::sync::Once;

/// Pixels of a picture, before scaling.
pub(super) const WIDTH: f64 = 900.0;

/// Coordinates of the SVG, and pixels of the PNG, for one pixel: backends round to whole numbers.
const SVG_SCALE: f64 = 8.0;
const PNG_SCALE: f64 = 2.0;

const FONT: &str = "Inter";
static REGULAR: &[u8] = include_bytes!("font/Inter-Regular.otf");
static BOLD: &[u8] = include_bytes!("font/Inter-SemiBold.otf");
static REGULAR_WEB: &[u8] = include_bytes!("font/Inter-Regular.woff2");
static BOLD_WEB: &[u8] = include_bytes!("font/Inter-SemiBold.woff2");

/// A chart that can be drawn on any backend.
pub(super) trait Draw {
    /// Pixels from top to bottom.
    fn height(&self) -> f64;

    fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>) -> Result<(), ReportError>;
}

/// A picture being drawn; lengths are in pixels of a picture [`WIDTH`] wide.
pub(super) struct Canvas<D: DrawingBackend> {
    area: DrawingArea<D, Shift>,
    scale: f64,
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

/// Size in pixels and weight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Font {
    pub size: f64,
    pub weight: Weight,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

impl Font {
    pub const fn regular(size: f64) -> Self {
        Self { size, weight: Weight::Regular }
    }

    pub const fn bold(size: f64) -> Self {
        Self { size, weight: Weight::Bold }
    }
}

/// Writes `dir/name.svg` and `dir/name.png`, both of which bring their font along.
pub(super) fn write(chart: &impl Draw, dir: &Path, name: &str) -> Result<(), ReportError> {
    files::write(&dir.join(format!("{name}.svg")), svg(chart)?.as_bytes())?;
    files::write(&dir.join(format!("{name}.png")), &png(chart)?)
}

fn svg(chart: &impl Draw) -> Result<String, ReportError> {
    let mut text = String::new();
    let (width, height) = (WIDTH, chart.height());
    let size = ((width * SVG_SCALE) as u32, (height * SVG_SCALE) as u32);
    paint(chart, SVGBackend::with_string(&mut text, size), SVG_SCALE)?;
    let from = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
    let face = |weight: u32, font: &[u8]| {
        let data = BASE64_STANDARD.encode(font);
        format!(
            "@font-face{{font-family:{FONT};font-weight:{weight};src:url(data:font/woff2;base64,{data}) format('woff2')}}"
        )
    };
    let style = format!("<style>{}{}</style>", face(400, REGULAR_WEB), face(700, BOLD_WEB));
    let text = text.replacen(&from, &format!("width=\"{width}\" height=\"{height}\""), 1);
    let end = text.find('>').map_or(0, |end| end + 1);
    Ok(format!("{}\n{style}{}", &text[..end], &text[end..]))
}

fn png(chart: &impl Draw) -> Result<Vec<u8>, ReportError> {
    let size = ((WIDTH * PNG_SCALE) as u32, (chart.height() * PNG_SCALE) as u32);
    let mut pixels = vec![0; 3 * (size.0 * size.1) as usize];
    paint(chart, BitMapBackend::with_buffer(&mut pixels, size), PNG_SCALE)?;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.0, size.1);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().map_err(ReportError::draw)?;
    writer.write_image_data(&pixels).map_err(ReportError::draw)?;
    writer.finish().map_err(ReportError::draw)?;
    Ok(bytes)
}

fn paint<D: DrawingBackend>(chart: &impl Draw, backend: D, scale: f64) -> Result<(), ReportError> {
    static FONTS: Once = Once::new();
    FONTS.call_once(|| {
        // The fonts are this program's own files, which the tests draw with.
        let _ = register_font(FONT, FontStyle::Normal, REGULAR);
        let _ = register_font(FONT, FontStyle::Bold, BOLD);
    });
    let area = backend.into_drawing_area();
    area.fill(&WHITE).map_err(ReportError::draw)?;
    let canvas = Canvas { area, scale };
    chart.draw(&canvas)?;
    canvas.area.present().map_err(ReportError::draw)
}

impl<D: DrawingBackend> Canvas<D> {
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
        self.area.draw(&Text::new(text, self.at(point), style)).map_err(ReportError::draw)
    }

    /// Width of `text` in pixels.
    pub fn width(&self, text: &str, font: Font) -> f64 {
        let size = self.area.estimate_text_size(text, &self.text_style(font));
        size.map_or(0.0, |(width, _)| f64::from(width)) / self.scale
    }

    /// `text` in lines no wider than `width`, broken between words.
    pub fn wrap(&self, text: &str, font: Font, width: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ') {
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}"), font) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }

    fn text_style(&self, font: Font) -> TextStyle<'static> {
        let style = match font.weight {
            Weight::Regular => FontStyle::Normal,
            Weight::Bold => FontStyle::Bold,
        };
        let font = FontDesc::new(FontFamily::Name(FONT), font.size * self.scale, style);
        TextStyle::from(font).color(&INK)
    }
}

/// The parts of a line that are drawn.
fn dashes(points: &[(f64, f64)], dash: &[f64]) -> Vec<Vec<(f64, f64)>> {
    if dash.is_empty() {
        return vec![points.to_vec()];
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
    }
}
