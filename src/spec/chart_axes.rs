//! The axes that charts name by the end of their keys.

use super::Chart;
use serde_json::Value;
use std::collections::BTreeSet;

/// Writes whole keys into the charts of the experiment `value` where they name one of `axes` by the end of its key. What
/// may be several is left as it is, to be told.
pub(super) fn spell_out(value: &mut Value, axes: &BTreeSet<String>) {
    let charts = value.get_mut("chart").and_then(Value::as_array_mut).into_iter().flatten();
    for chart in charts.filter_map(Value::as_object_mut) {
        let stage = chart.get("stage").and_then(Value::as_str).map(str::to_owned);
        let spell_out = |name: &mut Value| {
            let key = name.as_str().and_then(|name| named(name, stage.as_deref(), axes));
            key.into_iter().for_each(|key| *name = key.into());
        };
        for key in ["x", "group", "facet"] {
            match chart.get_mut(key) {
                Some(Value::Array(names)) => names.iter_mut().for_each(spell_out),
                Some(name) => spell_out(name),
                None => {}
            }
        }
    }
}

/// The one of `axes` that a chart of `stage` means by `name`; `None` where that is a column, or may be several.
fn named<'a>(name: &str, stage: Option<&str>, axes: &'a BTreeSet<String>) -> Option<&'a str> {
    let columns = [&Chart::IDENTITY, &Chart::MEASURED[..], &Chart::DERIVED].concat();
    if columns.contains(&name) || axes.contains(name) {
        return None;
    }
    match ending(name, stage, axes.iter().map(String::as_str)).as_slice() {
        [axis] => Some(axis),
        _ => None,
    }
}

/// Those of `axes` whose keys end with `name`; of several, the one of `stage`.
pub(super) fn ending<'a>(
    name: &str,
    stage: Option<&str>,
    axes: impl Iterator<Item = &'a str>,
) -> Vec<&'a str> {
    let ends = |axis: &&str| axis.strip_suffix(name).is_some_and(|before| before.ends_with('.'));
    let found: Vec<&str> = axes.filter(ends).collect();
    let start = stage.map(|stage| format!("stage.{stage}."));
    let is_own = |axis: &&str| start.as_ref().is_some_and(|start| axis.starts_with(start));
    let own: Vec<&str> = found.iter().copied().filter(is_own).collect();
    if own.len() == 1 { own } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_axis_goes_by_the_end_of_its_key_where_no_other_has_it() {
        let axes = ["importance", "target.sparsity", "recover.epochs"];
        let axes = axes.iter().flat_map(|key| ["a", "b"].map(|stage| format!("stage.{stage}.prune.{key}")));
        let axes: BTreeSet<String> = axes.chain(["data.augment".to_owned()]).collect();
        let charts = json!([
            { "stage": "a", "x": "sparsity", "group": ["importance", "augment", "seed"], "facet": "epochs" },
            { "stage": "c", "x": "target.sparsity", "group": ["rate"], "facet": "stage.b.prune.importance" },
        ]);
        let mut value = json!({ "chart": charts });
        spell_out(&mut value, &axes);
        let own = ["stage.a.prune.importance", "data.augment", "seed"];
        assert_eq!(
            value["chart"][0],
            json!({ "stage": "a", "x": "sparsity", "group": own, "facet": "stage.a.prune.recover.epochs" })
        );
        assert_eq!(value["chart"][1], charts[1]);
        assert_eq!(ending("target.sparsity", Some("c"), axes.iter().map(String::as_str)).len(), 2);
    }
}
