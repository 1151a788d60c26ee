//! Nothing of the user's is lost, whatever happens to a run or to its files.

use crate::support::{Bench, SMALL, TINY, stderr, stdout};
use niwaki::plan::Key;
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};

/// The keys of the experiment's nodes, in the order of the plan.
fn keys(bench: &Bench, set: &[&str]) -> Vec<Key> {
    bench.plan(set).nodes.keys().copied().collect()
}

/// The file of `key` in the store that ends with `end`.
fn entry(bench: &Bench, key: Key, end: &str) -> PathBuf {
    let key = key.to_string();
    bench.store().join(&key[..2]).join(format!("{key}.{end}"))
}

/// Holds the lock of `key`, as another process at work on it would.
fn hold(path: &Path) -> File {
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
    let lock = File::create(path).expect("it can be made");
    lock.try_lock().expect("nobody else has it");
    lock
}

fn hold_node(bench: &Bench, key: Key) -> File {
    hold(&bench.store().join(format!("locks/{key}.lock")))
}

/// Starts `niwaki run`, and waits until it says that it waits for another process.
fn start_and_wait(bench: &Bench, more: &[&str]) -> (Child, String) {
    use std::io::{BufRead, BufReader};

    let mut child = bench.command("run", more).spawn().expect("the program starts");
    let lines = BufReader::new(child.stderr.as_mut().expect("it is a pipe"));
    let waits = |line: std::io::Result<String>| line.ok().filter(|line| line.starts_with("waiting for"));
    let line = lines.lines().find_map(waits).expect("it says that it waits");
    (child, line)
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(sent.expect("kill is there").success());
}

fn flip_last_byte(path: &Path) {
    let mut bytes = fs::read(path).expect("it can be read");
    *bytes.last_mut().expect("it has bytes") ^= 1;
    fs::write(path, bytes).expect("it can be written");
}

fn failed_with(output: &Output, message: &str) {
    assert_eq!(output.status.code(), Some(1), "{}", stderr(output));
    assert!(stderr(output).contains(message), "{}", stderr(output));
}

#[test]
fn what_is_damaged_is_set_aside_whole_and_said_once() {
    let bench = Bench::new(TINY);
    let before = bench.run(&[]);
    let path = entry(&bench, keys(&bench, &[])[0], "safetensors");
    flip_last_byte(&path);
    let damaged = fs::read(&path).expect("it can be read");
    let output = bench.niwaki("run", &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output).matches("damaged and made again").count(), 1, "{}", stderr(&output));
    let kept = bench.store().join("damaged").join(path.file_name().expect("it has a name"));
    assert!(fs::read(kept).expect("it was moved there") == damaged);
    before.assert_same(&bench.numbers());
}

/// The sealed JSON at `path` as if written by version 7.0.0 in a format of its own.
fn age(path: &Path) -> Vec<u8> {
    let text = fs::read_to_string(path).expect("it can be read");
    let at = text.find("\"format\"").expect("an entry has a format");
    let version = format!("\"niwaki\":\"{}\"", env!("CARGO_PKG_VERSION"));
    let rest = text[at..].replace("\"format\":2", "\"format\":7").replace(&version, "\"niwaki\":\"7.0.0\"");
    let digest = blake3::hash(rest.as_bytes()).to_hex();
    let bytes = format!("{{\"digest\":\"{digest}\",{rest}").into_bytes();
    fs::write(path, &bytes).expect("it can be written");
    bytes
}

