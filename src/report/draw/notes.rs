//! Notes beside points: of how many seeds they are, where these are fewer than elsewhere.

use super::canvas::{Anchor, Canvas};
use super::style::GREY;
use super::text::{Font, width};
use crate::report::error::ReportError;
use plotters::prelude::DrawingBackend;

/// What a caption says where a note stands at the first of several points alone.
pub(super) const HOLDS: &str = "n holds along a line until another is said";

const NOTE: Font = Font::regular(10.0);
const HEIGHT: f64 = 11.0;
/// Pixels from a point to a note beside it.
const BESIDE: f64 = 6.0;
/// How far notes are above or below their points: the first place that is free is taken.
const OFF: [f64; 6] = [-10.0, 10.0, -22.0, 22.0, -34.0, 34.0];

/// The notes of points that a line joins, each where it begins to hold, and whether one holds for several points. Of each
/// point there are its note and its number of seeds.
pub(super) fn along(points: &[(Option<&str>, usize)]) -> (Vec<Option<String>>, bool) {
    let begins = |index: usize| {
        let before = index.checked_sub(1).and_then(|before| points[before].0);
        let (note, n) = points[index];
        (before != note).then(|| note.map_or_else(|| format!("n = {n}"), str::to_owned))
    };
    let is_held = points.windows(2).any(|pair| pair[0].0.is_some() && pair[0].0 == pair[1].0);
    ((0..points.len()).map(begins).collect(), is_held)
}

/// Where notes stand already: left, top, right and bottom of each.
#[derive(Default)]
pub(super) struct Notes(Vec<[f64; 4]>);

impl Notes {
    /// Writes `note` beside the point at this place, not over another one where that can be.
    pub fn write<D: DrawingBackend>(
        &mut self,
        canvas: &Canvas<D>,
        (x, y): (f64, f64),
        note: &str,
    ) -> Result<(), ReportError> {
        let wide = width(note, NOTE);
        let place = |left: f64, off: f64| [left, y + off - HEIGHT / 2.0, left + wide, y + off + HEIGHT / 2.0];
        let places =
            OFF.into_iter().flat_map(|off| [x + BESIDE, x - BESIDE - wide].map(|left| place(left, off)));
        let is_free = |place: &[f64; 4]| !self.0.iter().any(|other| overlap(place, other));
        let free = places.clone().find(is_free);
        let chosen = free.unwrap_or_else(|| place(x + BESIDE, OFF[0]));
        self.0.push(chosen);
        let [left, top, ..] = chosen;
        canvas.text((left, top + HEIGHT / 2.0), note, NOTE, GREY, Anchor::Left)
    }
}

fn overlap(one: &[f64; 4], other: &[f64; 4]) -> bool {
    one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_stands_where_it_begins_to_hold() {
        let said = |seeds: &[usize]| {
            let notes: Vec<_> = seeds.iter().map(|n| (*n < 3).then(|| format!("n = {n}"))).collect();
            let points: Vec<_> = notes.iter().map(Option::as_deref).zip(seeds.iter().copied()).collect();
            let (notes, is_held) = along(&points);
            (notes.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>(), is_held)
        };
        let notes = |notes: &[&str]| notes.iter().map(|note| (*note).to_owned()).collect::<Vec<_>>();
        assert_eq!(said(&[3, 3, 2, 2, 1]), (notes(&["", "", "n = 2", "", "n = 1"]), true));
        assert_eq!(said(&[2, 3]), (notes(&["n = 2", "n = 3"]), false));
        assert_eq!(said(&[3, 3]), (notes(&["", ""]), false));
    }

    #[test]
    fn places_that_share_an_edge_are_not_over_each_other() {
        assert!(overlap(&[0.0, 0.0, 2.0, 2.0], &[1.0, 1.0, 3.0, 3.0]));
        assert!(!overlap(&[0.0, 0.0, 2.0, 2.0], &[2.0, 0.0, 4.0, 2.0]));
    }
}
