//! A table by booktabs whose numbers stand in columns of siunitx.

use super::escape::{escaped, joined};
use super::layout::{Extent, lines, widths};
use pulldown_cmark::Alignment;

/// Units that the heading of a column says once, as they are written and as LaTeX writes them.
const UNITS: [(&str, &str); 2] = [("%", "\\%"), ("pp", "pp")];

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
}

/// How a column is set.
struct Column {
    numbers: Option<Numbers>,
    is_right: bool,
    /// In ems, where its cells are broken into lines.
    broken: Option<f32>,
    heading: String,
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

    /// The table that is about `what`; the seeds stand in its caption where they are as many in all rows.
    pub fn written(mut self, what: &str) -> String {
        let seeds = self.without_seeds();
        (0..self.alignments.len()).for_each(|column| self.say_unit_once(column));
        if self.rows.is_empty() {
            return String::new();
        }
        let columns = self.columns();
        let form: String = columns.iter().map(Column::form).collect();
        let headings: Vec<&str> = columns.iter().map(|column| &*column.heading).collect();
        let seeds = seeds.map_or_else(String::new, |seeds| format!("; \\(n = {seeds}\\) seeds"));
        let mut numbers = columns.iter().filter_map(|column| column.numbers.as_ref());
        let has_intervals = numbers.any(|numbers| numbers.uncertain > 0);
        let around = if has_intervals { "; \\(\\pm\\) half the width of the 95~\\% interval" } else { "" };
        let mut text =
            format!("\n\\begin{{fitted}}{{{form}}}{{{what}{seeds}{around}}}{{{}}}\n", headings.join(" & "));
        let rows = self.rows[1..].iter().map(|row| {
            let cells = row.iter().zip(&columns).map(|(cell, column)| column.cell(cell));
            cells.collect::<Vec<_>>().join(" & ")
        });
        // Rows of more than one line stand apart.
        let is_broken = columns.iter().any(|column| column.broken.is_some());
        let end = if is_broken { " \\\\[0.4em]\n" } else { " \\\\\n" };
        text.push_str(&joined(&rows.collect::<Vec<_>>(), end));
        text + end + "\\end{fitted}\n"
    }

    fn columns(&self) -> Vec<Column> {
        let extents: Vec<(Extent, Extent)> =
            (0..self.rows[0].len()).map(|column| self.extents(column)).collect();
        let all: Vec<Extent> = extents.iter().map(|(heading, cells)| heading.with(*cells)).collect();
        let column = |(at, width): (usize, f32)| {
            let numbers = self.numbers(at);
            let is_right = self.alignments.get(at) == Some(&Alignment::Right);
            let broken = (numbers.is_none() && extents[at].1.whole > width).then_some(width);
            let place = if numbers.is_some() {
                'c'
            } else if is_right {
                'r'
            } else {
                'l'
            };
            let lines: Vec<String> =
                lines(&self.rows[0][at].plain, width).iter().map(|line| escaped(line.trim_end())).collect();
            let heading = match lines.as_slice() {
                [line] => line.clone(),
                lines => format!("\\stacked{{{place}}}{{{}}}", joined(lines, " \\\\ ")),
            };
            let heading = match (&numbers, broken) {
                (Some(_), _) => format!("{{{heading}}}"),
                (None, Some(_)) => format!("\\multicolumn{{1}}{{{place}}}{{{heading}}}"),
                (None, None) => heading,
            };
            Column { numbers, is_right, broken, heading }
        };
        widths(&all).into_iter().enumerate().map(column).collect()
    }

    /// What the heading of a column takes, and what its cells do; numbers are never broken.
    fn extents(&self, column: usize) -> (Extent, Extent) {
        let cells = self.rows[1..].iter().filter_map(|row| row.get(column));
        let nothing = Extent { whole: 0.0, least: 0.0 };
        let cells = cells.map(|cell| Extent::of(&cell.plain)).fold(nothing, Extent::with);
        (Extent::of(&self.rows[0][column].plain), cells)
    }

    /// Takes the unit out of the cells of a column where each has it once, and puts it into the heading.
    fn say_unit_once(&mut self, column: usize) {
        let Some((head, rows)) = self.rows.split_first_mut() else { return };
        let mut cells: Vec<&mut Cell> = rows.iter_mut().filter_map(|row| row.get_mut(column)).collect();
        cells.retain(|cell| cell.plain.contains(|c: char| c.is_ascii_digit()));
        for (unit, latex) in UNITS {
            let (plain, latex) = (format!(" {unit}"), format!("~{latex}"));
            if !cells.is_empty() && cells.iter().all(|cell| cell.latex.matches(&latex).count() == 1) {
                for cell in &mut cells {
                    cell.plain = cell.plain.replace(&plain, "");
                    cell.latex = cell.latex.replace(&latex, "");
                }
                head[column].plain.push_str(&format!(" / {unit}"));
                return;
            }
        }
    }

    /// Takes the column `n` out where all rows that have one have the same, and gives what they have.
    fn without_seeds(&mut self) -> Option<String> {
        let column = self.rows.first()?.iter().position(|cell| cell.plain == "n")?;
        let all = self.rows[1..].iter().filter_map(|row| row.get(column).map(|cell| &*cell.plain));
        let mut all = all.filter(|seeds| *seeds != "—");
        let first = all.next()?.to_owned();
        if all.any(|seeds| seeds != first) {
            return None;
        }
        self.rows.iter_mut().for_each(|row| drop(row.remove(column)));
        self.alignments.remove(column);
        Some(first)
    }

