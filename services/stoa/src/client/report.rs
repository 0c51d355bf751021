//! What a tool prints on stdout: text for a person, or one JSON object on the last line for a program.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

use super::Failure;

/// How a tool prints its result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a person.
    #[default]
    Text,
    /// One JSON object, the last line of stdout; numbers are numbers.
    Json,
}

/// The result of a tool: `Display` is the text, `Serialize` the JSON object.
pub trait Report: Display + Serialize {
    /// Prints it.
    ///
    /// # Errors
    /// When stdout is closed.
    fn print(&self, format: Format) -> Result<(), Failure> {
        let text = match format {
            Format::Text => self.to_string(),
            Format::Json => serde_json::to_string(self)
                .map_err(|error| Failure::Broken(format!("the result is no JSON: {error}")))?,
        };
        line(&text)
    }
}

impl<T: Display + Serialize> Report for T {}

/// Writes a line to stdout.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", text.trim_end_matches('\n'))
        .and_then(|()| out.flush())
        .map_err(|error| Failure::Broken(format!("cannot write to stdout: {error}")))
}
