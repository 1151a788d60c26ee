//! Every file in `experiments/` is a test: it loads, plans, and names its schema.

use niwaki::plan::plan;
use niwaki::results::{Record, Tables};
use niwaki::spec::load;
use std::fs;
use std::path::{Path, PathBuf};

/// All shipped experiments, by name.
fn shipped() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let entries = fs::read_dir(dir).expect("the experiments folder can be read");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files
}

#[test]
fn every_experiment_loads_and_plans() {
    let files = shipped();
    assert!(files.len() >= 5, "found {files:?}");
    for file in files {
        let loaded = load(&file, &[]).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let plan = plan(&loaded, &|_| None).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(!plan.trials.is_empty() && !plan.nodes.is_empty(), "{} plans nothing", file.display());
        assert!(loaded.experiment.question.is_some(), "{} asks no question", file.display());
        let refused = plan.claims.iter().find_map(|planned| planned.inadmissible());
        assert_eq!(refused, None, "{} claims what it cannot show", file.display());
    }
}

#[test]
fn every_experiment_names_its_schema() {
    for file in shipped() {
        let text = fs::read_to_string(&file).expect("experiments are text");
        assert!(text.starts_with("#:schema ../schemas/experiment.schema.json\n"), "{}", file.display());
    }
}

// A clone writes over them with its first run, and makes their reports again.
#[test]
fn every_shipped_result_is_read_by_this_version() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    let names = [
        "channels-resnet",
        "gradual-vs-one-shot",
        "importance-shootout",
        "loss-shootout",
        "lottery-ticket",
        "order-of-compression",
        "prune-then-distill",
        "quickstart",
        "smallest",
        "soft-labels",
        "teachers",
    ];
    for folder in names.map(|name| dir.join(name)) {
        let record = Record::read(&folder).unwrap_or_else(|error| panic!("{error}"));
        let record = record.unwrap_or_else(|| panic!("{} has no record", folder.display()));
        let tables = Tables::read(&folder, &record.digests).unwrap_or_else(|error| panic!("{error}"));
        assert!(!record.digests.is_empty(), "{} has no digests", folder.display());
        assert!(record.missing.is_empty() && tables.measurements.height() > 0, "{}", folder.display());
    }
}
