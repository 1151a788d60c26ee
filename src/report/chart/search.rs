//! What searches tried: how much worse each network is than before pruning, against its sparsity.

use super::caption::{absent, measured_on, sentence, some_of};
use super::entry::{Entry, Source};
use super::naming::Naming;
use super::part::Part;
use super::quantities::quantity;
use crate::format::real;
use crate::prune::Verdict;
use crate::report::draw::{
    Horizontal, Line, LineChart, MOST_REFERENCES, MOST_SERIES, Picture, Point, Points, Quantity, has_place,
};
use crate::report::error::ReportError;
use crate::results::{Estimate, Format, MeasuredStage, Numbers, ProbeRow, Setting};
use crate::spec::Scale;
use std::collections::BTreeSet;

/// Settings that one chart holds: each has points of two kinds.
const MOST_SETTINGS: usize = MOST_SERIES / 2;

/// A chart for each stage that searches among sparsities, and for each thing that it looks at.
pub(super) fn charts(source: &Source<'_>) -> Result<Vec<Entry>, ReportError> {
    let mut entries = Vec::new();
    for looks_at in [LooksAt::Loss, LooksAt::Accuracy] {
        let columns = Columns::read(source, looks_at)?;
        let stages = source.measurements.stages.iter().filter(|stage| !stage.probes.is_empty());
        entries.extend(stages.flat_map(|stage| columns.charts(source, stage)));
    }
    Ok(entries)
}

/// What a search looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LooksAt {
    Loss,
    Accuracy,
}

impl LooksAt {
    fn target(self) -> &'static str {
        match self {
            Self::Loss => "loss-rise",
            Self::Accuracy => "accuracy-drop",
        }
    }

    fn column(self) -> &'static str {
        match self {
            Self::Loss => "loss_validation",
            Self::Accuracy => "accuracy_validation",
        }
    }

    fn quantity(self) -> Quantity {
        let (name, format) = match self {
            Self::Loss => ("validation loss above that before pruning (nats)", Format::Difference),
            Self::Accuracy => ("validation accuracy below that before pruning", Format::Points),
        };
        Quantity { name: name.to_owned(), format }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Loss => "Rise of the validation loss",
            Self::Accuracy => "Drop of the validation accuracy",
        }
    }

    /// How much worse a network may be, as people say it.
    fn limit(self, within: f64) -> String {
        match self {
            Self::Loss => real(within),
            Self::Accuracy => format!("{} pp", real(100.0 * within)),
        }
    }

    /// How much worse `value` is than before pruning, where so much worse than that is the limit.
    fn worsening(self, value: f64, limit: f64, within: f64) -> f64 {
        match self {
            Self::Loss => value - (limit - within),
            Self::Accuracy => limit + within - value,
        }
    }
}

/// What the charts are drawn from, by row.
struct Columns<'a> {
    looks_at: LooksAt,
    targets: Vec<Option<&'a str>>,
    requested: Numbers,
    sparsity: Numbers,
    value: Numbers,
    limit: Numbers,
}

/// A setting, how much worse its networks may be, and what was tried for it.
struct Searched<'a> {
    setting: &'a Setting,
    /// Its place among the settings of the stage.
    place: usize,
    within: f64,
    probes: Vec<&'a ProbeRow>,
}

impl<'a> Columns<'a> {
    fn read(source: &Source<'a>, looks_at: LooksAt) -> Result<Self, ReportError> {
        let numbers = |column| source.measurements.numbers(column);
        if source.measurements.stages.iter().all(|stage| stage.probes.is_empty()) {
            // Tables of earlier versions lack some of these columns.
            let [requested, sparsity, value, limit] = [const { Numbers::new() }; 4];
            return Ok(Self { looks_at, targets: Vec::new(), requested, sparsity, value, limit });
        }
        Ok(Self {
            looks_at,
            targets: source.measurements.targets()?,
            requested: numbers("requested")?,
            sparsity: numbers("sparsity")?,
            value: numbers(looks_at.column())?,
            limit: numbers("limit")?,
        })
    }

