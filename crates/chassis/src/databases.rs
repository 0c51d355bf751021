//! Where the database of each module stands: a file in the data folder, or a database on a Postgres server.
//!
//! On a server each module has a role and a database of its own. Their passwords are made at the first start and stand
//! in the data folder, in a file for its owner alone; a folder that has the file needs no URL of an administrator again.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rand::TryRngCore;
use serde::{Deserialize, Serialize};
use stoa_config::{Mistakes, Secret, Section};
use stoa_store::provision::{self, Provisioned};
use stoa_store::{DatabaseUrl, DbConfig, StoreError};

/// The file with the roles, passwords and URLs of a folder's databases.
pub const DATABASES: &str = "databases.json";

/// `[database]`: which engine, and where.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct DatabaseSettings {
    /// The URL of a Postgres role that may create databases and roles; absent: SQLite files, or what the folder remembers.
    pub url: Option<Secret<String>>,
    /// What the names of roles and databases begin with; they go on with `_` and the module's name.
    pub prefix: String,
    /// For single modules the URL of a database that stands already, with the role that owns it.
    pub services: BTreeMap<String, Secret<String>>,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: None,
            prefix: "stoa".to_owned(),
            services: BTreeMap::new(),
        }
    }
}

impl Section for DatabaseSettings {
    const NAME: &'static str = "database";

    fn validate(&self, mistakes: &mut Mistakes) {
        let postgres = |url: &Secret<String>| {
            let url = url.expose();
            url.starts_with("postgres://") || url.starts_with("postgresql://")
        };
        mistakes.require(
            self.url.as_ref().is_none_or(postgres),
            "url",
            "must be the URL of a Postgres server, such as postgres://role:password@127.0.0.1:5432/postgres",
        );
        mistakes.require(
            self.services.values().all(postgres),
            "services",
            "must be URLs of Postgres databases",
        );
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        mistakes.require(
            !self.prefix.is_empty()
                && self.prefix.len() <= 40
                && self
                    .prefix
                    .starts_with(|first: char| first.is_ascii_lowercase())
                && self.prefix.bytes().all(plain),
            "prefix",
            "must be 1 to 40 lower-case letters, digits and _, beginning with a letter",
        );
    }
}

/// Why the databases of a folder cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum DatabasesError {
    /// The file in the folder.
    #[error("cannot use {}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The folder holds the other engine's data.
    #[error(
        "{} holds SQLite databases, which do not move to a server by themselves: name another --data",
        .0.display()
    )]
    IsSqlite(PathBuf),
    /// The folder's databases are another server's or have another prefix.
    #[error("{} remembers other databases than those asked for: name another --data, or leave --database out", .0.display())]
    Others(PathBuf),
    /// The server.
    #[error("cannot make the databases on the server")]
    Server(#[from] StoreError),
}

/// One module's place, as the file holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    name: String,
    password: String,
    url: String,
}

type Places = BTreeMap<String, Place>;

/// The database of each module, in their order; what is missing on the server is made.
pub(crate) async fn of(
    modules: &[&'static str],
    settings: &DatabaseSettings,
    data: &Path,
) -> Result<Vec<DbConfig>, DatabasesError> {
    let places = places(modules, settings, data).await?;
    let config = |name: &&'static str| {
        let given = settings.services.get(*name).map(Secret::expose);
        let url = given.or_else(|| places.get(*name).map(|place| &place.url));
        match url {
            Some(url) => DbConfig::server(*name, DatabaseUrl::new(url)),
            None => DbConfig::file(*name, data.join(format!("{name}.db"))),
        }
    };
    Ok(modules.iter().map(config).collect())
}

async fn places(
    modules: &[&'static str],
    settings: &DatabaseSettings,
    data: &Path,
) -> Result<Places, DatabasesError> {
    let file = data.join(DATABASES);
    let failed = |source| DatabasesError::File {
        path: file.clone(),
        source,
    };
    let mut known = read(&file).map_err(failed)?;
    let Some(admin) = &settings.url else {
        return Ok(known);
    };
    let admin = DatabaseUrl::new(admin.expose());
    let missing: Vec<&str> = modules
        .iter()
        .copied()
        .filter(|name| !settings.services.contains_key(*name))
        .collect();
    if missing
        .iter()
        .any(|name| data.join(format!("{name}.db")).exists())
    {
        return Err(DatabasesError::IsSqlite(data.to_owned()));
    }
    let mut fresh = Vec::new();
    for module in &missing {
        let name = format!("{}_{module}", settings.prefix);
        match known.get(*module) {
            Some(place) if place.name == name => {}
            Some(_) => return Err(DatabasesError::Others(file)),
            None => {
                let password = password().map_err(failed)?;
                fresh.push((*module, Provisioned { name, password }));
            }
        }
    }
    let names: Vec<&str> = fresh.iter().map(|(_, each)| each.name.as_str()).collect();
    provision::refuse_taken(&admin, &names).await?;
    for (module, Provisioned { name, password }) in fresh {
        let url = provision::url(&admin, &name, &password)?;
        let url = url.expose().to_owned();
        known.insert(
            module.to_owned(),
            Place {
                name,
                password,
                url,
            },
        );
    }
    // The passwords are durable before a role has one.
    write(data, &known).map_err(failed)?;
    let wanted: Vec<Provisioned> = missing
        .iter()
        .filter_map(|module| known.get(*module))
        .map(|place| Provisioned {
            name: place.name.clone(),
            password: place.password.clone(),
        })
        .collect();
    provision::provision(&admin, &wanted).await?;
    Ok(known)
}

fn read(file: &Path) -> io::Result<Places> {
    match fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Places::new()),
        Err(error) => Err(error),
    }
}

fn write(data: &Path, places: &Places) -> io::Result<()> {
    let beside = data.join(format!("{DATABASES}.new"));
    if let Err(error) = fs::remove_file(&beside)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    let text = serde_json::to_string_pretty(places).map_err(io::Error::other)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, data.join(DATABASES))?;
    File::open(data)?.sync_all()
}

/// 128 random bits in hexadecimal digits.
fn password() -> io::Result<String> {
    let mut bytes = [0_u8; 16];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
