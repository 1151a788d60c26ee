//! A forest plot: what was found against what was claimed, a row a claim.

use super::axis::{Axis, Quantity};
use super::canvas::{Anchor, Canvas, Draw};
use super::extent::room_of_intervals;
use super::heading::{below_heading, heading, noted};
use super::number::exact;
use super::row::{BELOW, CUT, LABEL_GAP, LEFT, Row, row_height};
use super::style::{GREY, Look, REFERENCE, look};
use super::text::Font;
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
    /// The axis over all finite ends. Of an interval that is far wider than the rest, a part.
    fn axis(&self) -> Axis {
        let ends = |row: &ForestRow| row.region.into_iter().chain(row.estimate);
        let inner = || self.rows.iter().flat_map(ends).chain([self.centre]).filter(|end| end.is_finite());
        let (low, high) = (inner().fold(f64::INFINITY, f64::min), inner().fold(f64::NEG_INFINITY, f64::max));
        let room = if high > low { high - low } else { f64::INFINITY };
        let half_widths =
            self.rows.iter().filter_map(|row| row.interval.map(|[low, high]| (high - low) / 2.0));
        let room = room_of_intervals(room, half_widths);
        let intervals = self.rows.iter().filter_map(|row| row.interval).flatten();
        let all = intervals.map(|end| end.clamp(low - room, high + room)).chain(inner());
        Axis::over(Scale::Linear, all)
    }

    fn across(&self) -> Row {
        Row { axis: self.axis() }
    }

    fn row_height(&self) -> f64 {
        row_height(self.rows.iter().map(|row| row.label.as_str()), 1, ROW)
    }
}

impl ForestChart {
    /// What was found in words.
    fn said(&self, row: &ForestRow, estimate: f64) -> String {
        let number = |value: f64| exact(self.x.format, value);
        let interval = row.interval.map(|[low, high]| format!(" [{}, {}]", number(low), number(high)));
        format!("{}: {}{}", row.verdict, number(estimate), interval.unwrap_or_default())
    }
}

impl Draw for ForestChart {
    fn title(&self) -> &str {
        &self.title
    }

    fn caption(&self) -> String {
        let across = self.across();
        let is_cut = self.rows.iter().filter_map(|row| row.interval).flatten().any(|end| across.cuts(end));
        noted(&self.subtitle, CUT, is_cut)
    }

    fn height(&self) -> f64 {
        below_heading(self) + self.row_height() * self.rows.len() as f64 + BELOW
    }

    fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>) -> Result<(), ReportError> {
        let across = self.across();
        let top = heading(canvas, self)?;
        let bottom = self.height() - BELOW;
        let row_height = self.row_height();
        let x = |value: f64| across.x(value);
        for (index, row) in self.rows.iter().enumerate() {
            let (above, below) =
                (top + index as f64 * row_height + 5.0, top + (index + 1) as f64 * row_height - 5.0);
            let [from, to] = row.region.map(x);
            canvas.fill(&[(from, above), (to, above), (to, below), (from, below)], BAND, 1.0)?;
            for end in row.region.into_iter().filter(|end| end.is_finite()) {
                canvas.line(&[(x(end), above), (x(end), below)], REFERENCE, 1.4, &[])?;
            }
        }
        across.draw_axis(canvas, &self.x, [top, bottom])?;
        canvas.line(&[(x(self.centre), top), (x(self.centre), bottom)], GREY, 1.2, &[5.0, 4.0])?;
        for (index, row) in self.rows.iter().enumerate() {
            let y = top + (index as f64 + 0.5) * row_height;
            let look = row.kind.look();
            let under = across.label(canvas, &row.label, y, 1)?;
            canvas.text(
                (LEFT - LABEL_GAP, under),
                &row.verdict,
                Font::bold(12.0),
                look.colour,
                Anchor::Right,
            )?;
            if let Some(interval) = row.interval {
                across.interval(canvas, interval, y, look.colour)?;
            }
            if let Some(estimate) = row.estimate {
                canvas.marker((x(estimate), y), look)?;
                canvas.spot((x(estimate), y), &row.label, look.colour, self.said(row, estimate));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::picture::render;
    use super::*;
    use crate::results::Format;

    /// A plot of claims of at least nothing, with estimates of 1 point and these intervals.
    fn plot(intervals: &[[f64; 2]]) -> ForestChart {
        let row = |(number, interval): (usize, &[f64; 2])| ForestRow {
            label: format!("claim {number}"),
            verdict: "INCONCLUSIVE".into(),
            kind: ForestKind::Open,
            region: [0.0, f64::INFINITY],
            estimate: Some(0.01),
            interval: Some(*interval),
        };
        ForestChart {
            title: "Claims".into(),
            subtitle: "synthetic".into(),
            x: Quantity { name: "difference".into(), format: Format::Points },
            centre: 0.0,
            rows: intervals.iter().enumerate().map(row).collect(),
        }
    }

    /// The words of the picture, and how many filled shapes it has.
    fn drawn(chart: ForestChart) -> (String, usize) {
        let svg = String::from_utf8(render(&chart).unwrap().svg).unwrap();
        let shapes = svg.matches("<polygon").count();
        (svg, shapes)
    }

    // The third one reaches 58 points below the estimate, and the axis goes on for 3.
    #[test]
    fn an_interval_that_the_axis_cuts_ends_in_an_arrow_head_and_the_picture_says_so() {
        let (whole, shapes) = drawn(plot(&[[-0.01, 0.03], [0.0, 0.02], [-0.005, 0.025]]));
        assert!(!whole.contains("an arrow head"), "{whole}");
        let (cut, with_head) = drawn(plot(&[[-0.01, 0.03], [0.0, 0.02], [-0.57, 0.025]]));
        assert!(cut.contains("an arrow head: the interval goes on beyond the frame"), "{cut}");
        assert_eq!(with_head, shapes + 1);
    }
}
