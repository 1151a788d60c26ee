//! A forest plot: what was found against what was claimed, a row a claim.

use super::axis::{Axis, Quantity};
use super::canvas::{Anchor, Canvas, Draw, Font, WIDTH};
use super::heading::{TEXT, heading};
use super::style::{FAINT, GREY, INK, Look, REFERENCE, look};
use crate::report::error::ReportError;
use crate::spec::Scale;
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

/// What a forest plot shows.
#[derive(Clone, Debug)]
pub(in crate::report) struct ForestChart {
    pub title: String,
    pub subtitle: String,
    pub x: Quantity,
    /// Where nothing differs.
    pub centre: f64,
    pub rows: Vec<ForestRow>,
}

/// A claim.
#[derive(Clone, Debug)]
pub(in crate::report) struct ForestRow {
    pub label: String,
    /// What became of it, in words, and how it looks.
    pub verdict: String,
    pub kind: ForestKind,
    /// The ends of what it allows, either of which may be infinite.
    pub region: [f64; 2],
    /// The estimate and its interval, where there are any.
    pub estimate: Option<f64>,
    pub interval: Option<[f64; 2]>,
}

/// How a row looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum ForestKind {
    Holds,
    Fails,
    Open,
}

const LABELS: f64 = 300.0;
const ROW: f64 = 56.0;
const BAND: RGBColor = RGBColor(222, 235, 247);

impl ForestKind {
    fn look(self) -> Look {
        match self {
            Self::Holds => look(0),
            Self::Fails => look(3),
            Self::Open => look(5),
        }
    }
}

impl ForestChart {
    /// The axis over all finite ends. A wide interval takes no more than twice the room of the rest.
    fn axis(&self) -> Axis {
        let ends = |row: &ForestRow| row.region.into_iter().chain(row.estimate);
        let inner = || self.rows.iter().flat_map(ends).chain([self.centre]).filter(|end| end.is_finite());
        let (low, high) = (inner().fold(f64::INFINITY, f64::min), inner().fold(f64::NEG_INFINITY, f64::max));
        let room = if high > low { high - low } else { f64::INFINITY };
        let intervals = self.rows.iter().filter_map(|row| row.interval).flatten();
        let all = intervals.map(|end| end.clamp(low - room, high + room)).chain(inner());
        Axis::over(Scale::Linear, all)
    }
}

impl Draw for ForestChart {
    fn height(&self) -> f64 {
        170.0 + ROW * self.rows.len() as f64
    }

    fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>) -> Result<(), ReportError> {
        let axis = self.axis();
        let top = heading(canvas, &self.title, &self.subtitle)?;
        let bottom = self.height() - 58.0;
        let (left, right) = (LABELS + 20.0, WIDTH - 40.0);
        let row_height = (bottom - top) / self.rows.len() as f64;
        let x = |value: f64| {
            let place = if value.is_finite() {
                axis.place(value).clamp(0.0, 1.0)
            } else {
                f64::from(u8::from(value > 0.0))
            };
            left + place * (right - left)
        };
        for (index, row) in self.rows.iter().enumerate() {
            let (above, below) =
                (top + index as f64 * row_height + 5.0, top + (index + 1) as f64 * row_height - 5.0);
            let [from, to] = row.region.map(x);
            canvas.fill(&[(from, above), (to, above), (to, below), (from, below)], BAND, 1.0)?;
            for end in row.region.into_iter().filter(|end| end.is_finite()) {
                canvas.line(&[(x(end), above), (x(end), below)], REFERENCE, 1.4, &[])?;
            }
        }
        for tick in axis.ticks(self.x.format, 0.12) {
            let at = left + tick.place * (right - left);
            canvas.line(&[(at, top), (at, bottom)], FAINT, 1.0, &[])?;
            canvas.text((at, bottom + 16.0), &tick.label, TEXT, INK, Anchor::Centre)?;
        }
        canvas.line(&[(x(self.centre), top), (x(self.centre), bottom)], GREY, 1.2, &[5.0, 4.0])?;
        canvas.line(&[(left, bottom), (right, bottom)], INK, 1.0, &[])?;
        canvas.text(((left + right) / 2.0, bottom + 40.0), &self.x.name, TEXT, INK, Anchor::Centre)?;
        for (index, row) in self.rows.iter().enumerate() {
            let y = top + (index as f64 + 0.5) * row_height;
            let look = row.kind.look();
            let lines = canvas.wrap(&row.label, TEXT, LABELS - 30.0);
            let first = y - 8.0 * lines.len() as f64;
            for (number, line) in lines.iter().enumerate() {
                canvas.text((LABELS, first + 16.0 * number as f64), line, TEXT, INK, Anchor::Right)?;
            }
            let under = first + 16.0 * lines.len() as f64;
            canvas.text((LABELS, under), &row.verdict, Font::bold(12.0), look.colour, Anchor::Right)?;
            if let Some([low, high]) = row.interval {
                canvas.line(&[(x(low), y), (x(high), y)], look.colour, 2.0, &[])?;
                for end in [low, high].into_iter().filter(|&end| (0.0..=1.0).contains(&axis.place(end))) {
                    canvas.line(&[(x(end), y - 5.0), (x(end), y + 5.0)], look.colour, 2.0, &[])?;
                }
            }
            if let Some(estimate) = row.estimate {
                canvas.marker((x(estimate), y), look)?;
            }
        }
        Ok(())
    }
}
