//! Exit statuses, those of sysexits.h where there is one.

/// All is done.
pub const OK: u8 = 0;

/// The suite refused, or what was checked does not hold.
pub const REFUSED: u8 = 1;

/// The arguments or the settings are wrong (`EX_USAGE`).
pub const USAGE: u8 = 64;

/// Something is not as it must be (`EX_SOFTWARE`).
pub const INTERNAL: u8 = 70;

/// Not now: the same command may succeed later (`EX_TEMPFAIL`).
pub const TRY_AGAIN: u8 = 75;
