//! Temporary databases for tests, on the engine that the tests are told to run on.
//!
//! A test has a folder, which it may hand to processes that it starts and kills. On SQLite the databases are files in
//! it. On Postgres a file in it says which databases are the folder's; they are dropped when the process that asked
//! first, and all that it started, are gone: whoever makes the next ones looks.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a dev-dependency: what cannot be set up fails the test that needs it"
)]

mod owner;
pub mod plans;
mod server;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use stoa_store::{DatabaseUrl, Db, DbConfig, Engine, Migration, Options};
use stoa_types::Clock;
use tokio::runtime::Handle;

/// The variable that chooses the engine: `sqlite` (the default) or `postgres`.
pub const ENGINE: &str = "STOA_TEST_ENGINE";

/// The variable with the URL of a role that may make databases and roles; by default what `cargo xtask setup` wrote.
pub const SERVER: &str = "STOA_TEST_POSTGRES";

/// The engine of this run.
///
/// # Panics
/// When the variable names none.
#[must_use]
pub fn engine() -> Engine {
    match variable(ENGINE).as_deref() {
        None | Some("" | "sqlite") => Engine::Sqlite,
        Some("postgres") => Engine::Postgres,
        Some(other) => panic!("{ENGINE} is sqlite or postgres, not {other}"),
    }
}

/// Options with two lanes on a server: what several processes may do to each other happens within the one of a test.
#[must_use]
pub fn options() -> Options {
    Options {
        lanes: 2,
        ..Options::default()
    }
}

/// Opens a database with [`options`], on the runtime of the test.
///
/// # Panics
/// When it does not open.
pub async fn open(config: DbConfig, migrations: Vec<Migration>, clock: Arc<dyn Clock>) -> Db {
    let opened = Db::open_with(config, options(), migrations, clock, Handle::current()).await;
    opened.expect("a database for a test")
}

/// The database of one service in a test's folder, made when it is missing.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn config(name: &str, folder: &Path) -> DbConfig {
    match engine() {
        Engine::Sqlite => DbConfig::file(name, folder.join(format!("{name}.db"))),
        Engine::Postgres => server_config(name, folder),
    }
}

/// The same on Postgres, whatever the engine of this run is: for tests that are about it.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn server_config(name: &str, folder: &Path) -> DbConfig {
    let database = format!("{}_{name}", prefix(folder));
    DbConfig::server(name, DatabaseUrl::new(server::database(&database)))
}

/// The URL under which databases and roles can be made.
///
/// # Panics
/// When no server was started.
#[must_use]
pub fn admin() -> DatabaseUrl {
    DatabaseUrl::new(server::admin())
}

/// What the names of a folder's databases and roles begin with on a server: the same for each process that asks.
///
/// # Panics
/// When the folder cannot be written.
#[must_use]
pub fn prefix(folder: &Path) -> String {
    let file = folder.join("test-databases");
    if let Ok(prefix) = std::fs::read_to_string(&file) {
        return prefix;
    }
    std::fs::create_dir_all(folder).expect("the folder of a test");
    server::sweep();
    let prefix = owner::fresh();
    std::fs::write(&file, &prefix).expect("a file in the folder of a test");
    prefix
}

fn variable(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told by their environment; no service reads it"
    )]
    std::env::var(name).ok()
}

/// The file that `cargo xtask setup` writes.
fn url_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/postgres.url")
}
