//! How wide a table is on paper, where it cannot be scrolled.

use pulldown_cmark::{Alignment, Event, Tag, TagEnd};

/// Letters of a line of words, which can be broken.
const LINE: usize = 22;
/// What stands between two columns, in letters.
const GAP: usize = 2;

/// Letters of a row of the table whose begin is past: numbers stand in one line, and words are broken into some.
pub(super) fn letters(alignments: &[Alignment], events: &[Event<'_>]) -> usize {
    let mut widths = vec![0; alignments.len()];
    let (mut column, mut in_head, mut cell) = (0, false, String::new());
    for event in events {
        match event {
            Event::Start(Tag::TableHead) => (column, in_head) = (0, true),
            Event::Start(Tag::TableRow) => (column, in_head) = (0, false),
            Event::Text(text) | Event::Code(text) => cell.push_str(text),
            Event::End(TagEnd::TableCell) => {
                let needed = match alignments.get(column) {
                    _ if in_head => longest_word(&cell),
                    Some(Alignment::Right) => cell.chars().count(),
                    _ => cell.chars().count().min(LINE.max(longest_word(&cell))),
                };
                widths.iter_mut().skip(column).take(1).for_each(|width| *width = needed.max(*width));
                cell.clear();
                column += 1;
            }
            Event::End(TagEnd::Table) => break,
            _ => {}
        }
    }
    widths.iter().map(|width| width + GAP).sum()
}

/// Letters of the longest part that is not broken.
fn longest_word(text: &str) -> usize {
    text.split([' ', '-']).map(|word| word.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulldown_cmark::{Options, Parser};

    fn found(markdown: &str) -> usize {
        let events: Vec<Event<'_>> = Parser::new_ext(markdown, Options::ENABLE_TABLES).collect();
        let [Event::Start(Tag::Table(alignments)), rest @ ..] = &events[..] else { panic!("{events:?}") };
        letters(alignments, rest)
    }

    // 4 of the head and 7 of the numbers; 22 of the words and 1 of the head; each with 2 between columns.
    #[test]
    fn words_are_broken_and_numbers_are_not() {
        assert_eq!(found("| name | n |\n|---|--:|\n| x | 1 ± 2 % |\n\ntext after it\n"), 4 + 7 + 4);
        assert_eq!(found("| a |\n|---|\n| far more words than a line holds |\n"), 22 + 2);
        assert_eq!(found("| a |\n|---|\n| `stage.sparse.prune.target.sparsity` |\n"), 34 + 2);
    }
}
