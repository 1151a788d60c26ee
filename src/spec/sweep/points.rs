//! What a sweep makes: its axes and its points.

use crate::spec::source::join;
use serde_json::Value;
use std::collections::BTreeMap;

/// One key of the experiment that takes several values.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Dotted key, as `stage.sparse.prune.importance`.
    pub key: String,
    /// Each once, also where a `zip` repeats it.
    pub values: Vec<Value>,
}

/// How an axis is written: where, and in which order its values follow each other.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Course {
    /// `sweep.…`, or `sweep.zip.0.…`.
    pub written: String,
    /// For each position of the list that is written, the index of the value.
    pub positions: Vec<u32>,
}

impl Course {
    /// The values of the list that is `written` there, each once.
    pub fn of(list: Vec<Value>, written: &str) -> (Vec<Value>, Self) {
        let mut known: BTreeMap<String, u32> = BTreeMap::new();
        let (mut values, mut positions) = (Vec::new(), Vec::new());
        for value in list {
            let index = *known.entry(value.to_string()).or_insert(values.len() as u32);
            if index as usize == values.len() {
                values.push(value);
            }
            positions.push(index);
        }
        (values, Self { written: written.to_owned(), positions })
    }

    /// How many values are written.
    pub fn length(&self) -> usize {
        self.positions.len()
    }

    /// Where the value with the number `index` is written first.
    pub fn place(&self, index: usize) -> String {
        let position = self.positions.iter().position(|&value| value as usize == index);
        join(&self.written, &position.expect("each value is written").to_string())
    }
}

/// Every point of the sweep: which value each axis takes. Without a sweep, one point and no axes.
///
/// Axes are in the order of their keys, those of the product first, then each `zip`, and the seed last.
/// Points count up like numbers, the last axis fastest, so that the seeds of one setting are neighbours.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    pub axes: Vec<Axis>,
    /// For each point, the index of each axis's value, in the order of `axes`.
    pub points: Vec<Box<[u32]>>,
    /// The number of what each axis moves with: one for the axes of a `zip`, which advance together.
    pub groups: Vec<usize>,
    /// The keys of the axes, split.
    pub(in crate::spec) paths: Vec<Vec<String>>,
    courses: Vec<Course>,
    /// The axes in the order in which their values are put in: a table before what is in it.
    pub(in crate::spec) order: Vec<usize>,
}

impl Points {
    pub(super) fn new(
        axes: Vec<Axis>,
        paths: Vec<Vec<String>>,
        courses: Vec<Course>,
        groups: Vec<usize>,
        points: Vec<Box<[u32]>>,
    ) -> Self {
        let mut order: Vec<usize> = (0..paths.len()).collect();
        order.sort_by_key(|&axis| paths[axis].len());
        Self { axes, points, groups, paths, courses, order }
    }

    /// Where `axis` was written: `sweep.…`, or `sweep.zip.0.…`.
    pub(in crate::spec) fn written(&self, axis: usize) -> &str {
        &self.courses[axis].written
    }

    /// Where the value of `axis` with the number `index` was written first.
    pub(in crate::spec) fn place(&self, axis: usize, index: usize) -> String {
        self.courses[axis].place(index)
    }

    /// Whether axes that advance together have these values at one of their positions.
    pub(in crate::spec) fn meet(&self, values: &[(usize, u32)]) -> bool {
        let length = values.first().map_or(0, |&(axis, _)| self.courses[axis].length());
        let holds =
            |position| values.iter().all(|&(axis, value)| self.courses[axis].positions[position] == value);
        (0..length).any(holds)
    }

    /// Whether the values of `others`, which advance together with `axis`, say which value that has.
    pub(in crate::spec) fn follows(&self, axis: usize, others: &[usize]) -> bool {
        let own = self.courses[axis].positions.iter().enumerate();
        let mut known: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
        own.into_iter().all(|(position, &value)| {
            let beside = others.iter().map(|&other| self.courses[other].positions[position]);
            *known.entry(beside.collect()).or_insert(value) == value
        })
    }

    /// The first point; of a sweep that has none, the one of every axis's first value.
    pub(in crate::spec) fn first(&self) -> Box<[u32]> {
        self.points.first().cloned().unwrap_or_else(|| vec![0; self.axes.len()].into())
    }

