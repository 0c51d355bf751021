//! The provider's webhooks that were heard: each has its effect once.

use std::collections::HashSet;

use serde_json::json;
use stoa_store::{Db, StoreError, Tx, sql};
use stoa_types::Timestamp;

/// Notes webhooks, in the transaction of their effect; says which had not been heard before.
pub(crate) async fn hear(
    tx: &Tx,
    provider: &str,
    events: &[&str],
    now: Timestamp,
) -> Result<HashSet<String>, StoreError> {
    if events.is_empty() {
        return Ok(HashSet::new());
    }
    let parameter = json!({ "provider": provider, "events": events, "now": now.micros() });
    let rows = tx.query(sql!("hear_events"), &parameter).await?;
    rows.iter().map(|row| row.get("event_id")).collect()
}

/// Forgets those that were heard before a time: a copy that is so old is refused for its age.
pub(crate) async fn forget(db: &Db, before: Timestamp) -> Result<(), StoreError> {
    db.write("payment.events.forget", move |tx| {
        Box::pin(async move {
            let parameter = json!({ "before": before.micros() });
            tx.execute(sql!("forget_events"), &parameter).await?;
            Ok(())
        })
    })
    .await
}
