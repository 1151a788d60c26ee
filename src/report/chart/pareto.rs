//! The Pareto front of two quantities over all settings: which of them no other one beats.

use super::caption::{absent_of, meaning, measured_on, note, range, sentence, some_of};
use super::entry::{Entry, Source};
use super::front::front;
use super::naming::Naming;
use super::quantities::{against, nowhere, quantity, scale, short};
use super::series::{Layout, Mean, Series};
use super::spread::spread;
use super::sweep::{means_along, when};
use crate::report::draw::{FrontChart, FrontPoint, MOST_NAMED, Picture, has_place};
use crate::report::error::ReportError;
use crate::results::{Estimate, MeasuredStage};
use crate::spec::{Better, Chart};

/// What the `number`th chart of the experiment asks for.
pub(super) fn asked_for(
    source: &Source<'_>,
    chart: &Chart,
    number: usize,
) -> Result<Vec<Entry>, ReportError> {
    let title = chart.title.clone();
    let title = title.unwrap_or_else(|| format!("Pareto front: {}", lower(&against(source, chart))));
    let entry = match picture(source, chart, &title)? {
        Ok(picture) => Entry::Drawn { name: format!("{number}-pareto-{}", chart.y()), picture },
        Err(why) => Entry::Omitted { title, why },
    };
    Ok(vec![entry])
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

/// The picture, or why there is none.
fn picture(source: &Source<'_>, chart: &Chart, title: &str) -> Result<Result<Picture, String>, ReportError> {
    let (Some(x), Some(y)) = (Better::of(chart.x()), Better::of(chart.y())) else {
        return Ok(Err(format!("of {} or {} no value is better than another", chart.x(), chart.y())));
    };
    let numbers = source.measurements.numbers(chart.y())?;
    let mut layouts = Vec::new();
    for stage in stages(source, chart) {
        match Layout::of(source, stage, chart)? {
            Ok(layout) => layouts.push(layout),
            Err(why) => return Ok(Err(why)),
        }
    }
    let series: Vec<Series<'_>> = layouts.iter().flat_map(|layout| layout.series(source, &numbers)).collect();
    let means = || series.iter().flat_map(|series| series.points.iter().map(move |mean| (series, mean)));
    let scale = scale(chart, means().filter_map(|(_, mean)| mean.x));
    let place = |mean: &Mean<'_>| {
        let (x, y) = (mean.x.filter(|&x| has_place(scale, x))?, mean.y.filter(|y| y.is_finite())?);
        Some((x, y))
    };
    let shown: Vec<(&Series<'_>, &Mean<'_>, (f64, Estimate))> =
        means().filter_map(|(series, mean)| Some((series, mean, place(mean)?))).collect();
    let hidden = means().filter(|(_, mean)| place(mean).is_none());
    let hidden: Vec<String> =
        hidden.map(|(series, mean)| nowhere(source, chart, series.layout.stage, mean)).collect();
    if shown.is_empty() {
        return Ok(Err(match hidden.as_slice() {
            [] => "no network was measured to its end".to_owned(),
            hidden => format!("no point of it has a place on its axes: {}", some_of(hidden)),
        }));
    }
    let seeds = range(shown.iter().map(|(_, _, (_, y))| y.n));
    let mut drawn: Vec<&str> = shown.iter().map(|(series, ..)| series.layout.stage.name.as_str()).collect();
    drawn.dedup();
    let point = |&(series, mean, (x, y)): &(&Series<'_>, &Mean<'_>, (f64, Estimate))| {
        let stage = series.layout.stage;
        let kind = drawn.iter().position(|name| *name == stage.name).unwrap_or(0);
        let label = label(source, series.layout, mean, drawn.len());
        let note = note(y.n, *seeds.end()).map(|note| format!(" ({note})"));
        FrontPoint { x, y, stage: kind, label: label + &note.unwrap_or_default() }
    };
    let points: Vec<FrontPoint> = shown.iter().map(point).collect();
    let places: Vec<[f64; 2]> = points.iter().map(|point| [point.x, point.y.mean]).collect();
    let front = front(&places, [x, y]);
    let all: Vec<&Series<'_>> = series.iter().collect();
    let subtitle = [
        Some(measured_on(source.record)),
        Some(meaning(&seeds, when(&all), "bar")),
        means_along(&all, *seeds.end()),
        Some(format!(
            "joined: the {} of {} that no other one beats, by their means ({} {} and {} {} are better)",
            front.len(),
            points.len(),
            word(x),
            short(source, chart.x()),
            word(y),
            short(source, chart.y())
        )),
        absent_of(source, stages(source, chart).into_iter()),
        (!hidden.is_empty()).then(|| format!("not shown: {}", some_of(&hidden))),
    ];
    Ok(Ok(Picture::Front(FrontChart {
        title: title.to_owned(),
        subtitle: sentence(subtitle),
        x: quantity(source, chart.x()),
        y: quantity(source, chart.y()),
        scale,
        stages: drawn.into_iter().map(str::to_owned).collect(),
        points,
        named: spread(front.len(), MOST_NAMED).collect(),
        front,
    })))
}

fn word(better: Better) -> &'static str {
    match better {
        Better::Lower => "lower",
        Better::Higher => "higher",
    }
}

/// The stages that the chart names, or else all.
fn stages<'a>(source: &Source<'a>, chart: &Chart) -> Vec<&'a MeasuredStage> {
    let named: Vec<&str> = chart.stages().collect();
    let all = source.measurements.stages.iter();
    all.filter(|stage| named.is_empty() || named.contains(&stage.name.as_str())).collect()
}

/// What sets a point apart from the others: its stage, where there are several `stages`, the values of its axes, and its
/// round where each is a point.
fn label(source: &Source<'_>, layout: &Layout<'_>, mean: &Mean<'_>, stages: usize) -> String {
    let stage = layout.stage;
    let labels = Naming::of_stage(source, stage, &stage.axes).describe(&mean.setting.values);
    let has_rounds = mean.setting.rounds.len() > 1 && !layout.is_of_last_rounds();
    let round = has_rounds.then(|| format!("round {}", mean.round));
    let name = (stages > 1 || labels.is_empty() && round.is_none()).then(|| stage.name.clone());
    let labels = Some(labels).filter(|labels| !labels.is_empty());
    let parts = name.into_iter().chain(labels).chain(round);
    parts.collect::<Vec<_>>().join(" · ")
}
