//! Training curves: test accuracy over the epochs of a stage.

use super::caption::{absent, meaning, measured_on, note, range, sentence};
use super::entry::{Entry, Source};
use super::quantities::quantity;
use super::spread::spread;
use crate::report::draw::{Horizontal, Line, LineChart, MOST_SERIES, Picture, Point, Points, Quantity};
use crate::report::error::ReportError;
use crate::results::{Estimate, Format, MeasuredStage, Setting};
use crate::spec::Scale;
use std::collections::BTreeMap;

/// A chart for each stage.
pub(super) fn charts(source: &Source<'_>) -> Result<Vec<Entry>, ReportError> {
    let history = History::read(source)?;
    let stages = source.measurements.stages.iter();
    Ok(stages.filter_map(|stage| chart(source, &history, stage)).collect())
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

/// The curves of a stage's settings, of the last round where it has rounds. `None` where nothing was
/// trained or a chart would hold single points.
fn chart(source: &Source<'_>, history: &History<'_>, stage: &MeasuredStage) -> Option<Entry> {
    let settings: Vec<&Setting> =
        stage.settings.iter().filter(|setting| !setting.last().is_empty()).collect();
    let shown: Vec<&Setting> = spread(settings.len(), MOST_SERIES).map(|index| settings[index]).collect();
    let seeds = range(shown.iter().map(|setting| setting.last().len()));
    let line = |setting: &&Setting| {
        let labels = source.measurements.labels(&stage.axes, &setting.values).join(" · ");
        let label = if labels.is_empty() { stage.name.clone() } else { labels };
        let note = note(setting.last().len(), *seeds.end());
        Line {
            label: note.iter().fold(label, |label, note| format!("{label} ({note})")),
            points: history.points(setting),
            points_shown: Points::Plain,
        }
    };
    let lines: Vec<Line> = shown.iter().map(line).collect();
    if lines.iter().all(|line| line.points.len() < 3) {
        return None;
    }
    let some = match settings.len() {
        all if all > MOST_SERIES => Some(format!(
            "{MOST_SERIES} of {all} settings, spread over their list; all are in history.parquet"
        )),
        _ => None,
    };
    let subtitle =
        [Some(measured_on(source.record)), Some(meaning(&seeds, "", "band")), some, absent(source, stage)];
    let has_rounds = settings.iter().any(|setting| setting.last_round > 1);
    let round = if has_rounds { ", last round" } else { "" };
    let picture = Picture::Lines(LineChart {
        title: format!("Training curves: stage {}{round}", stage.name),
        subtitle: sentence(subtitle),
        x: Quantity { name: "epoch".into(), format: Format::Plain },
        y: quantity(source, "accuracy"),
        horizontal: Horizontal::Numbers(Scale::Linear),
        legend: source.measurements.short_names(&stage.axes).join(" · "),
        lines,
        references: Vec::new(),
    });
    Some(Entry::Drawn { name: format!("training-{}", stage.name), picture })
}
