//! Tables of every setting, and of every method, beside a baseline.

use super::error::ReportError;
use super::markdown::{Align, plain, table};
use super::results_table::interval;
use crate::results::claims::{Unit, probability};
use crate::results::comparisons::{Baseline, Comparison, baselines, compared, comparisons};
use crate::results::curves::{Curves, MethodCurves, Summary};
use crate::results::statistics::Estimate;
use crate::results::{Column, Format, MeasuredStage, Measurements, Record, Setting};
use crate::spec::ChartKind;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Rows that a page of text holds.
const MOST_ROWS: usize = 200;
/// Adjusted p values up to this make a winner.
const ALPHA: f64 = 0.05;
/// How much accuracy may be lost where the largest sparsity is asked for.
const DROPS: [f64; 2] = [0.005, 0.01];

/// The section on comparisons; empty where nothing can be compared.
pub(super) fn section(record: &Record, measurements: &Measurements<'_>) -> Result<String, ReportError> {
    let mut text = String::new();
    for stage in &measurements.stages {
        for (baseline, column) in wanted(record, measurements, stage) {
            let numbers = measurements.numbers_if_there(&column)?;
            let rows = comparisons(stage, baseline, |row| numbers[row.row]);
            let compared = Compared { measurements, stage, baseline };
            text.push_str(&compared.settings(&column, &rows));
            text.push_str(&compared.methods(record)?);
        }
    }
    if text.is_empty() {
        return Ok(text);
    }
    Ok(format!(
        "\n## Comparisons\n\nEach setting beside the baseline that is like it in all else, paired by seed: the mean difference with \
         its 95 % interval (Student’s t), the paired t test, and as a check that takes nothing as normal the exact sign-flip \
         test, which with n seeds gives no less than 2/2ⁿ. `adjusted` is the p of the t test after Holm’s adjustment over all \
         comparisons of a table; a difference is bold where that is at most {ALPHA}. d_z is the mean difference by its \
         standard deviation, g the same without the bias of few seeds (Hedges), `won` the share of seeds in which the \
         setting has the larger number.\n\n{text}"
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
        let usual = baselines(measurements, stage, None);
        wanted.extend(usual.into_iter().map(|found| (found, "accuracy".to_owned())));
    }
    wanted
}

/// What is compared with what.
struct Compared<'a> {
    measurements: &'a Measurements<'a>,
    stage: &'a MeasuredStage,
    baseline: Baseline,
}

