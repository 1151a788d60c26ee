//! From `[sweep]` to its points.

use super::conflict::conflicts;
use super::exclude::excluded;
use super::points::Points;
use super::read::{Group, Reader, WrittenAxis};
use super::written::Sample;
use crate::draw::{Draw, Purpose, Random};
use crate::spec::check::{Mistake, check};
use crate::spec::schema::Node;
use serde::Deserialize;
use serde_json::Value;

/// More points than this are taken for a slip: they would not fit in memory, nor in anyone's patience.
const MOST_POINTS: u128 = 10_000_000;

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
    mistakes.extend(conflicts(&mut groups));
    let keys = axes(&groups).map(|axis| axis.path.join(".")).collect();
    let broken = axes(&groups).filter(|axis| !axis.is_sound()).map(|axis| axis.path.clone()).collect();

    let rules = excluded(sweep, &axes(&groups).collect::<Vec<_>>(), &mut mistakes);
    groups.retain_mut(|group| {
        group.axes.retain(WrittenAxis::is_sound);
        !group.axes.is_empty()
    });
    let count = groups.iter().fold(1_u128, |count, group| count.saturating_mul(group.length as u128));
    let mut points = if count <= MOST_POINTS {
        product(&groups)
    } else {
        let message = format!("the sweep has {count} points; {MOST_POINTS} are the most there can be");
        let help =
            vec!["give the longest axes fewer values, or advance some together in `sweep.zip`".to_owned()];
        mistakes.push(Mistake::key("sweep", message, help));
        Vec::new()
    };
    points.retain(|point| !rules.iter().any(|rule| rule.iter().all(|&(axis, value)| point[axis] == value)));
    if points.is_empty() && mistakes.is_empty() {
        let help = vec!["remove an entry of `sweep.exclude`, or add values to an axis".to_owned()];
        mistakes.push(Mistake::key("sweep.exclude", "the sweep excludes all of its points", help));
    }
    if let Some(written) = sweep.and_then(|sweep| sweep.get("sample")) {
        sample(written, &mut points, &mut mistakes);
    }
    let axes = groups.into_iter().flat_map(|group| group.axes);
    let parts = axes.map(|axis| (axis.axis, (axis.path, axis.written)));
    let (axes, (paths, written)) = parts.unzip();
    Expansion { points: Points::new(axes, paths, written, points), keys, broken, mistakes }
}

fn axes(groups: &[Group]) -> impl Iterator<Item = &WrittenAxis> {
    groups.iter().flat_map(|group| &group.axes)
}

/// Every combination of the groups' positions, the last fastest.
fn product(groups: &[Group]) -> Vec<Box<[u32]>> {
    let mut points = vec![Vec::new()];
    for group in groups {
        let extend = |point: Vec<u32>| {
            (0..group.length as u32).map(move |value| {
                let mut point = point.clone();
                point.extend(std::iter::repeat_n(value, group.axes.len()));
                point
            })
        };
        points = points.into_iter().flat_map(extend).collect();
    }
    points.into_iter().map(Vec::into_boxed_slice).collect()
}

/// Keeps the sample of `points` that is asked for, in their order.
fn sample(written: &Value, points: &mut Vec<Box<[u32]>>, mistakes: &mut Vec<Mistake>) {
    let node =
        Node::root().child("sweep").and_then(|sweep| sweep.child("sample")).expect("it is in the schema");
    let found = check(node, written, "sweep.sample", &[]);
    if !found.is_empty() {
        mistakes.extend(found);
        return;
    }
    let Ok(Sample { count, seed }) = Sample::deserialize(written) else { return };
    let mut generator = Draw::new(seed, "sweep").generator(Purpose::SweepSample, 0);
    let chosen = generator.sample(points.len() as u64, count as u64);
    *points = chosen.into_iter().map(|index| points[index as usize].clone()).collect();
}
