use super::*;
use crate::plan::testing::planned;
use serde_json::json;
use std::collections::BTreeMap;

const TEXT: &str = r#"
    title = "A case"
    data.source.synthetic = { train = 100, test = 20 }
    [stage.dense.train]
    model.mlp = { hidden = [10] }
    epochs = 1
"#;

fn provenance(from_results: &str) -> Provenance {
    Provenance { file: "case.toml".into(), from_results: from_results.into(), set: Vec::new(), results: None }
}

/// Writes results that consist of `files`.
fn write(dir: &Path, files: &[&str]) -> Result<(), FolderError> {
    let plan = planned(TEXT);
    let provenance = provenance("../case.toml");
    let mut record = Record::new(&plan, provenance, &[None], &BTreeMap::new(), Vec::new(), None);
    record.files = files.iter().map(ToString::to_string).collect();
    let files: Vec<_> = files.iter().map(|name| (name.to_string(), b"ours".to_vec())).collect();
    Folder::of_results(dir)?.write(&record, &files)
}

#[test]
fn only_what_the_last_record_lists_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    write(dir.path(), &["charts/a.svg", "charts/b.svg"]).unwrap();
    fs::write(path("charts/mine.svg"), "mine").unwrap();
    write(dir.path(), &["charts/b.svg"]).unwrap();
    assert!(!path("charts/a.svg").exists() && path("charts/b.svg").exists());
    assert_eq!(fs::read(path("charts/mine.svg")).unwrap(), b"mine");
    // Nor is it replaced.
    assert!(matches!(write(dir.path(), &["charts/mine.svg"]), Err(FolderError::Taken(_))));
    assert_eq!(fs::read(path("charts/mine.svg")).unwrap(), b"mine");
}

#[cfg(unix)]
#[test]
fn nothing_is_touched_behind_a_symbolic_link() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(dir.path(), &["charts/a.svg"]).unwrap();
    fs::remove_dir_all(dir.path().join("charts")).unwrap();
    fs::write(other.path().join("a.svg"), "mine").unwrap();
    std::os::unix::fs::symlink(other.path(), dir.path().join("charts")).unwrap();
    assert!(matches!(write(dir.path(), &["charts/a.svg"]), Err(FolderError::Link(_))));
    write(dir.path(), &["report.md"]).unwrap();
    assert_eq!(fs::read(other.path().join("a.svg")).unwrap(), b"mine");
}

#[test]
fn what_stands_in_the_place_of_a_folder_or_a_file_is_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    write(dir.path(), &["charts/a.svg", "report.md"]).unwrap();
    fs::remove_dir_all(path("charts")).unwrap();
    fs::write(path("charts"), "mine").unwrap();
    let taken = |result: Result<(), FolderError>| match result {
        Err(FolderError::Taken(path)) => path,
        other => panic!("{other:?}"),
    };
    assert_eq!(taken(write(dir.path(), &["charts/a.svg"])), path("charts"));
    fs::remove_file(path("report.md")).unwrap();
    fs::create_dir(path("report.md")).unwrap();
    assert_eq!(taken(write(dir.path(), &["report.md"])), path("report.md"));
    assert_eq!(fs::read(path("charts")).unwrap(), b"mine");
}

#[test]
fn a_record_cannot_name_files_outside_of_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mine"), "mine").unwrap();
    let inner = dir.path().join("inner");
    write(&inner, &["report.md"]).unwrap();
    let mut record = Record::read(&inner).unwrap().unwrap();
    record.files = vec!["../mine".into(), dir.path().join("mine").display().to_string()];
    record.write(&inner).unwrap();
    write(&inner, &["report.md"]).unwrap_err();
    fs::remove_file(inner.join("report.md")).unwrap();
    write(&inner, &["report.md"]).unwrap();
    assert_eq!(fs::read(dir.path().join("mine")).unwrap(), b"mine");
}

#[test]
fn a_folder_of_somebody_else_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("thesis.tex"), "mine").unwrap();
    assert!(matches!(write(dir.path(), &["report.md"]), Err(FolderError::Foreign(_))));
    let file = dir.path().join("thesis.tex");
    assert!(matches!(Folder::of_results(&file), Err(FolderError::NotAFolder(_))));
}

#[test]
fn results_of_another_experiment_file_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &["report.md"]).unwrap();
    let plan = planned(TEXT);
    let same = (&plan.experiment, &plan.sweep);
    let open = |from: &str, experiment| Folder::of_experiment(dir.path(), &provenance(from), experiment);
    let edited = json!({});
    assert!(open("../case.toml", (&edited, &plan.sweep)).is_ok());
    assert!(open("../moved/case.toml", same).is_ok());
    let refused = open("../other/case.toml", (&edited, &plan.sweep));
    assert!(matches!(refused, Err(FolderError::OtherExperiment { .. })));
}

#[test]
fn a_record_of_another_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("record.json"), r#"{ "niwaki": "0.0.1", "name": "case" }"#).unwrap();
    let error = Folder::of_results(dir.path()).unwrap_err().to_string();
    assert!(error.contains("of another version (0.0.1)"), "{error}");
}

/// What is said of a record of these bytes.
fn said_of(bytes: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("record.json");
    fs::write(&path, bytes).unwrap();
    let said = Folder::of_results(dir.path()).unwrap_err().to_string();
    said.strip_prefix(&format!("{}: ", path.display())).unwrap().to_owned()
}

#[test]
fn a_damaged_record_is_told_from_one_of_another_version() {
    let own = env!("CARGO_PKG_VERSION");
    let next = "move its folder away, or choose another place with `--results`";
    let cases = [
        (String::new(), "is damaged (EOF while parsing a value at line 1 column 0)".to_owned()),
        ("\0\0".to_owned(), "is damaged (expected value at line 1 column 1)".to_owned()),
        ("7".to_owned(), "is damaged (it names no format)".to_owned()),
        (
            json!({ "niwaki": own }).to_string(),
            format!(
                "is of another version (an earlier state of {own}), which this one ({own}) does not read"
            ),
        ),
        (json!({ "niwaki": own, "format": 1 }).to_string(), "is damaged (missing field `name`)".to_owned()),
        (
            json!({ "niwaki": own, "format": 7 }).to_string(),
            format!("is of another version ({own}, format 7), which this one ({own}) does not read"),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(said_of(text.as_bytes()), format!("{expected}; {next}"), "{text}");
    }
}

#[test]
fn a_record_that_is_no_regular_file_is_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("record.json");
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    let refused = || Folder::of_results(dir.path()).unwrap_err().to_string();
    assert_eq!(refused(), format!("{}: is not a regular file", path.display()));
    fs::remove_file(&path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    assert_eq!(refused(), format!("{}: is not a regular file", path.display()));
}

#[test]
fn an_empty_folder_is_free_even_where_a_record_was_being_written() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("record.json.tmp"), "{").unwrap();
    fs::write(dir.path().join(".lock"), "1").unwrap();
    assert!(Folder::of_results(dir.path()).unwrap().previous().is_none());
}
