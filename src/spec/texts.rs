//! Texts that people are to read.

/// What is wrong with a text that is to be shown on one line of a table, a chart or a terminal.
pub(super) fn unfit_text(text: &str) -> Option<String> {
    let breaks = |c: char| matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}');
    let unfit = |c: char| c.is_control() || breaks(c) || matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().find(|&c| unfit(c)).map(|found| match found {
        found if breaks(found) => "a text is one line, and this has a line break".to_owned(),
        found => format!("no text can have the control character U+{:04X}", u32::from(found)),
    })
}

/// What people see of a text: without characters that leave no mark, and with one space in the place of any others.
pub(super) fn seen(text: &str) -> String {
    let text: String = text.chars().filter(|&c| !is_unseen(c)).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character leaves no mark of its own: joiners, marks of direction, selectors of variants, fillers.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_look_alike_are_seen_alike() {
        for alike in
            ["plain words", " plain  words\u{a0}", "pl\u{200b}ain\u{2009}words", "plain words\u{feff}"]
        {
            assert_eq!(seen(alike), "plain words", "{alike:?}");
        }
        assert_eq!(seen(" \u{200b}\u{3000}"), "");
        assert_ne!(seen("Plain"), seen("plain"));
    }
}