impl Compared<'_> {
    /// `importance, compared with random`
    fn heading(&self) -> String {
        let axis = &self.measurements.axes[self.stage.axes[self.baseline.place]];
        let value = &axis.labels[self.baseline.value as usize];
        format!("{}: {} beside {}", plain(&self.stage.name), plain(&axis.short), plain(value))
    }

    /// The table of all settings.
    fn settings(&self, column: &str, rows: &[Comparison]) -> String {
        if rows.is_empty() {
            return String::new();
        }
        let format = Column::named(column).map_or(Format::Plain, |column| column.format);
        let unit = if format == Format::Percent { Unit::Points } else { Unit::Plain };
        let axes = self
            .measurements
            .short_names(&self.stage.axes)
            .into_iter()
            .map(|name| (plain(name), Align::Left));
        let header: Vec<_> = axes.chain(headings("difference")).collect();
        let cells = |row: &Comparison| {
            let labels = self.measurements.labels(&self.stage.axes, &row.values).into_iter().map(plain);
            labels.chain(tested(unit, row)).collect::<Vec<_>>()
        };
        let shown: Vec<Vec<String>> = rows.iter().take(MOST_ROWS).map(cells).collect();
        let mut text = format!("### {} of stage {}\n\n{}", column, self.heading(), table(&header, &shown));
        if rows.len() > MOST_ROWS {
            let _ = writeln!(text, "\nThe first {MOST_ROWS} of {} comparisons.", rows.len());
        }
        text + "\n"
    }

    /// The table of methods, each over all amounts of pruning; empty where a method has one amount.
    fn methods(&self, record: &Record) -> Result<String, ReportError> {
        let along = self.amounts();
        let mut methods: BTreeMap<Vec<u32>, Vec<&Setting>> = BTreeMap::new();
        for setting in &self.stage.settings {
            let kept = setting.values.iter().enumerate().filter(|(place, _)| !along.contains(place));
            methods.entry(kept.map(|(_, value)| *value).collect()).or_default().push(setting);
        }
        let is_curve = |settings: &Vec<&Setting>| {
            settings.len() > 1 || settings.iter().any(|setting| setting.rounds.len() > 1)
        };
        if !methods.values().any(is_curve) || along.contains(&self.baseline.place) {
            return Ok(String::new());
        }
        let curves = Curves::read(self.measurements)?;
        let curves: BTreeMap<Vec<u32>, MethodCurves> = methods
            .into_iter()
            .map(|(values, settings)| (values, curves.of(record, self.measurements, self.stage, &settings)))
            .collect();
        let before = along.iter().filter(|&&place| place < self.baseline.place).count();
        let baseline = Baseline { place: self.baseline.place - before, ..self.baseline };
        let axes: Vec<usize> = self
            .stage
            .axes
            .iter()
            .enumerate()
            .filter(|(place, _)| !along.contains(place))
            .map(|(_, axis)| *axis)
            .collect();
        let mut text = String::new();
        let summaries =
            [(Summary::Area, "area".to_owned())]
                .into_iter()
                .chain(DROPS.map(|drop| {
                    (Summary::SparsityAtDrop(drop), format!("sparsity at −{} pp", 100.0 * drop))
                }));
        for (summary, name) in summaries {
            let by_seed: BTreeMap<Vec<u32>, BTreeMap<u64, f64>> =
                curves.iter().map(|(values, curves)| (values.clone(), curves.summary(summary))).collect();
            text.push_str(&self.summary(&name, &axes, &by_seed, (baseline, &compared(&by_seed, baseline))));
        }
        if text.is_empty() {
            return Ok(text);
        }
        Ok(format!(
            "Over all amounts of pruning, one number a seed of each method: `area` is that under accuracy against log₂ \
             compression by the trapezoid rule, divided by the range of compressions, so that it is a mean accuracy; \
             `sparsity at −1 pp` is the largest sparsity that was measured with an accuracy within one percentage point of \
             that of the training that was pruned, 0 where there is none.\n\n{text}"
        ))
    }

    /// The places of the axes that say how much is pruned.
    fn amounts(&self) -> Vec<usize> {
        let below = |key: &str| format!("stage.{}.prune.{key}", self.stage.name);
        let starts = ["target", "schedule"].map(below);
        let is_amount = |&(_, axis): &(usize, &usize)| {
            let key = &self.measurements.axes[*axis].key;
            starts.iter().any(|start| {
                key.strip_prefix(start.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        self.stage.axes.iter().enumerate().filter(is_amount).map(|(place, _)| place).collect()
    }

    /// The table of one summary.
    fn summary(
        &self,
        name: &str,
        axes: &[usize],
        by_seed: &BTreeMap<Vec<u32>, BTreeMap<u64, f64>>,
        (baseline, rows): (Baseline, &[Comparison]),
    ) -> String {
        if rows.is_empty() {
            return String::new();
        }
        let labels = self.measurements.short_names(axes).into_iter().map(|name| (plain(name), Align::Left));
        let header: Vec<_> =
            labels.chain([(name.to_owned(), Align::Right)]).chain(headings("difference")).collect();
        // Methods that are compared, and those that they are compared with.
        let is_shown = |(values, _): &(&Vec<u32>, &BTreeMap<u64, f64>)| {
            let is_like = |row: &Comparison| {
                let mut beside = row.values.clone();
                beside[baseline.place] = baseline.value;
                row.values == **values || beside == **values
            };
            rows.iter().any(is_like)
        };
        let cells = |(values, numbers): (&Vec<u32>, &BTreeMap<u64, f64>)| {
            let numbers: Vec<f64> = numbers.values().copied().collect();
            let labels = self.measurements.labels(axes, values).into_iter().map(plain);
            let mean = if numbers.is_empty() { "—".to_owned() } else { interval(Estimate::of(&numbers)) };
            let row = rows.iter().find(|row| row.values == *values);
            let tests = row
                .map_or_else(|| vec!["—".to_owned(); headings("").count()], |row| tested(Unit::Points, row));
            labels.chain([mean]).chain(tests).collect::<Vec<_>>()
        };
        table(&header, &by_seed.iter().filter(is_shown).map(cells).collect::<Vec<_>>()) + "\n"
    }
}

/// The columns of what tests say.
fn headings(difference: &str) -> impl Iterator<Item = (String, Align)> {
    let names = [difference, "95 % interval", "n", "t", "p", "adjusted", "sign-flip", "d_z", "g", "won"];
    names.map(|name| (plain(name), Align::Right)).into_iter()
}

fn tested(unit: Unit, row: &Comparison) -> Vec<String> {
    let dash = || "—".to_owned();
    let paired = &row.paired;
    let difference = paired.difference;
    let two = |value: f64| {
        if value.is_finite() { format!("{value:.2}").replace('-', "−") } else { "∞".to_owned() }
    };
    let shown = unit.number(difference.mean);
    vec![
        if row.adjusted.is_some_and(|p| p <= ALPHA) { format!("**{shown}**") } else { shown },
        unit.interval([difference.low(), difference.high()]),
        difference.n.to_string(),
        paired.test.map_or_else(dash, |test| two(test.t)),
        paired.test.map_or_else(dash, |test| plain(&probability(test.p))),
        row.adjusted.map_or_else(dash, |p| plain(&probability(p))),
        paired.sign_flip.p.map_or_else(dash, |p| format!("{p:.4}")),
        paired.effect().map_or_else(dash, two),
        paired.hedges().map_or_else(dash, two),
        format!("{:.0} %", 100.0 * paired.wins),
    ]
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
