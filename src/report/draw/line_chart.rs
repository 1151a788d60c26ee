//! Lines with bands: a quantity against another, one line a setting.

use super::axis::{Axis, Quantity};
use super::canvas::{Anchor, Canvas, Draw};
use super::extent::{Extent, clamped};
use super::frame::{Frame, HEIGHT, LEFT, RIGHT};
use super::heading::{TEXT, below_heading, heading};
use super::legend::{Legend, Sign};
use super::notes::{HOLDS, Notes, along};
use super::number::{estimated, exact};
use super::style::{BAND, INK, MOST_REFERENCES, REFERENCE, REFERENCE_DASHES, look, pale};
use super::text::wrap;
use crate::report::error::ReportError;
use crate::results::Estimate;
use crate::spec::Scale;
use plotters::prelude::DrawingBackend;

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
    fn seeds(&self) -> Vec<(Option<&str>, usize)> {
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
}

/// How many bands as high as the frame may lie over each other as opaque as one.
const MOST_BANDS: f64 = 1.0;
/// Where the seeds stand beside the bar of their mean.
const BESIDE_BAR: f64 = 7.0;
/// Lines of text under a category, and the narrowest place that has one.
const MOST_LINES: usize = 3;
const NARROWEST: f64 = 36.0;
/// Pixels below a legend that is longer than a frame.
const BELOW_LEGEND: f64 = 20.0;

impl Draw for LineChart {
    fn title(&self) -> &str {
        &self.title
    }

    fn caption(&self) -> String {
        held(&self.extent().noted(&self.subtitle), [self])
    }

    fn height(&self) -> f64 {
        let top = below_heading(&self.title, &self.caption());
        (top + Legend::beside(self.legend(&self.labels())).height() + BELOW_LEGEND).max(HEIGHT).ceil()
    }

    fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>) -> Result<(), ReportError> {
        let (height, extent) = (self.height(), self.extent());
        let top = heading(canvas, &self.title, &self.caption())?;
        let frame = Frame { y: extent.axis, left: LEFT, right: RIGHT, top, bottom: height - self.below() };
        let placed = Placed { frame, x: places(&[self]), of: "" };
        frame.grid(canvas, self.y.format)?;
        self.values_along(canvas, &placed)?;
        frame.names(canvas, &self.x, &self.y, height - 22.0)?;
        let references = self.labels();
        self.plot(canvas, &placed, &references)?;
        Legend::beside(self.legend(&references)).draw(canvas, top)
    }
}

/// `caption`, which says so where notes of `charts` hold for several points.
pub(super) fn held<'c>(caption: &str, charts: impl IntoIterator<Item = &'c LineChart>) -> String {
    let is_held = charts.into_iter().any(LineChart::has_held_notes);
    if is_held { format!("{caption}; {HOLDS}") } else { caption.to_owned() }
}

/// Where values go.
pub(super) struct Placed<'a> {
    pub frame: Frame,
    pub x: Places,
    /// What all of them are of; empty where nothing sets them apart from others.
    pub of: &'a str,
}

#[derive(Clone, Copy)]
pub(super) enum Places {
    Along(Axis),
    /// Places beside each other, and lines that share each of them.
    Slots {
        count: usize,
        lines: usize,
    },
}

/// The places of values along the horizontal axis that `charts` share. There is one at least.
pub(super) fn places(charts: &[&LineChart]) -> Places {
    match &charts[0].horizontal {
        Horizontal::Categories(names) => Places::Slots { count: names.len(), lines: charts[0].lines.len() },
        Horizontal::Numbers(scale) => {
            let lines = charts.iter().flat_map(|chart| &chart.lines);
            let points = || lines.clone().flat_map(|line| &line.points);
            let seeds = points().flat_map(|point| &point.seeds).map(|&(x, _)| x);
            let axis = Axis::over(*scale, points().map(|point| point.x).chain(seeds));
            Places::Along(if *scale == Scale::Sparsity { axis.within(0.0, 1.0) } else { axis })
        }
    }
}

