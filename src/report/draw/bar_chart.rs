//! Bars of two parts, one of them hatched: a row a setting.

use super::axis::{Axis, Quantity};
use super::canvas::{Anchor, Canvas, Draw};
use super::heading::{TEXT, below_heading, heading};
use super::number::exact;
use super::row::{BELOW, LEFT, Row, row_height};
use super::style::{INK, Look, look, pale};
use super::text::width;
use crate::report::error::ReportError;
use crate::spec::Scale;
use plotters::prelude::DrawingBackend;

/// What a bar chart shows.
#[derive(Clone, Debug)]
pub(in crate::report) struct BarChart {
    pub title: String,
    pub subtitle: String,
    pub x: Quantity,
    /// What the hatched part of a bar is, and the other one.
    pub parts: [String; 2],
    pub rows: Vec<Bar>,
}

/// A bar from zero: its hatched part, and what follows.
#[derive(Clone, Debug)]
pub(in crate::report) struct Bar {
    pub label: String,
    pub hatched: f64,
    pub filled: f64,
}

const ROW: f64 = 34.0;
/// Pixels between one line of a hatching and the next, and of a bar from its middle to its edge.
const HATCHING: f64 = 6.0;
const HALF: f64 = 9.0;
/// What the key of the parts takes above the bars.
const KEY: f64 = 34.0;

/// The part of a picture between two corners.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Block {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Block {
    fn corners(self) -> [(f64, f64); 4] {
        let Self { left, top, right, bottom } = self;
        [(left, top), (right, top), (right, bottom), (left, bottom)]
    }

    /// The lines of its hatching, which rise to the right.
    fn hatching(self) -> Vec<[(f64, f64); 2]> {
        let Self { left, top, right, bottom } = self;
        let height = bottom - top;
        let count = ((right - left + height) / HATCHING).ceil() as usize;
        let line = |number: usize| {
            // Where it would meet the line of the bottom.
            let foot = left - height + number as f64 * HATCHING;
            let (from, to) = (foot.max(left), (foot + height).min(right));
            (from < to).then_some([(from, bottom - (from - foot)), (to, bottom - (to - foot))])
        };
        (1..count).filter_map(line).collect()
    }

    fn draw_hatched<D: DrawingBackend>(self, canvas: &Canvas<D>, look: Look) -> Result<(), ReportError> {
        canvas.fill(&self.corners(), pale(pale(look)).colour, 1.0)?;
        self.hatching().into_iter().try_for_each(|line| canvas.line(&line, look.colour, 1.0, &[]))?;
        let corners = self.corners();
        let outline = [&corners[..], &corners[..1]].concat();
        canvas.line(&outline, look.colour, 1.0, &[])
    }
}

impl Draw for BarChart {
    fn title(&self) -> &str {
        &self.title
    }

    fn caption(&self) -> String {
        self.subtitle.clone()
    }

    fn height(&self) -> f64 {
        below_heading(self) + KEY + self.row_height() * self.rows.len() as f64 + BELOW
    }

    fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>) -> Result<(), ReportError> {
        let ends = self.rows.iter().map(|bar| bar.hatched + bar.filled).chain([0.0]);
        let axis = Axis::over(Scale::Linear, ends).within(0.0, f64::MAX);
        let look = look(0);
        let top = heading(canvas, self)? + KEY;
        let bottom = self.height() - BELOW;
        let row = self.row_height();
        let across = Row { axis };
        let x = |value: f64| across.x(value);
        let mut key = LEFT;
        for (number, part) in self.parts.iter().enumerate() {
            let block = Block { left: key, top: top - 30.0, right: key + 26.0, bottom: top - 16.0 };
            match number {
                0 => block.draw_hatched(canvas, look)?,
                _ => canvas.fill(&block.corners(), look.colour, 1.0)?,
            }
            canvas.text((key + 34.0, top - 23.0), part, TEXT, INK, Anchor::Left)?;
            key += 34.0 + width(part, TEXT) + 30.0;
        }
        across.draw_axis(canvas, &self.x, [top, bottom])?;
        for (index, bar) in self.rows.iter().enumerate() {
            let y = top + (index as f64 + 0.5) * row;
            across.label(canvas, &bar.label, y, 0)?;
            let (middle, end) = (x(bar.hatched), x(bar.hatched + bar.filled));
            let block = |left, right| Block { left, top: y - HALF, right, bottom: y + HALF };
            if bar.hatched > 0.0 {
                block(LEFT, middle).draw_hatched(canvas, look)?;
            }
            if bar.filled > 0.0 {
                canvas.fill(&block(middle, end).corners(), look.colour, 1.0)?;
            }
            for (at, what, value) in
                [(middle, &self.parts[0], bar.hatched), (end, &self.parts[1], bar.filled)]
            {
                let value = format!("{what}: {} {}", exact(self.x.format, value), self.x.name);
                canvas.spot((at, y), &bar.label, look.colour, value);
            }
        }
        Ok(())
    }
}

impl BarChart {
    fn row_height(&self) -> f64 {
        row_height(self.rows.iter().map(|bar| bar.label.as_str()), 0, ROW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // A block 12 wide and 6 high: lines from the bottom at −6 + 6, 0 + 6 … to the top, cut at its sides.
    #[test]
    fn a_hatching_stays_within_its_block() {
        let block = Block { left: 0.0, top: 0.0, right: 12.0, bottom: 6.0 };
        assert_eq!(block.hatching(), [[(0.0, 6.0), (6.0, 0.0)], [(6.0, 6.0), (12.0, 0.0)]]);
        let low = Block { right: 3.0, ..block };
        assert_eq!(low.hatching(), [[(0.0, 6.0), (3.0, 3.0)]]);
    }
}
