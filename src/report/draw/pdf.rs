//! PDF for plotters to draw on: vectors, and text in fonts that the file brings along.

use super::fonts::{BOLD, REGULAR};
use super::pdf_font::{PdfFont, deflated};
use super::text::LINE;
use crate::report::error::ReportError;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
};
use std::collections::BTreeSet;
use std::convert::Infallible;

/// How far the handles of four Bézier curves that make a circle are from its quarters, in radii.
const HANDLE: f32 = 0.552_284_8;
/// What the fonts are called in the file.
const FONT_NAMES: [Name<'_>; 2] = [Name(b"Regular"), Name(b"SemiBold")];

/// A file of one page. It has no date and no identifier, so the same picture is the same bytes.
pub(super) struct PdfPage {
    content: Content,
    /// The largest coordinates, and how many points one is.
    size: (u32, u32),
    points: f64,
    /// Regular and bold.
    fonts: [PdfFont; 2],
    /// The opacities that are used, in 255ths.
    opacities: BTreeSet<u8>,
}

impl PdfPage {
    /// A page with room for coordinates up to `size`, each of which is so many `points`.
    pub fn new(size: (u32, u32), points: f64) -> Self {
        let mut content = Content::new();
        let height = f64::from(size.1) * points;
        // From above downwards, as plotters counts.
        content.transform([points as f32, 0.0, 0.0, -points as f32, 0.0, height as f32]);
        let fonts =
            [PdfFont::new("Inter-Regular", REGULAR, 95.0), PdfFont::new("Inter-SemiBold", BOLD, 144.0)];
        Self { content, size, points, fonts, opacities: BTreeSet::new() }
    }

    /// The bytes of the file.
    pub fn finish(self, title: &str) -> Result<Vec<u8>, ReportError> {
        let mut pdf = Pdf::new();
        // pdfTeX warns of files of later versions.
        pdf.set_version(1, 5);
        let mut next = Ref::new(1);
        let [catalog, pages, page, content, info, regular, bold] = std::array::from_fn(|_| next.bump());
        pdf.catalog(catalog).pages(pages).lang(TextStr("en"));
        pdf.pages(pages).kids([page]).count(1);
        pdf.document_info(info).title(TextStr(title)).creator(TextStr("niwaki"));
        let length = |coordinates: u32| (f64::from(coordinates) * self.points) as f32;
        let mut written = pdf.page(page);
        written.media_box(Rect::new(0.0, 0.0, length(self.size.0), length(self.size.1)));
        written.parent(pages).contents(content);
        let mut resources = written.resources();
        resources.fonts().pair(FONT_NAMES[0], regular).pair(FONT_NAMES[1], bold);
        let mut states = resources.ext_g_states();
        for &opacity in &self.opacities {
            let share = f32::from(opacity) / 255.0;
            let name = opacity_name(opacity);
            let mut state = states.insert(Name(name.as_bytes())).dict();
            state.pair(Name(b"ca"), share).pair(Name(b"CA"), share);
        }
        states.finish();
        resources.finish();
        written.finish();
        for (font, id) in self.fonts.iter().zip([regular, bold]) {
            font.write(&mut pdf, id, &mut next)?;
        }
        let bytes = deflated(self.content.finish().as_slice())?;
        pdf.stream(content, &bytes).filter(Filter::FlateDecode);
        Ok(pdf.finish())
    }

    /// Takes `colour` for all that comes.
    fn ink(&mut self, colour: BackendColor) {
        let opacity = (colour.alpha.clamp(0.0, 1.0) * 255.0).round() as u8;
        self.opacities.insert(opacity);
        let (r, g, b) = colour.rgb;
        let [r, g, b] = [r, g, b].map(|part| f32::from(part) / 255.0);
        self.content.set_parameters(Name(opacity_name(opacity).as_bytes()));
        self.content.set_fill_rgb(r, g, b).set_stroke_rgb(r, g, b);
    }

    fn path(&mut self, points: impl IntoIterator<Item = BackendCoord>) {
        for (number, (x, y)) in points.into_iter().enumerate() {
            match number {
                0 => self.content.move_to(x as f32, y as f32),
                _ => self.content.line_to(x as f32, y as f32),
            };
        }
    }

    fn circle(&mut self, (x, y): BackendCoord, radius: u32) {
        let (x, y, r) = (x as f32, y as f32, radius as f32);
        let h = HANDLE * r;
        self.content.move_to(x + r, y);
        self.content.cubic_to(x + r, y + h, x + h, y + r, x, y + r);
        self.content.cubic_to(x - h, y + r, x - r, y + h, x - r, y);
        self.content.cubic_to(x - r, y - h, x - h, y - r, x, y - r);
        self.content.cubic_to(x + h, y - r, x + r, y - h, x + r, y);
    }

    /// Ends the path that was begun, which is closed.
    fn fill_or_stroke<S: BackendStyle>(&mut self, style: &S, is_filled: bool) {
        if is_filled {
            self.content.fill_nonzero();
        } else {
            self.content.set_line_width(style.stroke_width() as f32).close_and_stroke();
        }
    }
}

fn opacity_name(opacity: u8) -> String {
    format!("Opacity{opacity}")
}

/// A page while plotters draws it.
pub(super) struct PdfBackend<'a>(pub &'a mut PdfPage);

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for PdfBackend<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.0.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &colour, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.0.ink(style.color());
        self.0.path([(left, top), (right, top), (right, bottom), (left, bottom)]);
        self.0.fill_or_stroke(style, fill);
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.0.ink(style.color());
        self.0.content.set_line_width(style.stroke_width() as f32);
        self.0.path(path);
        self.0.content.stroke();
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        centre: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.0.ink(style.color());
        self.0.circle(centre, radius);
        self.0.fill_or_stroke(style, fill);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        self.0.ink(style.color());
        self.0.path(corners);
        self.0.content.fill_nonzero();
        Ok(())
    }

    /// Text placed as in the SVG.
    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Drawn {
        let font = match style.style() {
            FontStyle::Normal | FontStyle::Oblique | FontStyle::Italic => 0,
            FontStyle::Bold => 1,
        };
        let text = self.0.fonts[font].encode(text);
        let em = style.size() / LINE;
        let left = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => -text.width / 2.0 * em,
            HPos::Right => -text.width * em,
        };
        let half = self.0.fonts[font].metrics().height_of_x / 2.0;
        let down = match style.anchor().v_pos {
            VPos::Top => 0.76 * em,
            VPos::Center => half * em,
            VPos::Bottom => -half * em,
        };
        // Where the directions of a line and of those below it point to.
        let turned = |(x, y)| {
            let (x, y) = style.transform().transform(x, y);
            (f64::from(x), f64::from(y))
        };
        let ((along_x, along_y), (down_x, down_y)) = (turned((1, 0)), turned((0, 1)));
        let x = f64::from(x) + left * along_x + down * down_x;
        let y = f64::from(y) + left * along_y + down * down_y;
        // Letters stand upwards, and the page goes down.
        let matrix = [along_x, along_y, -down_x, -down_y, x, y].map(|number| number as f32);
        self.0.ink(style.color());
        let content = &mut self.0.content;
        content.begin_text().set_font(FONT_NAMES[font], em as f32).set_text_matrix(matrix);
        content.show(Str(&text.bytes)).end_text();
        Ok(())
    }
}
