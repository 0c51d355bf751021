//! `stoa restore`: puts a backup into a data folder in which nothing runs.
//!
//! It may be killed and run again at any moment: until everything is on the disk a file in the folder says that it has not
//! ended, and no suite starts there. What comes back is marked: the suite that starts on it changes nothing before
//! `stoa doctor --after-restore` has compared its services.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use stoa_chassis::{ADDRESSES, DatabaseSettings, UNFINISHED_RESTORE};
use stoa_config::{Settings, Sources};
use stoa_store::backup::{self, Target, sync_file, sync_folder};
use stoa_store::{FolderLock, Place, Restored, StoreError};
use stoa_types::{Clock, SystemClock};

use crate::backup::{Manifest, SANDBOX, books, failure};
use crate::client::{DEFAULT_DATA, Failure, Format, Report as _};
use crate::status;
use crate::suite::suite;

/// What the help says besides the arguments.
pub(crate) const HELP: &str = "Examples:
  stoa restore --from /backups/monday --data /var/lib/stoa
  stoa restore --from /backups/monday --data ./stoa-data --force      over what stands there
  STOA_DATABASE__PREFIX=monday stoa restore --from /backups/monday --data ./monday \\
    --database postgres://admin:password@127.0.0.1:5432/postgres      a backup of databases on Postgres

Then: stoa up --data DIR, and in a second terminal: stoa doctor --after-restore --data DIR
Until the doctor has found that all holds, the suite answers reads only.";

/// The arguments of `stoa restore`.
#[derive(Debug, clap::Args)]
pub(crate) struct Restore {
    /// The folder of the backup
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// The data folder; made when it is missing, refused when something is in it
    #[arg(long, value_name = "DIR", default_value = DEFAULT_DATA)]
    data: PathBuf,
    /// The Postgres server that takes the databases, when the folder does not remember one
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Over whatever stands in the data folder and its databases: it is lost
    #[arg(long)]
    force: bool,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What was put back.
#[derive(Debug, Serialize)]
struct Done {
    data: PathBuf,
    backup: String,
    taken_at: String,
    services: Vec<String>,
    /// Whether the provider's books came back too.
    provider: bool,
}

impl Restore {
    /// Puts it back.
    ///
    /// # Errors
    /// Why nothing, or not everything, was put back.
    pub(crate) async fn run(&self) -> Result<u8, Failure> {
        let manifest = Manifest::read(&self.from)?;
        let settings = self.settings()?;
        backup::verify(&manifest.copies(), &self.from).map_err(failure)?;
        let _lock = FolderLock::folder(&self.data).map_err(|error| self.locked(&error))?;
        self.free()?;
        self.begin()?;
        let targets = self.targets(&manifest, &settings).await?;
        for target in &targets {
            backup::restore(target, &self.from).await.map_err(failure)?;
        }
        self.end()?;
        let done = Done {
            data: self.data.clone(),
            backup: manifest.id,
            taken_at: manifest.taken_at,
            services: manifest.services.into_iter().map(|it| it.name).collect(),
            provider: manifest.provider.is_some(),
        };
        done.print(self.format).map(|()| status::OK)
    }

    /// Where databases are made, with what the environment says about it.
    fn settings(&self) -> Result<DatabaseSettings, Failure> {
        let mut sources = Sources::default().with_environment();
        let url = self.database.clone();
        let url = url.map(|url| ("database.url".to_owned(), url));
        sources.flags.extend(url);
        let settings = Settings::load(&sources).and_then(|settings| settings.section());
        settings.map_err(|mistakes| Failure::Usage(mistakes.to_string()))
    }

    fn locked(&self, error: &StoreError) -> Failure {
        let data = self.data.display();
        match error {
            StoreError::Locked { .. } => Failure::Usage(format!(
                "a suite runs in {data}: stop it first, or name another --data"
            )),
            _ => Failure::Usage(format!("cannot use {data}: {error}")),
        }
    }

