//! Databases copied at one moment while they are written, and put back.
//!
//! All copies are of the same moment. The writers of every database are held for the few milliseconds in which each copy
//! pins what it sees, then they go on, and the copies are read from what was pinned. So a set of copies stands to each
//! other as the databases do after a power cut at that moment, which is what every step of the suite is made for; without
//! the hold, a callee would know orders that its caller never heard of.
//!
//! | file | answers |
//! |---|---|
//! | `backup` | what is copied, in which order, and what is told about a copy |
//! | `sqlite` | how a file is held and copied (`VACUUM INTO`) |
//! | `postgres` | how a database of a server is held and copied (`pg_dump` on an exported snapshot) |
//! | `restore` | how a copy is put back, marked as restored |
//! | `files` | checksums, and names and bytes that outlive a power cut |

mod files;
mod postgres;
mod restore;
mod sqlite;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures::future::{BoxFuture, try_join_all};
use serde::{Deserialize, Serialize};

use crate::Place;

pub use files::{sync_file, sync_folder};
pub use restore::{Target, restore, verify};

/// For how long the writers are held at most. The suite's own patience with a lock is twice as long.
const HOLD: Duration = Duration::from_millis(500);
/// How often it is tried before it is given up.
const TRIES: u32 = 40;
/// The pause before the next try; it grows.
const PAUSE: Duration = Duration::from_millis(25);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// One database that is copied.
#[derive(Clone, Debug)]
pub struct Source {
    /// The service.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// The query that gives the last position of its log as `head`; none: it has no log.
    pub head: Option<&'static str>,
}

impl Source {
    /// The file of its copy.
    fn file(&self) -> String {
        match self.place {
            Place::File(_) => format!("{}.db", self.name),
            Place::Server(_) => format!("{}.dump", self.name),
        }
    }
}

/// A copy, as the manifest of a backup tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// The service.
    pub name: String,
    /// The file, beside the manifest.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of it, hexadecimal.
    pub sha256: String,
    #[serde(flatten)]
    /// What stands in it.
    pub stands: Stands,
}

/// What stands in a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stands {
    /// The incarnation of the database that was copied.
    pub incarnation: String,
    /// The last position of its log.
    pub position: i64,
    /// The newest version of each component's schema.
    pub schema: BTreeMap<String, i64>,
}

/// The copies, and for how long the writers were held.
#[derive(Clone, Debug)]
pub struct Taken {
    /// In the order of the sources.
    pub copies: Vec<Copied>,
    /// For how long nobody could write.
    pub held: Duration,
}

/// Why there is no copy, or nothing was put back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// A database cannot be reached or does not do what it is asked.
    #[error("the database of {name}: {source}")]
    Database {
        /// Whose.
        name: String,
        /// What it said.
        #[source]
        source: sqlx::Error,
    },
    /// The writers could not be held all at once in their time; it may go better later.
    #[error("the writers could not be held together within {} ms, {TRIES} times over", HOLD.as_millis())]
    Busy,
    /// A file or folder.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file of the backup is not what the manifest says.
    #[error("{} is not what the manifest says: {what}", .path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// The client tools of Postgres are not there.
    #[error(
        "{program} is not installed: a backup of databases on Postgres needs the client tools of Postgres, as new as the server or newer"
    )]
    NoTool {
        /// Which.
        program: &'static str,
    },
    /// One of them failed.
    #[error("{program} of {name} failed: {said}")]
    Tool {
        /// Which.
        program: &'static str,
        /// Whose database.
        name: String,
        /// The last of what it wrote.
        said: String,
    },
}

impl BackupError {
    /// Whether the next moment may be a better one.
    fn is_passing(&self) -> bool {
        match self {
            Self::Busy => true,
            Self::Database { source, .. } => sqlite::is_busy(source) || postgres::is_busy(source),
            _ => false,
        }
    }
}

/// Copies the databases into `folder`, which stands and is empty, while they are written. Callers stand before those whom
/// they call. When it returns, the copies are on the disk under their names.
///
/// # Errors
/// Why there is no backup; files that were begun may be left in the folder, whose names end in `.partial`.
pub async fn take(sources: &[Source], folder: &Path) -> Result<Taken, BackupError> {
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match cut(sources, folder).await {
            Err(error) if error.is_passing() => {
                tracing::debug!(%error, "the moment was not good; it is tried again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            ended => return ended,
        }
    }
    match cut(sources, folder).await {
        Err(error) if error.is_passing() => Err(BackupError::Busy),
        ended => ended,
    }
}

/// What holds the writers of one database.
enum Hold {
    File(sqlite::Hold),
    Server(postgres::Hold),
}

impl Hold {
    async fn of(source: &Source) -> Result<Self, BackupError> {
        match &source.place {
            Place::File(path) => sqlite::Hold::of(source, path).await.map(Self::File),
            Place::Server(url) => postgres::Hold::of(source, url).await.map(Self::Server),
        }
    }

    async fn release(self) -> Result<(), BackupError> {
        match self {
            Self::File(hold) => hold.release().await,
            Self::Server(hold) => hold.release().await,
        }
    }
}

/// One try: hold everybody, pin everything, let everybody go, read what was pinned.
async fn cut(sources: &[Source], folder: &Path) -> Result<Taken, BackupError> {
    let mut holds = Vec::new();
    let mut since = None;
    for source in sources {
        let hold = Hold::of(source).await?;
        let began = *since.get_or_insert_with(Instant::now);
        if began.elapsed() > HOLD {
            return Err(BackupError::Busy);
        }
        holds.push(hold);
    }
    let since = since.unwrap_or_else(Instant::now);

    let partials: Vec<PathBuf> = sources
        .iter()
        .map(|source| folder.join(format!("{}.partial", source.file())))
        .collect();
    let mut copies: Vec<BoxFuture<'_, Result<Stands, BackupError>>> = Vec::new();
    let mut begun = Vec::new();
    for (source, partial) in sources.iter().zip(&partials) {
        files::remove(partial)?;
        match &source.place {
            Place::File(path) => {
                copies.push(Box::pin(sqlite::copy(source, path, partial)));
                begun.push(partial.as_path());
            }
            Place::Server(url) => {
                let snapshot = postgres::Snapshot::of(source, url).await?;
                copies.push(Box::pin(snapshot.copy(source, partial)));
            }
        }
    }
    let release = async {
        sqlite::begun(&begun, since + HOLD).await?;
        for hold in holds {
            hold.release().await?;
        }
        Ok(since.elapsed())
    };
    let (stands, held) = futures::future::try_join(try_join_all(copies), release).await?;
    let mut taken = Vec::new();
    for ((source, partial), stands) in sources.iter().zip(&partials).zip(stands) {
        let file = source.file();
        let (bytes, sha256) = files::settle(partial, &folder.join(&file))?;
        taken.push(Copied {
            name: source.name.clone(),
            file,
            bytes,
            sha256,
            stands,
        });
    }
    sync_folder(folder)?;
    Ok(Taken {
        copies: taken,
        held,
    })
}

fn database(name: &str) -> impl FnOnce(sqlx::Error) -> BackupError {
    let name = name.to_owned();
    |source| BackupError::Database { name, source }
}
