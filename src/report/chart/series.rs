//! The points of a chart: which settings, rounds and seeds are on which line.

use super::entry::Source;
use crate::report::error::ReportError;
use crate::results::{Column, Estimate, MeasuredStage, Numbers, SeedRow, Setting, estimate};
use crate::spec::Chart;
use std::collections::{BTreeMap, BTreeSet};

/// What is along the horizontal axis.
#[derive(Clone, Debug)]
pub(super) enum Along {
    /// An axis of the sweep.
    Axis(usize),
    Round,
    Seed,
    /// A quantity that was measured, or asked for.
    Measured(Numbers),
}

/// How the settings of a stage are spread over charts, lines and points.
#[derive(Clone, Debug)]
pub(super) struct Layout<'a> {
    pub stage: &'a MeasuredStage,
    pub along: Along,
    /// The axes of the sweep that differ along a line.
    pub line: Vec<usize>,
    /// Those that lines differ in, and whether each seed has a line.
    pub group: Vec<usize>,
    pub by_seed: bool,
    /// That which has a panel for each value, and those that go together with it; none where there is one panel.
    pub panels: Vec<usize>,
    /// All others: each combination of their values is a chart of its own.
    pub charts: Vec<usize>,
}

/// A line of a chart.
#[derive(Clone, Debug)]
pub(super) struct Series<'a> {
    pub layout: &'a Layout<'a>,
    /// Values of `charts`, of `panels` and of `group`.
    pub chart: Vec<u32>,
    pub panel: Vec<u32>,
    pub group: Vec<u32>,
    pub seed: Option<i64>,
    /// Its place among the lines of all charts and panels: two lines that differ in neither `group` nor seed have the same.
    pub place: usize,
    pub points: Vec<Mean<'a>>,
}

/// What tells lines apart: values of `charts`, of `panels` and of `group`, and the seed where each has a line.
type LineKey = (Vec<u32>, Vec<u32>, Vec<u32>, Option<i64>);

/// A point of a line: the mean over the seeds of one setting after one round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mean<'a> {
    pub setting: &'a Setting,
    pub round: i64,
    /// The value along an axis, or the mean of what was measured of the seeds that have `y` too; `None` where nothing
    /// has a value.
    pub x: Option<f64>,
    pub y: Option<Estimate>,
    /// The networks that it is the mean of, and some perhaps that lack one of both.
    pub seeds: &'a [SeedRow],
}

impl<'a> Layout<'a> {
    /// The layout of `chart`, or why it cannot be drawn.
    pub fn of(
        source: &Source<'a>,
        stage: &'a MeasuredStage,
        chart: &Chart,
    ) -> Result<Result<Self, String>, ReportError> {
        let measurements = source.measurements;
        let x = chart.x();
        let along = match (x, measurements.axes.iter().position(|axis| axis.key == x)) {
            (_, Some(axis)) if stage.axes.contains(&axis) => Along::Axis(axis),
            (key, Some(_)) => return Ok(Err(format!("`{key}` changes nothing in stage {}", stage.name))),
            ("round", None) => Along::Round,
            ("seed", None) => Along::Seed,
            (column, None) if Column::named(column).is_some_and(Column::is_drawable) => {
                Along::Measured(measurements.numbers(column)?)
            }
            // A stronger layer of configuration took the axis away.
            (key, None) => return Ok(Err(format!("`{key}` is not swept"))),
        };
        let group = chart.group.as_ref().filter(|_| chart.beside.is_empty());
        let asked: Option<BTreeSet<usize>> = group.map(|keys| {
            let is_asked = |axis: &usize| keys.contains(&measurements.axes[*axis].key);
            stage.axes.iter().copied().filter(is_asked).collect()
        });
        let mut line: BTreeSet<usize> = match &along {
            Along::Axis(axis) => [*axis].into(),
            Along::Round | Along::Seed => BTreeSet::new(),
            Along::Measured(_) => size_axes(source, stage, x),
        };
        let is_asked = |axis: &usize| asked.as_ref().is_some_and(|asked| asked.contains(axis));
        // An axis that a stronger layer of configuration took away has no panels.
        let facet = chart
            .facet
            .as_ref()
            .and_then(|key| stage.axes.iter().find(|&&axis| measurements.axes[axis].key == *key));
        let is_taken = |axis: &usize| is_asked(axis) || matches!(along, Along::Axis(along) if along == *axis);
        let panels = facet.map(|&facet| panel_axes(stage, facet, is_taken)).unwrap_or_default();
        let free = |axis: &usize| !is_asked(axis) && !panels.contains(axis);
        if matches!(along, Along::Measured(_)) {
            line.retain(free);
        }
        let zipped = stage.axes.iter().filter(|axis| free(axis));
        let zipped = zipped.filter(|&&axis| line.iter().any(|&other| go_together(stage, axis, other)));
        let zipped: Vec<usize> = zipped.copied().collect();
        line.extend(zipped);
        let charts: Vec<usize> = match &asked {
            None => Vec::new(),
            Some(asked) => {
                let others = stage.axes.iter().filter(|axis| !asked.contains(axis) && !line.contains(axis));
                others.filter(|axis| !panels.contains(axis)).copied().collect()
            }
        };
        let lines = stage.axes.iter().filter(|axis| !line.contains(axis) && !charts.contains(axis));
        Ok(Ok(Self {
            stage,
            line: line.iter().copied().collect(),
            group: lines.filter(|axis| !panels.contains(axis)).copied().collect(),
            panels,
            by_seed: group.into_iter().flatten().any(|key| key == "seed"),
            charts,
            along,
        }))
    }

