//! A finished picture as the bytes of its files, each of which brings its font along.

use super::canvas::{Canvas, Draw, Drawn, Lettering, Spot, WIDTH};
use super::fonts::{REGULAR, register, web_fonts};
use super::pdf::{PdfBackend, PdfPage};
use crate::report::error::ReportError;
use plotters::prelude::{BitMapBackend, DrawingBackend, IntoDrawingArea, SVGBackend};
use plotters::style::WHITE;
use std::collections::BTreeSet;

/// Coordinates of SVG and PDF, and pixels of the PNG, for one pixel: backends round to whole numbers.
const VECTOR_SCALE: f64 = 8.0;
const PNG_SCALE: usize = 2;
/// Points of a page for a pixel: 72 of an inch, of which a pixel is the 96th part.
const POINT: f64 = 72.0 / 96.0;
/// Pixels that are drawn for each of the PNG, in both directions: a line that is not level would be thinner by up to a
/// pixel, which a dash shows.
const FINENESS: usize = 3;

/// A picture in all of its forms.
pub(in crate::report) struct Rendered {
    pub svg: Vec<u8>,
    pub png: Vec<u8>,
    pub pdf: Vec<u8>,
    /// Letters that the font lacks: blank in PNG and PDF.
    pub without_glyph: BTreeSet<char>,
    pub figure: Figure,
}

/// A picture for a page that has its fonts.
pub(in crate::report) struct Figure {
    /// The SVG without fonts.
    pub drawing: String,
    /// Where its values are.
    pub spots: Vec<Spot>,
}

impl Figure {
    /// Units of the drawing's own coordinates for a pixel.
    pub const SCALE: f64 = VECTOR_SCALE;
}

/// `chart` in all forms.
pub(super) fn render(chart: &impl Draw) -> Result<Rendered, ReportError> {
    let (png, Drawn { without_glyph, spots }) = png(chart)?;
    let drawing = drawing(chart)?;
    let svg = with_fonts(&drawing).into_bytes();
    Ok(Rendered { svg, png, pdf: pdf(chart)?, without_glyph, figure: Figure { drawing, spots } })
}

/// The SVG without fonts.
fn drawing(chart: &impl Draw) -> Result<String, ReportError> {
    let mut text = String::new();
    let (width, height) = (WIDTH, chart.height());
    let size = vector_size(chart);
    paint(chart, SVGBackend::with_string(&mut text, size), VECTOR_SCALE, Lettering::VECTOR)?;
    let from = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
    Ok(text.replacen(&from, &format!("width=\"{width}\" height=\"{height}\""), 1))
}

/// `drawing` as a file that needs no other.
fn with_fonts(drawing: &str) -> String {
    let end = drawing.find('>').map_or(0, |end| end + 1);
    format!("{}\n<style>{}</style>{}", &drawing[..end], web_fonts(), &drawing[end..])
}

fn vector_size(chart: &impl Draw) -> (u32, u32) {
    ((WIDTH * VECTOR_SCALE) as u32, (chart.height() * VECTOR_SCALE) as u32)
}

fn pdf(chart: &impl Draw) -> Result<Vec<u8>, ReportError> {
    let mut page = PdfPage::new(vector_size(chart), POINT / VECTOR_SCALE);
    paint(chart, PdfBackend(&mut page), VECTOR_SCALE, Lettering::VECTOR)?;
    page.finish(chart.title())
}

fn png(chart: &impl Draw) -> Result<(Vec<u8>, Drawn), ReportError> {
    let (width, height) = (WIDTH as usize * PNG_SCALE, chart.height() as usize * PNG_SCALE);
    let fine = ((width * FINENESS) as u32, (height * FINENESS) as u32);
    let mut drawn = vec![0; 3 * width * height * FINENESS * FINENESS];
    let scale = (PNG_SCALE * FINENESS) as f64;
    let lettering = Lettering::of_pixels(REGULAR);
    let seen = paint(chart, BitMapBackend::with_buffer(&mut drawn, fine), scale, lettering)?;
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

fn paint<D: DrawingBackend>(
    chart: &impl Draw,
    backend: D,
    scale: f64,
    lettering: Lettering,
) -> Result<Drawn, ReportError> {
    register();
    let area = backend.into_drawing_area();
    area.fill(&WHITE).map_err(ReportError::draw)?;
    let canvas = Canvas::new(area, scale, lettering, REGULAR);
    chart.draw(&canvas)?;
    canvas.finish()
}

#[cfg(test)]
mod tests {
    use super::super::canvas::Anchor;
    use super::super::style::{INK, look};
    use super::super::text::Font;
    use super::*;

    // Nine white pixels and nine of which three are black: 255 and 170.
    #[test]
    fn a_pixel_is_the_mean_of_what_is_drawn_for_it() {
        let row = [[255; 9], [0; 9]].concat();
        let other = [255; 18];
        assert_eq!(averaged(&[&row[..], &other, &other].concat(), 2), [255, 255, 255, 170, 170, 170]);
    }

    /// A line, a marker and words.
    struct Drawing;

    impl Draw for Drawing {
        fn title(&self) -> &str {
            "A title"
        }

        fn caption(&self) -> String {
            String::new()
        }

        fn height(&self) -> f64 {
            200.0
        }

        fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>) -> Result<(), ReportError> {
            canvas.line(&[(10.0, 10.0), (90.0, 50.0)], INK, 2.0, &[])?;
            canvas.marker((50.0, 30.0), look(0))?;
            canvas.text((450.0, 100.0), "Half", Font::bold(18.0), INK, Anchor::Centre)?;
            canvas.text((18.0, 100.0), "test accuracy", Font::regular(13.0), INK, Anchor::Upwards)
        }
    }

    // 900 pixels of a 96th of an inch are 675 points.
    #[test]
    fn a_pdf_has_no_date_and_brings_its_fonts_along() {
        let pdf = render(&Drawing).unwrap().pdf;
        assert!(pdf.starts_with(b"%PDF-1.5"));
        let holds = |word: &str| pdf.windows(word.len()).any(|bytes| bytes == word.as_bytes());
        for there in ["/MediaBox [0 0 675 150]", "/FontFile3", "/ToUnicode", "Inter-Regular", "A title"] {
            assert!(holds(there), "{there}");
        }
        assert!(!holds("Date"));
        assert_eq!(render(&Drawing).unwrap().pdf, pdf);
    }
}
