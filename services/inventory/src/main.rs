//! The service `inventory` in a process of its own.

use std::process::ExitCode;

/// A call makes and drops some dozens of small values on threads that never move it: the system's allocator takes more of its
/// time than the call itself does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    stoa_chassis::main::<stoa_inventory::Module>()
}
