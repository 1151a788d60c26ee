//! The command line: one file a subcommand.

use std::process::ExitCode;

/// Parses the arguments, runs the subcommand, and says how it went.
pub fn main() -> ExitCode {
    ExitCode::from(2)
}
