//! The command line: one file a subcommand.

mod check;
mod claims;
mod commit;
mod common;
mod compare;
mod compared;
mod error;
mod explain;
mod groups;
mod interrupts;
mod losses;
mod plan;
mod report;
mod room;
mod run;
mod schema;
mod verify;
mod wrapped;

use crate::output;
use clap::builder::Resettable;
use clap::{Arg, CommandFactory, FromArgMatches, Parser, Subcommand};
use common::print_json;
use error::errors;
use std::ffi::OsString;
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
    /// Runs an experiment again in a store of its own, and compares what comes out with what is recorded
    Verify(verify::Verify),
    /// Compares two results of one experiment
    Compare(compare::Compare),
    /// Explains a key, a method or a column: what it is, its formula, what it can be set to
    Explain(explain::Explain),
    /// Prints the JSON Schema of experiment files
    Schema,
}

/// How the program ended: its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    AllGood = 0,
    TrialFailed = 1,
    Wrong = 2,
    /// A claim did not hold, or a number is not what is recorded.
    NotReproduced = 3,
    Interrupted = 130,
}

/// Parses the arguments, runs the subcommand, and says how it went.
pub fn main() -> ExitCode {
    let Arguments { command } = parse(std::env::args_os().collect());
    let is_json = match &command {
        Command::Check(check) => check.json,
        Command::Plan(plan) => plan.json,
        Command::Run(run) => run.json,
        Command::Verify(verify) => verify.json,
        Command::Compare(compare) => compare.json,
        Command::Report(_) | Command::Explain(_) | Command::Schema => false,
    };
    let ended = match command {
        Command::Check(check) => check.run(),
        Command::Plan(plan) => plan.run(),
        Command::Run(run) => run.run(),
        Command::Report(report) => report.run(),
        Command::Verify(verify) => verify.run(),
        Command::Compare(compare) => compare.run(),
        Command::Explain(explain) => explain.run(),
        Command::Schema => schema::run(),
    };
    let mut ending = ended.unwrap_or_else(|problem| {
        if is_json {
            print_json(&problem.json());
        }
        output::tell(problem.render());
        problem.ending()
    });
    if let Some(problem) = output::refused() {
        output::tell(format!("error: standard output: {problem}"));
        ending = if ending == Ending::AllGood { Ending::Wrong } else { ending };
    }
    ExitCode::from(ending as u8)
}

/// The arguments; a mistake in them, or help, is shown and ends the program.
fn parse(given: Vec<OsString>) -> Arguments {
    let is_json = given.iter().any(|argument| argument == "--json");
    let command = Arguments::command().mut_subcommands(|command| command.mut_args(without_empty_variable));
    let matches = command.try_get_matches_from(given);
    matches.and_then(|matches| Arguments::from_arg_matches(&matches)).unwrap_or_else(|problem| {
        if is_json && problem.use_stderr() {
            print_json(&errors(problem.to_string().trim_end()));
        }
        problem.exit()
    })
}

/// An environment variable that is set to nothing counts as not set.
fn without_empty_variable(argument: Arg) -> Arg {
    let is_empty = |name: &std::ffi::OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    match argument.get_env() {
        Some(name) if is_empty(name) => argument.env(Resettable::Reset),
        _ => argument,
    }
}
