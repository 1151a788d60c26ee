//! Lines with bands: a quantity against another, one line a setting.

use super::axis::{Axis, Quantity};
use super::canvas::{Anchor, Canvas, Draw, Font, WIDTH};
use super::extent::{Extent, clamped};
use super::heading::{TEXT, heading};
use super::style::{FAINT, GREY, INK, REFERENCE, REFERENCE_DASHES, look};
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
    /// In the order of x.
    pub points: Vec<Point>,
    pub points_shown: Points,
}

/// A mean over seeds.
#[derive(Clone, Debug)]
pub(in crate::report) struct Point {
    pub x: f64,
    pub y: Estimate,
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

const LEFT: f64 = 74.0;
const RIGHT: f64 = WIDTH - 246.0;
const LEGEND: f64 = RIGHT + 22.0;
const HEIGHT: f64 = 560.0;
const NOTE: Font = Font::regular(10.0);
/// Lines of text under a category, and the narrowest place that has one.
const MOST_LINES: usize = 3;
const NARROWEST: f64 = 36.0;

impl Draw for LineChart {
    fn height(&self) -> f64 {
        HEIGHT
    }

    fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>) -> Result<(), ReportError> {
        let estimates = self.lines.iter().flat_map(|line| &line.points).map(|point| point.y);
        let estimates: Vec<Estimate> = estimates.chain(self.references.iter().map(|(_, y)| *y)).collect();
        let extent = Extent::of(self.y.format, &estimates, &[]);
        let top = heading(canvas, &self.title, &extent.noted(&self.subtitle))?;
        let frame = Frame { x: self.places(), y: extent.axis, top, bottom: self.bottom() };
        self.axes(canvas, &frame)?;
        for (index, line) in self.lines.iter().enumerate() {
            self.spread(canvas, &frame, index, line)?;
        }
        for ((_, estimate), dash) in self.references.iter().zip(REFERENCE_DASHES) {
            let y = frame.y(estimate.mean);
            canvas.line(&[(LEFT, y), (RIGHT, y)], REFERENCE, 1.4, dash)?;
        }
        for (index, line) in self.lines.iter().enumerate() {
            self.line(canvas, &frame, index, line)?;
        }
        self.legend(canvas, top)
    }
}

/// Where values go.
struct Frame {
    x: Places,
    y: Axis,
    top: f64,
    bottom: f64,
}

#[derive(Clone, Copy)]
enum Places {
    Along(Axis),
    /// Places beside each other, and lines that share each of them.
    Slots {
        count: usize,
        lines: usize,
    },
}

impl Frame {
    /// Where `value` is, in the frame or beyond it.
    fn y(&self, value: f64) -> f64 {
        self.bottom - self.y.place(value) * (self.bottom - self.top)
    }

    /// Where line `index` has its value at `x`: in a slot, lines stand beside each other.
    fn x(&self, x: f64, index: usize) -> f64 {
        let share = match self.x {
            Places::Along(axis) => axis.place(x),
            Places::Slots { count, lines } => {
                let beside = (index as f64 + 0.5) / lines as f64 - 0.5;
                (x + 0.5 + 0.6 * beside) / count as f64
            }
        };
        LEFT + share * (RIGHT - LEFT)
    }

    fn at(&self, index: usize, x: f64, y: f64) -> (f64, f64) {
        (self.x(x, index), self.y(y))
    }
}

impl LineChart {
    fn bottom(&self) -> f64 {
        match self.horizontal {
            Horizontal::Numbers(_) => 496.0,
            Horizontal::Categories(_) => 496.0 - 16.0 * (MOST_LINES - 1) as f64,
        }
    }

    fn places(&self) -> Places {
        match &self.horizontal {
            Horizontal::Categories(names) => Places::Slots { count: names.len(), lines: self.lines.len() },
            Horizontal::Numbers(scale) => {
                let values = self.lines.iter().flat_map(|line| &line.points).map(|point| point.x);
                let axis = Axis::over(*scale, values);
                Places::Along(if *scale == Scale::Sparsity { axis.within(0.0, 1.0) } else { axis })
            }
        }
    }

    fn axes<D: DrawingBackend>(&self, canvas: &Canvas<D>, frame: &Frame) -> Result<(), ReportError> {
        for tick in frame.y.ticks(self.y.format, 0.1) {
            let y = frame.bottom - tick.place * (frame.bottom - frame.top);
            canvas.line(&[(LEFT, y), (RIGHT, y)], FAINT, 1.0, &[])?;
            canvas.text((LEFT - 10.0, y), &tick.label, TEXT, INK, Anchor::Right)?;
        }
        canvas.line(&[(LEFT, frame.bottom), (RIGHT, frame.bottom)], INK, 1.0, &[])?;
        match (&self.horizontal, frame.x) {
            (Horizontal::Categories(names), _) => self.categories(canvas, frame, names)?,
            (Horizontal::Numbers(_), Places::Along(axis)) => {
                for tick in axis.ticks(self.x.format, 0.085) {
                    let x = LEFT + tick.place * (RIGHT - LEFT);
                    canvas.line(&[(x, frame.bottom), (x, frame.bottom + 5.0)], INK, 1.0, &[])?;
                    canvas.text((x, frame.bottom + 17.0), &tick.label, TEXT, INK, Anchor::Centre)?;
                }
            }
            (Horizontal::Numbers(_), Places::Slots { .. }) => {}
        }
        canvas.text(((LEFT + RIGHT) / 2.0, HEIGHT - 22.0), &self.x.name, TEXT, INK, Anchor::Centre)?;
        canvas.text((18.0, (frame.top + frame.bottom) / 2.0), &self.y.name, TEXT, INK, Anchor::Upwards)
    }

