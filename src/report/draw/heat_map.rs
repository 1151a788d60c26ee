//! A heat map of shares: a row a layer, a column a setting, with a bar that says what its colours are.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Draw, WIDTH};
use super::heading::{TEXT, below_heading, heading};
use super::number::exact;
use super::style::{FAINT, GREY, INK, shade};
use super::text::{Font, width};
use crate::report::error::ReportError;
use crate::results::Format;
use crate::spec::Scale;
use plotters::prelude::DrawingBackend;
use plotters::style::WHITE;
use std::collections::BTreeSet;

/// What a heat map shows.
#[derive(Clone, Debug)]
pub(in crate::report) struct HeatMap {
    pub title: String,
    pub subtitle: String,
    /// What columns differ in.
    pub x: String,
    pub columns: Vec<String>,
    /// A name, and a share from 0 to 1 for each column; `None` where there is none.
    pub rows: Vec<(String, Vec<Option<f64>>)>,
    /// The share that has the palest colour: maps that are compared have the same.
    pub palest: f64,
}

/// Columns that one map holds.
pub(in crate::report) const MOST_COLUMNS: usize = 30;

const RIGHT: f64 = WIDTH - 120.0;
/// Pixels below the names of columns, for what they differ in.
const BELOW: f64 = 46.0;
/// The longest that a name of a row, and one of a column that stands upright, may be, unless two would be the same.
const LONGEST_ROW: f64 = 220.0;
const LONGEST_COLUMN: f64 = 170.0;
const SMALL: Font = Font::regular(11.0);
const BAR: f64 = 16.0;
/// What stands between the parts of a name.
const BETWEEN: &str = " · ";

impl Draw for HeatMap {
    fn title(&self) -> &str {
        &self.title
    }

    fn caption(&self) -> String {
        self.subtitle.clone()
    }

    fn height(&self) -> f64 {
        let top = below_heading(self);
        (top + self.rows.len() as f64 * self.row_height() + self.below() + BELOW).ceil()
    }

    fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>) -> Result<(), ReportError> {
        let top = heading(canvas, self)?;
        let font = self.row_font();
        let (longest, left) = (self.longest_row(), self.left());
        let bottom = self.height() - self.below() - BELOW;
        let cells = Cells { map: self, colours: self.colours(), left, top, bottom };
        for (row, (name_of_row, values)) in self.rows.iter().enumerate() {
            let name = shortened(name_of_row, font, longest);
            let middle = cells.y(row as f64 + 0.5);
            canvas.text((left - 8.0, middle), &name, font, INK, Anchor::Right)?;
            for (column, value) in values.iter().enumerate() {
                cells.cell(canvas, column, row, *value)?;
                let said = value.map_or_else(|| "nothing".to_owned(), |share| exact(Format::Percent, share));
                let value = format!("{}: weights left {said}", self.columns[column]);
                canvas.spot((cells.x(column as f64 + 0.5), middle), name_of_row, INK, value);
            }
        }
        self.names_below(canvas, &cells)?;
        let middle = (left + RIGHT) / 2.0;
        canvas.text((middle, self.height() - 22.0), &self.x, TEXT, INK, Anchor::Centre)?;
        self.bar(canvas, &cells)
    }
}

/// Where the cells are, and what colours they have.
struct Cells<'a> {
    map: &'a HeatMap,
    colours: Axis,
    left: f64,
    top: f64,
    bottom: f64,
}

impl Cells<'_> {
    fn x(&self, column: f64) -> f64 {
        self.left + column * self.width()
    }

    fn y(&self, row: f64) -> f64 {
        self.top + row * self.height()
    }

    fn width(&self) -> f64 {
        (RIGHT - self.left) / self.map.columns.len() as f64
    }

    fn height(&self) -> f64 {
        (self.bottom - self.top) / self.map.rows.len() as f64
    }

    /// The colour of `share`, from 0 (pale) to 1 (dark).
    fn shade(&self, share: f64) -> f64 {
        self.colours.place(share).clamp(0.0, 1.0)
    }

    fn cell<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        column: usize,
        row: usize,
        value: Option<f64>,
    ) -> Result<(), ReportError> {
        let [left, right] = [column, column + 1].map(|column| self.x(column as f64));
        let [top, bottom] = [row, row + 1].map(|row| self.y(row as f64));
        let edges = [(left, top), (right, top), (right, bottom), (left, bottom)];
        let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
        match value {
            None => canvas.fill(&edges, FAINT, 1.0)?,
            Some(share) if share <= 0.0 => {
                // White with a pale border, inside of the gap.
                canvas.fill(&edges, FAINT, 1.0)?;
                let inner = [(left + 1.5, top + 1.5), (right - 1.5, top + 1.5), (right - 1.5, bottom - 1.5)];
                canvas.fill(&[inner[0], inner[1], inner[2], (left + 1.5, bottom - 1.5)], WHITE, 1.0)?;
                cross(canvas, middle, (self.width().min(self.height()) / 2.0 - 3.0).clamp(1.5, 5.0))?;
            }
            Some(share) => {
                let shade_of = self.shade(share);
                canvas.fill(&edges, shade(shade_of), 1.0)?;
                if self.width() >= 36.0 && self.height() >= 15.0 {
                    let ink = if shade_of > 0.6 { WHITE } else { INK };
                    canvas.text(middle, &percent(share), SMALL, ink, Anchor::Centre)?;
                }
            }
        }
        // A thin gap, where cells are not so small that it would be most of them.
        let frame = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        canvas.line(&frame, WHITE, if self.height() >= 15.0 { 1.0 } else { 0.5 }, &[])
    }
}

