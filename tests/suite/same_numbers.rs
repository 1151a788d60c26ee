//! The same experiment gives the same numbers, however it is run.

use crate::support::{Bench, SMALL, stderr};
use niwaki::draw::{Draw, Generator, Purpose};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

#[test]
fn with_one_and_with_two_workers() {
    let (one, two) = (Bench::new(SMALL), Bench::new(SMALL));
    one.run(&["--workers", "1"]).assert_same(&two.run(&["--workers", "2"]));
}

#[test]
fn after_being_killed_again_and_again() {
    let (bench, begun) = (Bench::new(SMALL), Instant::now());
    let undisturbed = bench.run(&[]);
    let whole = begun.elapsed();
    let killed = Bench::new(SMALL);
    let mut moments = Draw::new(0, "kill").generator(Purpose::SyntheticData, 0);
    let mut cut_short = 0;
    let mut tries = 0..200;
    while cut_short < 20 {
        tries.next().expect("one run in ten is cut short");
        let mut child = killed.command("run", &[]).spawn().expect("the program starts");
        sleep(whole.mul_f64(moments.uniform()));
        child.kill().expect("it can be killed");
        let status = child.wait().expect("it has ended");
        cut_short += u32::from(!status.success());
        // A run that ended before it was killed leaves nothing to do, so the next one starts without results.
        if status.success() {
            fs::remove_dir_all(killed.path().join("results")).expect("the results can be removed");
        }
    }
    undisturbed.assert_same(&killed.run(&[]));
    assert_eq!(leftovers(&killed), Vec::<PathBuf>::new());
}

#[test]
fn after_an_interruption() {
    let undisturbed = Bench::new(SMALL).run(&[]);
    let bench = Bench::new(&SMALL.replace("epochs    = 6", "epochs    = 600"));
    let child = bench.command("run", &["--workers", "1"]).spawn().expect("the program starts");
    sleep(Duration::from_millis(150));
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.expect("kill is there").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert!(stderr(&output).contains("again"), "it says how to go on: {}", stderr(&output));
    fs::write(bench.file(), SMALL).expect("the file can be written");
    undisturbed.assert_same(&bench.run(&[]));
}

#[test]
fn when_two_processes_share_the_work() {
    let undisturbed = Bench::new(SMALL).run(&[]);
    let shared = Bench::new(SMALL);
    let others: Vec<_> = (0..2)
        .map(|_| shared.command("run", &["--workers", "1"]).spawn().expect("the program starts"))
        .collect();
    for other in others {
        let output = other.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", stderr(&output));
    }
    undisturbed.assert_same(&shared.numbers());
}

#[test]
fn after_an_artifact_was_damaged() {
    let bench = Bench::new(SMALL);
    let before = bench.run(&[]);
    let mut damaged = 0;
    for file in
        bench.stored().into_iter().filter(|file| file.extension().is_some_and(|it| it == "safetensors"))
    {
        let mut bytes = fs::read(&file).expect("artifacts can be read");
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&file, bytes).expect("artifacts can be written");
        damaged += 1;
        if damaged == 3 {
            break;
        }
    }
    assert_eq!(damaged, 3);
    let output = bench.niwaki("run", &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("damaged"), "it is reported: {}", stderr(&output));
    before.assert_same(&bench.numbers());
}

/// Temporary files that nobody will finish.
fn leftovers(bench: &Bench) -> Vec<PathBuf> {
    bench.stored().into_iter().filter(|file| file.extension().is_some_and(|it| it == "tmp")).collect()
}
