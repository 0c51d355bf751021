//! The `main` of a binary: everything from settings to the exit status.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::process::ExitCode;
use std::time::Duration;

use stoa_config::{Settings, Sources};
use stoa_store::StoreError;
use tokio::runtime::Builder;

use crate::signals::Signals;
use crate::{DatabasesError, Launch, Running, StartError, Suite};

/// The exit status of an orderly end.
const OK: u8 = 0;

/// The exit status of everything that has none of its own (`EX_SOFTWARE`).
const INTERNAL: u8 = 70;

/// The exit status of settings that cannot work: wrong ones, a folder without permission (`EX_USAGE` of sysexits.h).
const USAGE: u8 = 64;

/// The exit status of what may succeed later: a folder or an address that another process holds, a full disk
/// (`EX_TEMPFAIL`).
const TRY_AGAIN: u8 = 75;

/// The exit status after a second signal: that of a shell for SIGINT.
const INTERRUPTED: i32 = 130;

impl Suite {
    /// Runs the process until a signal: the first one drains, a second one ends it at once. `announce` is called once, when
    /// the process is ready.
    ///
    /// Status 0 after an orderly end, 64 when the settings cannot work (each mistake is on stderr), 75 when another process
    /// holds the data folder or an address, or the disk is full, 70 for everything else.
    pub fn main(self, sources: &Sources, announce: impl FnOnce(&Running)) -> ExitCode {
        ExitCode::from(self.run(sources, announce))
    }

    /// As [`Suite::main`], with the status as a number.
    pub fn run(self, sources: &Sources, announce: impl FnOnce(&Running)) -> u8 {
        let settings = match Settings::load(sources) {
            Ok(settings) => settings,
            Err(mistakes) => return failed(&StartError::Settings(mistakes)),
        };
        let runtime = match Builder::new_multi_thread()
            .thread_name("back")
            .enable_all()
            .build()
        {
            Ok(runtime) => runtime,
            Err(error) => return failed(&StartError::Serve(error)),
        };
        let code = runtime.block_on(self.until_signal(settings, announce));
        runtime.shutdown_timeout(Duration::from_secs(1));
        code
    }

    async fn until_signal(self, settings: Settings, announce: impl FnOnce(&Running)) -> u8 {
        let mut signals = match Signals::listen() {
            Ok(signals) => signals,
            Err(error) => return failed(&StartError::Serve(error)),
        };
        let running = tokio::select! {
            started = self.start(settings, Launch::default()) => match started {
                Ok(running) => running,
                Err(error) => return failed(&error),
            },
            // Nothing was answered yet: whatever was begun is as after a crash.
            signal = signals.next() => {
                eprintln!("{signal} during the start");
                return OK;
            }
        };
        announce(&running);
        let signal = signals.next().await;
        tracing::info!(signal, "a second signal ends the process at once");
        tokio::select! {
            () = running.stop() => OK,
            _ = signals.next() => std::process::exit(INTERRUPTED),
        }
    }
}

/// Says why on stderr: the error and its causes, or every mistake.
fn failed(error: &StartError) -> u8 {
    let mut text = error.to_string();
    for cause in causes(error).skip(1) {
        text.push_str(": ");
        text.push_str(&cause.to_string());
    }
    eprintln!("{text}");
    match error {
        StartError::Settings(_) => USAGE,
        StartError::Unfinished(_) => TRY_AGAIN,
        // The engine's own words; its code does not come through.
        _ if text.contains("disk is full") => TRY_AGAIN,
        _ => causes(error).find_map(status_of).unwrap_or(INTERNAL),
    }
}

/// An error and its causes, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (**error).source())
}

/// The status that a cause has, if it has one.
fn status_of(cause: &(dyn Error + 'static)) -> Option<u8> {
    match cause.downcast_ref() {
        Some(StoreError::Locked { .. } | StoreError::Contracting { .. }) => return Some(TRY_AGAIN),
        Some(StoreError::Taken(_) | StoreError::Durability { .. }) => return Some(USAGE),
        _ => {}
    }
    if let Some(DatabasesError::IsSqlite(_) | DatabasesError::Others(_)) = cause.downcast_ref() {
        return Some(USAGE);
    }
    match cause.downcast_ref::<io::Error>()?.kind() {
        ErrorKind::AddrInUse
        | ErrorKind::StorageFull
        | ErrorKind::QuotaExceeded
        | ErrorKind::ConnectionRefused
        | ErrorKind::ResourceBusy => Some(TRY_AGAIN),
        ErrorKind::PermissionDenied
        | ErrorKind::AddrNotAvailable
        | ErrorKind::NotADirectory
        | ErrorKind::ReadOnlyFilesystem => Some(USAGE),
        _ => None,
    }
}
