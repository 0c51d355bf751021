//! What runs here.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use stoa_api::convert::to_timestamp;
use stoa_api::ops::v1::{GetInfoRequest, GetInfoResponse, ServiceInfo};
use stoa_errors::Error;
use stoa_rpc::ops::v1::InfoServiceHandler;
use stoa_store::{Migration, Restored};
use stoa_types::Ctx;

use super::Process;

/// `stoa.ops.v1.InfoService`.
pub(crate) struct Info(pub(crate) Arc<Process>);

#[async_trait]
impl InfoServiceHandler for Info {
    async fn get_info(&self, _: Ctx, _: GetInfoRequest) -> Result<GetInfoResponse, Error> {
        let mut services = Vec::new();
        for (name, part) in &self.0.parts {
            let restored = self.0.restores.mark(name);
            services.push(ServiceInfo {
                restore_time: restored.as_ref().map(|mark| to_timestamp(mark.at)),
                restore_detail: told(&restored, |mark| &mark.detail),
                restore_backup_id: told(&restored, |mark| &mark.backup),
                name: (*name).to_owned(),
                incarnation_id: part.db.incarnation().await?.to_string(),
                schema_versions: versions(&part.migrations),
            });
        }
        Ok(GetInfoResponse {
            version: self.0.version.to_owned(),
            contract_digest: stoa_api::CONTRACT
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            services,
            provider_uri: self.0.provider.clone(),
            ready_time: self.0.ready.get().map(|ready| to_timestamp(*ready)),
        })
    }
}

/// A text of a mark; empty where there is none.
fn told(restored: &Option<Restored>, text: impl Fn(&Restored) -> &String) -> String {
    restored.as_ref().map(text).cloned().unwrap_or_default()
}

/// The newest version of each component.
fn versions(migrations: &[Migration]) -> BTreeMap<String, i32> {
    let mut versions = BTreeMap::new();
    for migration in migrations {
        let version = i32::try_from(migration.version).unwrap_or(i32::MAX);
        versions
            .entry(migration.component.to_owned())
            .and_modify(|newest: &mut i32| *newest = (*newest).max(version))
            .or_insert(version);
    }
    versions
}
