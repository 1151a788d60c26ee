//! A font in a PDF, cut down to the letters that are used.

use super::glyphs::{Metrics, glyphs, table};
use crate::report::error::ReportError;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Str};
use std::collections::BTreeMap;
use std::io::Write;
use subsetter::{GlyphRemapper, subset};

/// A font while text is written in it.
pub(super) struct PdfFont {
    name: &'static str,
    bytes: &'static [u8],
    /// The thickness of its upright strokes, in thousandths of an em.
    stem: f32,
    metrics: Metrics,
    numbers: GlyphRemapper,
    /// The letter of each glyph of the file, and its width in thousandths of an em.
    letters: BTreeMap<u16, (char, f32)>,
}

/// Text as a file holds it.
pub(super) struct Encoded {
    pub bytes: Vec<u8>,
    /// In ems.
    pub width: f64,
}

/// What the numbers of glyphs are: of this font alone.
const SYSTEM: SystemInfo<'_> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

impl PdfFont {
    pub fn new(name: &'static str, bytes: &'static [u8], stem: f32) -> Self {
        let metrics = Metrics::of(bytes).expect("the fonts are this program's own files");
        Self { name, bytes, stem, metrics, numbers: GlyphRemapper::new(), letters: BTreeMap::new() }
    }

    pub fn metrics(&self) -> Metrics {
        self.metrics
    }

    pub fn encode(&mut self, text: &str) -> Encoded {
        let mut encoded = Encoded { bytes: Vec::new(), width: 0.0 };
        for glyph in glyphs(self.bytes, text) {
            let number = self.numbers.remap(glyph.number);
            self.letters.entry(number).or_insert((glyph.letter, (1000.0 * glyph.advance) as f32));
            encoded.bytes.extend(number.to_be_bytes());
            encoded.width += glyph.advance;
        }
        encoded
    }

    /// Writes it as object `id` and others, whose numbers `next` gives.
    pub fn write(&self, pdf: &mut Pdf, id: Ref, next: &mut Ref) -> Result<(), ReportError> {
        let subset = subset(self.bytes, 0, &self.numbers).map_err(ReportError::draw)?;
        let outlines =
            table(&subset, b"CFF ").ok_or_else(|| ReportError::draw("its font has no outlines"))?;
        let name = format!("{}+{}", tag(outlines), self.name);
        let [cid, descriptor, file, unicode] = std::array::from_fn(|_| next.bump());
        pdf.type0_font(id)
            .base_font(Name(format!("{name}-Identity-H").as_bytes()))
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(unicode);
        let mut font = pdf.cid_font(cid);
        font.subtype(CidFontType::Type0).base_font(Name(name.as_bytes())).system_info(SYSTEM);
        font.font_descriptor(descriptor).default_width(0.0);
        let mut widths = font.widths();
        for (&number, &(_, width)) in &self.letters {
            widths.same(number, number, width);
        }
        widths.finish();
        font.finish();
        let thousandths = |ems: f64| (1000.0 * ems) as f32;
        let [left, bottom, right, top] = self.metrics.bounds.map(thousandths);
        pdf.font_descriptor(descriptor)
            .name(Name(name.as_bytes()))
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(left, bottom, right, top))
            .italic_angle(0.0)
            .ascent(thousandths(self.metrics.ascent))
            .descent(thousandths(self.metrics.descent))
            .cap_height(thousandths(self.metrics.height_of_capitals))
            .stem_v(self.stem)
            .font_file3(file);
        let bytes = deflated(outlines)?;
        let mut stream = pdf.stream(file, &bytes);
        stream.filter(Filter::FlateDecode).pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
        stream.finish();
        let mut map = UnicodeCmap::new(Name(b"Letters"), SYSTEM);
        for (&number, &(letter, _)) in self.letters.iter().filter(|(number, _)| **number > 0) {
            map.pair(number, letter);
        }
        let bytes = deflated(map.finish().as_slice())?;
        pdf.stream(unicode, &bytes).filter(Filter::FlateDecode);
        Ok(())
    }
}

/// Six letters that tell a subset of a font from others of it, made from its outlines.
fn tag(outlines: &[u8]) -> String {
    let digest = blake3::hash(outlines);
    digest.as_bytes()[..6].iter().map(|byte| char::from(b'A' + byte % 26)).collect()
}

/// `bytes` as a stream of a file holds them.
pub(super) fn deflated(bytes: &[u8]) -> Result<Vec<u8>, ReportError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).map_err(ReportError::draw)?;
    encoder.finish().map_err(ReportError::draw)
}
