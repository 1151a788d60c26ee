//! Lines with bands: a quantity against another, one line a setting.

use super::ReportError;
use super::canvas::{Anchor, Canvas, Draw, Font, WIDTH};
use super::scale::{Axis, Format};
use super::statistics::Estimate;
use super::style::{FAINT, GREY, INK, REFERENCE, look};
use crate::spec::Scale;
use plotters::prelude::DrawingBackend;

/// What a line chart shows.
#[derive(Clone, Debug)]
pub(super) struct LineChart {
    pub title: String,
    /// What band and points mean, and on what was measured.
    pub subtitle: String,
    pub x: Quantity,
    pub y: Quantity,
    pub scale: Scale,
    /// What the lines differ in; empty for one line.
    pub legend: String,
    pub lines: Vec<Line>,
    /// Horizontal lines to compare with.
    pub references: Vec<(String, Estimate)>,
}

/// What an axis shows.
#[derive(Clone, Debug)]
pub(super) struct Quantity {
    pub name: String,
    pub format: Format,
}

/// One setting.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub label: String,
    /// In the order of x.
    pub points: Vec<(f64, Estimate)>,
    pub points_shown: Points,
}

/// Whether each point has a marker: many of them would hide the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Points {
    Marked,
    Plain,
}

const LEFT: f64 = 74.0;
const RIGHT: f64 = WIDTH - 246.0;
const BOTTOM: f64 = 496.0;
const LEGEND: f64 = RIGHT + 22.0;
const TEXT: Font = Font::regular(13.0);

impl Draw for LineChart {
    fn height(&self) -> f64 {
        560.0
    }

    fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>) -> Result<(), ReportError> {
        let top = heading(canvas, &self.title, &self.subtitle)?;
        let x = Axis::over(self.scale, self.lines.iter().flat_map(|line| &line.points).map(|(x, _)| *x));
        let x = if self.scale == Scale::Sparsity { x.within(0.0, 1.0) } else { x };
        let estimates = self.lines.iter().flat_map(|line| &line.points).map(|(_, y)| y);
        let estimates = estimates.chain(self.references.iter().map(|(_, y)| y));
        let ends = estimates.flat_map(|y| [y.low(), y.high()]);
        let y = Axis::over(Scale::Linear, ends);
        let y = if self.y.format == Format::Percent { y.within(0.0, 1.0) } else { y };
        let frame = Frame { x, y, top };
        self.axes(canvas, frame)?;
        self.bands(canvas, frame)?;
        self.references(canvas, frame)?;
        for (index, line) in self.lines.iter().enumerate() {
            let points: Vec<_> = line.points.iter().map(|(x, y)| frame.at(*x, y.mean)).collect();
            canvas.line(&points, look(index).colour, 2.0, look(index).dash)?;
            if line.points_shown == Points::Marked || points.len() == 1 {
                points.iter().try_for_each(|&point| canvas.marker(point, look(index)))?;
            }
        }
        self.legend(canvas, top)
    }
}

/// Where values go.
#[derive(Clone, Copy)]
struct Frame {
    x: Axis,
    y: Axis,
    top: f64,
}

impl Frame {
    fn at(self, x: f64, y: f64) -> (f64, f64) {
        let up = self.y.place(y).clamp(0.0, 1.0);
        (LEFT + self.x.place(x) * (RIGHT - LEFT), BOTTOM - up * (BOTTOM - self.top))
    }
}

/// Title and subtitle; gives where the chart can begin.
pub(super) fn heading<D: DrawingBackend>(
    canvas: &Canvas<D>,
    title: &str,
    subtitle: &str,
) -> Result<f64, ReportError> {
    let mut y = 26.0;
    for (text, font, colour, step) in [(title, Font::bold(18.0), INK, 24.0), (subtitle, TEXT, GREY, 18.0)] {
        for line in canvas.wrap(text, font, WIDTH - 40.0) {
            canvas.text((20.0, y), &line, font, colour, Anchor::Left)?;
            y += step;
        }
    }
    Ok(y + 12.0)
}

impl LineChart {
    fn axes<D: DrawingBackend>(&self, canvas: &Canvas<D>, frame: Frame) -> Result<(), ReportError> {
        for tick in frame.y.ticks(self.y.format, 0.1) {
            let y = BOTTOM - tick.place * (BOTTOM - frame.top);
            canvas.line(&[(LEFT, y), (RIGHT, y)], FAINT, 1.0, &[])?;
            canvas.text((LEFT - 10.0, y), &tick.label, TEXT, INK, Anchor::Right)?;
        }
        canvas.line(&[(LEFT, BOTTOM), (RIGHT, BOTTOM)], INK, 1.0, &[])?;
        for tick in frame.x.ticks(self.x.format, 0.085) {
            let x = LEFT + tick.place * (RIGHT - LEFT);
            canvas.line(&[(x, BOTTOM), (x, BOTTOM + 5.0)], INK, 1.0, &[])?;
            canvas.text((x, BOTTOM + 17.0), &tick.label, TEXT, INK, Anchor::Centre)?;
        }
        let middle = ((LEFT + RIGHT) / 2.0, BOTTOM + 42.0);
        canvas.text(middle, &self.x.name, TEXT, INK, Anchor::Centre)?;
        canvas.text((18.0, (frame.top + BOTTOM) / 2.0), &self.y.name, TEXT, INK, Anchor::Upwards)
    }

    /// Under the lines, so that none is hidden.
    fn bands<D: DrawingBackend>(&self, canvas: &Canvas<D>, frame: Frame) -> Result<(), ReportError> {
        for (index, line) in self.lines.iter().enumerate() {
            let upper = line.points.iter().map(|(x, y)| frame.at(*x, y.high()));
            let lower = line.points.iter().rev().map(|(x, y)| frame.at(*x, y.low()));
            let has_width = line.points.iter().any(|(_, y)| y.half_width.is_some());
            if has_width && line.points.len() > 1 {
                canvas.fill(&upper.chain(lower).collect::<Vec<_>>(), look(index).colour, 0.14)?;
            } else if has_width {
                let ends: Vec<_> = upper.chain(lower).collect();
                canvas.line(&ends, look(index).colour, 1.5, &[])?;
            }
        }
        Ok(())
    }

    fn references<D: DrawingBackend>(&self, canvas: &Canvas<D>, frame: Frame) -> Result<(), ReportError> {
        for (_, estimate) in &self.references {
            let (_, y) = frame.at(0.0, estimate.mean);
            canvas.line(&[(LEFT, y), (RIGHT, y)], REFERENCE, 1.4, &[5.0, 4.0])?;
        }
        Ok(())
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
                canvas.line(&[(LEGEND, y), (LEGEND + 32.0, y)], look.colour, 2.0, look.dash)?;
                match line.points_shown {
                    Points::Marked => canvas.marker((LEGEND + 16.0, y), look),
                    Points::Plain => Ok(()),
                }
            })?;
        }
        for (label, _) in &self.references {
            entry(label, &|y| canvas.line(&[(LEGEND, y), (LEGEND + 32.0, y)], REFERENCE, 1.4, &[5.0, 4.0]))?;
        }
        Ok(())
    }
}