    fn charts(&self, source: &Source<'_>, stage: &MeasuredStage) -> Vec<Entry> {
        let settings = stage.settings.iter().enumerate();
        let searched = settings.filter_map(|(place, setting)| self.searched(stage, place, setting));
        let searched: Vec<Searched<'_>> = searched.collect();
        let parts = searched.len().div_ceil(MOST_SETTINGS);
        let part = |(number, searched): (usize, &[Searched<'_>])| {
            let part = Part { number, count: parts };
            let (what, of) = (self.looks_at.title(), part.of());
            let title = format!("{what} against sparsity: probes of stage {}{of}", stage.name);
            let name = format!("search-{}{}", stage.name, part.suffix("-"));
            Entry::Drawn { name, picture: Picture::Lines(self.chart(source, stage, title, searched)) }
        };
        searched.chunks(MOST_SETTINGS).enumerate().map(part).collect()
    }

    /// What was tried for `setting`, where that was a search for what these charts show.
    fn searched<'s>(
        &self,
        stage: &'s MeasuredStage,
        place: usize,
        setting: &'s Setting,
    ) -> Option<Searched<'s>> {
        let result = setting.last().first()?.row;
        let within =
            self.requested[result].filter(|_| self.targets[result] == Some(self.looks_at.target()))?;
        let probes = stage.probes.iter().filter(|probe| probe.values == setting.values).collect();
        Some(Searched { setting, place, within, probes })
    }

    fn chart(
        &self,
        source: &Source<'_>,
        stage: &MeasuredStage,
        title: String,
        searched: &[Searched<'_>],
    ) -> LineChart {
        let seeds: BTreeSet<i64> =
            searched.iter().flat_map(|searched| &searched.probes).map(|probe| probe.seed).collect();
        let mut limits: Vec<f64> = searched.iter().map(|searched| searched.within).collect();
        limits.sort_unstable_by(f64::total_cmp);
        limits.dedup();
        let too_many = (limits.len() > MOST_REFERENCES).then(|| {
            let limits: Vec<String> = limits.iter().map(|limit| self.looks_at.limit(*limit)).collect();
            format!("limits, not shown: {}", some_of(&limits))
        });
        if too_many.is_some() {
            limits.clear();
        }
        let of_seeds = match seeds.len() {
            1 => "of one seed".to_owned(),
            seeds => format!("of {seeds} seeds, each compared with its own network before pruning"),
        };
        let subtitle = [
            Some(measured_on(source.record)),
            Some(format!("each point is a network that was tried, {of_seeds}")),
            too_many,
            absent(source, stage),
        ];
        let lines = searched.iter().flat_map(|searched| self.lines(source, stage, searched));
        let sole = |value: f64| (format!("limit: {}", self.looks_at.limit(value)), Estimate::of(&[value]));
        let lines: Vec<Line> = lines.filter(|line| !line.points.is_empty()).collect();
        let fits =
            lines.iter().flat_map(|line| &line.points).all(|point| has_place(Scale::Sparsity, point.x));
        LineChart {
            title,
            subtitle: sentence(subtitle),
            x: quantity(source, "sparsity"),
            y: self.looks_at.quantity(),
            horizontal: Horizontal::Numbers(if fits { Scale::Sparsity } else { Scale::Linear }),
            legend: Naming::of_stage(source, stage, &stage.axes).axes().join(" · "),
            lines,
            references: limits.into_iter().map(sole).collect(),
        }
    }

    /// What held of a setting, and what did not, which is paler.
    fn lines(&self, source: &Source<'_>, stage: &MeasuredStage, searched: &Searched<'_>) -> [Line; 2] {
        let labels = Naming::of_stage(source, stage, &stage.axes).labels(&searched.setting.values);
        let kinds =
            [(Points::Scattered, Verdict::Held, "held"), (Points::Faint, Verdict::NotHeld, "did not hold")];
        kinds.map(|(points_shown, verdict, says)| {
            let probes = searched.probes.iter().filter(|probe| probe.verdict == verdict);
            let mut points: Vec<Point> =
                probes.filter_map(|probe| self.point(probe.row, searched.within)).collect();
            points.sort_by(|a, b| a.x.total_cmp(&b.x));
            let label = labels.iter().copied().chain([says]).collect::<Vec<_>>().join(" · ");
            Line { label, look: searched.place, points, points_shown }
        })
    }

    fn point(&self, row: usize, within: f64) -> Option<Point> {
        let worsening = self.looks_at.worsening(self.value[row]?, self.limit[row]?, within);
        let y = Estimate::of(&[worsening]);
        Some(Point { x: self.sparsity[row]?, y, seeds: Vec::new(), note: None }).filter(|_| y.is_finite())
    }
}
