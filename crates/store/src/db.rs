//! How a database is opened, read, written in the background, and closed.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use opentelemetry::metrics::Meter;
use sea_orm::DatabaseConnection;
use serde::Serialize;
use stoa_types::{Clock, Timestamp, mutant};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::commit::{Committer, Lane, thread};
use crate::engine::{Checkpointer, Connections};
use crate::metrics::Metrics;
use crate::signal::Signals;
use crate::{
    Apply, DbConfig, Durability, Engine, FolderLock, Migration, Options, Place, Queue, Row, Signal,
    Snapshot, Sql, StoreError, Tx, checkpoint, migrate,
};

/// A test build can be told not to sync (`STOA_MUTANT=store.sync.off`): thousands of kills are then a matter of
/// minutes, and `kill -9` loses nothing of what the kernel has.
fn weakened(options: Options) -> Options {
    if mutant!("store.sync.off") {
        return Options {
            durability: Durability::Off,
            ..options
        };
    }
    options
}

/// One service's database; clones share it.
#[derive(Clone, Debug)]
pub struct Db {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    name: String,
    connections: Arc<Connections>,
    committer: Arc<Committer>,
    clock: Arc<dyn Clock>,
    signals: Arc<Signals>,
    lock: Option<Arc<FolderLock>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// The committer's task ends with the last clone of the database, also when nobody closed it.
impl Drop for Inner {
    fn drop(&mut self) {
        self.committer.close();
    }
}

impl Db {
    /// Opens the database with the default [`Options`]: locks it, connects, reads back what durability rests on,
    /// migrates, and starts the committer and the checkpoints on `spawner`.
    ///
    /// # Errors
    /// When somebody else holds it, the engine is less durable than needed, a newer binary has migrated it, a
    /// migration fails or was changed, or the file cannot be opened.
    pub async fn open(
        config: DbConfig,
        migrations: Vec<Migration>,
        clock: Arc<dyn Clock>,
        spawner: Handle,
    ) -> Result<Self, StoreError> {
        Self::open_with(config, Options::default(), migrations, clock, spawner).await
    }

    /// As [`Db::open`], with other options.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn open_with(
        config: DbConfig,
        options: Options,
        migrations: Vec<Migration>,
        clock: Arc<dyn Clock>,
        spawner: Handle,
    ) -> Result<Self, StoreError> {
        let options = weakened(options);
        let lock = match &config.place {
            Place::File(path) => Some(Arc::new(FolderLock::database(path)?)),
            Place::Server(_) => None,
        };
        let opened = Connections::open(&config, &options, async |engine, writer| {
            migrate::migrate(&config.name, engine, writer, migrations, clock.as_ref()).await
        });
        // It holds transactions of the schema: much for the futures around it.
        let connections = Box::pin(opened).await?;
        let checkpointer = Connections::checkpointer(&config, &options).await?;
        let connections = Arc::new(connections);
        let signals = Arc::new(Signals::default());
        let lane = Arc::new(Lane::new(
            config.name.clone(),
            Arc::clone(&connections),
            Arc::clone(&clock),
            options.limits,
            Arc::clone(&signals),
        ));
        let committer = Arc::new(Committer::new(lane));
        let lanes = connections.engine.lanes(&options);
        let mut tasks = Vec::new();
        for serving in Committer::lanes(&committer, lanes) {
            // The lock ends with the last task that may write.
            let held = lock.clone();
            let serving = async move {
                serving.await;
                drop(held);
            };
            tasks.push(match &config.place {
                Place::File(path) => {
                    thread::spawn(&config.name, serving, &spawner).map_err(|source| {
                        StoreError::Open {
                            path: path.clone(),
                            source,
                        }
                    })?
                }
                Place::Server(_) => spawner.spawn(serving),
            });
        }
        if let Some(own) = checkpointer {
            let every = options.checkpoint_every;
            tasks.push(spawner.spawn(checkpoint::run(Arc::clone(&committer), own, every)));
        }
        Ok(Self {
            inner: Arc::new(Inner {
                name: config.name,
                connections,
                committer,
                clock,
                signals,
                lock,
                tasks: Mutex::new(tasks),
            }),
        })
    }