impl HeatMap {
    /// Few rows are high, and many as low as their names allow.
    fn row_height(&self) -> f64 {
        (560.0 / self.rows.len().max(1) as f64).clamp(14.0, 32.0)
    }

    fn row_font(&self) -> Font {
        if self.row_height() >= 17.0 { TEXT } else { SMALL }
    }

    /// The longest that a name of a row may be.
    fn longest_row(&self) -> f64 {
        longest(self.rows.iter().map(|(name, _)| name), self.row_font(), LONGEST_ROW)
    }

    /// Where cells begin, right of the names of rows.
    fn left(&self) -> f64 {
        let names = self.rows.iter().map(|(name, _)| width(name, self.row_font()));
        30.0 + names.fold(0.0, f64::max).min(self.longest_row())
    }

    /// Whether the names of columns do not fit beside each other.
    fn is_upright(&self) -> bool {
        let widest = self.columns.iter().map(|name| width(name, TEXT)).fold(0.0, f64::max);
        widest + 8.0 > (RIGHT - self.left()) / self.columns.len().max(1) as f64
    }

    /// Pixels for the names of columns.
    fn below(&self) -> f64 {
        if !self.is_upright() {
            return 24.0;
        }
        let widest = self.columns.iter().map(|name| width(name, TEXT)).fold(0.0, f64::max);
        widest.min(longest(self.columns.iter(), TEXT, LONGEST_COLUMN)) + 12.0
    }

    /// Logarithmic from the palest share to all.
    fn colours(&self) -> Axis {
        Axis::over(Scale::Log, [self.palest, 1.0].into_iter()).within(self.palest, 1.0)
    }

    fn names_below<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        cells: &Cells<'_>,
    ) -> Result<(), ReportError> {
        let (is_upright, most) = (self.is_upright(), self.below() - 12.0);
        for (column, name) in self.columns.iter().enumerate() {
            let x = cells.x(column as f64 + 0.5);
            if is_upright {
                let name = shortened(name, TEXT, most);
                let middle = cells.bottom + 8.0 + width(&name, TEXT) / 2.0;
                canvas.text((x, middle), &name, TEXT, INK, Anchor::Upwards)?;
            } else {
                canvas.text((x, cells.bottom + 15.0), name, TEXT, INK, Anchor::Centre)?;
            }
        }
        Ok(())
    }

    /// The bar of colours with its ticks, and what cells without a colour are.
    fn bar<D: DrawingBackend>(&self, canvas: &Canvas<D>, cells: &Cells<'_>) -> Result<(), ReportError> {
        const PARTS: usize = 60;
        let left = RIGHT + 28.0;
        let (top, length) = (cells.top + 24.0, (cells.bottom - cells.top - 24.0).clamp(80.0, 300.0));
        canvas.text((left - 8.0, cells.top + 6.0), "weights left", SMALL, INK, Anchor::Left)?;
        for part in 0..PARTS {
            let [from, to] = [part, part + 1].map(|part| top + length * part as f64 / PARTS as f64);
            let share = 1.0 - (part as f64 + 0.5) / PARTS as f64;
            let edges = [(left, from), (left + BAR, from), (left + BAR, to + 1.5), (left, to + 1.5)];
            canvas.fill(&edges, shade(share), 1.0)?;
        }
        for tick in cells.colours.ticks(Format::Percent, 22.0 / length) {
            let y = top + (1.0 - tick.place) * length;
            canvas.line(&[(left + BAR, y), (left + BAR + 4.0, y)], INK, 1.0, &[])?;
            canvas.text((left + BAR + 8.0, y), &tick.label, SMALL, INK, Anchor::Left)?;
        }
        let mut y = top + length + 20.0;
        let all = || self.rows.iter().flat_map(|(_, shares)| shares);
        if all().any(|share| share.is_some_and(|share| share <= 0.0)) {
            cross(canvas, (left + BAR / 2.0, y), 4.5)?;
            canvas.text((left + BAR + 8.0, y), "none", SMALL, INK, Anchor::Left)?;
            y += 18.0;
        }
        if all().any(Option::is_none) {
            let edges = [(left, y - 6.0), (left + BAR, y - 6.0), (left + BAR, y + 6.0), (left, y + 6.0)];
            canvas.fill(&edges, FAINT, 1.0)?;
            canvas.text((left + BAR + 8.0, y), "no layer", SMALL, INK, Anchor::Left)?;
        }
        Ok(())
    }
}

