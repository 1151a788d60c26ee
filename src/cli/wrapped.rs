//! Text in lines that a terminal has room for.

/// Characters a line.
const WIDTH: usize = 100;

/// `text` in lines of at most [`WIDTH`] characters, each after `indent` spaces; a word that is longer has a line of its
/// own.
pub(super) fn wrapped(text: &str, indent: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{}{word}", " ".repeat(indent))),
        }
    }
    lines.join("\n")
}

/// The width of a column of `names`: that of the longest, and at least `least`.
pub(super) fn width<'a>(least: usize, names: impl Iterator<Item = &'a str>) -> usize {
    names.map(|name| name.chars().count()).fold(least, usize::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words() {
        let text = format!("{} {} end", "a".repeat(60), "é".repeat(37));
        let expected = format!("  {} {}\n  end", "a".repeat(60), "é".repeat(37));
        assert_eq!(wrapped(&text, 2), expected);
    }
}