    /// Whether each setting shows its last round alone.
    pub fn is_of_last_rounds(&self) -> bool {
        match self.along {
            Along::Axis(_) | Along::Seed => true,
            Along::Round => false,
            Along::Measured(_) => !self.line.is_empty(),
        }
    }

    /// The lines, in the order of the values that tell them apart.
    pub fn series<'s>(&'s self, source: &Source<'_>, y: &Numbers) -> Vec<Series<'s>> {
        let mut lines: BTreeMap<LineKey, Vec<Mean<'s>>> = BTreeMap::new();
        for setting in &self.stage.settings {
            let rounds: Vec<(i64, &'s [SeedRow])> = match self.is_of_last_rounds() {
                true => vec![(setting.last_round, setting.last())],
                false => setting.rounds.iter().map(|(round, seeds)| (*round, seeds.as_slice())).collect(),
            };
            let splits = self.by_seed || matches!(self.along, Along::Seed);
            for (round, seeds) in rounds {
                for seeds in seeds.chunks(if splits { 1 } else { seeds.len().max(1) }) {
                    let Some(seed) = seeds.first().map(|row| row.seed) else { continue };
                    let seed = self.by_seed.then_some(seed);
                    let key = (
                        self.stage.values(&self.charts, setting),
                        self.stage.values(&self.panels, setting),
                        self.stage.values(&self.group, setting),
                        seed,
                    );
                    let mean = self.mean(source, setting, round, seeds, y);
                    lines.entry(key).or_default().push(mean);
                }
            }
        }
        let all: BTreeSet<(Vec<u32>, Option<i64>)> =
            lines.keys().map(|(_, _, group, seed)| (group.clone(), *seed)).collect();
        let series = lines.into_iter().map(|((chart, panel, group, seed), mut points)| {
            let place = all.range(..(group.clone(), seed)).count();
            let along = |mean: &Mean<'_>| mean.x.unwrap_or(f64::INFINITY);
            points.sort_by(|a, b| along(a).total_cmp(&along(b)));
            Series { layout: self, chart, panel, group, seed, place, points }
        });
        series.collect()
    }

    /// The point of `seeds`, of which there is one at least. Two measured quantities are of the same seeds: of those
    /// that have both.
    fn mean<'s>(
        &self,
        source: &Source<'_>,
        setting: &'s Setting,
        round: i64,
        seeds: &'s [SeedRow],
        y: &Numbers,
    ) -> Mean<'s> {
        let of = |x, both: &[SeedRow]| Mean { setting, round, x, y: estimate(both, y), seeds };
        match &self.along {
            Along::Axis(axis) => {
                let value = self.stage.values(&[*axis], setting)[0];
                let numbers = source.measurements.axes[*axis].numbers.as_ref();
                of(Some(numbers.map_or(f64::from(value), |numbers| numbers[value as usize])), seeds)
            }
            Along::Round => of(Some(round as f64), seeds),
            Along::Seed => of(seeds.first().map(|row| row.seed as f64), seeds),
            Along::Measured(x) => {
                let has_both = |row: &&SeedRow| x[row.row].is_some() && y[row.row].is_some();
                let both: Vec<SeedRow> = seeds.iter().filter(has_both).copied().collect();
                match both.as_slice() {
                    [] => of(None, seeds),
                    both => of(estimate(both, x).map(|x| x.mean), both),
                }
            }
        }
    }

    /// Where each seed of `mean` that has both quantities is; none where it is of one seed.
    pub fn singles(&self, mean: &Mean<'_>, y: &Numbers) -> Vec<(f64, f64)> {
        let place = |row: &SeedRow| {
            let x = match &self.along {
                Along::Axis(_) | Along::Round | Along::Seed => mean.x,
                Along::Measured(x) => x[row.row],
            };
            Some((x?, y[row.row].filter(|y| y.is_finite())?))
        };
        let places: Vec<(f64, f64)> = mean.seeds.iter().filter_map(place).collect();
        if places.len() > 1 { places } else { Vec::new() }
    }

    /// The axes along which `axis` of `stage` goes: itself, and those that go together with it.
    pub fn along(stage: &MeasuredStage, axis: usize) -> Vec<usize> {
        let goes_along = |&&other: &&usize| other == axis || go_together(stage, axis, other);
        stage.axes.iter().filter(goes_along).copied().collect()
    }
}

