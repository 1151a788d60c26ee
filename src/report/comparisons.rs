//! Tables of every setting, and of every method, beside a baseline.

mod columns;
mod summaries;

use super::error::ReportError;
use super::markdown::{Align, plain, table};
use crate::results::claims::Unit;
use crate::results::comparisons::{Baseline, Comparison, baselines, comparisons};
use crate::results::methods::Methods;
use crate::results::{Column, Derived, Format, MeasuredStage, Measurements, Record};
use crate::spec::ChartKind;
use columns::{ALPHA, headings, tested};
use std::fmt::Write;
use summaries::summaries;

/// Rows that a page of text holds.
const MOST_ROWS: usize = 200;

/// The section on comparisons; empty where nothing can be compared.
pub(super) fn section(record: &Record, measurements: &Measurements<'_>) -> Result<String, ReportError> {
    let mut text = String::new();
    for stage in &measurements.stages {
        for (baseline, column) in wanted(record, measurements, stage) {
            let numbers = measurements.numbers_if_there(&column)?;
            let rows = comparisons(stage, baseline, |row| numbers[row.row]);
            text.push_str(&settings(measurements, stage, baseline, (&column, &rows)));
            if stage.ends_by_itself() {
                continue;
            }
            if let Some(methods) = Methods::of(record, measurements, stage)? {
                text.push_str(&summaries(
                    measurements,
                    &methods,
                    baseline,
                    &beside(measurements, stage, baseline),
                ));
            }
        }
    }
    if text.is_empty() {
        return Ok(text);
    }
    Ok(format!(
        "\n## Comparisons\n\nEach setting beside the baseline that is like it in all else, paired by seed: the mean difference with \
         its 95 % interval (Student’s t), the paired t test, and as a check that takes nothing as normal the exact sign-flip \
         test, which with n seeds gives no less than 2/2ⁿ. Settings that have no two seeds in common are not paired: n is that \
         of each, and interval and test are Welch’s. `adjusted` is the p of the t test after Holm’s adjustment over all \
         comparisons of a table; a difference is bold where that is at most {ALPHA}. d_z is the mean difference by its \
         standard deviation, g the same without the bias of few seeds (Hedges), `won` the share of seeds in which the \
         setting has the larger number, a tie being half. Where all seeds differ by the same number there is no scatter to \
         test by, and no t, p, d_z or g.\n\n{text}"
    ))
}

/// The baselines of `stage`, each with the column that is compared: those that charts name, or else the usual ones.
fn wanted(
    record: &Record,
    measurements: &Measurements<'_>,
    stage: &MeasuredStage,
) -> Vec<(Baseline, String)> {
    let lines = record.charts.iter().filter(|chart| chart.kind == ChartKind::Lines);
    let of_stage = lines.filter(|chart| chart.stage.as_deref() == Some(&stage.name));
    let named = of_stage.filter_map(|chart| Some((chart.baseline.as_deref()?, chart.y())));
    let mut wanted: Vec<(Baseline, String)> = Vec::new();
    for (name, column) in named {
        wanted.extend(
            baselines(measurements, stage, Some(name)).into_iter().map(|found| (found, column.to_owned())),
        );
    }
    if wanted.is_empty() {
        // Where settings end by themselves, how far they came is what sets them apart.
        let column = if stage.ends_by_itself() { "sparsity" } else { "accuracy" };
        let usual = baselines(measurements, stage, None);
        wanted.extend(usual.into_iter().map(|found| (found, column.to_owned())));
    }
    wanted
}

/// The table of all settings.
fn settings(
    measurements: &Measurements<'_>,
    stage: &MeasuredStage,
    baseline: Baseline,
    (column, rows): (&str, &[Comparison]),
) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let axes = measurements.short_names(&stage.axes).into_iter().map(|name| (plain(name), Align::Left));
    let header: Vec<_> = axes.chain(headings()).collect();
    let unit = unit(column);
    let cells = |row: &Comparison| {
        let labels = measurements.labels(&stage.axes, &row.values).into_iter().map(plain);
        labels.chain(tested(unit, row)).collect::<Vec<_>>()
    };
    let shown: Vec<Vec<String>> = rows.iter().take(MOST_ROWS).map(cells).collect();
    let beside = beside(measurements, stage, baseline);
    let mut text = format!("### {column} of {beside}\n\n{}", table(&header, &shown));
    if rows.len() > MOST_ROWS {
        let _ = writeln!(text, "\nThe first {MOST_ROWS} of {} comparisons.", rows.len());
    }
    text + "\n"
}

