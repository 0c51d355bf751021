//! Opening the books and serving them until told to stop.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use stoa_store::{Db, DbConfig, Migration, StoreError};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::books::Books;
use crate::config::Config;
use crate::http::{App, router};
use crate::webhook::Teller;

/// Why the sandbox could not start or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The books could not be opened.
    #[error("the sandbox's books cannot be opened")]
    Books(#[source] StoreError),
    /// The folder could not be made.
    #[error("the sandbox's folder cannot be made")]
    Folder(#[source] std::io::Error),
    /// The address could not be bound.
    #[error("the sandbox cannot listen on {0}")]
    Bind(SocketAddr, #[source] std::io::Error),
    /// The socket or standard output broke.
    #[error("the sandbox's socket or output broke")]
    Io(#[source] std::io::Error),
}

const MIGRATIONS: [Migration; 2] = [
    Migration {
        component: "sandbox",
        version: 1,
        name: "books",
        sqlite: include_str!("sql/sqlite/schema.sql"),
        postgres: "",
    },
    Migration {
        component: "sandbox",
        version: 2,
        name: "actions of customers, the webhook",
        sqlite: include_str!("sql/sqlite/migration_2.sql"),
        postgres: "",
    },
];

/// How long the books may still be somebody else's.
const PREDECESSOR: Duration = Duration::from_secs(5);

/// Serves the provider on `listener` until `shutdown`.
///
/// # Errors
/// When the books cannot be opened or the socket breaks.
pub async fn run(
    config: Config,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> Result<(), SandboxError> {
    let books = open(&config).await?;
    serve(&config, books, listener, shutdown).await
}

/// Opens the books. Those of a process that is just ending are waited for: a suite that was killed takes its sandbox with it
/// only when that has read the end of its input.
async fn open(config: &Config) -> Result<Books, SandboxError> {
    std::fs::create_dir_all(&config.data).map_err(SandboxError::Folder)?;
    let until = Instant::now() + PREDECESSOR;
    let db = loop {
        let opened = Db::open(
            DbConfig::file("sandbox".to_owned(), config.data.join("sandbox.db")),
            MIGRATIONS.to_vec(),
            config.clock.clone(),
            tokio::runtime::Handle::current(),
        );
        match opened.await {
            Ok(db) => break db,
            Err(StoreError::Locked { .. }) if Instant::now() < until => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => return Err(SandboxError::Books(error)),
        }
    };
    Books::start(db, config.terms(), config.clock.clone(), config.ids.clone())
        .await
        .map_err(SandboxError::Books)
}

async fn serve(
    config: &Config,
    books: Books,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> Result<(), SandboxError> {
    let app = App {
        books: books.clone(),
        capabilities: capabilities(config),
        slow: config.slow,
        teller: Teller::default(),
        shutdown: shutdown.clone(),
    };
    let served = axum::serve(listener, router(app))
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await;
    books.close().await;
    served.map_err(SandboxError::Io)
}

/// Binds `address`, opens the books, prints `{"address": "<ip:port>"}` as the last line of standard output and
/// serves until standard input is closed: so a child never outlives its parent.
///
/// # Errors
/// As [`run`], and when the address cannot be bound.
pub async fn run_until_stdin_closes(
    config: Config,
    address: SocketAddr,
) -> Result<(), SandboxError> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| SandboxError::Bind(address, error))?;
    let bound = listener.local_addr().map_err(SandboxError::Io)?;
    let shutdown = CancellationToken::new();
    let closed = shutdown.clone();
    // A thread of its own: a blocking read on the runtime would hold up its end.
    std::thread::Builder::new()
        .name("sandbox-stdin".to_owned())
        .spawn(move || {
            let mut sink = [0; 256];
            let mut input = std::io::stdin().lock();
            while matches!(input.read(&mut sink), Ok(read) if read > 0) {}
            closed.cancel();
        })
        .map_err(SandboxError::Io)?;
    let books = open(&config).await?;
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", json!({ "address": bound.to_string() })).map_err(SandboxError::Io)?;
    output.flush().map_err(SandboxError::Io)?;
    drop(output);
    serve(&config, books, listener, shutdown).await
}

fn capabilities(config: &Config) -> Value {
    json!({
        "key_ttl_ms": millis(config.key_ttl),
        "settle_window_ms": millis(config.settle_window),
        "auth_lifetime_ms": millis(config.auth_lifetime),
        "multi_capture": config.multi_capture,
        "partial_void": config.multi_capture,
        "standalone_credit": config.standalone_credit,
    })
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
