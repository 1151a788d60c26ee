//! The fonts of pictures, which every file brings along.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use plotters::style::{FontStyle, register_font};
use std::sync::Once;

/// What both weights are called.
pub(super) const FONT: &str = "Inter";

pub(super) static REGULAR: &[u8] = include_bytes!("font/Inter-Regular.otf");
pub(super) static BOLD: &[u8] = include_bytes!("font/Inter-SemiBold.otf");
static REGULAR_WEB: &[u8] = include_bytes!("font/Inter-Regular.woff2");
static BOLD_WEB: &[u8] = include_bytes!("font/Inter-SemiBold.woff2");

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

/// Makes the fonts known to plotters, once.
pub(super) fn register() {
    static FONTS: Once = Once::new();
    FONTS.call_once(|| {
        // The fonts are this program's own files, which the tests draw with.
        let _ = register_font(FONT, FontStyle::Normal, REGULAR);
        let _ = register_font(FONT, FontStyle::Bold, BOLD);
    });
}
