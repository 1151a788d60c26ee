//! The command line: one file a subcommand.

mod check;
mod common;
mod plan;
mod report;
mod run;
mod schema;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Neural-network pruning and distillation experiments, declared in TOML.
#[derive(Debug, Parser)]
#[command(version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks an experiment: every mistake at once
    Check(check::Check),
    /// Shows what would be run: trials, nodes, what they share, estimated time
    Plan(plan::Plan),
    /// Runs what is missing of an experiment, and writes its tables and charts
    Run(run::Run),
    /// Writes tables and charts again, without training
    Report(report::Report),
    /// Prints the JSON Schema of experiment files
    Schema,
}

/// How the program ended: its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    AllGood = 0,
    TrialFailed = 1,
    Wrong = 2,
    Interrupted = 130,
}

/// Parses the arguments, runs the subcommand, and says how it went.
pub fn main() -> ExitCode {
    let ended = match Arguments::parse().command {
        Command::Check(check) => check.run(),
        Command::Plan(plan) => plan.run(),
        Command::Run(run) => run.run(),
        Command::Report(report) => report.run(),
        Command::Schema => schema::run(),
    };
    let ending = ended.unwrap_or_else(|problem| {
        eprintln!("{problem}");
        Ending::Wrong
    });
    ExitCode::from(ending as u8)
}