#[test]
fn a_damaged_measurement_is_measured_again_and_a_report_says_what_to_do() {
    let bench = Bench::new(TINY);
    let before = bench.run(&[]);
    let dense = keys(&bench, &[])[0];
    let path = entry(&bench, dense, "measured-3.json");
    flip_last_byte(&path);
    let (said, status) = report(&bench);
    assert_eq!(status, Some(2));
    assert!(said.contains("does not match its digest: it is damaged; `niwaki run` sets it aside"), "{said}");
    let output = bench.niwaki("run", &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let said = "dense seed 0 has a damaged measurement and is measured again: ";
    assert!(stderr(&output).contains(said), "{}", stderr(&output));
    before.assert_same(&bench.numbers());
}

#[test]
fn what_another_version_wrote_is_left_alone_and_said_so() {
    let bench = Bench::new(TINY);
    bench.run(&[]);
    let path = entry(&bench, keys(&bench, &[])[0], "json");
    let bytes = age(&path);
    let output = bench.niwaki("run", &[]);
    failed_with(&output, "written by version 7.0.0 of niwaki");
    assert!(stderr(&output).contains("--fresh"), "{}", stderr(&output));
    assert!(fs::read(&path).expect("it is there") == bytes);
    assert!(!bench.store().join("damaged").exists());
    // Asked to make everything again, the program still throws nothing away.
    let output = bench.niwaki("run", &["--fresh"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stderr(&output);
    assert_eq!(
        said.matches("dense seed 0 was written by version 7.0.0 of niwaki and is made again").count(),
        1
    );
    assert!(!said.contains("is damaged") && !said.contains("left as it is"), "{said}");
    let kept = bench.store().join("damaged").join(path.file_name().expect("it has a name"));
    assert!(fs::read(kept).expect("it was moved there") == bytes);
}

// A symbolic link to itself cannot be read by anyone, whatever their rights.
#[cfg(unix)]
#[test]
fn what_cannot_be_read_fails_its_node_and_is_left_as_are_the_results() {
    let bench = Bench::new(TINY);
    let numbers = bench.run(&[]);
    let dense = keys(&bench, &[])[0];
    let [json, arrays, measured] =
        ["json", "safetensors", "measured-3.json"].map(|end| entry(&bench, dense, end));
    let artifact = || [&json, &arrays].map(|path| fs::read(path).expect("it is there"));
    let before = artifact();
    fs::remove_file(&measured).expect("it was measured");
    std::os::unix::fs::symlink(&measured, &measured).expect("it can be made");
    let output = bench.niwaki("run", &[]);
    failed_with(&output, &format!("{dense}.measured-3.json: "));
    assert!(artifact() == before && measured.is_symlink());
    assert!(
        stderr(&output).contains("stay as they were: an earlier run measured more"),
        "{}",
        stderr(&output)
    );
    numbers.assert_same(&bench.numbers());
    assert!(!bench.store().join("damaged").exists());
}

#[test]
fn folders_and_files_in_the_place_of_entries_give_way() {
    let bench = Bench::new(TINY);
    let [dense, sparse] = keys(&bench, &[])[..] else { panic!("there are two nodes") };
    fs::create_dir_all(entry(&bench, dense, "json")).expect("it can be made");
    fs::create_dir_all(entry(&bench, dense, "safetensors.tmp")).expect("it can be made");
    let folder = entry(&bench, sparse, "json").parent().expect("it is in a folder").to_owned();
    fs::write(folder, "a stray file").expect("it can be written");
    let output = bench.niwaki("run", &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(fs::read_dir(bench.store().join("damaged")).expect("it is there").count(), 3);
}

#[test]
fn fresh_keeps_the_old_until_the_new_is_whole() {
    let bench = Bench::new(TINY);
    let before = bench.run(&[]);
    let [dense, sparse] = keys(&bench, &[])[..] else { panic!("there are two nodes") };
    let _held = hold_node(&bench, dense);
    let (child, line) = start_and_wait(&bench, &["--fresh"]);
    assert_eq!(line, format!("waiting for another process, which is at {}", "dense seed 0"));
    signal(&child, "INT");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    before.assert_same(&bench.numbers());
    assert!(entry(&bench, dense, "json").is_file() && entry(&bench, sparse, "json").is_file());
}

#[test]
fn a_run_that_did_nothing_leaves_the_results_of_the_one_before() {
    let bench = Bench::new(TINY);
    let before = bench.run(&[]);
    let edited = ["--set", "stage.dense.train.epochs=2"];
    let _held = hold_node(&bench, keys(&bench, &edited[1..])[0]);
    let (child, _) = start_and_wait(&bench, &edited);
    signal(&child, "TERM");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert!(stdout(&output).is_empty(), "no report was written: {}", stdout(&output));
    before.assert_same(&bench.numbers());
}

#[test]
fn waiting_for_the_results_is_said_and_can_be_interrupted() {
    let bench = Bench::new(TINY);
    let held = hold(&bench.results().join(".lock"));
    let (child, line) = start_and_wait(&bench, &[]);
    assert_eq!(line, "waiting for another process, which is writing the results");
    signal(&child, "INT");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert!(!bench.results().join("report.md").exists());
    drop(held);
    let again: Value = serde_json::from_slice(&bench.niwaki("run", &["--json"]).stdout).expect("it is JSON");
    assert_eq!([&again["done"], &again["cached"]], [0, 2]);
}

#[cfg(unix)]
#[test]
fn ignored_signals_stay_ignored() {
    let bench = Bench::new(TINY);
    let held = hold_node(&bench, keys(&bench, &[])[0]);
    let mut command = Command::new("sh");
    let script = format!("trap '' HUP; exec {} run small.toml", env!("CARGO_BIN_EXE_niwaki"));
    command.current_dir(bench.path()).args(["-c", &script]);
    let child = command.stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn();
    let mut child = child.expect("a shell is there");
    let mut first = [0];
    std::io::Read::read_exact(child.stderr.as_mut().expect("it is a pipe"), &mut first)
        .expect("it says something");
    signal(&child, "HUP");
    std::thread::sleep(std::time::Duration::from_millis(100));
    drop(held);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn results_that_cannot_be_written_are_found_before_anything_is_trained() {
    let bench = Bench::new(TINY);
    fs::create_dir(bench.path().join("results")).expect("it can be made");
    fs::write(bench.results(), "somebody's file").expect("it can be written");
    let output = bench.niwaki("run", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("results cannot be written"), "{}", stderr(&output));
    assert!(!bench.store().exists());
    assert_eq!(fs::read_to_string(bench.results()).expect("it is there"), "somebody's file");
}

// No file may grow beyond a block: the first artifact cannot be stored.
#[cfg(unix)]
#[test]
fn a_full_disk_stops_the_run_at_the_first_node() {
    let text = TINY.replace("[stage.dense.train]", "[sweep]\nseed = [0, 1, 2]\n\n[stage.dense.train]");
    let bench = Bench::new(&text);
    let script = format!(
        "trap '' XFSZ; ulimit -f 1; exec {} run small.toml --workers 1",
        env!("CARGO_BIN_EXE_niwaki")
    );
    let output = Command::new("sh").current_dir(bench.path()).args(["-c", &script]).output();
    let output = output.expect("a shell is there");
    failed_with(&output, "the run stopped with 0 of 6 nodes done");
    assert_eq!(stderr(&output).matches("error:").count(), 1, "{}", stderr(&output));
}

// No chart fits into so many blocks, and all that is stored does.
#[cfg(unix)]
#[test]
fn a_disk_that_is_full_when_the_results_are_written_loses_nothing() {
    let bench = Bench::new(TINY);
    let script = format!(
        "trap '' XFSZ; ulimit -f 40; exec {} run small.toml --workers 1",
        env!("CARGO_BIN_EXE_niwaki")
    );
    let output = Command::new("sh").current_dir(bench.path()).args(["-c", &script]).output();
    let said = "; what was trained is stored, and the same command writes the results";
    failed_with(&output.expect("a shell is there"), said);
    let again: Value = serde_json::from_slice(&bench.niwaki("run", &["--json"]).stdout).expect("it is JSON");
    assert_eq!([&again["done"], &again["cached"]], [0, 2]);
    assert_eq!(again["written"], true);
}

#[test]
fn a_network_beyond_memory_fails_alone() {
    let text = TINY.replace(
        "[stage.dense.train]",
        "[sweep]\nstage.dense.train.model.mlp.hidden = [[8], [1000000000]]\n\n[stage.dense.train]",
    );
    let bench = Bench::new(&text);
    let output = bench.niwaki("run", &[]);
    failed_with(&output, "of memory, and this machine has");
    assert_eq!(bench.numbers().measurements.height(), 2);
    let plan: Value = serde_json::from_slice(&bench.niwaki("plan", &["--json"]).stdout).expect("it is JSON");
    assert!(plan["seconds_estimated"].is_null());
    assert!(plan["problem"].as_str().is_some_and(|problem| problem.contains("memory")), "{plan}");
    let check = bench.niwaki("check", &[]);
    assert_eq!(check.status.code(), Some(0));
    let warning = "warning: dense (hidden=[1000000000]) seed 0: training takes at least";
    assert!(stderr(&check).starts_with(warning), "{}", stderr(&check));
}

#[test]
fn a_checkpoint_that_is_wanted_later_leaves_the_dense_network_as_it_is() {
    let ticket = "\n[stage.ticket.prune]\nfrom = \"dense\"\nimportance = \"magnitude\"\nschedule.geometric = { rate = 0.3, rounds = 1 }\nrecover.rewind = \"2it\"\n";
    let whole = Bench::new(&format!("{TINY}{ticket}"));
    let expected = whole.run(&[]);
    let bench = Bench::new(TINY);
    bench.run(&[]);
    let dense = entry(&bench, keys(&bench, &[])[0], "json");
    let before = fs::read(&dense).expect("it is there");
    fs::write(bench.file(), format!("{TINY}{ticket}")).expect("it can be written");
    expected.assert_same(&bench.run(&[]));
    assert!(fs::read(&dense).expect("it is there") == before);
}

#[test]
fn locks_of_killed_runs_do_not_stay() {
    let bench = Bench::new(TINY);
    let locks = bench.store().join("locks");
    fs::create_dir_all(&locks).expect("it can be made");
    fs::write(locks.join("of-a-killed-run.lock"), "").expect("it can be written");
    bench.run(&[]);
    assert_eq!(fs::read_dir(locks).expect("it is there").count(), 0);
}

// The time a training took is in the tables too: had it been trained again, it would be another.
#[test]
fn what_was_not_measured_by_this_version_is_measured_again_without_training() {
    let bench = Bench::new(SMALL);
    bench.run(&[]);
    let table = bench.results().join("measurements.csv");
    let before = fs::read_to_string(&table).expect("there is one");
    for key in keys(&bench, &[]) {
        fs::remove_file(entry(&bench, key, "measured-3.json")).expect("every node was measured");
    }
    bench.run(&[]);
    assert_eq!(fs::read_to_string(&table).expect("there is one"), before);
}

/// What `niwaki report small.toml` says, and its exit status.
fn report(bench: &Bench) -> (String, Option<i32>) {
    let output = bench.niwaki("report", &[]);
    (stderr(&output), output.status.code())
}

#[test]
fn a_report_of_less_than_was_measured_leaves_the_results() {
    let bench = Bench::new(TINY);
    let before = bench.run(&[]);
    let last = *keys(&bench, &[]).last().expect("there are nodes");
    fs::remove_file(entry(&bench, last, "json")).expect("every node is stored");
    let (said, status) = report(&bench);
    assert!(said.contains("1 of 2 nodes are not in the store; `run` trains them"), "{said}");
    assert!(
        said.contains("stay as they were: an earlier run measured more than is in the store now"),
        "{said}"
    );
    assert_eq!(status, Some(0));
    before.assert_same(&bench.numbers());
}

#[test]
fn a_report_tells_what_was_not_measured_by_this_version_from_what_is_not_stored() {
    let bench = Bench::new(TINY);
    bench.run(&[]);
    let keys = keys(&bench, &[]);
    fs::remove_dir_all(bench.results()).expect("there are results");
    fs::remove_file(entry(&bench, keys[1], "measured-3.json")).expect("every node was measured");
    let (said, status) = report(&bench);
    assert!(
        said.contains("1 of 2 nodes were not measured by this version; `run` measures them again"),
        "{said}"
    );
    assert_eq!(status, Some(0));
    fs::remove_file(entry(&bench, keys[0], "measured-3.json")).expect("every node was measured");
    let (said, status) = report(&bench);
    assert!(said.contains("nothing of this experiment was measured by this version"), "{said}");
    assert_eq!(status, Some(2));
    fs::remove_dir_all(bench.store()).expect("there is a store");
    assert!(report(&bench).0.contains("nothing of this experiment is in the store; run it first"));
}

#[test]
fn results_that_cannot_be_read_are_told_before_a_run() {
    let bench = Bench::new(TINY);
    bench.run(&[]);
    let warned = |said: &str| {
        for subcommand in ["check", "plan"] {
            let output = bench.niwaki(subcommand, &[]);
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            assert!(stderr(&output).contains(said), "{subcommand}: {}", stderr(&output));
            let told: Value =
                serde_json::from_str(&stdout(&bench.niwaki(subcommand, &["--json"]))).expect("it is JSON");
            assert!(told["warnings"].to_string().contains(said), "{told}");
        }
    };
    fs::write(bench.results().join("claims.lock.json"), "{").expect("it can be written");
    warned("results/small/claims.lock.json: is damaged");
    fs::write(bench.results().join("record.json"), "{").expect("it can be written");
    warned("results/small/record.json: is damaged");
    fs::write(bench.results().join("record.json"), r#"{ "niwaki": "9.0.0", "format": 9 }"#)
        .expect("it can be written");
    warned("results/small/record.json: is of another version");
}
