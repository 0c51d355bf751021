//! `stoa.ops.v1`: what every process offers its operators, once for all modules that it runs.

mod audit;
mod audit_log;
mod events;
mod info;
mod restore;
mod workflow;

use std::collections::BTreeMap;
use std::sync::Arc;

use stoa_api::ops::v1::reason;
use stoa_errors::{Error, Kind};
use stoa_events::{EmbeddedBus, Operator};
use stoa_rpc::Gate;
use stoa_rpc::ops::v1::{
    audit_log_service, audit_service, events_service, info_service, restore_service,
    workflow_service,
};
use stoa_rpc::server::ServicesBuilder;
use stoa_store::{Db, Migration};
use stoa_types::{Clock, Timestamp};
use stoa_workflow::Runner;

use crate::Audit;
use crate::restored::Restores;

/// The full names of the services that [`add`] mounts.
pub(crate) const SERVICES: &[&str] = &[
    "stoa.ops.v1.AuditLogService",
    "stoa.ops.v1.AuditService",
    "stoa.ops.v1.EventsService",
    "stoa.ops.v1.InfoService",
    "stoa.ops.v1.RestoreService",
    "stoa.ops.v1.WorkflowService",
];

/// One module as the operator's services see it.
pub(crate) struct Part {
    pub(crate) db: Db,
    pub(crate) runner: Runner,
    pub(crate) operator: Operator,
    pub(crate) audit: Arc<dyn Audit>,
    pub(crate) migrations: Vec<Migration>,
}

/// The whole process as they see it.
pub(crate) struct Process {
    pub(crate) version: &'static str,
    pub(crate) provider: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) bus: Arc<EmbeddedBus>,
    pub(crate) parts: BTreeMap<&'static str, Part>,
    pub(crate) restores: Arc<Restores>,
    pub(crate) ready: std::sync::OnceLock<Timestamp>,
}

impl Process {
    /// The module that a request names.
    fn part(&self, service: &str) -> Result<&Part, Error> {
        self.parts.get(service).ok_or_else(|| {
            let names: Vec<&str> = self.parts.keys().copied().collect();
            Error::new(
                Kind::NotFound,
                reason::SERVICE_NOT_FOUND,
                format!("this process runs no service {service}"),
            )
            .meta("services", names.join(","))
        })
    }
}

/// Mounts the operator's services.
pub(crate) fn add(routes: &mut ServicesBuilder, gate: &Gate, process: &Arc<Process>) {
    let info = Arc::new(info::Info(Arc::clone(process)));
    let workflows = Arc::new(workflow::Workflows(Arc::clone(process)));
    let audits = Arc::new(audit::Audits(Arc::clone(process)));
    let restores = Arc::new(restore::Restores::new(process));
    let events = Arc::new(events::Events(Arc::clone(process)));
    let entries = Arc::new(audit_log::AuditLog(Arc::clone(process)));
    routes
        .add_service(restore_service(gate.clone(), restores))
        .add_service(audit_log_service(gate.clone(), entries))
        .add_service(events_service(gate.clone(), events))
        .add_service(info_service(gate.clone(), info))
        .add_service(workflow_service(gate.clone(), workflows))
        .add_service(audit_service(gate.clone(), audits));
}
