//! The service `pricing` in a process of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    stoa_chassis::main::<stoa_pricing::Module>()
}
