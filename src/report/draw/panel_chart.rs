//! Line charts in panels beside and below each other, which share their axes and one legend.

use super::canvas::{Anchor, Canvas, Draw, WIDTH};
use super::extent::Extent;
use super::frame::{Frame, LEFT};
use super::heading::{below_heading, heading};
use super::legend::Legend;
use super::lines::{Horizontal, LineChart, held};
use super::plot::{Placed, Places, places};
use super::style::INK;
use super::text::{Font, wrap};
use crate::report::error::ReportError;
use crate::results::Estimate;
use plotters::prelude::DrawingBackend;

/// Panels that one picture holds: more would be too small to be read.
pub(in crate::report) const MOST_PANELS: usize = 12;

/// What a chart of panels shows.
#[derive(Clone, Debug)]
pub(in crate::report) struct PanelChart {
    pub title: String,
    pub subtitle: String,
    /// One at least. The title of each is what sets it apart, and its subtitle is not shown. All have the same quantities
    /// and the same lines, of which some may have no points.
    pub panels: Vec<LineChart>,
}

const RIGHT: f64 = WIDTH - 24.0;
/// Between panels that are beside each other.
const GAP: f64 = 26.0;
/// Between those below each other, without the words between them.
const GAP_BELOW: f64 = 16.0;
const NAME: Font = Font::regular(12.0);
const LINE: f64 = 15.0;

impl Draw for PanelChart {
    fn title(&self) -> &str {
        &self.title
    }

    fn caption(&self) -> String {
        held(&self.extent().noted(&self.subtitle), &self.panels)
    }

    fn height(&self) -> f64 {
        let row = match self.columns() {
            1 => 340.0,
            2 => 250.0,
            3 => 215.0,
            _ => 170.0,
        };
        let heading = below_heading(self);
        let legend = self.legend().height();
        (heading + legend + row * self.rows() as f64 + self.panels[0].below()).ceil()
    }

    fn draw<D: DrawingBackend>(&self, canvas: &Canvas<D>) -> Result<(), ReportError> {
        let first = &self.panels[0];
        let extent = self.extent();
        let below_heading = heading(canvas, self)?;
        let (references, legend) = (self.references(), self.legend());
        legend.draw(canvas, below_heading)?;
        let top = below_heading + legend.height();
        let bottom = self.height() - first.below();
        let all = Frame { y: extent.axis, left: LEFT, right: RIGHT, top, bottom };
        let x = places(&self.panels.iter().collect::<Vec<_>>());
        let names = self.names();
        let named = LINE * names.iter().map(Vec::len).max().unwrap_or_default() as f64 + GAP_BELOW;
        let opacity = |(number, panel): (usize, &LineChart)| panel.opacity(&self.frame(all, number, named));
        let opacity = self.panels.iter().enumerate().map(opacity).fold(f64::INFINITY, f64::min);
        for (number, (panel, name)) in self.panels.iter().zip(&names).enumerate() {
            let placed = Placed { frame: self.frame(all, number, named), x, of: &panel.title };
            let frame = &placed.frame;
            for (above, line) in name.iter().rev().enumerate() {
                let place = (frame.left, frame.top - 10.0 - LINE * above as f64);
                canvas.text(place, line, NAME, INK, Anchor::Left)?;
            }
            match number % self.columns() {
                0 => frame.grid(canvas, panel.y.format)?,
                _ => frame.levels(canvas, panel.y.format)?,
            }
            let is_lowest = number + self.columns() >= self.panels.len();
            match (x, &panel.horizontal) {
                _ if is_lowest => panel.values_along(canvas, &placed)?,
                (Places::Along(axis), Horizontal::Numbers(_)) => frame.marks(canvas, axis, panel.x.format)?,
                (Places::Slots { .. }, _) | (_, Horizontal::Categories(_)) => {}
            }
            panel.plot(canvas, &placed, &references, opacity)?;
        }
        all.names(canvas, &first.x, &first.y, self.height() - 22.0)
    }
}

impl PanelChart {
    /// The one vertical axis of all.
    fn extent(&self) -> Extent {
        let estimates: Vec<Estimate> = self.panels.iter().flat_map(LineChart::estimates).collect();
        let seeds: Vec<f64> = self.panels.iter().flat_map(LineChart::seeds).collect();
        Extent::of(self.panels[0].y.format, &estimates, &seeds)
    }

    fn legend(&self) -> Legend {
        Legend::above(self.panels[0].legend(&self.references()))
    }

    fn columns(&self) -> usize {
        match self.panels.len() {
            few @ ..=3 => few,
            4 => 2,
            5..=9 => 3,
            _ => 4,
        }
    }

    fn rows(&self) -> usize {
        self.panels.len().div_ceil(self.columns())
    }

