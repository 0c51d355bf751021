//! The service `payment` in a process of its own.

use std::process::ExitCode;

/// A call makes many small values and drops them on the thread that made them, which is what this allocator is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    stoa_chassis::main::<stoa_payment::PaymentModule>()
}
