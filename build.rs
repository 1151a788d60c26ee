//! Tells the program what it is built from: the commit, the compiler, and the libraries that its numbers come from.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What the program is made of.
const SOURCES: [&str; 4] = ["src", "Cargo.toml", "Cargo.lock", "build.rs"];

#[expect(clippy::disallowed_methods, reason = "a build script is told of its compiler by the environment")]
fn main() {
    SOURCES.iter().for_each(|path| println!("cargo:rerun-if-changed={path}"));
    // A line is added to this file by every commit, and whenever another one is checked out.
    let log = said("git", &["rev-parse", "--git-path", "logs/HEAD"]);
    if let Some(log) = log.filter(|log| Path::new(log).exists()) {
        println!("cargo:rerun-if-changed={log}");
    }
    let changed = || said("git", &[&["status", "--porcelain", "--"][..], &SOURCES].concat());
    let commit = said("git", &["rev-parse", "HEAD"]).map(|commit| match changed() {
        Some(_) => format!("{commit}, changed"),
        None => commit,
    });
    let compiler = std::env::var("RUSTC").ok().and_then(|rustc| said(&rustc, &["--version"]));
    println!("cargo:rustc-env=NIWAKI_COMMIT={}", commit.unwrap_or_default());
    println!("cargo:rustc-env=NIWAKI_RUSTC={}", compiler.unwrap_or_default());
    println!("cargo:rustc-env=NIWAKI_POLARS={}", locked("polars").unwrap_or_default());
}

/// What a program prints; `None` where it is not there, fails or says nothing.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The version of the package `name` in `Cargo.lock`.
fn locked(name: &str) -> Option<String> {
    let lock = fs::read_to_string("Cargo.lock").ok()?;
    let (_, after) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    after.split('"').next().map(str::to_owned)
}
