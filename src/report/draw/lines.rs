//! What a line chart shows, and what follows from that alone.

use super::axis::Quantity;
use super::extent::Extent;
use super::heading::noted;
use super::legend::Sign;
use super::notes::{HOLDS, along};
use super::number::{estimated, exact};
use super::style::{REFERENCE_DASHES, look, pale};
use crate::results::Estimate;
use crate::spec::Scale;

/// What a line chart shows.
#[derive(Clone, Debug)]
pub(in crate::report) struct LineChart {
    pub title: String,
    /// What band and points mean, and on what was measured.
    pub subtitle: String,
    pub x: Quantity,
    pub y: Quantity,
    pub horizontal: Horizontal,
    /// What the lines differ in; empty for one line.
    pub legend: String,
    pub lines: Vec<Line>,
    /// Horizontal lines to compare with.
    pub references: Vec<(String, Estimate)>,
}

/// What is along the horizontal axis.
#[derive(Clone, Debug)]
pub(in crate::report) enum Horizontal {
    Numbers(Scale),
    /// Names; a point's x is the index of its name.
    Categories(Vec<String>),
}

/// One setting.
#[derive(Clone, Debug)]
pub(in crate::report) struct Line {
    pub label: String,
    /// The number of its colour, dash and marker, which are the same in all charts of a stage.
    pub look: usize,
    /// In the order of x.
    pub points: Vec<Point>,
    pub points_shown: Points,
}

impl Line {
    /// The note and the number of seeds of each point.
    fn noted_seeds(&self) -> Vec<(Option<&str>, usize)> {
        self.points.iter().map(|point| (point.note.as_deref(), point.y.n)).collect()
    }
}

/// A mean over seeds.
#[derive(Clone, Debug)]
pub(in crate::report) struct Point {
    pub x: f64,
    pub y: Estimate,
    /// Where single seeds are; none where they are not shown.
    pub seeds: Vec<(f64, f64)>,
    /// What sets it apart from the others: `n = 1`.
    pub note: Option<String>,
}

/// Whether each point has a marker: many of them would hide the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Points {
    Marked,
    Plain,
    /// Markers alone, which no line joins.
    Scattered,
    /// The same, paler.
    Faint,
}

/// `caption`, which says so where notes of `charts` hold for several points.
pub(super) fn held<'c>(caption: &str, charts: impl IntoIterator<Item = &'c LineChart>) -> String {
    noted(caption, HOLDS, charts.into_iter().any(LineChart::has_held_notes))
}

impl LineChart {
    /// All that has a place on the vertical axis.
    pub(super) fn estimates(&self) -> impl Iterator<Item = Estimate> {
        let points = self.lines.iter().flat_map(|line| &line.points).map(|point| point.y);
        points.chain(self.references.iter().map(|(_, y)| *y))
    }

    /// The single seeds on the vertical axis.
    pub(super) fn seeds(&self) -> impl Iterator<Item = f64> {
        self.lines.iter().flat_map(|line| &line.points).flat_map(|point| &point.seeds).map(|&(_, y)| y)
    }

    /// A point in words.
    pub(super) fn said(&self, of: &str, point: &Point) -> String {
        let y = estimated(self.y.format, point.y);
        let x = match &self.horizontal {
            Horizontal::Categories(names) => names.get(point.x as usize).cloned().unwrap_or_default(),
            Horizontal::Numbers(_) => format!("{} {}", self.x.name, exact(self.x.format, point.x)),
        };
        let of = if of.is_empty() { String::new() } else { format!("{of}, ") };
        format!("{of}{x}: {} {y}", self.y.name)
    }

    /// The note of each point.
    pub(super) fn notes(&self, line: &Line) -> Vec<Option<String>> {
        match self.is_joined(line) {
            true => along(&line.noted_seeds()).0,
            false => line.points.iter().map(|point| point.note.clone()).collect(),
        }
    }

    /// Whether a note holds for more points than the one beside it.
    fn has_held_notes(&self) -> bool {
        self.lines.iter().any(|line| self.is_joined(line) && along(&line.noted_seeds()).1)
    }

    /// Names are not in an order in which a line could go from one to the next.
    pub(super) fn is_joined(&self, line: &Line) -> bool {
        let is_along_numbers = matches!(self.horizontal, Horizontal::Numbers(_));
        let is_line = matches!(line.points_shown, Points::Marked | Points::Plain);
        is_along_numbers && is_line && line.points.len() > 1
    }

    /// What lines and reference lines are.
    pub(super) fn legend(&self, references: &[&str]) -> Vec<(String, Sign)> {
        let has_heading = self.lines.len() > 1 && !self.legend.is_empty();
        let heading = has_heading.then(|| (self.legend.clone(), Sign::Heading));
        let is_along_numbers = matches!(self.horizontal, Horizontal::Numbers(_));
        let line = |line: &Line| {
            let look = look(line.look);
            let sign = match line.points_shown {
                Points::Marked if is_along_numbers => Sign::MarkedLine(look),
                Points::Marked | Points::Scattered => Sign::Marker(look),
                Points::Faint => Sign::Marker(pale(look)),
                Points::Plain => Sign::Line(look),
            };
            (line.label.clone(), sign)
        };
        let reference = |(label, dash): (&&str, &'static [f64])| {
            let estimate = self.references.iter().find(|(known, _)| known == label);
            let has_band = estimate.is_some_and(|(_, estimate)| estimate.half_width.is_some());
            ((*label).to_owned(), Sign::Reference(dash, has_band))
        };
        let references = references.iter().zip(REFERENCE_DASHES).map(reference);
        heading.into_iter().chain(self.lines.iter().map(line)).chain(references).collect()
    }

    /// The labels of the reference lines.
    pub(super) fn labels(&self) -> Vec<&str> {
        self.references.iter().map(|(label, _)| label.as_str()).collect()
    }

    pub(super) fn extent(&self) -> Extent {
        let (estimates, seeds): (Vec<Estimate>, Vec<f64>) =
            (self.estimates().collect(), self.seeds().collect());
        Extent::of(self.y.format, &estimates, &seeds)
    }
}
