//! Who of the staff did what, for who may see it.

use std::sync::Arc;

use async_trait::async_trait;
use stoa_api::convert::to_timestamp;
use stoa_api::ops::v1::{AuditEntry, ListAuditEntriesRequest, ListAuditEntriesResponse};
use stoa_errors::Error;
use stoa_rpc::ops::v1::AuditLogServiceHandler;
use stoa_store::audit::{self, Filter, Recorded};
use stoa_store::{PageSize, PageToken};
use stoa_types::Ctx;

use super::Process;

/// `stoa.ops.v1.AuditLogService`.
pub(crate) struct AuditLog(pub(crate) Arc<Process>);

#[async_trait]
impl AuditLogServiceHandler for AuditLog {
    async fn list_audit_entries(
        &self,
        _: Ctx,
        request: ListAuditEntriesRequest,
    ) -> Result<ListAuditEntriesResponse, Error> {
        let part = self.0.part(&request.service)?;
        let size = PageSize::new(request.page_size)?;
        let arguments = (&request.service, &request.subject, &request.actor);
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let filter = Filter {
            subject: some(&request.subject),
            actor: some(&request.actor),
            after: PageToken::decode(&request.page_token, &arguments)?,
        };
        let mut found = audit::list(&part.db, &filter, size.fetch()).await?;
        let more = found.len() > size.get();
        found.truncate(size.get());
        let next_page_token = match found.last() {
            Some(last) if more => PageToken::encode(&last.place(), &arguments)?,
            _ => String::new(),
        };
        Ok(ListAuditEntriesResponse {
            entries: found.into_iter().map(shown).collect(),
            next_page_token,
        })
    }
}

fn shown(entry: Recorded) -> AuditEntry {
    AuditEntry {
        entry_id: entry.id.to_string(),
        actor: entry.actor,
        acting_for: entry.acting_for.unwrap_or_default(),
        action: entry.action,
        subject: entry.subject.unwrap_or_default(),
        reason: entry.reason.unwrap_or_default(),
        call_id: entry.request_id,
        outcome: entry.outcome,
        create_time: Some(to_timestamp(entry.at)),
    }
}
