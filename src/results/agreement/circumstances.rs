//! What differs between how two results were made.

use super::super::{Host, Program, Record};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// Something that is not the same for two results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Circumstance {
    pub name: &'static str,
    pub first: String,
    pub second: String,
}

/// All that differs between how two results were made, as far as both say.
pub fn circumstances(first: &Record, second: &Record) -> Vec<Circumstance> {
    let (one, other) = (facts(first), facts(second));
    let both = one.into_iter().zip(other).filter(|((_, first), (_, second))| first != second);
    both.map(|((name, first), (_, second))| Circumstance { name, first, second }).collect()
}

/// What there is to say of how results were made, in words, always in the same order.
fn facts(record: &Record) -> Vec<(&'static str, String)> {
    let said = |text: Option<&str>| text.unwrap_or("unknown").to_owned();
    let of_program = |fact: fn(&Program) -> Option<&str>| said(record.program.as_ref().and_then(fact));
    let of_host = |fact: fn(&Host) -> Option<&str>| said(record.host.as_ref().and_then(fact));
    let trained = |fact: &dyn Fn(&crate::run::ComputedBy) -> String| {
        let by = record.trained_by.iter().map(|by| by.computed_by.as_ref().map_or_else(|| said(None), fact));
        by.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("; ")
    };
    let data = record.data.iter().map(|data| said(data.fingerprint.as_deref()));
    vec![
        ("experiment", digest(&record.experiment)),
        ("sweep", digest(&record.sweep)),
        ("data", data.collect::<Vec<_>>().join("; ")),
        ("backend", record.backend.to_string()),
        ("niwaki", record.niwaki.clone()),
        ("commit", of_program(|program| program.commit.as_deref())),
        ("rustc", of_program(|program| program.rustc.as_deref())),
        ("burn", of_program(|program| Some(&program.burn))),
        ("polars", of_program(|program| program.polars.as_deref())),
        ("trained by", trained(&|by| by.backend.clone())),
        ("trained on", trained(&|by| said(by.device.as_deref()))),
        ("instructions", trained(&|by| by.instructions.clone())),
        ("system", of_host(|host| Some(&host.system))),
        ("GPU", of_host(|host| host.gpu.as_deref())),
    ]
}

/// Too long to be shown.
fn digest(value: &Value) -> String {
    blake3::hash(value.to_string().as_bytes()).to_hex()[..12].to_owned()
}