    /// The name in logs, metrics and errors.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The engine underneath.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.inner.connections.engine
    }

    /// Whether other processes may write to it at the same time: then work is shared under leases.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.inner.lock.is_none()
    }

    /// Read-only connections for the ORM.
    #[must_use]
    pub fn reader(&self) -> &DatabaseConnection {
        &self.inner.connections.readers
    }

    /// The clock that was handed in.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Counts into `meter` from now on; the first call decides.
    pub fn set_meter(&self, meter: &Meter) {
        let lane = &self.inner.committer.lane;
        lane.measure(Metrics::new(meter, &self.inner.name, lane.depth()));
    }

    /// Registers one command type with the group committer.
    pub fn queue<A: Apply>(&self, apply: A) -> Queue<A> {
        Queue::new(Arc::clone(&self.inner.committer), apply)
    }

    /// Runs background work in a transaction of the lower lane and returns after its commit.
    ///
    /// `work` may be run more than once, each time from the start in a new transaction, and shares its transaction
    /// with other background work; it keeps nothing outside of it and calls nobody. An `Err` of it rolls back what
    /// it did. When this future is dropped before the work began, it does not begin.
    ///
    /// # Errors
    /// What `work` returned; that the database did not take it in time; that it is closing.
    pub async fn write<T, F>(&self, name: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnMut(&'t Tx) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
    {
        self.inner.committer.write(name, work).await
    }

    /// Runs a query on a reader; on a file it runs on this thread, so what reads far takes a [`Db::snapshot`].
    ///
    /// # Errors
    /// When the parameter does not encode or the engine refuses the statement.
    pub async fn query<P: Serialize + ?Sized + Sync>(
        &self,
        sql: impl Into<Sql>,
        parameter: &P,
    ) -> Result<Vec<Row>, StoreError> {
        self.inner.connections.query(sql.into(), parameter).await
    }

    /// Runs a query on a reader that gives one row or none.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn query_one<P: Serialize + ?Sized + Sync>(
        &self,
        sql: impl Into<Sql>,
        parameter: &P,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, parameter).await?.into_iter().next())
    }

    /// A transaction on a reader that sees one state of the database until it is dropped: for an audit in chunks.
    ///
    /// # Errors
    /// When no reader is free in time.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let txn = self
            .engine()
            .begin_read(self.reader())
            .await
            .map_err(|error| StoreError::Begin(error.into()))?;
        Ok(Snapshot::new(txn, self.engine()))
    }

    /// Wakes its listener after each commit that named `name` by [`Tx::signal`].
    #[must_use]
    pub fn signal(&self, name: &'static str) -> Signal {
        self.inner.signals.listen(name)
    }

    /// Answers what waits, takes nothing new, empties the log of the engine, closes the connections, gives up the lock.
    pub async fn close(self) {
        self.inner.committer.close();
        let tasks = {
            let mut tasks = self
                .inner
                .tasks
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *tasks)
        };
        if tasks.is_empty() {
            return;
        }
        for task in tasks {
            if let Err(error) = task.await {
                tracing::warn!(db = self.inner.name, %error, "a task of the database ended badly");
            }
        }
        let connections = &self.inner.connections;
        if let Err(error) = connections.close_readers().await {
            tracing::debug!(db = self.inner.name, %error, "readers did not close");
        }
        if let Err(error) = connections.checkpoint(Checkpointer::Last).await {
            tracing::debug!(db = self.inner.name, %error, "the last checkpoint failed; the log stays");
        }
        if let Err(error) = connections.close_writer().await {
            tracing::debug!(db = self.inner.name, %error, "the writer did not close");
        }
        if let Some(lock) = &self.inner.lock {
            lock.release();
        }
    }

    /// Reports the next `count` commits as lost although they stand.
    #[cfg(any(test, feature = "crash-points"))]
    pub fn lose_commits(&self, count: usize) {
        let lost = &self.inner.committer.lane.lost_commits;
        lost.store(count, std::sync::atomic::Ordering::SeqCst);
    }
}
