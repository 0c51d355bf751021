//! What the doctor compares, service by service.

use std::sync::Arc;

use async_trait::async_trait;
use stoa_api::convert::to_duration;
use stoa_api::ops::v1::{
    CheckInvariantsRequest, CheckInvariantsResponse, CloseBooksRequest, CloseBooksResponse,
    ConsumerState, GetLogStateRequest, GetLogStateResponse, ListFactsRequest, ListFactsResponse,
};
use stoa_errors::Error;
use stoa_events::EventLog;
use stoa_rpc::ops::v1::AuditServiceHandler;
use stoa_types::Ctx;

use super::Process;

/// `stoa.ops.v1.AuditService`.
pub(crate) struct Audits(pub(crate) Arc<Process>);

#[async_trait]
impl AuditServiceHandler for Audits {
    async fn check_invariants(
        &self,
        ctx: Ctx,
        request: CheckInvariantsRequest,
    ) -> Result<CheckInvariantsResponse, Error> {
        let part = self.0.part(&request.service)?;
        part.audit.check_invariants(&ctx, request).await
    }

    async fn list_facts(
        &self,
        ctx: Ctx,
        request: ListFactsRequest,
    ) -> Result<ListFactsResponse, Error> {
        let part = self.0.part(&request.service)?;
        part.audit.list_facts(&ctx, request).await
    }

    async fn get_log_state(
        &self,
        _: Ctx,
        request: GetLogStateRequest,
    ) -> Result<GetLogStateResponse, Error> {
        let part = self.0.part(&request.service)?;
        let lag = EventLog::lag(&part.db).await?;
        let mut consumers = Vec::new();
        for subscription in self.0.bus.subscriptions() {
            if subscription.db().name() == request.service {
                let tally = subscription.tally().await?;
                consumers.push(ConsumerState {
                    name: subscription.consumer().name().to_owned(),
                    recorded: tally.recorded,
                    dead_letters: tally.letters,
                });
            }
        }
        let age = lag
            .oldest
            .map(|oldest| to_duration(self.0.clock.now().since(oldest)));
        Ok(GetLogStateResponse {
            written: lag.published.saturating_add(lag.waiting),
            position: lag.head,
            published: lag.published,
            lag: age,
            consumers,
            closed: part.audit.closed().await?,
        })
    }

    async fn close_books(
        &self,
        ctx: Ctx,
        request: CloseBooksRequest,
    ) -> Result<CloseBooksResponse, Error> {
        let part = self.0.part(&request.service)?;
        part.audit.close_books(&ctx, request).await
    }
}
