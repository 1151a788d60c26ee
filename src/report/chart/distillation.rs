//! Distillation without pruning: accuracy of every student setting.

use super::caption::{absent_of, meaning, measured_on, note, of_stage, range, sentence};
use super::entry::{Entry, Source};
use super::naming::Naming;
use super::part::Part;
use super::quantities::quantity;
use crate::report::draw::{DotChart, MOST_SERIES, Picture};
use crate::report::error::ReportError;

/// Settings that one chart holds.
const MOST_ROWS: usize = 3 * MOST_SERIES;

/// A row for each setting of each `train` stage, where one of them has a teacher.
pub(super) fn charts(source: &Source<'_>) -> Result<Vec<Entry>, ReportError> {
    let trainings = || source.record.stages.iter().filter(|stage| stage.from.is_none());
    if trainings().all(|stage| stage.teacher.is_none() && stage.teaching.is_none()) {
        return Ok(Vec::new());
    }
    let accuracy = source.measurements.numbers("accuracy")?;
    let mut rows: Vec<(String, Vec<f64>)> = Vec::new();
    let stages = || trainings().filter_map(|facts| source.measurements.stage(&facts.name));
    for stage in stages() {
        let naming = Naming::of_stage(source, stage, &stage.axes);
        for setting in &stage.settings {
            let labels = naming.describe(&setting.values);
            let values = setting.last().iter().filter_map(|row| accuracy[row.row]).collect();
            rows.push((of_stage(&stage.name, &labels), values));
        }
    }
    rows.retain(|(_, values)| !values.is_empty() && values.iter().all(|value| value.is_finite()));
    let seeds = range(rows.iter().map(|(_, values)| values.len()));
    for (label, values) in &mut rows {
        label.extend(note(values.len(), *seeds.end()).map(|note| format!(" ({note})")));
    }
    let subtitle = [
        Some(measured_on(source.record)),
        Some(meaning(&seeds, "", "bar")),
        Some("ticks: single seeds".to_owned()),
        absent_of(source, stages()),
    ];
    let subtitle = sentence(subtitle);
    let parts = rows.len().div_ceil(MOST_ROWS);
    let part = |(number, rows): (usize, &[(String, Vec<f64>)])| {
        let part = Part { number, count: parts };
        let chart = DotChart {
            title: format!("Test accuracy of every student setting{}", part.of()),
            subtitle: subtitle.clone(),
            x: quantity(source, "accuracy"),
            rows: rows.to_vec(),
        };
        Entry::Drawn { name: format!("students{}", part.suffix("-")), picture: Picture::Dots(chart) }
    };
    Ok(rows.chunks(MOST_ROWS).enumerate().map(part).collect())
}

#[cfg(test)]
mod tests {
    use super::super::entry::with_source;
    use super::*;
    use crate::report::testing::measured;

    const TEXT: &str = r#"
        title = "A case"
        data.source.synthetic = { train = 100, test = 20 }
        [stage.big.train]
        model.mlp = { hidden = [12] }
        epochs = 1
        [stage.dense.train]
        model.mlp = { hidden = [10] }
        epochs = 1
        [stage.student.train]
        model.mlp = { hidden = [4] }
        epochs = 1
        batch = 32
        teacher = "dense"
        loss.logits = 1.0
        [sweep]
        seed = [0, 1]
        stage.student.train.batch = [16, 32]
    "#;

    // Of `big` there is one setting, and of students with batches of 16 one seed.
    #[test]
    fn settings_of_which_nothing_was_measured_are_named() {
        let (_, record, tables) = measured(TEXT, |plan, id| {
            let node = &plan.nodes[id];
            let is_done = match &*node.stage {
                "big" => false,
                "student" if node.training().batch == 32 => false,
                "student" => node.seed == 0,
                _ => true,
            };
            is_done.then_some(0.5)
        });
        with_source(&record, &tables, |source| {
            let entries = charts(source).unwrap();
            let [Entry::Drawn { picture: Picture::Dots(chart), .. }] = entries.as_slice() else {
                panic!("one chart is drawn: {entries:?}");
            };
            let rows: Vec<&str> = chart.rows.iter().map(|(label, _)| label.as_str()).collect();
            assert_eq!(rows, ["dense", "student: batch=16 (n = 1)"]);
            assert!(chart.subtitle.ends_with("; missing: big; student: batch=32"), "{}", chart.subtitle);
        })
    }
}