    /// Names under their places; of too many, every second, third …
    fn categories<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        frame: &Frame,
        names: &[String],
    ) -> Result<(), ReportError> {
        let width = (RIGHT - LEFT) / names.len() as f64;
        let every = (NARROWEST / width).ceil().max(1.0) as usize;
        for (index, name) in names.iter().enumerate().step_by(every) {
            let x = LEFT + (index as f64 + 0.5) * width;
            canvas.line(&[(x, frame.bottom), (x, frame.bottom + 5.0)], INK, 1.0, &[])?;
            let lines = canvas.wrap(name, TEXT, width * every as f64 - 6.0);
            for (number, line) in lines.iter().take(MOST_LINES).enumerate() {
                let y = frame.bottom + 17.0 + 16.0 * number as f64;
                canvas.text((x, y), line, TEXT, INK, Anchor::Centre)?;
            }
        }
        Ok(())
    }

    /// The intervals of a line: a band where they are neighbours, else a bar each. Drawn under the lines, so
    /// that none is hidden.
    fn spread<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        frame: &Frame,
        index: usize,
        line: &Line,
    ) -> Result<(), ReportError> {
        let colour = look(index).colour;
        let ends = |point: &Point| {
            let at = |y: f64| frame.at(index, point.x, y);
            (at(point.y.low()), at(point.y.high()))
        };
        if self.is_joined(line) {
            let (lower, upper): (Vec<_>, Vec<_>) = line.points.iter().map(ends).unzip();
            let [lower, upper] = [lower, upper].map(|edge| clamped(&edge, frame.top, frame.bottom));
            let around: Vec<_> = lower.into_iter().chain(upper.into_iter().rev()).collect();
            return canvas.fill(&around, colour, 0.14);
        }
        for (low, high) in line.points.iter().filter(|point| point.y.half_width.is_some()).map(ends) {
            canvas.line(&clamped(&[low, high], frame.top, frame.bottom), colour, 1.5, &[])?;
        }
        Ok(())
    }

    fn line<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        frame: &Frame,
        index: usize,
        line: &Line,
    ) -> Result<(), ReportError> {
        let at = |point: &Point| frame.at(index, point.x, point.y.mean);
        let points: Vec<_> = line.points.iter().map(at).collect();
        if self.is_joined(line) {
            canvas.line(&points, look(index).colour, 2.0, look(index).dash)?;
        }
        if line.points_shown != Points::Plain || points.len() == 1 {
            points.iter().try_for_each(|&point| canvas.marker(point, look(index)))?;
        }
        for (point, (x, y)) in line.points.iter().zip(points) {
            if let Some(note) = &point.note {
                canvas.text((x + 6.0, y - 10.0), note, NOTE, GREY, Anchor::Left)?;
            }
        }
        Ok(())
    }

    /// Names are not in an order in which a line could go from one to the next.
    fn is_joined(&self, line: &Line) -> bool {
        let is_along_numbers = matches!(self.horizontal, Horizontal::Numbers(_));
        is_along_numbers && line.points_shown != Points::Scattered && line.points.len() > 1
    }

    fn legend<D: DrawingBackend>(&self, canvas: &Canvas<D>, top: f64) -> Result<(), ReportError> {
        let mut y = top + 6.0;
        let room = WIDTH - LEGEND - 12.0;
        if self.lines.len() > 1 && !self.legend.is_empty() {
            for line in canvas.wrap(&self.legend, TEXT, room) {
                canvas.text((LEGEND, y), &line, TEXT, GREY, Anchor::Left)?;
                y += 17.0;
            }
            y += 5.0;
        }
        let mut entry =
            |label: &str, draw: &dyn Fn(f64) -> Result<(), ReportError>| -> Result<(), ReportError> {
                draw(y)?;
                for line in canvas.wrap(label, TEXT, room - 42.0) {
                    canvas.text((LEGEND + 42.0, y), &line, TEXT, INK, Anchor::Left)?;
                    y += 17.0;
                }
                y += 7.0;
                Ok(())
            };
        for (index, line) in self.lines.iter().enumerate() {
            entry(&line.label, &|y| {
                let look = look(index);
                let has_line = line.points_shown != Points::Scattered;
                if has_line && matches!(self.horizontal, Horizontal::Numbers(_)) {
                    canvas.line(&[(LEGEND, y), (LEGEND + 32.0, y)], look.colour, 2.0, look.dash)?;
                }
                match line.points_shown {
                    Points::Marked | Points::Scattered => canvas.marker((LEGEND + 16.0, y), look),
                    Points::Plain => Ok(()),
                }
            })?;
        }
        for ((label, _), dash) in self.references.iter().zip(REFERENCE_DASHES) {
            entry(label, &|y| canvas.line(&[(LEGEND, y), (LEGEND + 32.0, y)], REFERENCE, 1.4, dash))?;
        }
        Ok(())
    }
}
