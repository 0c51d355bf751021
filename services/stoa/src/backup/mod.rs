//! `stoa backup`: a copy of everything at one moment, while the suite runs.
//!
//! It needs no suite that answers: it asks the databases. Callers are held and copied before those whom they call, the
//! sandbox's books last. What is not copied: the operator's token and the passwords of a server, which a restored folder gets
//! anew.

mod manifest;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use stoa_chassis::DatabaseSettings;
use stoa_store::backup::{self, BackupError, Source, sync_folder};
use stoa_store::{FolderLock, Place, StoreError};
use stoa_types::{Clock, Ids, SystemClock, SystemIds};

use crate::client::{DEFAULT_DATA, Failure, Format, Report as _};
use crate::status;
use crate::suite::suite;

pub(crate) use manifest::Manifest;

/// What the help says besides the arguments.
pub(crate) const HELP: &str = "Examples:
  stoa backup --to /backups/monday
  stoa backup --data /var/lib/stoa --to /backups/monday --format json

The suite may run meanwhile: its writers wait for some milliseconds, and all copies are of that one moment.
A folder is a backup when it has its manifest.json, which is written last. The operator's token is not in it;
the payment provider's books are only when they are the sandbox's of this suite.
Put back with: stoa restore --from /backups/monday --data DIR";

/// The name of the sandbox among the copies.
pub(crate) const SANDBOX: &str = "sandbox";

/// The last position of a service's log.
const HEAD: &str = "SELECT coalesce(max(position), 0) AS head FROM event_position";

/// The arguments of `stoa backup`.
#[derive(Debug, clap::Args)]
pub(crate) struct Backup {
    /// The folder that becomes the backup; made when it is missing, refused when something is in it
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// The data folder of the suite
    #[arg(long, value_name = "DIR", default_value = DEFAULT_DATA)]
    data: PathBuf,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What stands in the folder.
#[derive(Debug, Serialize)]
struct Done {
    to: PathBuf,
    manifest: Manifest,
}

impl Backup {
    /// Takes it.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn run(&self) -> Result<u8, Failure> {
        let (sources, engine) = self.sources().await?;
        make_empty(&self.to)?;
        let taken_at = SystemClock.now().to_string();
        let id = SystemIds.uuid().simple().to_string();
        let taken = backup::take(&sources, &self.to).await.map_err(failure)?;
        let mut manifest = Manifest::new(id, engine, taken_at);
        manifest.writers_held_ms = u64::try_from(taken.held.as_millis()).unwrap_or(u64::MAX);
        for copy in taken.copies {
            if copy.name == SANDBOX {
                manifest.provider = Some(copy);
            } else {
                manifest.services.push(copy);
            }
        }
        manifest.write(&self.to)?;
        let to = self.to.clone();
        let done = Done { to, manifest };
        done.print(self.format).map(|()| status::OK)
    }

    /// What is copied, callers first, and on which engine it stands.
    async fn sources(&self) -> Result<(Vec<Source>, &'static str), Failure> {
        let data = &self.data;
        if let Some(why) = stoa_chassis::unfinished_restore(data) {
            return Err(Failure::Usage(why));
        }
        let databases = suite().databases(&DatabaseSettings::default(), data).await;
        let databases = databases.map_err(|error| Failure::Broken(error.to_string()))?;
        let mut sources = Vec::new();
        let mut engine = "sqlite";
        for database in databases.into_iter().rev() {
            match &database.place {
                Place::File(path) if !path.exists() => {
                    return Err(Failure::NeverStarted { data: data.clone() });
                }
                Place::File(_) => {}
                Place::Server(_) => engine = "postgres",
            }
            sources.push(Source {
                name: database.name,
                place: database.place,
                head: Some(HEAD),
            });
        }
        let books = books(data);
        if books.exists() && self.is_ours(&books) {
            sources.push(Source {
                name: SANDBOX.to_owned(),
                place: Place::File(books),
                head: None,
            });
        }
        Ok((sources, engine))
    }

    /// Whether the books in the folder are those of the provider in use: somebody has them open, or nothing runs at all.
    fn is_ours(&self, books: &Path) -> bool {
        let locked = |lock| matches!(lock, Err(StoreError::Locked { .. }));
        locked(FolderLock::file(books)) || !locked(FolderLock::folder(&self.data))
    }
}

/// The sandbox's books in a data folder.
pub(crate) fn books(data: &Path) -> PathBuf {
    data.join(SANDBOX).join("sandbox.db")
}

/// A folder with nothing in it.
fn make_empty(folder: &Path) -> Result<(), Failure> {
    let broken = |error| Failure::Usage(format!("cannot use {}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(broken)?;
    if fs::read_dir(folder).map_err(broken)?.next().is_some() {
        return Err(Failure::Usage(format!(
            "{} is not empty: name another folder, such as {}-2",
            folder.display(),
            folder.display()
        )));
    }
    let parent = folder.parent().filter(|it| !it.as_os_str().is_empty());
    sync_folder(parent.unwrap_or_else(|| Path::new("."))).map_err(failure)
}

/// How a tool ends that cannot copy or put back.
pub(crate) fn failure(error: BackupError) -> Failure {
    match error {
        BackupError::Busy => Failure::Busy(format!("{error}: run this command again")),
        BackupError::NoTool { .. } | BackupError::Damaged { .. } => {
            Failure::Usage(error.to_string())
        }
        _ => Failure::Broken(error.to_string()),
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = &self.manifest;
        for copy in manifest.copies() {
            writeln!(
                f,
                "{:10} {:>12} bytes  position {:>9}  {}",
                copy.name, copy.bytes, copy.stands.position, copy.file
            )?;
        }
        writeln!(
            f,
            "A backup of {} of {} services on {} stands in {}; writers waited for {} ms.",
            manifest.taken_at,
            manifest.services.len(),
            manifest.engine,
            self.to.display(),
            manifest.writers_held_ms
        )?;
        if manifest.provider.is_none() {
            writeln!(
                f,
                "The payment provider's books are not in it: what it did since then is found again after a restore."
            )?;
        }
        write!(
            f,
            "Put back with: stoa restore --from {} --data DIR",
            self.to.display()
        )
    }
}
