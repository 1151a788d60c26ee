//! Dots in two quantities, of which some are a Pareto front: these are numbered, named and joined by steps.

use super::axis::{Axis, Quantity};
use super::canvas::{Anchor, Canvas, Draw};
use super::extent::{Extent, clamped};
use super::frame::{Frame, LEFT, RIGHT};
use super::heading::{below_heading, heading};
use super::legend::{Legend, Sign};
use super::number::{estimated, exact};
use super::style::{INK, look, pale};
use super::text::{Font, width};
use crate::report::error::ReportError;
use crate::results::Estimate;
use crate::spec::Scale;
use plotters::prelude::DrawingBackend;

/// What a chart of a front shows.
#[derive(Clone, Debug)]
pub(in crate::report) struct FrontChart {
    pub title: String,
    pub subtitle: String,
    pub x: Quantity,
    pub y: Quantity,
    pub scale: Scale,
    /// The stages that the points are of: each has a colour and a marker.
    pub stages: Vec<String>,
    pub points: Vec<FrontPoint>,
    /// The numbers of the points on the front, in the order in which they are joined.
    pub front: Vec<usize>,
    /// Places in `front` of those that are named beside it.
    pub named: Vec<usize>,
}

/// A mean over seeds.
#[derive(Clone, Debug)]
pub(in crate::report) struct FrontPoint {
    pub x: f64,
    pub y: Estimate,
    /// The number of its stage.
    pub stage: usize,
    /// What sets it apart.
    pub label: String,
}

const NUMBER: Font = Font::bold(11.0);
/// Points of a front that can be named beside it.
pub(in crate::report) const MOST_NAMED: usize = 20;

impl Draw for FrontChart {
    fn title(&self) -> &str {
        &self.title
    }

    fn caption(&self) -> String {
        self.extent().noted(&self.subtitle)
    }

    fn height(&self) -> f64 {
        self.legend().picture_height(below_heading(self))
    }

    fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>) -> Result<(), ReportError> {
        let extent = self.extent();
        let top = heading(canvas, self)?;
        let bottom = self.height() - 64.0;
        let frame = Frame { y: extent.axis, left: LEFT, right: RIGHT, top, bottom };
        let x = Axis::over(self.scale, self.points.iter().map(|point| point.x));
        let x = if self.scale == Scale::Sparsity { x.within(0.0, 1.0) } else { x };
        frame.grid(canvas, self.y.format)?;
        frame.ticks(canvas, x, self.x.format)?;
        frame.names(canvas, &self.x, &self.y, self.height() - 22.0)?;
        let at = |point: &FrontPoint| (frame.x(x.place(point.x)), frame.y(point.y.mean));
        for (index, point) in self.points.iter().enumerate() {
            let is_on_front = self.front.contains(&index);
            let look = look(point.stage);
            if !is_on_front {
                canvas.marker(at(point), pale(look))?;
            }
            let (x, y) = (exact(self.x.format, point.x), estimated(self.y.format, point.y));
            let value = format!("{}: {} {x}, {} {y}", point.label, self.x.name, self.y.name);
            canvas.spot(at(point), &self.stages[point.stage], look.colour, value);
        }
        let front: Vec<(f64, f64)> = self.front.iter().map(|&index| at(&self.points[index])).collect();
        canvas.line(&steps(&front), INK, 1.3, &[])?;
        // Above the steps, which go along them.
        for point in self.front.iter().map(|&index| &self.points[index]) {
            if point.y.half_width.is_some() {
                let (x, _) = at(point);
                let bar = [(x, frame.y(point.y.low())), (x, frame.y(point.y.high()))];
                let colour = pale(look(point.stage)).colour;
                canvas.line(&clamped(&bar, frame.top, frame.bottom), colour, 2.4, &[])?;
            }
        }
        for (&index, &place) in self.front.iter().zip(&front) {
            canvas.marker(place, look(self.points[index].stage))?;
        }
        let named: Vec<(f64, f64)> = self.named.iter().map(|&place| front[place]).collect();
        let taken = self.points.iter().map(at).chain(steps(&front)).collect();
        numbers(canvas, &named, taken)?;
        self.legend().draw(canvas, top)
    }
}

impl FrontChart {
    /// The points of the front that are named, each with its number.
    fn named(&self) -> impl Iterator<Item = (usize, &FrontPoint)> {
        (1..).zip(self.named.iter().map(|&place| &self.points[self.front[place]]))
    }

    /// The axis of what is shown: points off the front have no bars.
    fn extent(&self) -> Extent {
        let barred: Vec<Estimate> = self.front.iter().map(|&index| self.points[index].y).collect();
        let means: Vec<f64> = self.points.iter().map(|point| point.y.mean).collect();
        Extent::of(self.y.format, &barred, &means)
    }

    fn legend(&self) -> Legend {
        let mut items = Vec::new();
        if self.stages.len() > 1 {
            items.push(("stage".to_owned(), Sign::Heading));
            let stage = |(index, stage): (usize, &String)| (stage.clone(), Sign::Marker(look(index)));
            items.extend(self.stages.iter().enumerate().map(stage));
        }
        items.push(("on the front".to_owned(), Sign::Heading));
        items.extend(self.named().map(|(number, point)| (point.label.clone(), Sign::Number(number))));
        let more = self.front.len() - self.named.len();
        if more > 0 {
            let says = format!("and {more} between them, which are in measurements.csv");
            items.push((says, Sign::Heading));
        }
        Legend::beside(items)
    }
}

/// Numbers beside the points that are `named`, equal ones together: each where it is not over one of the places that are
/// `taken`, nor another number.
fn numbers<D: DrawingBackend>(
    canvas: &Canvas<D>,
    named: &[(f64, f64)],
    mut taken: Vec<(f64, f64)>,
) -> Result<(), ReportError> {
    let mut number = 1;
    for equal in named.chunk_by(|a, b| a == b) {
        let (first, last) = (number, number + equal.len() - 1);
        number += equal.len();
        let text = if first == last { first.to_string() } else { format!("{first}–{last}") };
        let (x, y) = equal[0];
        let reach = 7.0 + width(&text, NUMBER) / 2.0;
        let around = [(0.7, -1.0), (-0.7, -1.0), (0.7, 1.0), (-0.7, 1.0), (1.2, 0.0), (-1.2, 0.0)];
        let places = around.map(|(right, down)| (x + right * reach, y + down * 11.0));
        let room = |place: &(f64, f64)| {
            let distance = |other: &(f64, f64)| (other.0 - place.0).hypot(other.1 - place.1);
            taken.iter().map(distance).fold(f64::INFINITY, f64::min).min(14.0)
        };
        // The first of those with the most room.
        let best = places.iter().rev().max_by(|a, b| room(a).total_cmp(&room(b)));
        let place = *best.expect("there are places around a point");
        canvas.text(place, &text, NUMBER, INK, Anchor::Centre)?;
        taken.push(place);
    }
    Ok(())
}

/// From one point of a front to the next: as far as nothing better is reached, the last one holds.
fn steps(front: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for &(x, y) in front {
        if let Some(&(_, before)) = steps.last() {
            steps.push((x, before));
        }
        steps.push((x, y));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_front_is_joined_by_steps() {
        let front = [(10.0, 50.0), (20.0, 30.0), (40.0, 25.0)];
        let expected = [(10.0, 50.0), (20.0, 50.0), (20.0, 30.0), (40.0, 30.0), (40.0, 25.0)];
        assert_eq!(steps(&front), expected);
        assert_eq!(steps(&front[..1]), front[..1]);
        assert!(steps(&[]).is_empty());
    }
}
