//! The colours of a picture on a dark page.

use super::style::{MOST_SERIES, hex, look, paled};
use plotters::style::{RGBColor, WHITE};

/// The dark page itself: `--paper` of its style.
const PAPER: RGBColor = RGBColor(22, 24, 26);

/// What stands for the colours of the series: of the same hue, and light enough for a thin line on [`PAPER`].
const SERIES: [RGBColor; MOST_SERIES] = [
    RGBColor(61, 155, 224),
    RGBColor(240, 173, 30),
    RGBColor(38, 201, 154),
    RGBColor(242, 118, 46),
    RGBColor(158, 216, 255),
    RGBColor(255, 255, 255),
    RGBColor(230, 150, 198),
    RGBColor(190, 152, 92),
];

/// What stands on a dark page for `colour`, which is written as `#0072B2`; `None` for what is no colour.
pub(in crate::report) fn on_dark(colour: &str) -> Option<String> {
    let part = |at: usize| u8::from_str_radix(colour.get(at..at + 2)?, 16).ok();
    let is_whole = colour.len() == 7 && colour.starts_with('#');
    let colour = RGBColor(part(1)?, part(3)?, part(5)?);
    is_whole.then(|| hex(counterpart(colour)))
}

fn counterpart(colour: RGBColor) -> RGBColor {
    let of_series = |index: usize| {
        let (light, dark) = (look(index).colour, SERIES[index]);
        let pale = paled(light, WHITE);
        match colour {
            _ if colour == light => Some(dark),
            _ if colour == pale => Some(paled(dark, PAPER)),
            _ => None,
        }
    };
    (0..MOST_SERIES).find_map(of_series).unwrap_or_else(|| inverted(colour))
}

/// The same hue, as light as `colour` is dark: white is the paper.
fn inverted(RGBColor(r, g, b): RGBColor) -> RGBColor {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let part = |part: u8, paper: u8| {
        let inverted = (255.0 + f64::from(part) - f64::from(most) - f64::from(least)) / 255.0;
        // Shades are darker than greys, so that both dark and light words can be read where the ones give way to the
        // others; but the palest still stands out from the paper.
        let share = if most == least { inverted } else { (0.2 + 0.8 * inverted).powi(2) };
        (f64::from(paper) + f64::from(255 - paper) * share).round() as u8
    };
    RGBColor(part(r, PAPER.0), part(g, PAPER.1), part(b, PAPER.2))
}

#[cfg(test)]
mod tests {
    use super::super::style::{FAINT, GREY, INK, REFERENCE, shade};
    use super::*;

    /// By WCAG 2.1.
    fn contrast(one: RGBColor, other: RGBColor) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let luminance =
            |RGBColor(r, g, b): RGBColor| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
        let [one, other] = [one, other].map(|colour| luminance(colour) + 0.05);
        one.max(other) / one.min(other)
    }

    #[test]
    fn the_paper_of_a_picture_is_that_of_the_page() {
        assert_eq!(on_dark("#FFFFFF"), Some(hex(PAPER)));
        let style = include_str!("../html/style.css");
        assert!(style.contains(&format!("--paper: {};", hex(PAPER).to_lowercase())));
        assert_eq!(on_dark("none"), None);
        assert_eq!(on_dark("#12é34"), None);
    }

    // WCAG asks for 3 of shapes and for 4.5 of words.
    #[test]
    fn lines_and_words_stand_out_from_the_paper() {
        let lines = (0..MOST_SERIES).map(|index| look(index).colour);
        for colour in lines.chain([INK, GREY, REFERENCE]) {
            assert!(contrast(counterpart(colour), PAPER) > 4.5, "{colour:?}");
        }
        assert!(contrast(counterpart(FAINT), PAPER) > 1.3);
    }

    // Words on shades are white above 0.6 and dark below.
    #[test]
    fn words_on_a_shade_can_be_read() {
        assert!(contrast(counterpart(shade(0.0)), PAPER) > 1.15, "the palest is seen");
        for place in 0..=100 {
            let share = f64::from(place) / 100.0;
            let ink = if share > 0.6 { WHITE } else { INK };
            let found = contrast(counterpart(ink), counterpart(shade(share)));
            assert!(found > 3.5, "{share}: {found}");
        }
    }
}
