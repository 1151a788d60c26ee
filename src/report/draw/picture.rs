//! A finished picture as the bytes of its files, each of which brings its font along.

use super::canvas::{Canvas, Draw, Drawn, FONT, Spot, WIDTH};
use crate::report::error::ReportError;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use plotters::prelude::{BitMapBackend, DrawingBackend, IntoDrawingArea, SVGBackend};
use plotters::style::{FontStyle, WHITE, register_font};
use std::collections::BTreeSet;
use std::sync::Once;

/// Coordinates of the SVG, and pixels of the PNG, for one pixel: backends round to whole numbers.
const SVG_SCALE: f64 = 8.0;
const PNG_SCALE: usize = 2;
/// Pixels that are drawn for each of the PNG, in both directions: a line that is not level would be thinner by up to a
/// pixel, which a dash shows.
const FINENESS: usize = 3;

pub(super) static REGULAR: &[u8] = include_bytes!("font/Inter-Regular.otf");
static BOLD: &[u8] = include_bytes!("font/Inter-SemiBold.otf");
static REGULAR_WEB: &[u8] = include_bytes!("font/Inter-Regular.woff2");
static BOLD_WEB: &[u8] = include_bytes!("font/Inter-SemiBold.woff2");

/// A picture in both of its forms.
pub(in crate::report) struct Rendered {
    pub svg: Vec<u8>,
    pub png: Vec<u8>,
    /// Letters that the font lacks: blank in the PNG.
    pub without_glyph: BTreeSet<char>,
    /// Where its values are.
    pub spots: Vec<Spot>,
}

impl Rendered {
    /// Units of the SVG's own coordinates for a pixel.
    pub const SVG_SCALE: f64 = SVG_SCALE;

    /// The SVG without its fonts, for a page that has them.
    pub fn drawing(&self) -> String {
        let svg = String::from_utf8_lossy(&self.svg);
        match (svg.find("<style>"), svg.find("</style>")) {
            (Some(from), Some(to)) => format!("{}{}", &svg[..from], &svg[to + "</style>".len()..]),
            _ => svg.into_owned(),
        }
    }
}

/// Declares the fonts of pictures, as CSS that needs no other file.
pub(in crate::report) fn web_fonts() -> String {
    let face = |weight: u32, font: &[u8]| {
        let data = BASE64_STANDARD.encode(font);
        format!(
            "@font-face{{font-family:{FONT};font-weight:{weight};src:url(data:font/woff2;base64,{data}) format('woff2')}}"
        )
    };
    face(400, REGULAR_WEB) + &face(700, BOLD_WEB)
}

pub(super) fn render(chart: &impl Draw) -> Result<Rendered, ReportError> {
    let (png, Drawn { without_glyph, spots }) = png(chart)?;
    Ok(Rendered { svg: svg(chart)?.into_bytes(), png, without_glyph, spots })
}

fn svg(chart: &impl Draw) -> Result<String, ReportError> {
    let mut text = String::new();
    let (width, height) = (WIDTH, chart.height());
    let size = ((width * SVG_SCALE) as u32, (height * SVG_SCALE) as u32);
    paint(chart, SVGBackend::with_string(&mut text, size), SVG_SCALE)?;
    let from = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
    let style = format!("<style>{}</style>", web_fonts());
    let text = text.replacen(&from, &format!("width=\"{width}\" height=\"{height}\""), 1);
    let end = text.find('>').map_or(0, |end| end + 1);
    Ok(format!("{}\n{style}{}", &text[..end], &text[end..]))
}

fn png(chart: &impl Draw) -> Result<(Vec<u8>, Drawn), ReportError> {
    let (width, height) = (WIDTH as usize * PNG_SCALE, chart.height() as usize * PNG_SCALE);
    let fine = ((width * FINENESS) as u32, (height * FINENESS) as u32);
    let mut drawn = vec![0; 3 * width * height * FINENESS * FINENESS];
    let scale = (PNG_SCALE * FINENESS) as f64;
    let seen = paint(chart, BitMapBackend::with_buffer(&mut drawn, fine), scale)?;
    let pixels = averaged(&drawn, width);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().map_err(ReportError::draw)?;
    writer.write_image_data(&pixels).map_err(ReportError::draw)?;
    writer.finish().map_err(ReportError::draw)?;
    Ok((bytes, seen))
}

/// The means over squares of pixels, [`FINENESS`] wide, of a picture that comes out `width` pixels wide.
fn averaged(drawn: &[u8], width: usize) -> Vec<u8> {
    let (row, count) = (3 * width * FINENESS, (FINENESS * FINENESS) as u16);
    let mut pixels = vec![0; drawn.len() / (FINENESS * FINENESS)];
    for (at, pixel) in pixels.iter_mut().enumerate() {
        let (y, x, colour) = (at / (3 * width), at % (3 * width) / 3, at % 3);
        let corner = y * FINENESS * row + 3 * x * FINENESS + colour;
        let mut sum = 0;
        for down in 0..FINENESS {
            for right in 0..FINENESS {
                sum += u16::from(drawn[corner + down * row + 3 * right]);
            }
        }
        *pixel = ((sum + count / 2) / count) as u8;
    }
    pixels
}

fn paint<D: DrawingBackend>(chart: &impl Draw, backend: D, scale: f64) -> Result<Drawn, ReportError> {
    static FONTS: Once = Once::new();
    FONTS.call_once(|| {
        // The fonts are this program's own files, which the tests draw with.
        let _ = register_font(FONT, FontStyle::Normal, REGULAR);
        let _ = register_font(FONT, FontStyle::Bold, BOLD);
    });
    let area = backend.into_drawing_area();
    area.fill(&WHITE).map_err(ReportError::draw)?;
    let canvas = Canvas::new(area, scale, REGULAR);
    chart.draw(&canvas)?;
    canvas.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Nine white pixels and nine of which three are black: 255 and 170.
    #[test]
    fn a_pixel_is_the_mean_of_what_is_drawn_for_it() {
        let row = [[255; 9], [0; 9]].concat();
        let other = [255; 18];
        assert_eq!(averaged(&[&row[..], &other, &other].concat(), 2), [255, 255, 255, 170, 170, 170]);
    }
}
