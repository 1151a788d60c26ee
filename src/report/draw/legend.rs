//! What stands beside a frame or above it: what each line or dot is.

use super::canvas::{Anchor, Canvas, WIDTH};
use super::frame::{HEIGHT, RIGHT};
use super::heading::TEXT;
use super::style::{BAND, GREY, INK, Look, REFERENCE};
use super::text::{Font, width, wrap};
use crate::report::error::ReportError;
use plotters::prelude::DrawingBackend;

/// From where to where it is written, beside a frame and above one.
const BESIDE: [f64; 2] = [RIGHT + 22.0, WIDTH - 12.0];
const ABOVE: [f64; 2] = [20.0, WIDTH - 20.0];
/// Where the text of an entry begins.
const INDENT: f64 = 42.0;
const LINE: f64 = 17.0;
const GAP: f64 = 7.0;
/// A heading is nearer to its first entry than entries are to each other.
const HEADING_GAP: f64 = 5.0;
/// Between two entries of a line.
const BETWEEN: f64 = 22.0;
/// From the top to the middle of the first line.
const FIRST: f64 = 6.0;
const NUMBER: Font = Font::bold(11.0);
/// Pixels below a legend that is longer than a frame.
const BELOW: f64 = 20.0;

/// What a legend says, in its order.
pub(super) struct Legend {
    flow: Flow,
    items: Vec<(String, Sign)>,
}

/// What stands before the words.
#[derive(Clone, Copy)]
pub(super) enum Sign {
    /// Nothing: the words say what the items that follow differ in.
    Heading,
    Marker(Look),
    Line(Look),
    MarkedLine(Look),
    /// A line to compare with, dashed so, and whether it has a band.
    Reference(&'static [f64], bool),
    Number(usize),
}

/// Where the next item goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// Below the last one.
    Down,
    /// Beside it, as far as there is room.
    Along,
}

/// An item whose place is known: the middle of its first line.
struct Placed<'l> {
    at: (f64, f64),
    lines: Vec<String>,
    sign: &'l Sign,
}

impl Legend {
    /// Beside a frame, from top to bottom.
    pub fn beside(items: Vec<(String, Sign)>) -> Self {
        Self { flow: Flow::Down, items }
    }

    /// In lines above what comes next.
    pub fn above(items: Vec<(String, Sign)>) -> Self {
        Self { flow: Flow::Along, items }
    }

    /// Pixels from its top to where what is below it can begin.
    pub fn height(&self) -> f64 {
        self.placed(0.0).1
    }

    /// Pixels of a picture that has it from `top` downwards, beside a frame.
    pub fn picture_height(&self, top: f64) -> f64 {
        (top + self.height() + BELOW).max(HEIGHT).ceil()
    }

    /// Draws it from `top` downwards.
    pub fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>, top: f64) -> Result<(), ReportError> {
        for Placed { at: (x, y), lines, sign } in self.placed(top).0 {
            let colour = if matches!(sign, Sign::Heading) { GREY } else { INK };
            for (number, line) in lines.iter().enumerate() {
                let place = (x + sign.indent(), y + LINE * number as f64);
                canvas.text(place, line, TEXT, colour, Anchor::Left)?;
            }
            sign.draw(canvas, [x, x + INDENT - 10.0], y)?;
        }
        Ok(())
    }

    /// The items of a legend that begins at `top`, and where it ends.
    fn placed(&self, top: f64) -> (Vec<Placed<'_>>, f64) {
        let [left, right] = match self.flow {
            Flow::Down => BESIDE,
            Flow::Along => ABOVE,
        };
        let (mut x, mut y) = (left, top + FIRST);
        let mut placed = Vec::new();
        for (text, sign) in &self.items {
            let lines = wrap(text, TEXT, right - left - sign.indent());
            let widths = lines.iter().map(|line| width(line, TEXT));
            let width = sign.indent() + widths.fold(0.0, f64::max);
            if x > left && x + width > right {
                (x, y) = (left, y + LINE + GAP);
            }
            let height = LINE * lines.len() as f64;
            let at = (x, y);
            match self.flow {
                Flow::Down if matches!(sign, Sign::Heading) => y += height + HEADING_GAP,
                Flow::Along if lines.len() == 1 => x += width + BETWEEN,
                Flow::Down | Flow::Along => y += height + GAP,
            }
            placed.push(Placed { at, lines, sign });
        }
        (placed, if x > left { y + LINE } else { y })
    }
}

impl Sign {
    fn indent(&self) -> f64 {
        match self {
            Self::Heading => 0.0,
            Self::Marker(_) | Self::Line(_) | Self::MarkedLine(_) | Self::Reference(..) | Self::Number(_) => {
                INDENT
            }
        }
    }

    /// Draws it from `left` to `right` at height `y`.
    fn draw<D: DrawingBackend>(
        self,
        canvas: &Canvas<D>,
        [left, right]: [f64; 2],
        y: f64,
    ) -> Result<(), ReportError> {
        let marker = |look| canvas.marker(((left + right) / 2.0, y), look);
        let line = |look: Look| canvas.line(&[(left, y), (right, y)], look.colour, 2.0, look.dash);
        match self {
            Self::Heading => Ok(()),
            Self::Marker(look) => marker(look),
            Self::Line(look) => line(look),
            Self::MarkedLine(look) => line(look).and_then(|()| marker(look)),
            Self::Reference(dash, has_band) => {
                if has_band {
                    let (above, below) = (y - 6.0, y + 6.0);
                    let band = [(left, above), (right, above), (right, below), (left, below)];
                    canvas.fill(&band, REFERENCE, BAND)?;
                }
                canvas.line(&[(left, y), (right, y)], REFERENCE, 1.4, dash)
            }
            Self::Number(number) => canvas.text((right, y), &number.to_string(), NUMBER, INK, Anchor::Right),
        }
    }
}
