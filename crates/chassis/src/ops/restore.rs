//! What came back from a backup, for who has checked it.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use stoa_api::ops::v1::{AcknowledgeRestoreRequest, AcknowledgeRestoreResponse};
use stoa_errors::Error;
use stoa_rpc::ops::v1::RestoreServiceHandler;
use stoa_store::{AcknowledgeRestore, Queue};
use stoa_types::Ctx;

use super::Process;

/// `stoa.ops.v1.RestoreService`.
pub(crate) struct Restores {
    process: Arc<Process>,
    queues: BTreeMap<&'static str, Queue<AcknowledgeRestore>>,
}

impl Restores {
    pub(crate) fn new(process: &Arc<Process>) -> Self {
        let parts = process.parts.iter();
        Self {
            process: Arc::clone(process),
            queues: parts
                .map(|(name, part)| (*name, part.db.queue(AcknowledgeRestore)))
                .collect(),
        }
    }
}

#[async_trait]
impl RestoreServiceHandler for Restores {
    async fn acknowledge_restore(
        &self,
        ctx: Ctx,
        request: AcknowledgeRestoreRequest,
    ) -> Result<AcknowledgeRestoreResponse, Error> {
        let service = request.service;
        self.process.part(&service)?;
        if let Some(queue) = self.queues.get(service.as_str()) {
            queue.submit(&ctx, service.clone()).await?;
        }
        Ok(AcknowledgeRestoreResponse {
            unchecked_services: self.process.restores.checked(&service),
        })
    }
}
