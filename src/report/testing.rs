//! What tests of reports make up.

use crate::plan::Plan;
use crate::plan::testing::planned;
use crate::results::{Provenance, Record, Tables};
use crate::run::testing::summary;
use crate::run::{Latencies, Summary, Tried};
use std::collections::BTreeMap;

/// The record and the tables of `text` where the node `id` has the accuracy that `accuracy` gives it.
pub(super) fn measured(text: &str, accuracy: impl Fn(&Plan, usize) -> Option<f64>) -> (Plan, Record, Tables) {
    let plan = planned(text);
    let summaries: Vec<Option<Summary>> =
        (0..plan.nodes.len()).map(|id| accuracy(&plan, id).map(summary)).collect();
    let provenance = Provenance {
        file: "case.toml".into(),
        from_results: "../case.toml".into(),
        set: Vec::new(),
        results: None,
    };
    let record = Record::new(&plan, provenance, &summaries, &BTreeMap::new(), Vec::new(), None);
    let tables = Tables::gather(&plan, &summaries, &Tried::default(), &Latencies::default());
    (plan, record, tables)
}
