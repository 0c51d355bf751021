//! How events get into the log: with the state that they tell about, in one statement.

use std::collections::HashSet;
use std::sync::Arc;

use serde::Serialize;
use stoa_store::{Sql, StoreError, Tx, sql};
use stoa_types::{ChannelId, Ctx, EventId, Ids, Timestamp};

use crate::envelope::EnvelopeRow;
use crate::{APPENDED, NewEvent};

const APPEND: Sql = sql!("append");

#[derive(Serialize)]
struct AppendRow<'a> {
    #[serde(flatten)]
    event: EnvelopeRow<'a>,
    /// Whether its predecessor is in this very statement, which does not see its own rows.
    chained: bool,
}

/// Appends events in the transaction of their state; the relay wakes after the commit.
///
/// Versions are dense: 1, or one more than the last of the aggregate.
///
/// # Errors
/// When a version stands in the log already, or would leave a gap; then the transaction must not be committed.
pub async fn append(
    tx: &Tx,
    events: &[(Arc<Ctx>, NewEvent)],
    now: Timestamp,
    ids: &dyn Ids,
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let contract = hex::encode(stoa_api::CONTRACT);
    let actors: Vec<String> = events.iter().map(|(ctx, _)| ctx.actor()).collect();
    let mut known: HashSet<(&str, &str, i64)> = HashSet::with_capacity(events.len());
    let mut rows = Vec::with_capacity(events.len());
    for ((ctx, event), actor) in events.iter().zip(&actors) {
        let (kind, id) = (event.aggregate_kind, event.aggregate_id.as_str());
        let version = event.aggregate_version;
        let chained = version == 1 || known.contains(&(kind, id, version - 1));
        known.insert((kind, id, version));
        rows.push(AppendRow {
            event: row(ctx, event, actor, &contract, now, ids),
            chained,
        });
    }
    let wanted = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    if tx.execute(APPEND, &rows).await? != wanted {
        return Err(StoreError::Contract(
            "an event would leave a gap in the versions of its aggregate",
        ));
    }
    tx.signal(APPENDED);
    Ok(())
}

fn row<'a>(
    ctx: &'a Ctx,
    event: &'a NewEvent,
    actor: &'a str,
    contract: &str,
    now: Timestamp,
    ids: &dyn Ids,
) -> EnvelopeRow<'a> {
    EnvelopeRow {
        event_id: EventId::new(ids).hex(),
        position: 0,
        aggregate_kind: event.aggregate_kind,
        aggregate_id: &event.aggregate_id,
        aggregate_version: event.aggregate_version,
        event_type: event.event_type,
        payload: hex::encode(&event.payload),
        occurred_at: now.micros(),
        actor,
        channel_id: event.channel.map(ChannelId::hex),
        correlation_id: ctx.correlation_id.simple().to_string(),
        causation_id: ctx.causation_id.map(|id| id.simple().to_string()),
        traceparent: ctx.traceparent.as_deref(),
        contract: contract.to_owned(),
    }
}
