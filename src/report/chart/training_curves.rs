//! Training curves: test accuracy over the epochs of a stage.

use super::caption::{absent, meaning, measured_on, note, range, sentence};
use super::entry::{Entry, Source};
use super::naming::Naming;
use super::quantities::quantity;
use super::series::{panel_axes, size_axes};
use super::spread::spread;
use crate::report::draw::{
    Horizontal, Line, LineChart, MOST_PANELS, MOST_SERIES, PanelChart, Picture, Point, Points, Quantity,
    looks,
};
use crate::report::error::ReportError;
use crate::results::{Estimate, Format, MeasuredStage, Setting};
use crate::spec::{Chart, Scale};
use std::collections::{BTreeMap, BTreeSet};

/// A chart for each stage.
pub(super) fn charts(source: &Source<'_>) -> Result<Vec<Entry>, ReportError> {
    let history = History::read(source)?;
    let stages = source.measurements.stages.iter();
    let entry = |stage: &MeasuredStage| {
        let picture = picture(source, &history, stage, None)?;
        Some(Entry::Drawn { name: format!("training-{}", stage.name), picture })
    };
    Ok(stages.filter_map(entry).collect())
}

/// What the `number`th chart of the experiment asks for.
pub(super) fn asked_for(
    source: &Source<'_>,
    chart: &Chart,
    number: usize,
) -> Result<Vec<Entry>, ReportError> {
    let name = chart.stage.as_deref().unwrap_or_default();
    let title = chart.title.as_deref();
    let history = History::read(source)?;
    let measured = source.measurements.stage(name);
    let entry = match measured.and_then(|stage| picture(source, &history, stage, title)) {
        Some(picture) => Entry::Drawn { name: format!("{number}-training-{name}"), picture },
        None => Entry::Omitted {
            title: title.map_or_else(|| format!("Training curves: stage {name}"), str::to_owned),
            why: format!("nothing of stage {name} was trained and evaluated twice"),
        },
    };
    Ok(vec![entry])
}

/// An evaluation of a network while it was trained.
#[derive(Clone, Copy)]
struct Seen {
    step: i64,
    epoch: f64,
    accuracy: f64,
}

/// `history`, by key.
struct History<'a> {
    seen: BTreeMap<&'a str, Vec<Seen>>,
    /// The key of each row of `measurements`.
    keys: Vec<&'a str>,
}

impl<'a> History<'a> {
    fn read(source: &Source<'a>) -> Result<Self, ReportError> {
        let table = &source.tables.history;
        let (key, step) = (table.column("key")?.str()?, table.column("step")?.i64()?);
        let (epoch, accuracy) = (table.column("epoch")?.f64()?, table.column("accuracy_test")?.f64()?);
        let mut seen: BTreeMap<&str, Vec<Seen>> = BTreeMap::new();
        for row in 0..table.height() {
            if let (Some(key), Some(step), Some(epoch), Some(accuracy)) =
                (key.get(row), step.get(row), epoch.get(row), accuracy.get(row))
            {
                seen.entry(key).or_default().push(Seen { step, epoch, accuracy });
            }
        }
        Ok(Self { seen, keys: source.measurements.keys()? })
    }

    /// The means over the seeds of a setting's last round.
    fn points(&self, setting: &Setting) -> Vec<Point> {
        let mut at: BTreeMap<i64, (f64, Vec<f64>)> = BTreeMap::new();
        for row in setting.last() {
            let seen = self.seen.get(self.keys[row.row]).into_iter().flatten();
            // What an untrained network scores would only squeeze the rest.
            for seen in seen.skip(usize::from(setting.last_round == 0)) {
                let point = at.entry(seen.step).or_default();
                point.0 = seen.epoch;
                point.1.push(seen.accuracy);
            }
        }
        let point = |(x, values): (f64, Vec<f64>)| {
            let y = Estimate::of(&values);
            Point { x, y, seeds: Vec::new(), note: None }
        };
        at.into_values().map(point).filter(|point| point.y.is_finite()).collect()
    }
}

/// The settings of a stage by panel, and in it by line.
struct Grid<'s> {
    /// The axes that panels differ in; none where all lines are in one chart.
    panels: Vec<usize>,
    /// Those that lines differ in.
    group: Vec<usize>,
    settings: BTreeMap<Vec<u32>, BTreeMap<Vec<u32>, &'s Setting>>,
}

