//! Charts of columns that there are not, and charts that are the same as another. An axis that a stronger layer took away may still be named: the report
//! leaves out a chart along it, and does not group by it.

use super::Sections;
use crate::format::excerpt;
use crate::spec::Chart;
use crate::spec::check::Mistake;
use crate::spec::diagnostics::known_names;
use std::collections::BTreeMap;

pub(super) fn mistakes(sections: &Sections) -> Vec<Mistake> {
    // There is always a seed, swept or not.
    let axes: Vec<&str> = sections.axes.iter().map(String::as_str).filter(|axis| *axis != "seed").collect();
    let grouping = [axes.as_slice(), &["seed"]].concat();
    let columns = [&Chart::IDENTITY, &Chart::MEASURED[..], axes.as_slice()].concat();
    let mut mistakes = Vec::new();
    let mut known = |path: String, name: &str, known: &[&str], what: &str| {
        if !known.contains(&name) {
            let help = known_names(name, known, what);
            mistakes.push(Mistake::value(&path, format!("there is no `{}` to draw", excerpt(name)), help));
        }
    };
    for (index, chart) in sections.charts.iter().enumerate() {
        let Some(chart) = chart else { continue };
        known(format!("chart.{index}.x"), &chart.x, &columns, "columns and axes");
        known(format!("chart.{index}.y"), &chart.y, &Chart::MEASURED, "columns");
        for (number, name) in chart.group.iter().flatten().enumerate() {
            known(format!("chart.{index}.group.{number}"), name, &grouping, "axes");
        }
    }
    mistakes.extend(
        sections.charts.iter().enumerate().filter_map(|(index, chart)| grouped(index, chart.as_ref()?)),
    );
    mistakes.extend(repeated(&sections.charts));
    mistakes
}

/// Axes on the lines of a chart that has a line for every setting.
fn grouped(index: usize, chart: &Chart) -> Option<Mistake> {
    (!chart.beside.is_empty() && chart.group.is_some()).then(|| {
        let message = "beside other stages each setting has a line of its own, so nothing is grouped";
        Mistake::key(
            &format!("chart.{index}.group"),
            message,
            vec!["leave `group` or `beside` out".to_owned()],
        )
    })
}

/// Every chart that says what an earlier one says, defaults spelled out or not.
fn repeated(charts: &[Option<Chart>]) -> Vec<Mistake> {
    let mut seen = BTreeMap::new();
    let charts = charts.iter().enumerate().filter_map(|(index, chart)| Some((index, chart.as_ref()?)));
    let repeated = charts.filter_map(|(index, chart)| {
        let text = serde_json::to_string(chart).expect("a chart is plain data");
        let earlier = *seen.entry(text).or_insert(index);
        (earlier < index).then(|| {
            let message = format!("it draws the same as `chart.{earlier}`");
            Mistake::key(&format!("chart.{index}"), message, vec!["leave one of them out".to_owned()])
        })
    });
    repeated.collect()
}
