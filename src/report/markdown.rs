//! Text that Markdown shows as it is.

/// `text` on one line, with nothing in it that Markdown or HTML would take for its own.
pub(super) fn plain(text: &str) -> String {
    let mut escaped = String::new();
    for c in on_one_line(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// The same, with what stands between backticks as code.
pub(super) fn with_code(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick that none ends is one of the text.
    if parts.len().is_multiple_of(2) {
        return plain(text);
    }
    let part = |(number, part): (usize, &&str)| {
        let edge = |at_edge: bool| if at_edge && !part.is_empty() { " " } else { "" };
        let (before, after) =
            (edge(part.starts_with(char::is_whitespace)), edge(part.ends_with(char::is_whitespace)));
        match number % 2 {
            0 if part.trim().is_empty() => before.to_owned(),
            0 => format!("{before}{}{after}", plain(part)),
            _ => code(part),
        }
    };
    parts.iter().enumerate().map(part).collect()
}

/// `text` as code on one line.
pub(super) fn code(text: &str) -> String {
    let text = on_one_line(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// `text` as lines of code.
pub(super) fn block(text: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    format!("{fence}sh\n{text}\n{fence}\n")
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn on_one_line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().filter(|c| !c.is_control()).collect()
}

/// How the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// A table whose columns are aligned in the text too. Cells are Markdown already.
pub(super) fn table(header: &[(String, Align)], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([header[column].0.chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &String>| {
        let cells = cells.zip(&widths).zip(header).map(|((cell, width), (_, align))| match align {
            Align::Left => format!(" {cell:<width$} "),
            Align::Right => format!(" {cell:>width$} "),
        });
        format!("|{}|\n", cells.collect::<Vec<_>>().join("|"))
    };
    let rule = header.iter().zip(&widths).map(|((_, align), width)| match align {
        Align::Left => "-".repeat(width + 2),
        Align::Right => format!("{}:", "-".repeat(width + 1)),
    });
    let rule = format!("|{}|\n", rule.collect::<Vec<_>>().join("|"));
    let rows = rows.iter().map(|row| line(&mut row.iter()));
    line(&mut header.iter().map(|(name, _)| name)) + &rule + &rows.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    // By the CommonMark rules for escapes and code spans.
    #[test]
    fn nothing_in_plain_text_means_anything() {
        assert_eq!(plain("interval [0, 1) and a*b_c"), r"interval \[0, 1) and a\*b\_c");
        assert_eq!(plain("<script> & `x` | y"), r"&lt;script&gt; &amp; \`x\` \| y");
        assert_eq!(plain("one\n# two\r\n\u{7}three"), r"one \# two three");
    }

    #[test]
    fn what_stands_between_backticks_is_code() {
        assert_eq!(with_code("as `a_b` and\n`c` ` do_it"), r"as \`a\_b\` and \`c\` \` do\_it");
        assert_eq!(with_code("with `a_b`, times T_1 `c` `d`"), r"with `a_b`, times T\_1 `c` `d`");
    }

    #[test]
    fn code_may_hold_backticks() {
        assert_eq!(code("a=1"), "`a=1`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(block("echo ```"), "````sh\necho ```\n````\n");
    }

    #[test]
    fn a_table_is_aligned() {
        let header = [("a".to_owned(), Align::Left), ("n".to_owned(), Align::Right)];
        let rows = [vec!["long".to_owned(), "3".to_owned()]];
        assert_eq!(table(&header, &rows), "| a    | n |\n|------|--:|\n| long | 3 |\n");
    }
}
