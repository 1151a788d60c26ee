//! The lines of a line chart with their bands, in a frame.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas};
use super::extent::clamped;
use super::frame::Frame;
use super::heading::TEXT;
use super::lines::{Horizontal, Line, LineChart, Point, Points};
use super::notes::Notes;
use super::style::{BAND, INK, MOST_REFERENCES, REFERENCE, REFERENCE_DASHES, look, pale};
use super::text::wrap;
use crate::report::error::ReportError;
use crate::spec::Scale;
use plotters::prelude::DrawingBackend;

/// How many bands as high as the frame may lie over each other as opaque as one.
const MOST_BANDS: f64 = 1.0;
/// Where the seeds stand beside the bar of their mean.
const BESIDE_BAR: f64 = 7.0;
/// Lines of text under a category, and the narrowest place that has one.
const MOST_LINES: usize = 3;
const NARROWEST: f64 = 36.0;

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

    /// Lines with their intervals, as opaque as that, and the reference lines, each dashed by its place among `references`.
    pub(super) fn plot<D: DrawingBackend>(
        &self,
        canvas: &Canvas<D>,
        placed: &Placed<'_>,
        references: &[&str],
        opacity: f64,
    ) -> Result<(), ReportError> {
        let frame = &placed.frame;
        for (_, estimate) in self.references.iter().filter(|(_, y)| y.half_width.is_some()) {
            let edge = |y: f64| frame.y(y).clamp(frame.top, frame.bottom);
            let (low, high, left, right) =
                (edge(estimate.low()), edge(estimate.high()), frame.left, frame.right);
            canvas.fill(&[(left, low), (right, low), (right, high), (left, high)], REFERENCE, BAND)?;
        }
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
    pub(super) fn opacity(&self, frame: &Frame) -> f64 {
        let Frame { top, bottom, .. } = *frame;
        let height = |point: &Point| {
            let [low, high] = [point.y.low(), point.y.high()].map(|y| frame.y(y).clamp(top, bottom));
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
            let own = look(line.look);
            let shown = if line.points_shown == Points::Faint { pale(own) } else { own };
            points.iter().try_for_each(|&point| canvas.marker(point, shown))?;
        }
        for (point, (x, y)) in line.points.iter().zip(points) {
            canvas.spot((x, y), &line.label, look(line.look).colour, self.said(placed.of, point));
        }
        Ok(())
    }
}
