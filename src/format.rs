//! Numbers and quotations as people read them.

use std::borrow::Cow;

/// `1,234,567`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `42 s`, `5 min`, `3.2 h`, `4.0 d`
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 90.0 => format!("{:.0} s", seconds.ceil()),
        seconds if seconds < 5400.0 => format!("{:.0} min", seconds / 60.0),
        seconds if seconds < 172_800.0 => format!("{:.1} h", seconds / 3600.0),
        seconds => format!("{:.1} d", seconds / 86_400.0),
    }
}

/// `512 B`, `1.5 KiB`, `23.4 GiB`
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let (mut size, mut unit) = (bytes as f64 / 1024.0, 0);
    if size < 1.0 {
        return format!("{bytes} B");
    }
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

/// `text` with a capital letter at its beginning.
pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `1 seed`, `1,000 seeds`
pub(crate) fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// `0.5`, `1e-9`, `5e-324`: without the zeros that very small and very large numbers have.
pub(crate) fn real(number: f64) -> String {
    let is_plain = number == 0.0 || (1e-5..1e16).contains(&number.abs());
    if is_plain { number.to_string() } else { format!("{number:e}") }
}

/// What somebody wrote, as a message quotes it: the beginning of what is longer than a line.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    const MOST: usize = 72;
    cut(text, MOST, MOST)
}

/// `text` with every word shortened that is longer than any that means something.
pub(crate) fn without_long_words(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 400;
    if text.len() <= LONGEST {
        return Cow::Borrowed(text);
    }
    let words = text.split(' ').map(|word| cut(word, LONGEST, LONGEST / 4));
    Cow::Owned(words.collect::<Vec<_>>().join(" "))
}

/// The first characters of a `text` of more than `most`, `kept` with the dots.
fn cut(text: &str, most: usize, kept: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.chars().take(kept - 1).chain(['…']).collect()),
    }
}

/// The first sentence of `text`, without its full stop; that of "et al." ends none.
pub(crate) fn first_sentence(text: &str) -> &str {
    let mut ends = text.match_indices(". ").map(|(end, _)| end);
    let end = ends.find(|&end| !text[..end].ends_with("et al"));
    end.map_or_else(|| text.trim_end_matches('.'), |end| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_goes_on_after_et_al() {
        assert_eq!(first_sentence("As Sun et al. (2024) say. And more."), "As Sun et al. (2024) say");
        assert_eq!(first_sentence("All of it."), "All of it");
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(
            [0, 999, 1_000, 266_200, 11_173_962].map(grouped),
            ["0", "999", "1,000", "266,200", "11,173,962"]
        );
    }

    #[test]
    fn durations_read_as_people_say_them() {
        assert_eq!(
            [0.2, 89.0, 300.0, 11_520.0, 345_600.0].map(duration),
            ["1 s", "89 s", "5 min", "3.2 h", "4.0 d"]
        );
    }

    #[test]
    fn extreme_numbers_are_short() {
        let numbers = [0.0, -0.5, 30.0, 1e-5, 1e-6, 5e-324, 1e16, f64::MAX].map(real);
        let expected = ["0", "-0.5", "30", "0.00001", "1e-6", "5e-324", "1e16", "1.7976931348623157e308"];
        assert_eq!(numbers, expected);
    }

    #[test]
    fn quotations_are_cut_between_characters() {
        assert_eq!(excerpt("ü".repeat(72).as_str()), "ü".repeat(72));
        assert_eq!(excerpt("ü".repeat(73).as_str()), "ü".repeat(71) + "…");
        let text = format!("no {} here", "9".repeat(100_000));
        assert_eq!(without_long_words(&text), format!("no {}… here", "9".repeat(99)));
        assert_eq!(without_long_words(&"a ".repeat(500)), "a ".repeat(500));
    }

    // 1,536 = 1.5 · 1,024; 2⁶⁴ bytes are 16 EiB.
    #[test]
    fn sizes_are_in_powers_of_1024() {
        assert_eq!([512, 1_536, 5 << 30, u64::MAX].map(bytes), ["512 B", "1.5 KiB", "5.0 GiB", "16.0 EiB"]);
    }
}
