//! A table by booktabs whose numbers stand in columns of siunitx.

use pulldown_cmark::Alignment;
use std::fmt::Write;

/// Letters of a cell that is broken into lines.
const WIDE: usize = 28;

/// A table while it is read: the heading is its first row.
pub(super) struct Table {
    alignments: Vec<Alignment>,
    rows: Vec<Vec<Cell>>,
}

/// A cell as it was written, and as LaTeX writes it.
#[derive(Clone, Default)]
struct Cell {
    plain: String,
    latex: String,
}

/// What a column of numbers holds.
struct Numbers {
    /// All are followed by it, which the heading says in their place.
    unit: &'static str,
    before: usize,
    decimals: usize,
    /// Digits of the largest uncertainty; 0 without one.
    uncertain: usize,
}

/// A number with its uncertainty.
#[derive(Debug, PartialEq)]
struct Number<'a> {
    value: &'a str,
    uncertainty: Option<&'a str>,
    unit: &'static str,
}

impl Table {
    pub fn new(alignments: &[Alignment]) -> Self {
        Self { alignments: alignments.to_vec(), rows: Vec::new() }
    }

    pub fn row(&mut self) {
        self.rows.push(Vec::new());
    }

    pub fn cell(&mut self) {
        self.rows.iter_mut().last().into_iter().for_each(|row| row.push(Cell::default()));
    }

    /// Adds to the cell that is open.
    pub fn add(&mut self, plain: &str, latex: &str) {
        if let Some(cell) = self.rows.last_mut().and_then(|row| row.last_mut()) {
            cell.plain.push_str(plain);
            cell.latex.push_str(latex);
        }
    }

    /// The table under `heading`; the seeds stand in its caption where they are as many in all rows.
    pub fn written(mut self, heading: &str) -> String {
        let seeds = self.without_seeds();
        let Some((head, rows)) = self.rows.split_first() else { return String::new() };
        let columns: Vec<Option<Numbers>> = (0..head.len()).map(|column| self.numbers(column)).collect();
        let form: String =
            columns.iter().enumerate().map(|(at, numbers)| self.form(at, numbers.as_ref())).collect();
        let seeds = seeds.map_or_else(String::new, |seeds| format!("; \\(n = {seeds}\\) seeds"));
        let has_intervals = columns.iter().flatten().any(|numbers| numbers.uncertain > 0);
        let around = if has_intervals { "; \\(\\pm\\) half the width of the 95\\,\\% interval" } else { "" };
        let caption = format!("{heading}{seeds}{around}");
        let names = head.iter().zip(&columns).map(|(cell, column)| match column {
            Some(Numbers { unit: "%", .. }) => format!("{{{} / \\%}}", cell.latex),
            Some(_) => format!("{{{}}}", cell.latex),
            None => cell.latex.clone(),
        });
        let names = names.collect::<Vec<_>>().join(" & ");
        let mut text = format!(
            "\n{{\\footnotesize\\setlength{{\\tabcolsep}}{{3pt}}\n\\begin{{longtable}}{{{form}}}\n\\caption{{{caption}}}\\\\\n\\toprule\n{names} \\\\\n\\midrule\n\\endfirsthead\n\
             \\toprule\n{names} \\\\\n\\midrule\n\\endhead\n\\bottomrule\n\\endfoot\n"
        );
        for row in rows {
            let cells = row.iter().zip(&columns).map(|(cell, column)| match (column, number(&cell.plain)) {
                (Some(_), Some(Number { value, uncertainty: Some(around), .. })) => {
                    format!("{value} +- {around}")
                }
                (Some(_), Some(Number { value, uncertainty: None, .. })) => value.to_owned(),
                (Some(_), None) => format!("{{{}}}", cell.latex),
                (None, _) => cell.latex.clone(),
            });
            let _ = writeln!(text, "{} \\\\", cells.collect::<Vec<_>>().join(" & "));
        }
        text + "\\end{longtable}}\n"
    }

