//! What tests plan.

use super::{Plan, plan};
use crate::spec::load;
use std::fs;

/// The plan of an experiment called `case`. Its keys are of no data: good for comparing.
pub(crate) fn planned(text: &str) -> Plan {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("case.toml");
    fs::write(&file, text).expect("it can be written to");
    let loaded = load(&file, &[]).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    plan(&loaded, &|_| None).unwrap_or_else(|error| panic!("{error}"))
}
