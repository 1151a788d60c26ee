//! How wide the columns of a table are, so that it is as wide as the text at most.

use super::escape::{BREAK, breakable};

/// What a line of text holds in the letters of tables, in ems.
const LINE: f32 = 60.0;
/// Between two columns.
const BETWEEN: f32 = 0.75;

/// What a column takes, in ems.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extent {
    /// With every cell on one line.
    pub whole: f32,
    /// With lines that end wherever they may.
    pub least: f32,
}

impl Extent {
    /// That of a cell.
    pub fn of(text: &str) -> Self {
        let pieces = pieces(text);
        let least = pieces.iter().map(|piece| ems(piece)).fold(0.0, f32::max);
        Self { whole: ems(text), least }
    }

    pub fn with(self, other: Self) -> Self {
        Self { whole: self.whole.max(other.whole), least: self.least.max(other.least) }
    }
}

/// The widths of the columns: all that each takes where a line holds them, or else less of those that can spare most.
pub(super) fn widths(columns: &[Extent]) -> Vec<f32> {
    let mut widths: Vec<f32> = columns.iter().map(|column| column.whole).collect();
    let mut excess = widths.iter().map(|width| width + BETWEEN).sum::<f32>() - LINE;
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by(|&a, &b| {
        (columns[b].whole - columns[b].least).total_cmp(&(columns[a].whole - columns[a].least))
    });
    for column in order {
        if excess > 0.0 {
            let won = excess.min(columns[column].whole - columns[column].least);
            widths[column] -= won;
            excess -= won;
        }
    }
    widths
}

/// `text` in lines of at most `width`, where it has places to end one.
pub(super) fn lines(text: &str, width: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces(text) {
        match lines.last_mut() {
            Some(line) if ems(line) + ems(&piece) <= width => line.push_str(&piece),
            _ => lines.push(piece),
        }
    }
    lines
}

/// The parts between which a line may end, each with the space that ends it.
fn pieces(text: &str) -> Vec<String> {
    let text = breakable(text);
    text.split_inclusive([' ', BREAK]).map(|piece| piece.replace(BREAK, "")).collect()
}

/// As wide as `text` is in small letters of Latin Modern, or a little wider.
fn ems(text: &str) -> f32 {
    let width = |c: char| match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '[' | ']' | '(' | ')' => 0.32,
        'f' | 't' | 'r' | 's' | '-' | '/' | ' ' | '\u{a0}' => 0.42,
        'm' | 'w' | 'M' | 'W' | '%' | '−' | '+' | '±' | '×' | '=' | '<' | '≥' | '≤' | '—' => 0.9,
        c if c.is_uppercase() => 0.8,
        _ => 0.57,
    };
    text.trim_end().chars().map(width).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_too_wide_has_cells_in_lines() {
        let narrow = Extent { whole: 20.0, least: 10.0 };
        let wide = Extent { whole: 45.0, least: 15.0 };
        assert_eq!(widths(&[narrow; 2]), [20.0; 2]);
        // Of the line of 60, 1.5 is between two columns, and 2.25 between three.
        assert_eq!(widths(&[narrow, wide]), [20.0, 38.5]);
        assert_eq!(widths(&[narrow, wide, wide]), [20.0, 15.0, 22.75]);
        assert_eq!(widths(&[narrow, wide, wide, wide]), [12.0, 15.0, 15.0, 15.0]);
    }

    #[test]
    fn a_heading_is_in_lines_no_wider_than_its_column() {
        assert_eq!(
            lines("sparsity at −0.5 pp / %", 5.0),
            ["sparsity ", "at −0.5\u{a0}pp ".replace("at ", "at\u{a0}").as_str(), "/\u{a0}%"]
        );
        assert_eq!(lines("sign-flip", 10.0), ["sign-flip"]);
        assert_eq!(lines("sign-flip", 3.0), ["sign-", "flip"]);
    }

    #[test]
    fn what_may_be_broken_is_narrower_in_lines() {
        let extent = Extent::of("NOT REPRODUCED");
        assert_eq!(extent.least, Extent::of("REPRODUCED").whole);
        assert!(extent.least < extent.whole);
    }
}