impl Placed<'_> {
    /// Where line `index` has its value at `x`: in a slot, lines stand beside each other.
    fn at(&self, index: usize, x: f64, y: f64) -> (f64, f64) {
        let share = match self.x {
            Places::Along(axis) => axis.place(x),
            Places::Slots { count, lines } => {
                let beside = (index as f64 + 0.5) / lines as f64 - 0.5;
                (x + 0.5 + 0.6 * beside) / count as f64
            }
        };
        (self.frame.x(share), self.frame.y(y))
    }
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

    /// Pixels from the frame to the end of the picture, for what is along the horizontal axis and its name.
    pub(super) fn below(&self) -> f64 {
        match self.horizontal {
            Horizontal::Numbers(_) => 64.0,
            Horizontal::Categories(_) => 64.0 + 16.0 * (MOST_LINES - 1) as f64,
        }
    }

    /// What is along the horizontal axis.
    pub(super) fn values_along<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        placed: &Placed<'_>,
    ) -> Result<(), ReportError> {
        match (&self.horizontal, placed.x) {
            (Horizontal::Categories(names), _) => self.categories(canvas, &placed.frame, names),
            (Horizontal::Numbers(_), Places::Along(axis)) => placed.frame.ticks(canvas, axis, self.x.format),
            (Horizontal::Numbers(_), Places::Slots { .. }) => Ok(()),
        }
    }

    /// Lines with their intervals, and the reference lines, each dashed by its place among `references`.
    pub(super) fn plot<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        placed: &Placed<'_>,
        references: &[&str],
    ) -> Result<(), ReportError> {
        let frame = &placed.frame;
        for (_, estimate) in self.references.iter().filter(|(_, y)| y.half_width.is_some()) {
            let edge = |y: f64| frame.y(y).clamp(frame.top, frame.bottom);
            let (low, high, left, right) =
                (edge(estimate.low()), edge(estimate.high()), frame.left, frame.right);
            canvas.fill(&[(left, low), (right, low), (right, high), (left, high)], REFERENCE, BAND)?;
        }
        let opacity = self.opacity(placed);
        for (index, line) in self.lines.iter().enumerate() {
            self.spread(canvas, placed, index, line, opacity)?;
        }
        for (index, line) in self.lines.iter().enumerate() {
            self.singles(canvas, placed, index, line)?;
        }
        for (label, estimate) in &self.references {
            let place = references.iter().position(|known| known == label);
            let dash = REFERENCE_DASHES[place.unwrap_or_default() % MOST_REFERENCES];
            let y = frame.y(estimate.mean);
            canvas.line(&[(frame.left, y), (frame.right, y)], REFERENCE, 1.4, dash)?;
        }
        for (index, line) in self.lines.iter().enumerate() {
            self.line(canvas, placed, index, line)?;
        }
        let mut notes = Notes::default();
        for (index, line) in self.lines.iter().enumerate() {
            for (point, note) in line.points.iter().zip(self.notes(line)) {
                let at = placed.at(index, point.x, point.y.mean);
                note.map_or(Ok(()), |note| notes.write(canvas, at, &note))?;
            }
        }
        Ok(())
    }

    /// Names under their places; of too many, every second, third …
    fn categories<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        frame: &Frame,
        names: &[String],
    ) -> Result<(), ReportError> {
        let width = (frame.right - frame.left) / names.len() as f64;
        let every = (NARROWEST / width).ceil().max(1.0) as usize;
        for (index, name) in names.iter().enumerate().step_by(every) {
            let x = frame.left + (index as f64 + 0.5) * width;
            canvas.line(&[(x, frame.bottom), (x, frame.bottom + 5.0)], INK, 1.0, &[])?;
            let lines = wrap(name, TEXT, width * every as f64 - 6.0);
            for (number, line) in lines.iter().take(MOST_LINES).enumerate() {
                let y = frame.bottom + 17.0 + 16.0 * number as f64;
                canvas.text((x, y), line, TEXT, INK, Anchor::Centre)?;
            }
        }
        Ok(())
    }

    /// How opaque bands are: the less, the more they lie over each other, as those of two seeds do. Such ones have edges.
    fn opacity(&self, placed: &Placed<'_>) -> f64 {
        let Frame { top, bottom, .. } = placed.frame;
        let height = |point: &Point| {
            let [low, high] = [point.y.low(), point.y.high()].map(|y| placed.frame.y(y).clamp(top, bottom));
            low - high
        };
        let of_line = |line: &Line| line.points.iter().map(height).sum::<f64>() / line.points.len() as f64;
        let bands = self.lines.iter().filter(|line| self.is_joined(line)).map(of_line).sum::<f64>();
        BAND * (MOST_BANDS * (bottom - top) / bands).min(1.0)
    }

    /// The intervals of a line: a band where they are neighbours, else a bar each. Drawn under the lines, so
    /// that none is hidden.
    fn spread<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        placed: &Placed<'_>,
        index: usize,
        line: &Line,
        opacity: f64,
    ) -> Result<(), ReportError> {
        let colour = look(line.look).colour;
        let ends = |point: &Point| {
            let at = |y: f64| placed.at(index, point.x, y);
            (at(point.y.low()), at(point.y.high()))
        };
        if self.is_joined(line) {
            let (lower, upper): (Vec<_>, Vec<_>) = line.points.iter().map(ends).unzip();
            let [lower, upper] =
                [lower, upper].map(|edge| clamped(&edge, placed.frame.top, placed.frame.bottom));
            if opacity < BAND && line.points.iter().any(|point| point.y.half_width.is_some()) {
                [&lower, &upper]
                    .into_iter()
                    .try_for_each(|edge| canvas.line(edge, pale(look(line.look)).colour, 1.0, &[]))?;
            }
            let around: Vec<_> = lower.into_iter().chain(upper.into_iter().rev()).collect();
            return canvas.fill(&around, colour, opacity);
        }
        for (low, high) in line.points.iter().filter(|point| point.y.half_width.is_some()).map(ends) {
            canvas.line(&clamped(&[low, high], placed.frame.top, placed.frame.bottom), colour, 1.5, &[])?;
        }
        Ok(())
    }

    /// The single seeds of a line.
    fn singles<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        placed: &Placed<'_>,
        index: usize,
        line: &Line,
    ) -> Result<(), ReportError> {
        let beside = match placed.x {
            Places::Along(_) => 0.0,
            Places::Slots { .. } => BESIDE_BAR,
        };
        for &(x, y) in line.points.iter().flat_map(|point| &point.seeds) {
            let (x, y) = placed.at(index, x, y);
            canvas.dot((x + beside, y), look(line.look).colour)?;
        }
        Ok(())
    }

    fn line<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        placed: &Placed<'_>,
        index: usize,
        line: &Line,
    ) -> Result<(), ReportError> {
        let at = |point: &Point| placed.at(index, point.x, point.y.mean);
        let points: Vec<_> = line.points.iter().map(at).collect();
        if self.is_joined(line) {
            canvas.line(&points, look(line.look).colour, 2.0, look(line.look).dash)?;
        }
        if line.points_shown != Points::Plain || points.len() == 1 {
            points.iter().try_for_each(|&point| canvas.marker(point, look(line.look)))?;
        }
        for (point, (x, y)) in line.points.iter().zip(points) {
            canvas.spot((x, y), &line.label, look(line.look).colour, self.said(placed.of, point));
        }
        Ok(())
    }

    /// A point in words.
    fn said(&self, of: &str, point: &Point) -> String {
        let y = estimated(self.y.format, point.y);
        let x = match &self.horizontal {
            Horizontal::Categories(names) => names.get(point.x as usize).cloned().unwrap_or_default(),
            Horizontal::Numbers(_) => format!("{} {}", self.x.name, exact(self.x.format, point.x)),
        };
        let of = if of.is_empty() { String::new() } else { format!("{of}, ") };
        format!("{of}{x}: {} {y}", self.y.name)
    }

    /// The note of each point.
    fn notes(&self, line: &Line) -> Vec<Option<String>> {
        match self.is_joined(line) {
            true => along(&line.seeds()).0,
            false => line.points.iter().map(|point| point.note.clone()).collect(),
        }
    }

    /// Whether a note holds for more points than the one beside it.
    fn has_held_notes(&self) -> bool {
        self.lines.iter().any(|line| self.is_joined(line) && along(&line.seeds()).1)
    }

    /// Names are not in an order in which a line could go from one to the next.
    fn is_joined(&self, line: &Line) -> bool {
        let is_along_numbers = matches!(self.horizontal, Horizontal::Numbers(_));
        is_along_numbers && line.points_shown != Points::Scattered && line.points.len() > 1
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
    fn labels(&self) -> Vec<&str> {
        self.references.iter().map(|(label, _)| label.as_str()).collect()
    }

    fn extent(&self) -> Extent {
        let (estimates, seeds): (Vec<Estimate>, Vec<f64>) =
            (self.estimates().collect(), self.seeds().collect());
        Extent::of(self.y.format, &estimates, &seeds)
    }
}
