//! What the subtitle of a chart says.

use super::entry::Source;
use crate::results::{MeasuredStage, Record, SweptAxis};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// The parts of a subtitle that there are, together.
pub(super) fn sentence<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What all measurements of an experiment have in common.
pub(super) fn measured_on(record: &Record) -> String {
    let mut sources: Vec<&str> = Vec::new();
    for data in &record.data {
        if !sources.contains(&data.source.as_str()) {
            sources.push(&data.source);
        }
    }
    sources.join(", ")
}

/// `mean of 3 seeds, band: 95 % confidence interval (Student’s t)`, where each point is of so many seeds;
/// `when` follows the seeds.
pub(super) fn meaning(seeds: &RangeInclusive<usize>, when: &str, interval: &str) -> String {
    let interval = match *seeds.end() {
        1 => "so no interval".to_owned(),
        2 => format!("{interval}: 95 % confidence interval (Student’s t, very wide at two seeds)"),
        _ => format!("{interval}: 95 % confidence interval (Student’s t)"),
    };
    format!("{}, {interval}", meaning_of_mean(seeds, when))
}

/// The same of means that are shown without an interval: `mean of 3 seeds`.
pub(super) fn meaning_of_mean(seeds: &RangeInclusive<usize>, when: &str) -> String {
    match (*seeds.start(), *seeds.end()) {
        (_, 1) => format!("one seed (n = 1){when}"),
        (least, most) if least == most => format!("mean of {most} seeds{when}"),
        (_, most) => format!("mean of {most} seeds{when}, of fewer where n says so"),
    }
}

/// What sets a point apart whose seeds are fewer than others have.
pub(super) fn note(n: usize, most: usize) -> Option<String> {
    (n < most).then(|| format!("n = {n}"))
}

/// The least and the largest of `seeds`, of which there is one at least.
pub(super) fn range(seeds: impl Iterator<Item = usize> + Clone) -> RangeInclusive<usize> {
    seeds.clone().min().unwrap_or(0)..=seeds.max().unwrap_or(0)
}

/// `missing: importance=random`: the settings of `stage` of which no seed was measured to its end.
pub(super) fn absent(source: &Source<'_>, stage: &MeasuredStage) -> Option<String> {
    let named = |setting: String| if setting.is_empty() { stage.name.clone() } else { setting };
    missing(&absent_settings(source, stage).into_iter().map(named).collect::<Vec<_>>())
}

/// `missing: student: lr=0.1`: the same of several stages.
pub(super) fn absent_of<'a>(
    source: &Source<'_>,
    stages: impl Iterator<Item = &'a MeasuredStage>,
) -> Option<String> {
    let named = |stage: &MeasuredStage| {
        let settings = absent_settings(source, stage).into_iter();
        settings.map(|setting| of_stage(&stage.name, &setting)).collect::<Vec<_>>()
    };
    missing(&stages.flat_map(named).collect::<Vec<_>>())
}

/// `student: lr=0.1`, or `student` where there is one setting.
pub(super) fn of_stage(stage: &str, setting: &str) -> String {
    if setting.is_empty() { stage.to_owned() } else { format!("{stage}: {setting}") }
}

fn missing(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| format!("missing: {}", some_of(names)))
}

/// The settings of `stage` of which no seed was measured to its end, each once.
fn absent_settings(source: &Source<'_>, stage: &MeasuredStage) -> Vec<String> {
    let measured = stage.settings.iter().filter(|setting| !setting.last().is_empty());
    let measured: BTreeSet<Vec<&str>> =
        measured.map(|setting| source.measurements.values(&stage.axes, &setting.values)).collect();
    let axes: Vec<&SweptAxis> = stage.axes.iter().map(|&axis| &source.measurements.axes[axis]).collect();
    let mut absent: Vec<String> = Vec::new();
    for missing in source.record.missing.iter().filter(|missing| missing.stage == stage.name) {
        let values = missing.values();
        let parts = axes.iter().zip(&values);
        let parts = parts.map(|(axis, value)| format!("{}={}", axis.short, axis.label_of(value)));
        let setting = parts.collect::<Vec<_>>().join(", ");
        if !measured.contains(&values) && !absent.contains(&setting) {
            absent.push(setting);
        }
    }
    absent
}

/// `one, two, three and 4 more`
pub(super) fn some_of(names: &[String]) -> String {
    const MOST: usize = 3;
    let shown = names.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join("; ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::measured;

    #[test]
    fn a_source_of_data_is_named_once_however_it_is_divided() {
        let text = r#"
            title = "A case"
            data.source.synthetic = { train = 100, test = 20 }
            [stage.dense.train]
            model.mlp = { hidden = [10] }
            epochs = 1
            [sweep]
            data.validation = [0.1, 0.2]
        "#;
        let (_, record, _) = measured(text, |_, _| Some(0.5));
        assert_eq!((record.data.len(), measured_on(&record).as_str()), (2, "synthetic"));
    }
}