    /// What the column holds, where it is one of numbers and of cells without any.
    fn numbers(&self, column: usize) -> Option<Numbers> {
        if self.alignments.get(column) != Some(&Alignment::Right) {
            return None;
        }
        let cells = self.rows[1..].iter().filter_map(|row| Some(&*row.get(column)?.plain));
        let cells: Vec<&str> = cells.filter(|text| text.contains(|c: char| c.is_ascii_digit())).collect();
        let all = cells.into_iter().map(number).collect::<Option<Vec<Number<'_>>>>()?;
        let whole = |text: &str| text.trim_start_matches('-').split('.').next().map_or(0, str::len);
        let parts = |text: &str| text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let digits =
            |text: &str| text.trim_start_matches(['0', '.']).chars().filter(char::is_ascii_digit).count();
        (!all.is_empty()).then(|| Numbers {
            before: all.iter().map(|number| whole(number.value)).max().unwrap_or(1),
            decimals: all.iter().map(|number| parts(number.value)).max().unwrap_or(0),
            uncertain: all.iter().filter_map(|number| number.uncertainty).map(digits).max().unwrap_or(0),
        })
    }
}

impl Column {
    /// Numbers by their points, and words to a side or in lines.
    fn form(&self) -> String {
        match (&self.numbers, self.broken) {
            (Some(numbers), _) => numbers.form(),
            (None, Some(width)) => {
                let side = if self.is_right { "left" } else { "right" };
                format!(">{{\\ragged{side}\\arraybackslash}}p{{{width:.1}em}}")
            }
            (None, None) => (if self.is_right { "r" } else { "l" }).to_owned(),
        }
    }

    fn cell(&self, cell: &Cell) -> String {
        match (&self.numbers, number(&cell.plain)) {
            (Some(_), Some(Number { value, uncertainty: Some(around) })) => format!("{value} +- {around}"),
            (Some(_), Some(Number { value, uncertainty: None })) => value.to_owned(),
            (Some(_), None) => format!("{{{}}}", cell.latex),
            (None, _) => cell.latex.clone(),
        }
    }
}

impl Numbers {
    fn form(&self) -> String {
        let Self { before, decimals, uncertain } = self;
        let around = if *uncertain > 0 { format!("({uncertain})") } else { String::new() };
        format!("S[table-format = {before}.{decimals}{around}]")
    }
}

/// `97.05 ± 0.31`, `3`; `None` for words, and for a number that says that it is more than 0.
fn number(text: &str) -> Option<Number<'_>> {
    let is_number =
        |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite) && !text.contains(['e', 'E', '+']);
    let (value, uncertainty) = match text.split_once(" ± ") {
        Some((value, around)) => (value, Some(around)),
        None => (text, None),
    };
    (is_number(value) && uncertainty.is_none_or(is_number)).then_some(Number { value, uncertainty })
}

#[cfg(test)]
mod tests {
    use super::super::escape::breakable;
    use super::*;

    #[test]
    fn numbers_are_told_from_words() {
        let found = |value, uncertainty| Some(Number { value, uncertainty });
        assert_eq!(number("97.05 ± 0.31"), found("97.05", Some("0.31")));
        assert_eq!(number("3"), found("3", None));
        assert_eq!(number("+3"), None);
        assert_eq!(number("—"), None);
        assert_eq!(number("50.00 left"), None);
    }

    fn table(alignments: &[Alignment], rows: &[&[&str]]) -> String {
        let mut table = Table::new(alignments);
        for row in rows {
            table.row();
            for cell in *row {
                table.cell();
                table.add(cell, &escaped(&breakable(cell)));
            }
        }
        table.written("Stage x")
    }

    #[test]
    fn seeds_are_in_the_caption_and_units_in_the_heading() {
        let rows: [&[&str]; 4] = [
            &["loss", "n", "accuracy", "difference"],
            &["a", "3", "97.05 ± 0.31 %", "+1.00 pp"],
            &["b", "3", "9.50 ± 1.20 %", "−0.50 pp"],
            &["[300, 100]", "3", "—", "—"],
        ];
        let text = table(&[Alignment::Left, Alignment::Right, Alignment::Right, Alignment::Right], &rows);
        assert_eq!(
            text,
            "\n\\begin{fitted}{lS[table-format = 2.2(3)]r}\
             {Stage x; \\(n = 3\\) seeds; \\(\\pm\\) half the width of the 95~\\% interval}\
             {loss & {accuracy /~\\%} & difference /~pp}\n\
             a & 97.05 +- 0.31 & +1.00 \\\\\nb & 9.50 +- 1.20 & \\(-\\)0.50 \\\\\n{}[300,~100] & {---} & --- \\\\\n\\end{fitted}\n"
        );
    }

    #[test]
    fn a_wide_table_has_words_and_headings_in_lines() {
        let long =
            "a name that goes on and on for longer than what a line of a page can hold in small letters";
        let rows: [&[&str]; 2] =
            [&["name", "sign-flip"], &[long, "5 of many samples that were taken at random"]];
        let text = table(&[Alignment::Left, Alignment::Right], &rows);
        assert!(text.contains("{>{\\raggedright\\arraybackslash}p{"), "{text}");
        assert!(text.contains("{\\multicolumn{1}{l}{name} & "), "{text}");
    }
}
