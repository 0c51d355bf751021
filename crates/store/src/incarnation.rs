//! Which life of a database this is.
//!
//! A peer remembers the incarnation with the position that it has read. A restore takes the log back in
//! time under the same positions, so it changes the incarnation, and the peer stops and asks.

use uuid::Uuid;

use crate::tx::query;
use crate::{Db, Sql, StoreError};

const READ: Sql = Sql::neutral("SELECT incarnation FROM stoa_database");
const RENEW: Sql = crate::sql!("incarnation_renew");

impl Db {
    /// The id that a restore changes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn incarnation(&self) -> Result<Uuid, StoreError> {
        let rows = query(self.reader(), self.engine(), READ, &()).await?;
        match rows.first() {
            Some(row) => row.get("incarnation"),
            None => Err(StoreError::Contract("the database has no incarnation")),
        }
    }

    /// Makes it another: the last step of a restore.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn renew_incarnation(&self) -> Result<(), StoreError> {
        self.write("store.incarnation.renew", |tx| {
            Box::pin(async move { tx.execute(RENEW, &()).await.map(|_| ()) })
        })
        .await
    }
}