    /// The path in the file of what stands at `path` of the experiment at `point`.
    pub(in crate::spec) fn origin(&self, path: &str, point: &[u32]) -> String {
        let found = self.paths.iter().enumerate().filter_map(|(index, axis)| {
            let rest = path.strip_prefix(&axis.join("."))?;
            (rest.is_empty() || rest.starts_with('.'))
                .then(|| (axis.len(), format!("{}{rest}", self.place(index, point[index] as usize))))
        });
        found.max_by_key(|(length, _)| *length).map_or_else(|| path.to_owned(), |(_, origin)| origin)
    }

    /// Points to look at for mistakes, the first point first. Every setting (the seed makes none) while
    /// there are at most `most` of them; of more, the first point that has it for each value of each axis:
    /// so that the cost grows with the number of values, not of points.
    pub(in crate::spec) fn settings(&self, most: usize) -> Vec<Box<[u32]>> {
        let seed = self.axes.iter().position(|axis| axis.key == "seed");
        let without_seed = |point: &[u32]| {
            let mut point: Box<[u32]> = point.into();
            if let Some(seed) = seed {
                point[seed] = 0;
            }
            point
        };
        let mut settings: Vec<Box<[u32]>> = vec![self.first()];
        for point in &self.points {
            // The seed is the fastest axis, so equal settings are neighbours.
            let last = settings.last().expect("the first point is there");
            let is_new =
                point.iter().zip(last).enumerate().any(|(axis, (a, b))| Some(axis) != seed && a != b);
            if is_new {
                settings.push(without_seed(point));
            }
            if settings.len() > most {
                return self.one_of_each_value();
            }
        }
        settings
    }

    fn one_of_each_value(&self) -> Vec<Box<[u32]>> {
        let mut seen: Vec<Vec<bool>> = self.axes.iter().map(|axis| vec![false; axis.values.len()]).collect();
        if let Some(seed) = self.axes.iter().position(|axis| axis.key == "seed") {
            seen[seed].fill(true);
        }
        let mut chosen = vec![self.first()];
        for point in &self.points {
            let mut is_new = false;
            for (seen, &value) in seen.iter_mut().zip(point) {
                is_new |= !std::mem::replace(&mut seen[value as usize], true);
            }
            if is_new && *point != chosen[0] {
                chosen.push(point.clone());
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(lengths: &[(&str, u32)]) -> Points {
        let mut points: Vec<Vec<u32>> = vec![vec![]];
        for &(_, length) in lengths {
            points = points
                .iter()
                .flat_map(|point| (0..length).map(move |value| [point.as_slice(), &[value]].concat()))
                .collect();
        }
        let axes = lengths
            .iter()
            .map(|&(key, length)| Axis { key: key.into(), values: (0..length).map(Value::from).collect() });
        let paths = lengths.iter().map(|(key, _)| vec![(*key).to_owned()]).collect();
        let course = |(key, length): &(&str, u32)| Course {
            written: format!("sweep.{key}"),
            positions: (0..*length).collect(),
        };
        let courses = lengths.iter().map(course).collect();
        let groups = (0..lengths.len()).collect();
        Points::new(axes.collect(), paths, courses, groups, points.into_iter().map(Into::into).collect())
    }

    #[test]
    fn few_settings_are_all_looked_at_once_each_whatever_the_seeds() {
        let settings = points(&[("a", 2), ("b", 2), ("seed", 50)]).settings(4);
        let expected: [[u32; 3]; 4] = [[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0]];
        assert_eq!(settings, expected.map(|point| Box::from(point.as_slice())));
    }

    #[test]
    fn of_many_settings_each_value_is_looked_at_with_the_others_first() {
        let settings = points(&[("a", 3), ("b", 3), ("seed", 2)]).settings(4);
        let expected: [[u32; 3]; 5] = [[0, 0, 0], [0, 1, 0], [0, 2, 0], [1, 0, 0], [2, 0, 0]];
        assert_eq!(settings, expected.map(|point| Box::from(point.as_slice())));
    }

    #[test]
    fn a_mistake_in_an_axis_value_is_shown_where_the_value_was_written() {
        let points = points(&[("a", 3), ("ab", 3)]);
        assert_eq!(points.origin("a.x.y", &[2, 1]), "sweep.a.2.x.y");
        assert_eq!(points.origin("ab", &[2, 1]), "sweep.ab.1");
        assert_eq!(points.origin("abc", &[2, 1]), "abc");
    }
}
