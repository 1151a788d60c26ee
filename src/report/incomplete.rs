//! What a report says at its top when it is of a part of the experiment.

use super::markdown::{code, plain};
use crate::results::{Measurements, Missing, Record};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Settings that are listed one by one.
const MOST: usize = 20;

/// How much is missing, and of which settings; empty where nothing is.
pub(super) fn notice(record: &Record, measurements: &Measurements<'_>) -> String {
    if record.missing.is_empty() {
        return String::new();
    }
    let failed =
        record.networks_where(|missing| missing.error.is_some() && !missing.blocked && !missing.unread);
    let blocked = record.networks_where(|missing| missing.blocked && !missing.unread);
    let unread = record.networks_where(|missing| missing.unread);
    let left = record.networks_where(|missing| missing.error.is_none());
    let whys = [
        (failed, "failed"),
        (blocked, "never started because what they need failed"),
        (unread, "could not be read"),
        (left, "were not run"),
    ];
    let whys: Vec<String> =
        whys.iter().filter(|(n, _)| *n > 0).map(|(n, why)| format!("{n} {why}")).collect();
    let mut text = format!(
        "> **This report is incomplete:** {} of {} networks are missing: {}. Missing are:\n>\n",
        record.networks_missing(),
        record.nodes,
        whys.join(", ")
    );
    let groups = groups(record, measurements);
    for (what, missing) in groups.iter().take(MOST) {
        let mut seeds: Vec<u64> = missing.iter().map(|missing| missing.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        let seeds: Vec<String> = seeds.iter().map(u64::to_string).collect();
        let plural = if seeds.len() == 1 { "" } else { "s" };
        let _ = writeln!(text, "> - {what}, seed{plural} {}{}", seeds.join(", "), why(missing[0]));
    }
    if groups.len() > MOST {
        let _ = writeln!(text, "> - and {} more, which `record.json` lists", groups.len() - MOST);
    }
    text + "\n"
}

/// Why `missing` failed, could not be read or was never started; nothing where it was not run.
fn why(missing: &Missing) -> String {
    match &missing.error {
        Some(_) if missing.blocked && missing.unread => ": what it needs could not be read".to_owned(),
        Some(_) if missing.blocked => ": what it needs failed".to_owned(),
        Some(error) => format!(": {}", plain(error)),
        None => String::new(),
    }
}

/// What is missing by stage, setting, round and why, in the order of the record.
fn groups<'a>(record: &'a Record, measurements: &Measurements<'_>) -> Vec<(String, Vec<&'a Missing>)> {
    let mut groups: Vec<(String, Vec<&Missing>)> = Vec::new();
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    for missing in &record.missing {
        let values = missing.setting.iter().map(|(key, value)| {
            let shown = match measurements.axis(key) {
                Some(axis) => format!("{}={}", axis.short, axis.label_of(value)),
                None => format!("{key}={value}"),
            };
            format!(", {}", code(&shown))
        });
        let values = values.collect::<String>();
        let round = if missing.round == 0 { String::new() } else { format!(", round {}", missing.round) };
        let what = format!("stage {}{values}{round}", plain(&missing.stage));
        let place = *places.entry((what.clone(), why(missing))).or_insert_with(|| {
            groups.push((what, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(missing);
    }
    groups
}
