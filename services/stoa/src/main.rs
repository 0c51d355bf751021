//! The `stoa` command.

use std::process::ExitCode;

/// A call makes many small values and drops them on the thread that made them, which is what this allocator is made for.
#[cfg(not(feature = "count-allocations"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "count-allocations")]
#[global_allocator]
static ALLOCATOR: &stats_alloc::StatsAlloc<std::alloc::System> = &stats_alloc::INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    #[cfg(feature = "count-allocations")]
    stoa_chassis::count_allocations(|| {
        let counted = ALLOCATOR.stats();
        u64::try_from(counted.allocations + counted.reallocations).unwrap_or(u64::MAX)
    });
    ExitCode::from(stoa::cli::run())
}