fn cross<D: DrawingBackend>(canvas: &Canvas<D>, (x, y): (f64, f64), r: f64) -> Result<(), ReportError> {
    canvas.line(&[(x - r, y - r), (x + r, y + r)], GREY, 1.0, &[])?;
    canvas.line(&[(x - r, y + r), (x + r, y - r)], GREY, 1.0, &[])
}

/// The longest that `names` in this font may be: so long that no two that differ are shortened to the same, and `least` at
/// least.
fn longest<'n>(names: impl Iterator<Item = &'n String>, font: Font, least: f64) -> f64 {
    let names: BTreeSet<&String> = names.collect();
    let tells_apart = |longest: &f64| {
        let short: BTreeSet<String> = names.iter().map(|name| shortened(name, font, *longest)).collect();
        short.len() == names.len()
    };
    let mut lengths = (0..).map(|more| least + 7.0 * f64::from(more));
    lengths.find(tells_apart).expect("names that are not shortened differ")
}

/// `name` no wider than `longest`: of its parts those that are wider than the others lose their middles.
fn shortened(name: &str, font: Font, longest: f64) -> String {
    if width(name, font) <= longest {
        return name.to_owned();
    }
    let within = |most: f64| {
        let part = |part: &str| match width(part, font) {
            wide if wide <= most => part.to_owned(),
            _ => without_middle(part, font, most),
        };
        name.split(BETWEEN).map(part).collect::<Vec<_>>().join(BETWEEN)
    };
    let each = (0..).map(|less| longest - f64::from(less)).take_while(|most| *most > 0.0);
    each.map(within).find(|short| width(short, font) <= longest).unwrap_or_default()
}

/// `name` without its middle, no wider than `longest`: what sets names apart may be at either end.
fn without_middle(name: &str, font: Font, longest: f64) -> String {
    let letters: Vec<char> = name.chars().collect();
    let without_middle = |kept: usize| {
        let (head, tail) = (&letters[..kept.div_ceil(2)], &letters[letters.len() - kept / 2..]);
        head.iter().chain(['…'].iter()).chain(tail).collect::<String>()
    };
    let mut cut = (0..letters.len()).rev().map(without_middle);
    cut.find(|cut| width(cut, font) <= longest).unwrap_or_default()
}

/// A share in percent, with two digits that count.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    match percent {
        _ if percent >= 9.95 => format!("{percent:.0}"),
        _ if percent >= 0.995 => format!("{percent:.1}"),
        _ => format!("{percent:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(rows: usize, columns: usize, name: &str) -> HeatMap {
        HeatMap {
            title: String::new(),
            subtitle: String::new(),
            x: String::new(),
            columns: vec![name.to_owned(); columns],
            rows: vec![(String::new(), vec![Some(0.5); columns]); rows],
            palest: 0.5,
        }
    }

    #[test]
    fn shares_are_written_in_percent_with_two_digits() {
        let written = [1.0, 0.0996, 0.0994, 0.05, 0.00996, 0.0012].map(percent);
        assert_eq!(written, ["100", "10", "9.9", "5.0", "1.0", "0.12"]);
    }

    #[test]
    fn the_long_part_of_a_name_loses_its_middle() {
        let name = "cross-entropy=1 · 0.8";
        assert_eq!(shortened(name, TEXT, width(name, TEXT)), name);
        assert_eq!(shortened(name, TEXT, width("cro…y=1 · 0.8", TEXT) + 1.0), "cro…y=1 · 0.8");
        assert_eq!(shortened("fc1", TEXT, 0.0), "");
    }

    #[test]
    fn names_are_as_long_as_it_takes_to_tell_them_apart() {
        let same = "the same at both ends";
        let names = ["1", "2"].map(|middle| format!("{same} {middle} {same}, {same}"));
        let length = longest(names.iter(), TEXT, LONGEST_COLUMN);
        assert!(length > LONGEST_COLUMN && length < width(&names[0], TEXT));
        let [one, other] = names.each_ref().map(|name| shortened(name, TEXT, length));
        assert_ne!(one, other);
        assert_eq!(longest(names[..1].iter(), TEXT, LONGEST_COLUMN), LONGEST_COLUMN);
    }

    // A ResNet-56 has 55 prunable layers, each in a row of 14 pixels: 770, and what stands around them.
    #[test]
    fn many_rows_are_low_and_few_high() {
        let around = below_heading(&map(0, 0, "")) + 24.0 + BELOW;
        assert_eq!(map(55, 5, "0.5").height(), around + 770.0);
        assert_eq!(map(3, 5, "0.5").height(), around + 96.0);
        // Forty letters do not fit beside each other.
        assert_eq!(map(3, 5, &"a".repeat(40)).below(), LONGEST_COLUMN + 12.0);
    }

    #[test]
    fn colours_go_from_the_palest_share_to_all() {
        let colours = HeatMap { palest: 0.01, ..map(1, 3, "a") }.colours();
        assert!(colours.place(0.01).abs() < 1e-9 && (colours.place(1.0) - 1.0).abs() < 1e-9);
        assert!((colours.place(0.1) - 0.5).abs() < 1e-9);
    }
}
