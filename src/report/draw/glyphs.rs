//! Which letters a font can draw.

/// Whether the OpenType font in `font` has a glyph for `letter`. Reads the table `cmap` in format 4, which
/// holds the letters up to U+FFFF; a font without such a table has none.
pub(super) fn has_glyph(font: &[u8], letter: char) -> bool {
    u16::try_from(u32::from(letter)).is_ok_and(|code| glyph(font, code).is_some_and(|glyph| glyph != 0))
}

/// The glyph's number; `None` or 0 where there is none.
fn glyph(font: &[u8], code: u16) -> Option<u16> {
    let tables = usize::from(short(font, 4)?);
    let records = (0..tables).map(|table| 12 + 16 * table);
    let record = records.into_iter().find(|&record| font.get(record..record + 4) == Some(b"cmap"))?;
    let cmap = long(font, record + 8)?;
    let encodings = (0..usize::from(short(font, cmap + 2)?)).map(|encoding| cmap + 4 + 8 * encoding);
    let offsets = encodings.filter_map(|encoding| Some(cmap + long(font, encoding + 4)?));
    let map = offsets.into_iter().find(|&map| short(font, map) == Some(4))?;
    // Four arrays, one entry a segment: last codes, a padding, first codes, deltas, offsets of glyph arrays.
    let length = usize::from(short(font, map + 6)?);
    let (last, first) = (map + 14, map + 16 + length);
    let (deltas, offsets) = (first + length, first + 2 * length);
    let mut segments = (0..length).step_by(2);
    let segment = segments.find(|segment| short(font, last + segment).is_some_and(|last| last >= code))?;
    let start = short(font, first + segment)?;
    let into = code.checked_sub(start)?;
    let delta = short(font, deltas + segment)?;
    match short(font, offsets + segment)? {
        0 => Some(code.wrapping_add(delta)),
        offset => {
            let at = offsets + segment + usize::from(offset) + 2 * usize::from(into);
            short(font, at).map(|glyph| if glyph == 0 { 0 } else { glyph.wrapping_add(delta) })
        }
    }
}

fn short(font: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(font.get(at..at + 2)?.try_into().ok()?))
}

fn long(font: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(font.get(at..at + 4)?.try_into().ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::super::picture::REGULAR;
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
}
