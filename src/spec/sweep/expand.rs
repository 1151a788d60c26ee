//! From `[sweep]` to its points.

use super::conflict::conflicts;
use super::exclude::{Rules, excluded};
use super::points::Points;
use super::read::{Group, Reader, WrittenAxis};
use super::written::Sample;
use crate::draw::{Draw, Generator, Purpose};
use crate::spec::check::{Mistake, check};
use crate::spec::schema_node::SchemaNode;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// More points than this are taken for a slip: their plan would not fit in memory, nor their trainings in
/// anyone's patience.
const MOST_POINTS: u64 = 2_000_000;

/// Axes beyond this number are taken for a slip, too: each is compared with each.
const MOST_AXES: usize = 1000;

/// What is made of `[sweep]`.
pub(in crate::spec) struct Expansion {
    /// Of the axes that are sound.
    pub points: Points,
    /// Keys of all axes, sound or not: what they set need not be set elsewhere.
    pub keys: Vec<String>,
    /// Keys of the axes that are not sound, split: nothing can be said about what they touch.
    pub broken: Vec<Vec<String>>,
    pub mistakes: Vec<Mistake>,
}

/// Reads `[sweep]` and expands it. `base` is the experiment without it.
pub(in crate::spec) fn expand(sweep: Option<&Value>, base: &Value) -> Expansion {
    let mut reader = Reader::new(base);
    let mut groups = reader.groups(sweep);
    let mut mistakes = reader.mistakes;
    let count = axes(&groups).count();
    if count > MOST_AXES {
        let message = format!("the sweep has {count} axes; {MOST_AXES} are the most there can be");
        mistakes.push(Mistake::key("sweep", message, Vec::new()));
        groups.clear();
    }
    mistakes.extend(conflicts(&mut groups));
    let keys = axes(&groups).map(|axis| axis.path.join(".")).collect();
    let broken = axes(&groups).filter(|axis| !axis.is_sound()).map(|axis| axis.path.clone()).collect();

    let rules = excluded(sweep, &axes(&groups).collect::<Vec<_>>(), &mut mistakes);
    groups.retain_mut(|group| {
        group.axes.retain(WrittenAxis::is_sound);
        !group.axes.is_empty()
    });
    let written = sweep.and_then(|sweep| sweep.get("sample"));
    let sample = written.and_then(|written| read_sample(written, &mut mistakes));
    let product = Product { groups: &groups, rules: &rules };
    let points = product.points(sample).unwrap_or_else(|mistake| {
        mistakes.push(mistake);
        Vec::new()
    });
    if points.is_empty() && mistakes.is_empty() {
        let help = vec!["remove an entry of `sweep.exclude`, or add values to an axis".to_owned()];
        mistakes.push(Mistake::key("sweep.exclude", "the sweep excludes all of its points", help));
    }
    let numbers =
        groups.iter().enumerate().flat_map(|(number, group)| group.axes.iter().map(move |_| number));
    let numbers = numbers.collect();
    let axes = groups.into_iter().flat_map(|group| group.axes);
    let parts = axes.map(|axis| (axis.axis, (axis.path, axis.course)));
    let (axes, (paths, courses)) = parts.unzip();
    Expansion { points: Points::new(axes, paths, courses, numbers, points), keys, broken, mistakes }
}

fn axes(groups: &[Group]) -> impl Iterator<Item = &WrittenAxis> {
    groups.iter().flat_map(|group| &group.axes)
}

fn read_sample(written: &Value, mistakes: &mut Vec<Mistake>) -> Option<Sample> {
    let node = SchemaNode::root()
        .child("sweep")
        .and_then(|sweep| sweep.child("sample"))
        .expect("it is in the schema");
    let found = check(node, written, "sweep.sample", &[]);
    let is_sound = found.is_empty();
    mistakes.extend(found);
    Sample::deserialize(written).ok().filter(|_| is_sound)
}

/// Every combination of the groups' positions, the last fastest, but those that are excluded.
struct Product<'a> {
    groups: &'a [Group],
    rules: &'a Rules,
}

type Point = Box<[u32]>;

impl Product<'_> {
    /// All points, or the sample of them that is asked for, in their order.
    fn points(&self, sample: Option<Sample>) -> Result<Vec<Point>, Mistake> {
        let lengths = self.groups.iter().map(|group| group.length as u64);
        let total = lengths.clone().try_fold(1_u64, u64::checked_mul);
        let small = total.filter(|&total| total <= MOST_POINTS);
        match (sample, small, total) {
            (sample, Some(total), _) => {
                let points: Vec<Point> = (0..total).filter_map(|index| self.point(index)).collect();
                Ok(match sample {
                    None => points,
                    Some(Sample { count, seed }) => {
                        let chosen = generator(seed).sample(points.len() as u64, count as u64);
                        chosen.into_iter().map(|index| points[index as usize].clone()).collect()
                    }
                })
            }
            (Some(sample), None, Some(total)) => self.sample(total, sample),
            (_, None, total) => {
                let count = total.map_or_else(|| "more than 2⁶⁴".to_owned(), |total| total.to_string());
                let message =
                    format!("the sweep has {count} points; {MOST_POINTS} are the most there can be");
                let help = "give the longest axes fewer values, advance some together in `sweep.zip`, or take \
                            some of the points: `sweep.sample = { count = 1000 }`";
                Err(Mistake::key("sweep", message, vec![help.to_owned()]))
            }
        }
    }

    /// A sample of a product that is too large to be written down: points are drawn until there are enough
    /// that differ and are not excluded.
    fn sample(&self, total: u64, Sample { count, seed }: Sample) -> Result<Vec<Point>, Mistake> {
        let mut generator = generator(seed);
        let mut chosen = BTreeMap::new();
        for _ in 0..10 * MOST_POINTS {
            let index = generator.below_u64(total);
            if let Some(point) = self.point(index) {
                chosen.insert(index, point);
            }
            if chosen.len() == count {
                return Ok(chosen.into_values().collect());
            }
        }
        let message = format!("nearly all of the sweep's {total} points are excluded: no {count} were found");
        let help = vec!["take the values that are not wanted out of the axes".to_owned()];
        Err(Mistake::key("sweep.exclude", message, help))
    }

    /// The point at `index` of the product, unless it is excluded.
    fn point(&self, index: u64) -> Option<Point> {
        let axes = self.groups.iter().map(|group| group.axes.len()).sum();
        let mut point = vec![0; axes].into_boxed_slice();
        let (mut rest, mut end) = (index, axes);
        for group in self.groups.iter().rev() {
            let start = end - group.axes.len();
            let position = (rest % group.length as u64) as usize;
            for (value, axis) in point[start..end].iter_mut().zip(&group.axes) {
                *value = axis.course.positions[position];
            }
            (rest, end) = (rest / group.length as u64, start);
        }
        (!self.rules.exclude(&point)).then_some(point)
    }
}

fn generator(seed: u64) -> impl Generator {
    Draw::new(seed, "sweep").generator(Purpose::SweepSample, 0)
}
