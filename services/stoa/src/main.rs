//! The `stoa` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(stoa::cli::run())
}
