//! What settings are called in charts.

use super::entry::Source;
use crate::results::{MeasuredStage, Measurements};

/// The names of settings by their values on some axes. Of axes that always say the same, as zipped ones may, it takes one.
pub(super) struct Naming<'a> {
    measurements: &'a Measurements<'a>,
    axes: Vec<usize>,
    /// The places of these among those that it was asked for.
    places: Vec<usize>,
}

impl<'a> Naming<'a> {
    /// Of `axes` where settings have `all` these values on them.
    pub fn of(source: &Source<'a>, axes: &[usize], all: Vec<Vec<u32>>) -> Self {
        let measurements = source.measurements;
        let label = |place: usize, values: &[u32]| {
            measurements.axes[axes[place]].labels[values[place] as usize].as_str()
        };
        let mut places: Vec<usize> = Vec::new();
        for place in 0..axes.len() {
            let says_the_same =
                |&other: &usize| all.iter().all(|values| label(place, values) == label(other, values));
            if !places.iter().any(says_the_same) {
                places.push(place);
            }
        }
        let axes = places.iter().map(|&place| axes[place]).collect();
        Self { measurements, axes, places }
    }

    /// Of the settings of `stage`, by some of its axes.
    pub fn of_stage(source: &Source<'a>, stage: &MeasuredStage, axes: &[usize]) -> Self {
        let all = stage.settings.iter().map(|setting| stage.values(axes, setting));
        Self::of(source, axes, all.collect())
    }

    /// The names of the axes: `importance · epochs`.
    pub fn axes(&self) -> Vec<&'a str> {
        self.measurements.short_names(&self.axes)
    }

    /// `magnitude` and `2`, where the names of the axes stand beside it.
    pub fn labels(&self, values: &[u32]) -> Vec<&'a str> {
        self.measurements.labels(&self.axes, &self.values(values))
    }

    /// `magnitude`; a number, which says nothing on its own, and values of several axes with their names:
    /// `importance=magnitude, epochs=2`.
    pub fn describe(&self, values: &[u32]) -> String {
        match self.axes.as_slice() {
            [] => String::new(),
            [axis] if self.measurements.axes[*axis].numbers.is_none() => self.labels(values).join(""),
            axes => self.measurements.describe(axes, &self.values(values)),
        }
    }

    fn values(&self, values: &[u32]) -> Vec<u32> {
        self.places.iter().map(|&place| values[place]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::with_source;
    use super::*;
    use crate::report::testing::measured;

    #[test]
    fn zipped_axes_that_say_the_same_are_one() {
        let text = r#"
            title = "A case"
            data.source.synthetic = { train = 100, test = 20 }
            [stage.dense.train]
            model.mlp = { hidden = [10] }
            epochs = 1
            [stage.one.prune]
            from = "dense"
            importance = "magnitude"
            target.sparsity = 0.5
            [stage.two.prune]
            from = "one"
            importance = "magnitude"
            target.sparsity = 0.6
            [sweep]
            stage.two.prune.target.sparsity = [0.6, 0.7]
            [[sweep.zip]]
            stage.one.prune.importance = ["magnitude", "random"]
            stage.two.prune.importance = ["magnitude", "random"]
        "#;
        let (_, record, tables) = measured(text, |_, _| Some(0.5));
        with_source(&record, &tables, |source| {
            let measurements = source.measurements;
            let stage = measurements.stage("two").unwrap();
            let naming = Naming::of_stage(source, stage, &stage.axes);
            assert_eq!(naming.axes().len(), 2, "{:?}", naming.axes());
            let last = stage.settings.last().unwrap();
            let described = naming.describe(&last.values);
            assert_eq!(described.matches("random").count(), 1, "{described}");
            let of_one = Naming::of_stage(source, stage, &stage.axes[..1]);
            // A number says nothing without the name of its axis.
            assert!(of_one.describe(&stage.values(&stage.axes[..1], last)).ends_with("sparsity=0.7"));
        })
    }
}