/// What is compared with what.
fn beside(measurements: &Measurements<'_>, stage: &MeasuredStage, baseline: Baseline) -> String {
    let axis = &measurements.axes[stage.axes[baseline.place]];
    let value = plain(&axis.labels[baseline.value as usize]);
    format!("stage {}: {} beside {value}", plain(&stage.name), plain(&axis.short))
}

/// What differences of `column` are in.
fn unit(column: &str) -> Unit {
    let format = Column::named(column).map(|column| column.format);
    let format = format.or_else(|| Derived::named(column).map(|derived| derived.format));
    match format.unwrap_or(Format::Plain) {
        Format::Percent | Format::Points => Unit::Points,
        Format::Plain | Format::Difference | Format::Whole => Unit::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::measured;
    use crate::results::comparisons::differences;
    use crate::results::estimate;

    fn text(more: &str) -> String {
        format!(
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
            [sweep]
            seed = [0, 1, 2, 3, 4]
            stage.sparse.prune.importance = ["magnitude", "random"]
            {more}
            "#
        )
    }

    /// The section where magnitude has the first accuracies and random the second ones.
    fn section_of(text: &str) -> String {
        let (_, record, tables) = measured(text, |plan, id| {
            let node = &plan.nodes[id];
            let of = match node.pruned().map(|round| &round.pruning.importance) {
                Some(crate::prune::Importance::Random) => [0.951, 0.949, 0.957, 0.950, 0.948],
                Some(_) | None => [0.962, 0.958, 0.965, 0.960, 0.963],
            };
            Some(of[node.seed as usize])
        });
        section(&record, &Measurements::read(&record, &tables).unwrap()).unwrap()
    }

    // By SciPy 1.17 and statsmodels: t 8.7726, p 0.00093, d_z 3.9232, g 3.1386, interval [0.0072452, 0.0139548].
    #[test]
    fn a_setting_beside_the_baseline_as_scipy_has_it() {
        let section = section_of(&text(""));
        let row = section.lines().find(|line| line.starts_with("| magnitude")).unwrap();
        let cells: Vec<&str> = row.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect();
        let expected = [
            "magnitude",
            "**+1.06 pp**",
            r"[+0.72, +1.40] pp",
            "5",
            "8.77",
            "0.0009",
            "0.0009",
            "0.0625",
            "3.92",
            "3.14",
            "100 %",
        ];
        assert_eq!(cells, expected);
        assert!(section.contains("### accuracy of stage sparse: importance beside random"), "{section}");
    }

    // The same differences as in the table above: 1.06 points, with the interval 0.72 to 1.40.
    #[test]
    fn charts_draw_the_differences_of_the_tables() {
        let (_, record, tables) = measured(&text(""), |plan, id| {
            let node = &plan.nodes[id];
            let of = match node.pruned().map(|round| &round.pruning.importance) {
                Some(crate::prune::Importance::Random) => [0.951, 0.949, 0.957, 0.950, 0.948],
                Some(_) | None => [0.962, 0.958, 0.965, 0.960, 0.963],
            };
            Some(of[node.seed as usize])
        });
        let measurements = Measurements::read(&record, &tables).unwrap();
        let stage = measurements.stage("sparse").unwrap();
        let [baseline] = baselines(&measurements, stage, None)[..] else {
            panic!("there is one axis of methods")
        };
        let found = differences(stage, baseline, &measurements.numbers("accuracy").unwrap());
        let means: Vec<_> = stage.settings.iter().map(|setting| estimate(setting.last(), &found)).collect();
        let magnitude = means[0].unwrap();
        assert!((magnitude.mean - 0.0106).abs() < 1e-12, "{magnitude:?}");
        assert!(
            (magnitude.low() - 0.007_245_2).abs() < 1e-7 && (magnitude.high() - 0.013_954_8).abs() < 1e-7
        );
        assert_eq!(means[1], None, "the baseline is not compared with itself");
    }

    #[test]
    fn a_chart_names_its_baseline() {
        let chart = "\n[[chart]]\nstage = \"sparse\"\nbaseline = \"magnitude\"\n";
        assert!(section_of(&text(chart)).contains("importance beside magnitude"));
    }

    #[test]
    fn where_nothing_differs_nothing_is_compared() {
        let one = text("").replace("[\"magnitude\", \"random\"]", "[\"magnitude\"]");
        assert_eq!(section_of(&one), "");
    }
}