impl<'s> Grid<'s> {
    fn of(stage: &MeasuredStage, settings: &[&'s Setting], panels: Vec<usize>) -> Self {
        let group: Vec<usize> = stage.axes.iter().filter(|axis| !panels.contains(axis)).copied().collect();
        let mut grid = Self { panels, group, settings: BTreeMap::new() };
        for setting in settings {
            let (panel, line) = (stage.values(&grid.panels, setting), stage.values(&grid.group, setting));
            grid.settings.entry(panel).or_default().insert(line, setting);
        }
        grid
    }

    /// What is a line in some panel.
    fn lines(&self) -> Vec<&Vec<u32>> {
        self.settings.values().flat_map(BTreeMap::keys).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// One chart of all where they can be told apart in it. Else a panel for each value of the stage's own target of pruning
    /// where that is an axis, or of the axis with the fewest values that leaves no more lines than can be told apart; of
    /// another one that leaves the fewest where none does.
    fn best(source: &Source<'_>, stage: &MeasuredStage, settings: &[&'s Setting]) -> Self {
        let one = Self::of(stage, settings, Vec::new());
        if settings.len() <= MOST_SERIES {
            return one;
        }
        let targets = size_axes(source, stage, "sparsity");
        let grids = stage.axes.iter().map(|&axis| {
            let grid = Self::of(stage, settings, panel_axes(stage, axis, |_| false));
            (!targets.contains(&axis), grid)
        });
        let size = |(is_no_target, grid): &(bool, Self)| {
            let lines = grid.lines().len();
            let fits = lines <= MOST_SERIES;
            (!fits, *is_no_target, if fits { grid.settings.len() } else { lines })
        };
        grids.min_by_key(size).map_or(one, |(_, grid)| grid)
    }
}

/// The curves of a stage's settings, of the last round where it has rounds. `None` where nothing was
/// trained, or evaluated once alone.
fn picture(
    source: &Source<'_>,
    history: &History<'_>,
    stage: &MeasuredStage,
    title: Option<&str>,
) -> Option<Picture> {
    let settings: Vec<&Setting> =
        stage.settings.iter().filter(|setting| !setting.last().is_empty()).collect();
    let grid = Grid::best(source, stage, &settings);
    let all = grid.lines();
    let places: Vec<usize> = spread(all.len(), MOST_SERIES).collect();
    let lines: Vec<(usize, &Vec<u32>)> =
        looks(&places).into_iter().zip(places.iter().map(|&place| all[place])).collect();
    let panels: Vec<_> = grid.settings.iter().collect();
    let panels: Vec<_> = spread(panels.len(), MOST_PANELS).map(|index| panels[index]).collect();
    let shown =
        panels.iter().flat_map(|(_, settings)| lines.iter().filter_map(|(_, line)| settings.get(*line)));
    let seeds = range(shown.map(|setting| setting.last().len()));
    let is_divided = !grid.panels.is_empty();
    let naming = Naming::of_stage(source, stage, &grid.group);
    let line = |look: usize, values: &Vec<u32>, setting: Option<&&Setting>| {
        let labels = naming.labels(values).join(" · ");
        let label = if labels.is_empty() { stage.name.clone() } else { labels };
        let mut points = setting.map(|setting| history.points(setting)).unwrap_or_default();
        let note = setting.and_then(|setting| note(setting.last().len(), *seeds.end()));
        // A name that lines of several panels have says nothing of one of them.
        let label = match (&note, is_divided) {
            (Some(note), false) => format!("{label} ({note})"),
            (Some(_), true) | (None, _) => label,
        };
        if let Some(point) = points.last_mut().filter(|_| is_divided) {
            point.note = note;
        }
        Line { label, look, points, points_shown: Points::Plain }
    };
    let has_rounds = settings.iter().any(|setting| setting.last_round > 1);
    let round = if has_rounds { ", last round" } else { "" };
    let title = title.map_or_else(|| format!("Training curves: stage {}{round}", stage.name), str::to_owned);
    let subtitle = sentence([
        Some(measured_on(source.record)),
        Some(meaning(&seeds, "", "band")),
        some([("panels", panels.len(), grid.settings.len()), ("lines", lines.len(), all.len())]),
        absent(source, stage),
    ]);
    let chart = |(values, settings): &(&Vec<u32>, &BTreeMap<Vec<u32>, &Setting>)| LineChart {
        title: if is_divided { source.measurements.describe(&grid.panels, values) } else { title.clone() },
        subtitle: subtitle.clone(),
        x: Quantity { name: "epoch".into(), format: Format::Plain },
        y: quantity(source, "accuracy"),
        horizontal: Horizontal::Numbers(Scale::Linear),
        legend: naming.axes().join(" · "),
        lines: lines.iter().map(|&(look, values)| line(look, values, settings.get(values))).collect(),
        references: Vec::new(),
    };
    let mut charts: Vec<LineChart> = panels.iter().map(chart).collect();
    if charts.iter().flat_map(|chart| &chart.lines).all(|line| line.points.len() < 2) {
        return None;
    }
    let is_whole = |point: &Point| point.x.fract() == 0.0;
    if charts.iter().flat_map(|chart| &chart.lines).flat_map(|line| &line.points).all(is_whole) {
        charts.iter_mut().for_each(|chart| chart.x.format = Format::Whole);
    }
    Some(if is_divided {
        Picture::Panels(PanelChart { title, subtitle, panels: charts })
    } else {
        Picture::Lines(charts.remove(0))
    })
}

/// `12 of 30 panels and 8 of 9 lines, …`, where not all are shown.
fn some<const N: usize>(parts: [(&str, usize, usize); N]) -> Option<String> {
    let some = parts.iter().filter(|(_, shown, all)| shown < all);
    let some: Vec<String> = some.map(|(what, shown, all)| format!("{shown} of {all} {what}")).collect();
    let said = format!("{}, spread over their list; all are in history.parquet", some.join(" and "));
    (!some.is_empty()).then_some(said)
}

#[cfg(test)]
mod tests {
    use super::super::entry::with_source;
    use super::*;
    use crate::report::testing::measured;

