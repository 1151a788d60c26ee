//! Which letters a font can draw, and how wide they are.

/// Whether the OpenType font in `font` has a glyph for `letter`. Reads the table `cmap` in format 4, which
/// holds the letters up to U+FFFF; a font without such a table has none.
pub(super) fn has_glyph(font: &[u8], letter: char) -> bool {
    u16::try_from(u32::from(letter)).is_ok_and(|code| glyph(font, code).is_some_and(|glyph| glyph != 0))
}

/// The glyph's number; `None` or 0 where there is none.
fn glyph(font: &[u8], code: u16) -> Option<u16> {
    let cmap = table(font, b"cmap")?;
    let encodings = (0..usize::from(short(cmap, 2)?)).map(|encoding| 4 + 8 * encoding);
    let maps = encodings.filter_map(|encoding| cmap.get(long(cmap, encoding + 4)?..));
    let map = maps.into_iter().find(|map| short(map, 0) == Some(4))?;
    // Four arrays, one entry a segment: last codes, a padding, first codes, deltas, offsets of glyph arrays.
    let length = usize::from(short(map, 6)?);
    let (last, first) = (14, 16 + length);
    let (deltas, offsets) = (first + length, first + 2 * length);
    let mut segments = (0..length).step_by(2);
    let segment = segments.find(|segment| short(map, last + segment).is_some_and(|last| last >= code))?;
    let start = short(map, first + segment)?;
    let into = code.checked_sub(start)?;
    let delta = short(map, deltas + segment)?;
    match short(map, offsets + segment)? {
        0 => Some(code.wrapping_add(delta)),
        offset => {
            let at = offsets + segment + usize::from(offset) + 2 * usize::from(into);
            short(map, at).map(|glyph| if glyph == 0 { 0 } else { glyph.wrapping_add(delta) })
        }
    }
}

/// A letter of a line of text.
pub(super) struct Glyph {
    pub letter: char,
    /// Its number in the font; 0, which is blank, where the font lacks the letter.
    pub number: u16,
    /// From its begin to that of the next, in ems.
    pub advance: f64,
}

/// The letters of `text` as the OpenType font in `font` draws them, which has no kerning.
pub(super) fn glyphs(font: &[u8], text: &str) -> Vec<Glyph> {
    let glyph = |letter: char| {
        let code = u16::try_from(u32::from(letter)).ok();
        let number = code.and_then(|code| glyph(font, code)).unwrap_or(0);
        Glyph { letter, number, advance: advance(font, number).unwrap_or(0.0) }
    };
    text.chars().map(glyph).collect()
}

/// The table `hmtx`, of which the last width holds for all glyphs after it.
fn advance(font: &[u8], glyph: u16) -> Option<f64> {
    let widths = short(table(font, b"hhea")?, 34)?;
    let width = short(table(font, b"hmtx")?, 4 * usize::from(glyph.min(widths.checked_sub(1)?)))?;
    Some(f64::from(width) / units(font)?)
}

/// Units of the font for an em.
fn units(font: &[u8]) -> Option<f64> {
    short(table(font, b"head")?, 18).map(f64::from)
}

/// The lengths of a font that concern all of its letters, in ems.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Metrics {
    /// Left, bottom, right and top of what holds every letter.
    pub bounds: [f64; 4],
    pub ascent: f64,
    pub descent: f64,
    pub height_of_x: f64,
    pub height_of_capitals: f64,
}

impl Metrics {
    pub fn of(font: &[u8]) -> Option<Self> {
        let units = units(font)?;
        let signed = |table: &[u8], at: usize| short(table, at).map(|value| f64::from(value as i16) / units);
        let (head, hhea, os2) = (table(font, b"head")?, table(font, b"hhea")?, table(font, b"OS/2")?);
        Some(Self {
            bounds: [signed(head, 36)?, signed(head, 38)?, signed(head, 40)?, signed(head, 42)?],
            ascent: signed(hhea, 4)?,
            descent: signed(hhea, 6)?,
            height_of_x: signed(os2, 86)?,
            height_of_capitals: signed(os2, 88)?,
        })
    }
}

/// The table of this name.
pub(super) fn table<'f>(font: &'f [u8], name: &[u8; 4]) -> Option<&'f [u8]> {
    let tables = usize::from(short(font, 4)?);
    let mut records = (0..tables).map(|table| 12 + 16 * table);
    let record = records.find(|&record| font.get(record..record + 4) == Some(name))?;
    let (begin, length) = (long(font, record + 8)?, long(font, record + 12)?);
    font.get(begin..begin.checked_add(length)?)
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::super::fonts::REGULAR;
    use super::*;

    // As FontTools lists the letters of the embedded file.
    #[test]
    fn the_font_has_western_letters_and_no_others() {
        for letter in "Aé±²µ’·…÷×≤→09".chars() {
            assert!(has_glyph(REGULAR, letter), "{letter}");
        }
        for letter in "庭木의🌲".chars() {
            assert!(!has_glyph(REGULAR, letter), "{letter}");
        }
    }

    #[test]
    fn what_is_no_font_has_no_letters() {
        assert!(!has_glyph(&[], 'A') && !has_glyph(&[0; 40], 'A') && !has_glyph(&[255; 40], 'A'));
    }

    // As FontTools reads `hmtx` of the embedded file, whose em has 2816 units.
    #[test]
    fn letters_are_as_wide_as_the_font_says() {
        let widths = glyphs(REGULAR, "A é庭").into_iter().map(|glyph| (2816.0 * glyph.advance).round());
        assert_eq!(widths.collect::<Vec<_>>(), [1904.0, 792.0, 1640.0, 2800.0]);
        let numbers = glyphs(REGULAR, "A庭").into_iter().map(|glyph| glyph.number);
        assert_eq!(numbers.collect::<Vec<_>>(), [1, 0]);
        assert_eq!(glyphs(&[], "A")[0].advance, 0.0);
    }

    // As FontTools reads `hhea` and `OS/2`.
    #[test]
    fn lengths_are_in_ems() {
        let metrics = Metrics::of(REGULAR).unwrap();
        let lengths = [metrics.ascent, metrics.descent, metrics.height_of_x, metrics.height_of_capitals];
        assert_eq!(lengths.map(|length| (2816.0 * length).round()), [2728.0, -680.0, 1536.0, 2048.0]);
        assert_eq!(Metrics::of(&[]), None);
    }
}
