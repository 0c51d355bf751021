//! How a setting gets its value, and how a person learns about every mistake in them at once.
//!
//! Settings come in sections (`[order]` in the file), one Rust type each ([`Section`]), in four layers, the later one winning:
//! the type's `Default`, a TOML file, the environment (`STOA_ORDER__QUOTE_LIFETIME=10m`: section and key divided by two
//! underscores), flags. [`Settings::section`] gives the typed value; what is wrong with it goes into [`Mistakes`], which the
//! chassis prints as a whole before it exits with status 64.

mod mistakes;
mod secret;
mod settings;
pub mod span;

pub use mistakes::{Mistake, Mistakes};
pub use secret::Secret;
pub use settings::{Described, Section, Settings, Sources};