    /// How the column stands: numbers by their points, words to the left, and many words in lines.
    fn form(&self, column: usize, numbers: Option<&Numbers>) -> String {
        let longest = self.rows.iter().map(|row| row[column].plain.chars().count()).max().unwrap_or(0);
        match numbers {
            Some(numbers) => numbers.form(),
            None if longest > WIDE => "p{0.3\\linewidth}".to_owned(),
            None if self.alignments.get(column) == Some(&Alignment::Right) => "r".to_owned(),
            None => "l".to_owned(),
        }
    }

    /// Takes the column `n` out where all rows have the same, and gives what they have.
    fn without_seeds(&mut self) -> Option<String> {
        let column = self.rows.first()?.iter().position(|cell| cell.plain == "n")?;
        let mut all = self.rows[1..].iter().map(|row| row.get(column).map(|cell| &*cell.plain));
        let first = all.next()??.to_owned();
        if all.any(|seeds| seeds != Some(&first)) {
            return None;
        }
        self.rows.iter_mut().for_each(|row| drop(row.remove(column)));
        self.alignments.remove(column);
        Some(first)
    }

    /// What the column holds, where it is one of numbers.
    fn numbers(&self, column: usize) -> Option<Numbers> {
        if self.alignments.get(column) != Some(&Alignment::Right) {
            return None;
        }
        let cells = self.rows[1..].iter().filter_map(|row| number(&row.get(column)?.plain));
        let all: Vec<Number<'_>> = cells.collect();
        let unit = all.first()?.unit;
        let whole = |text: &str| text.trim_start_matches('-').split('.').next().map_or(0, str::len);
        let parts = |text: &str| text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let digits =
            |text: &str| text.trim_start_matches(['0', '.']).chars().filter(char::is_ascii_digit).count();
        all.iter().all(|number| number.unit == unit).then(|| Numbers {
            unit,
            before: all.iter().map(|number| whole(number.value)).max().unwrap_or(1),
            decimals: all.iter().map(|number| parts(number.value)).max().unwrap_or(0),
            uncertain: all.iter().filter_map(|number| number.uncertainty).map(digits).max().unwrap_or(0),
        })
    }
}

impl Numbers {
    fn form(&self) -> String {
        let Self { before, decimals, uncertain, .. } = self;
        let around = if *uncertain > 0 { format!("({uncertain})") } else { String::new() };
        format!("S[table-format = {before}.{decimals}{around}]")
    }
}

/// `97.05 ± 0.31 %`, `50.00 %`, `3`; `None` for words.
fn number(text: &str) -> Option<Number<'_>> {
    let (text, unit) = text.strip_suffix(" %").map_or((text, ""), |text| (text, "%"));
    let is_number = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite) && !text.contains(['e', 'E']);
    let (value, uncertainty) = match text.split_once(" ± ") {
        Some((value, around)) => (value, Some(around)),
        None => (text, None),
    };
    (is_number(value) && uncertainty.is_none_or(is_number)).then_some(Number { value, uncertainty, unit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_words() {
        let found = |value, uncertainty, unit| Some(Number { value, uncertainty, unit });
        assert_eq!(number("97.05 ± 0.31 %"), found("97.05", Some("0.31"), "%"));
        assert_eq!(number("3"), found("3", None, ""));
        assert_eq!(number("—"), None);
        assert_eq!(number("50.00 % left"), None);
    }

    #[test]
    fn seeds_are_in_the_caption_and_units_in_the_heading() {
        let mut table = Table::new(&[Alignment::Left, Alignment::Right, Alignment::Right]);
        for row in [
            ["loss", "n", "accuracy"],
            ["a", "3", "97.05 ± 0.31 %"],
            ["b", "3", "9.50 ± 1.20 %"],
            ["c", "3", "—"],
        ] {
            table.row();
            for cell in row {
                table.cell();
                table.add(cell, cell);
            }
        }
        let text = table.written("Stage x");
        assert!(text.contains("\\begin{longtable}{lS[table-format = 2.2(3)]}\n"), "{text}");
        assert!(text.contains("\\caption{Stage x; \\(n = 3\\) seeds; \\(\\pm\\) half"), "{text}");
        assert!(text.contains("loss & {accuracy / \\%} \\\\\n"), "{text}");
        assert!(text.contains("a & 97.05 +- 0.31 \\\\\nb & 9.50 +- 1.20 \\\\\nc & {—} \\\\\n"), "{text}");
    }
}