    /// The axes of panels, how many panels there are and how many lines, in training curves of `sweep`.
    fn best(sweep: &str) -> (Vec<String>, usize, usize) {
        let text = format!(
            r#"
            title = "A case"
            data.source.synthetic = {{ train = 100, test = 20 }}
            [stage.dense.train]
            model.mlp = {{ hidden = [10] }}
            epochs = 1
            [stage.sparse.prune]
            from = "dense"
            importance = "magnitude"
            target.sparsity = 0.5
            recover.epochs = 1
            [sweep]
            {sweep}
        "#
        );
        let (_, record, tables) = measured(&text, |_, _| Some(0.5));
        with_source(&record, &tables, |source| {
            let measurements = source.measurements;
            let stage = measurements.stage("sparse").unwrap();
            let grid = Grid::best(source, stage, &stage.settings.iter().collect::<Vec<_>>());
            let names = measurements.short_names(&grid.panels).into_iter().map(str::to_owned).collect();
            (names, grid.settings.len(), grid.lines().len())
        })
    }

    const IMPORTANCES: &str = r#"stage.sparse.prune.importance = ["magnitude", "random", "taylor"]"#;
    const TARGETS: &str = "stage.sparse.prune.target.sparsity = [0.5, 0.6, 0.7, 0.8]";
    const EPOCHS: &str = "stage.sparse.prune.recover.epochs = [1, 2, 3, 4, 5]";

    #[test]
    fn panels_are_of_the_target_where_lines_can_be_told_apart_in_them() {
        assert_eq!(best(&format!("{IMPORTANCES}\n{TARGETS}")), (vec!["target.sparsity".into()], 4, 3));
        assert_eq!(best(TARGETS), (vec![], 1, 4));
        assert_eq!(best(&format!("{IMPORTANCES}\n{EPOCHS}")), (vec!["importance".into()], 3, 5));
        // Of 60 settings each target has 15, and each number of epochs 12: none of them leaves eight lines.
        let all = format!("{IMPORTANCES}\n{TARGETS}\n{EPOCHS}");
        assert_eq!(best(&all), (vec!["target.sparsity".into()], 4, 15));
        let halves = EPOCHS.replace(", 3, 4, 5", "");
        let most = format!("{}\n{TARGETS}\n{halves}", IMPORTANCES.replace(", \"taylor\"", ""));
        assert_eq!(best(&most), (vec!["target.sparsity".into()], 4, 4));
        let by_epochs = format!(
            "{}\n{}\n{EPOCHS}",
            IMPORTANCES.replace(", \"taylor\"", ""),
            TARGETS.replace(", 0.7, 0.8", "")
        );
        assert_eq!(best(&by_epochs), (vec!["epochs".into()], 5, 4));
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let said = some([("panels", 12, 30), ("lines", 8, 8)]);
        assert_eq!(
            said.as_deref(),
            Some("12 of 30 panels, spread over their list; all are in history.parquet")
        );
        assert_eq!(some([("panels", 3, 3), ("lines", 8, 8)]), None);
    }
}