/// The axes that say how far `stage` itself is pruned, and along `parameters` or `macs` also those that say how large
/// the architecture is that it trains. Those of a stage before it are none: along them this stage's own sparsity need not
/// change at all.
pub(super) fn size_axes(source: &Source<'_>, stage: &MeasuredStage, x: &str) -> BTreeSet<usize> {
    let target = format!("stage.{}.prune.target", stage.name);
    let model = format!("stage.{}.train.model.", stage.name);
    let is_of_size = |axis: &&usize| {
        let key = &source.measurements.axes[**axis].key;
        let is_target =
            key.strip_prefix(&target).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        is_target || (["parameters", "macs"].contains(&x) && key.starts_with(&model))
    };
    stage.axes.iter().filter(is_of_size).copied().collect()
}

/// `facet` first, then the axes of `stage` that go together with it and are not `taken` otherwise.
pub(super) fn panel_axes(stage: &MeasuredStage, facet: usize, taken: impl Fn(&usize) -> bool) -> Vec<usize> {
    let others = Layout::along(stage, facet).into_iter().filter(|axis| *axis != facet && !taken(axis));
    [facet].into_iter().chain(others).collect()
}

/// Whether each value of one axis comes with one value of the other, as in a `zip`.
fn go_together(stage: &MeasuredStage, one: usize, other: usize) -> bool {
    let place = |axis: usize| stage.axes.iter().position(|found| *found == axis);
    let (Some(one), Some(other)) = (place(one), place(other)) else { return false };
    let pairs: BTreeSet<(u32, u32)> =
        stage.settings.iter().map(|setting| (setting.values[one], setting.values[other])).collect();
    let ones: BTreeSet<u32> = pairs.iter().map(|pair| pair.0).collect();
    let others: BTreeSet<u32> = pairs.iter().map(|pair| pair.1).collect();
    one != other && pairs.len() == ones.len() && pairs.len() == others.len() && pairs.len() > 1
}

#[cfg(test)]
mod tests {
    use super::super::entry::with_source;
    use super::*;
    use crate::report::testing::measured;

    const TEXT: &str = r#"
        title = "A case"
        data.source.synthetic = { train = 100, test = 20 }
        [stage.dense.train]
        model.mlp = { hidden = [10] }
        epochs = 1
        [sweep]
        seed = [0, 1, 2]
    "#;

    #[test]
    fn a_line_along_parameters_goes_through_the_sizes_of_an_architecture() {
        let text = TEXT.to_owned()
            + "stage.dense.train.model.mlp.hidden = [[4], [8]]\n stage.dense.train.batch = [8, 16]";
        let (_, record, tables) = measured(&text, |_, _| Some(0.5));
        with_source(&record, &tables, |source| {
            let measurements = source.measurements;
            let along = |x: &str| {
                let chart = Chart { x: Some(x.into()), ..Chart::of("dense") };
                let layout = Layout::of(source, &measurements.stages[0], &chart).unwrap().unwrap();
                let keys = |axes: &[usize]| -> Vec<_> {
                    axes.iter().map(|axis| measurements.axes[*axis].key.clone()).collect()
                };
                (keys(&layout.line), keys(&layout.group))
            };
            let (hidden, batch) =
                ("stage.dense.train.model.mlp.hidden".into(), "stage.dense.train.batch".into());
            assert_eq!(along("parameters"), (vec![hidden], vec![batch]));
            assert_eq!(along("steps").0, Vec::<String>::new());
        })
    }

    // Of seeds 0, 1 and 2 x is 2, 4 and missing, and y missing, 0.1 and 0.2: both are there of seed 1 alone.
    #[test]
    fn both_quantities_of_a_point_are_of_the_same_seeds() {
        let (_, record, tables) = measured(TEXT, |_, _| Some(0.5));
        with_source(&record, &tables, |source| {
            let measurements = source.measurements;
            let stage = &measurements.stages[0];
            let point = |x: [Option<f64>; 3], y: [Option<f64>; 3]| {
                let chart = Chart { x: Some("macs".into()), ..Chart::of("dense") };
                let layout = Layout::of(source, stage, &chart).unwrap().unwrap();
                let layout = Layout { along: Along::Measured(x.to_vec()), ..layout };
                let series = layout.series(source, &y.to_vec());
                let mean = series[0].points[0];
                (mean.x, mean.y.map(|y| (y.mean, y.n)))
            };
            let some = point([Some(2.0), Some(4.0), None], [None, Some(0.1), Some(0.2)]);
            assert_eq!(some, (Some(4.0), Some((0.1, 1))));
            let all = point([Some(2.0), Some(4.0), Some(6.0)], [Some(0.25), Some(0.5), Some(0.75)]);
            assert_eq!(all, (Some(4.0), Some((0.5, 3))));
            // What was measured of no seed is missing, and the rest is not.
            assert_eq!(point([None; 3], [Some(0.5); 3]), (None, Some((0.5, 3))));
        })
    }
}