    /// The frame of panel `number` in the frame of all, with `named` pixels above it for what it is called.
    fn frame(&self, all: Frame, number: usize, named: f64) -> Frame {
        let (columns, rows) = (self.columns() as f64, self.rows() as f64);
        let (column, row) = ((number % self.columns()) as f64, (number / self.columns()) as f64);
        let width = (all.right - all.left + GAP) / columns;
        let height = (all.bottom - all.top) / rows;
        let (left, top) = (all.left + column * width, all.top + row * height);
        Frame { left, right: left + width - GAP, top: top + named, bottom: top + height, ..all }
    }

    /// What each panel is called, in lines.
    fn names(&self) -> Vec<Vec<String>> {
        let width = (RIGHT - LEFT + GAP) / self.columns() as f64 - GAP;
        self.panels.iter().map(|panel| wrap(&panel.title, NAME, width)).collect()
    }

    /// The labels of all reference lines, each once.
    fn references(&self) -> Vec<&str> {
        let mut labels: Vec<&str> = Vec::new();
        for (label, _) in self.panels.iter().flat_map(|panel| &panel.references) {
            if !labels.contains(&label.as_str()) {
                labels.push(label);
            }
        }
        labels
    }
}

#[cfg(test)]
mod tests {
    use super::super::axis::Quantity;
    use super::super::lines::{Line, Point, Points};
    use super::super::picture::render;
    use super::*;
    use crate::results::Format;
    use crate::spec::Scale;

    fn panel(title: &str, points: &[(f64, f64)]) -> LineChart {
        let quantity = |name: &str| Quantity { name: name.to_owned(), format: Format::Plain };
        let point =
            |&(x, mean): &(f64, f64)| Point { x, y: Estimate::of(&[mean]), seeds: Vec::new(), note: None };
        let line = |label: &str, points: &[(f64, f64)]| Line {
            label: label.to_owned(),
            look: 0,
            points: points.iter().map(point).collect(),
            points_shown: Points::Marked,
        };
        LineChart {
            title: title.to_owned(),
            subtitle: String::new(),
            x: quantity("epoch"),
            y: quantity("loss"),
            horizontal: Horizontal::Numbers(Scale::Linear),
            legend: "importance".to_owned(),
            lines: vec![line("magnitude", points), line("random", &[])],
            references: vec![("dense".to_owned(), Estimate::of(&[0.5]))],
        }
    }

    fn chart(panels: Vec<LineChart>) -> PanelChart {
        PanelChart { title: "Loss".to_owned(), subtitle: String::new(), panels }
    }

    // The second panel reaches from 1 to 9 and from 0.1 to 0.9, the first shows one value of these.
    #[test]
    fn a_value_is_at_the_same_place_of_every_panel() {
        let first = panel("depth=1", &[(5.0, 0.3)]);
        let second = panel("depth=2", &[(1.0, 0.1), (5.0, 0.3), (9.0, 0.9)]);
        let figure = render(&chart(vec![first, second])).unwrap().figure;
        let [one, low, same, high] = figure.spots.as_slice() else { panic!("{:?}", figure.spots) };
        assert_eq!(one.y, same.y);
        assert!(low.y > same.y && same.y > high.y);
        let middle = |left: f64, right: f64| (left + right) / 2.0;
        let width = (RIGHT - LEFT - GAP) / 2.0;
        assert!((same.x - one.x - width - GAP).abs() < 1e-9);
        assert!((one.x - middle(LEFT, LEFT + width)).abs() < 1e-9, "{one:?}");
        assert_eq!(one.value, "depth=1, epoch 5: loss 0.3000 (n = 1)");
    }

    #[test]
    fn legend_and_names_are_there_once_and_each_panel_is_named() {
        let drawn = chart(vec![panel("depth=1", &[(1.0, 0.1)]), panel("depth=2", &[(2.0, 0.2)])]);
        let drawing = render(&drawn).unwrap().figure.drawing;
        for once in ["magnitude", "random", "importance", "dense", "epoch", "loss", "depth=1", "depth=2"] {
            assert_eq!(drawing.matches(&format!("\n{once}\n")).count(), 1, "{once}");
        }
    }

    #[test]
    fn panels_fill_the_picture_and_none_is_over_another() {
        for count in 1..=MOST_PANELS {
            let chart = chart(vec![panel("a", &[(1.0, 0.1)]); count]);
            let y = Extent::of(Format::Plain, &[], &[]).axis;
            let all = Frame { y, left: LEFT, right: RIGHT, top: 100.0, bottom: chart.height() - 64.0 };
            let frames: Vec<Frame> = (0..count).map(|number| chart.frame(all, number, 31.0)).collect();
            for (number, one) in frames.iter().enumerate() {
                assert!(one.left >= LEFT && one.right <= RIGHT + 1e-9 && one.bottom <= all.bottom + 1e-9);
                assert!(one.bottom - one.top > 90.0, "{count}: {one:?}");
                for other in &frames[..number] {
                    let is_beside = one.left > other.right || other.left > one.right;
                    assert!(is_beside || one.top > other.bottom, "{count}: {one:?} {other:?}");
                }
            }
        }
    }
}
