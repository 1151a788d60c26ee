//! Baselines of charts that are no value of an axis.

use super::Labels;
use super::check::Mistake;
use super::diagnostics::known_names;
use super::overlay::Overlay;
use crate::format::excerpt;
use serde_json::Value;
use std::collections::BTreeSet;

/// Charts with a `baseline` that no axis has as a value, by its name or its label.
pub(super) fn mistakes(overlay: &Overlay, labels: &Labels) -> Vec<Mistake> {
    let charts = overlay.value.get("chart").and_then(Value::as_array).into_iter().flatten();
    let values = overlay.points.axes.iter().flat_map(|axis| &axis.values);
    let names: BTreeSet<&str> = values.filter_map(name).chain(labels.all()).collect();
    let mistake = |(index, chart): (usize, &Value)| {
        // That a chart of another kind has none is said elsewhere.
        let is_lines = chart.get("kind").is_none_or(|kind| kind == "lines");
        let baseline = chart.get("baseline").filter(|_| is_lines)?.as_str()?;
        (!names.contains(baseline)).then(|| {
            let message = format!("no axis has the value `{}`", excerpt(baseline));
            let help = known_names(baseline, &names.iter().copied().collect::<Vec<_>>(), "values of axes");
            Mistake::value(&format!("chart.{index}.baseline"), message, help)
        })
    };
    charts.enumerate().filter_map(mistake).collect()
}

/// What a value is called: `taylor`, whatever its settings; `None` where it has no name.
fn name(value: &Value) -> Option<&str> {
    match value {
        Value::String(name) => Some(name),
        Value::Object(entries) if entries.len() == 1 => entries.keys().next().map(String::as_str),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
