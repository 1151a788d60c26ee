//! How wide text is, and how it is broken into lines, which needs no picture.

use super::fonts::{BOLD, REGULAR};
use super::glyphs::glyphs;

/// Plotters takes the size of a font for the height of a line, so many ems.
pub(super) const LINE: f64 = 1.24;

/// Size in pixels, as plotters takes it, and weight.
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

/// Width of `text` in pixels.
pub(super) fn width(text: &str, font: Font) -> f64 {
    let bytes = match font.weight {
        Weight::Regular => REGULAR,
        Weight::Bold => BOLD,
    };
    font.size / LINE * glyphs(bytes, text).iter().map(|glyph| glyph.advance).sum::<f64>()
}

/// `text` in lines no wider than `most` pixels, broken between words, and within a word that is too long for a line.
pub(super) fn wrap(text: &str, font: Font, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in writable(text).split(' ') {
        let mut word = word;
        let joined = lines.last().map(|line| format!("{line} {word}"));
        if let (Some(line), Some(joined)) = (lines.last_mut(), joined)
            && width(&joined, font) <= most
        {
            *line = joined;
            continue;
        }
        while width(word, font) > most {
            let starts = word.char_indices().map(|(start, _)| start).skip(1);
            let fits = starts.take_while(|&end| width(&word[..end], font) <= most).last();
            // A line holds one letter at least.
            let Some(end) = fits.or_else(|| word.char_indices().nth(1).map(|(end, _)| end)) else {
                break;
            };
            lines.push(word[..end].to_owned());
            word = &word[end..];
        }
        lines.push(word.to_owned());
    }
    lines
}

/// `text` on one line, without what an SVG may not hold.
pub(super) fn writable(text: &str) -> String {
    let spaced = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    spaced.filter(|c| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // An A of 1904 units of 2816 to an em, and a space of 792.
    #[test]
    fn a_line_holds_what_fits_and_one_letter_at_least() {
        let font = Font::regular(28.16 * LINE);
        assert!((width("A A", font) - 46.0).abs() < 1e-9);
        assert_eq!(wrap("A A A", font, 46.0), ["A A", "A"]);
        assert_eq!(wrap("AAA", font, 39.0), ["AA", "A"]);
        assert_eq!(wrap("AA", font, 1.0), ["A", "A"]);
    }

    #[test]
    fn an_svg_gets_no_control_characters() {
        assert_eq!(writable("a\u{7}\tb\r\nc\u{FFFE}"), "a b  c");
    }
}
