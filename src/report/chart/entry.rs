//! A chart of a report, and what it is drawn from.

use crate::report::draw::Picture;
use crate::results::claims::Judged;
use crate::results::costs::Costs;
use crate::results::{Measurements, Record, Tables};
use std::collections::BTreeSet;

/// What charts are drawn from.
pub(in crate::report) struct Source<'a> {
    pub record: &'a Record,
    pub tables: &'a Tables,
    pub measurements: &'a Measurements<'a>,
    pub costs: &'a Costs,
    pub claims: &'a [Judged],
}

/// What `with` makes of results without claims.
#[cfg(test)]
pub(super) fn with_source<R>(record: &Record, tables: &Tables, with: impl FnOnce(&Source<'_>) -> R) -> R {
    let measurements = Measurements::read(record, tables).unwrap();
    let costs = Costs::of(record, &measurements).unwrap();
    with(&Source { record, tables, measurements: &measurements, costs: &costs, claims: &[] })
}

/// A chart, or why there is none.
#[derive(Clone, Debug)]
pub(in crate::report) enum Entry {
    Drawn {
        /// The name of its files.
        name: String,
        picture: Picture,
    },
    Omitted {
        title: String,
        why: String,
    },
}

/// The same charts, no two of which have one name, on file systems too that do not tell `a` from `A`.
pub(in crate::report) fn named_apart(entries: Vec<Entry>) -> Vec<Entry> {
    let mut taken = BTreeSet::new();
    let apart = |entry| match entry {
        Entry::Drawn { name, picture } => {
            let numbered = (2..).map(|number| format!("{name}-{number}"));
            let mut free = [name.clone()].into_iter().chain(numbered);
            let name = free.find(|name| taken.insert(name.to_lowercase())).expect("there is no last number");
            Entry::Drawn { name, picture }
        }
        Entry::Omitted { .. } => entry,
    };
    entries.into_iter().map(apart).collect()
}