    /// Whether nothing is lost: the folder is empty, or an earlier restore into it did not end, or it does not matter.
    fn free(&self) -> Result<(), Failure> {
        if self.force || self.data.join(UNFINISHED_RESTORE).exists() {
            return Ok(());
        }
        let broken = |error| Failure::Usage(format!("cannot use {}: {error}", self.data.display()));
        for entry in fs::read_dir(&self.data).map_err(broken)? {
            let name = entry.map_err(broken)?.file_name();
            if name != ".lock" {
                return Err(Failure::Usage(format!(
                    "{} is not empty ({} is there): name another --data, or say --force to lose what stands in it",
                    self.data.display(),
                    name.display()
                )));
            }
        }
        Ok(())
    }

    /// Says in the folder that a restore has begun.
    fn begin(&self) -> Result<(), Failure> {
        let from = self
            .from
            .canonicalize()
            .unwrap_or_else(|_| self.from.clone());
        let path = self.data.join(UNFINISHED_RESTORE);
        let begun = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .open(&path)
            .and_then(|mut file| writeln!(file, "{}", from.display()));
        begun.map_err(|error| {
            Failure::Broken(format!("cannot write {}: {error}", path.display()))
        })?;
        sync_file(&path).map_err(failure)?;
        sync_folder(&self.data).map_err(failure)?;
        let parent = self.data.parent().filter(|it| !it.as_os_str().is_empty());
        sync_folder(parent.unwrap_or_else(|| Path::new("."))).map_err(failure)
    }

    /// Takes the word back: everything is on the disk.
    fn end(&self) -> Result<(), Failure> {
        sync_folder(&self.data).map_err(failure)?;
        for name in [ADDRESSES, UNFINISHED_RESTORE] {
            let path = self.data.join(name);
            if let Err(error) = fs::remove_file(&path)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                let text = format!("cannot remove {}: {error}", path.display());
                return Err(Failure::Broken(text));
            }
        }
        sync_folder(&self.data).map_err(failure)
    }

    /// What goes where.
    async fn targets(
        &self,
        manifest: &Manifest,
        settings: &DatabaseSettings,
    ) -> Result<Vec<Target>, Failure> {
        let databases = suite().databases(settings, &self.data).await;
        let databases = databases.map_err(|error| Failure::Broken(told(&error)))?;
        let mut targets = Vec::new();
        for copy in &manifest.services {
            let database = databases.iter().find(|database| database.name == copy.name);
            let place = database
                .map(|database| database.place.clone())
                .ok_or_else(|| {
                    Failure::Usage(format!("this binary runs no service {}", copy.name))
                })?;
            let engine = match place {
                Place::File(_) => "sqlite",
                Place::Server(_) => "postgres",
            };
            if engine != manifest.engine {
                return Err(self.other_engine(manifest, engine));
            }
            targets.push(Target {
                copy: copy.clone(),
                place,
                mark: Some(mark(manifest)),
            });
        }
        if let Some(copy) = &manifest.provider {
            let path = books(&self.data);
            let folder = self.data.join(SANDBOX);
            fs::create_dir_all(&folder).map_err(|error| {
                Failure::Broken(format!("cannot make {}: {error}", folder.display()))
            })?;
            targets.push(Target {
                copy: copy.clone(),
                place: Place::File(path),
                mark: None,
            });
        }
        Ok(targets)
    }

    fn other_engine(&self, manifest: &Manifest, engine: &str) -> Failure {
        let what = match engine {
            "sqlite" => "name a server with --database URL",
            _ => "name another --data, without --database",
        };
        Failure::Usage(format!(
            "{} holds databases of {}, {} has {engine}: {what}",
            self.from.display(),
            manifest.engine,
            self.data.display()
        ))
    }
}

fn mark(manifest: &Manifest) -> Restored {
    Restored {
        at: SystemClock.now(),
        backup: manifest.id.clone(),
        whole: manifest.provider.is_some(),
        detail: format!("restored from the backup of {}", manifest.taken_at),
    }
}

/// An error with its causes.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = self.data.display();
        let provider = if self.provider {
            ", and the sandbox's books"
        } else {
            "; the payment provider's books are as they are"
        };
        write!(
            f,
            "The backup of {} stands in {data}: {}{provider}.
Next: stoa up --data {data}
then, in a second terminal: stoa doctor --after-restore --data {data}
Until it has found that all holds, the suite answers reads only.",
            self.taken_at,
            self.services.join(", ")
        )
    }
}
