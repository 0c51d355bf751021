//! The service `inventory` in a process of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    stoa_chassis::main::<stoa_inventory::Module>()
}
