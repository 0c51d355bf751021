//! What a database is opened with, and the limits that the committer keeps.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Where one service's database stands.
#[derive(Clone, Debug)]
pub struct DbConfig {
    /// The name in logs, metrics and errors: the service's own.
    pub name: String,
    /// Which engine, and where.
    pub place: Place,
}

/// A file or a server.
#[derive(Clone, Debug)]
pub enum Place {
    /// The SQLite file; its folder is made when it is missing.
    File(PathBuf),
    /// The Postgres database, as a URL with the name and the password of a role that owns it.
    Server(DatabaseUrl),
}

/// A URL with a password in it, which no log line shows.
#[derive(Clone)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Of this text.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The text with the password.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://***")
    }
}

impl DbConfig {
    /// A SQLite file.
    #[must_use]
    pub fn file(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            place: Place::File(path.into()),
        }
    }

    /// A Postgres database.
    #[must_use]
    pub fn server(name: impl Into<String>, url: DatabaseUrl) -> Self {
        Self {
            name: name.into(),
            place: Place::Server(url),
        }
    }
}

/// How hard a commit must have reached the disk before anyone is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// Nothing is synced: a power cut loses and may corrupt. Refused outside the crash tests.
    Off,
    /// Synced at checkpoints only: a power cut loses the last transactions. Refused outside the crash tests.
    Normal,
    /// Every commit is synced before it is answered.
    Full,
}

/// Everything about a database that has a good default.
#[derive(Clone, Debug)]
pub struct Options {
    /// What to ask the engine for; what it then reports must not be weaker than [`Durability::Full`].
    pub durability: Durability,
    /// The bounds of the group committer.
    pub limits: Limits,
    /// Read-only connections, 2 to 4.
    pub readers: u32,
    /// Transactions that write at the same time, 1 to 4: docs/adr/0016 says why one is best. SQLite has one writer,
    /// whatever stands here.
    pub lanes: u32,
    /// Page cache of the writing connection, in KiB; a reader gets half of it.
    pub cache_kib: u32,
    /// The least time between two checkpoints.
    pub checkpoint_every: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Full,
            limits: Limits::default(),
            readers: 3,
            lanes: 1,
            cache_kib: 8 * 1024,
            checkpoint_every: Duration::from_millis(1_000),
        }
    }
}

/// The bounds of the group committer; docs/adr/0015 says why the defaults are these.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Members that may wait; beyond it a caller gets RESOURCE_EXHAUSTED with a retry hint.
    pub queue: usize,
    /// Rows that one transaction writes at most; a larger member goes alone.
    pub rows: usize,
    /// Work that one transaction takes at most, by the measured cost of a row of its command type.
    pub work: Duration,
    /// How long one batch may try before its members are told to come again.
    pub batch: Duration,
    /// Command batches that may pass a waiting background write.
    pub passes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queue: 2_048,
            rows: 1_024,
            work: Duration::from_millis(20),
            batch: Duration::from_secs(2),
            passes: 3,
        }
    }
}
