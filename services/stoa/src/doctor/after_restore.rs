//! `stoa doctor --after-restore`: what came back from a backup is compared, and takes changes again when all holds.
//!
//! A suite that came back as a whole finishes what was going on at the moment of the backup, so the doctor looks again for a
//! while. Whatever it then still finds, the operator repairs, or accepts in his own words, which stand in the audit log.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use stoa_api::ops::v1::{AcknowledgeRestoreRequest, GetInfoRequest, ServiceInfo};
use tokio::time::{Instant, sleep};

use crate::client::{Connection, Failure, Format, Report as _};
use crate::status;

use super::diagnosis::{Check, Diagnosis, Violation};

/// For how long what was going on may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pause between two diagnoses.
const PAUSE: Duration = Duration::from_millis(500);

/// What was found, and what follows from it.
#[derive(Debug, Serialize)]
struct Verdict {
    #[serde(flatten)]
    diagnosis: Diagnosis,
    /// The services that came back from a backup.
    restored: Vec<String>,
    /// Whether they take changes from now on.
    acknowledged: bool,
    #[serde(skip)]
    typed: String,
}

/// Compares, and lets the suite take changes when all holds or `accepted` says why what does not is accepted.
pub(super) async fn run(
    suite: &Connection,
    arguments: &str,
    accepted: Option<&str>,
    format: Format,
) -> Result<u8, Failure> {
    let unchecked = unchecked(suite).await?;
    let mut diagnosis = settled(suite, &unchecked).await?;
    diagnosis.address(arguments);
    let healthy = diagnosis.is_healthy();
    let reason = match accepted {
        _ if unchecked.is_empty() => None,
        Some(why) => Some(why.to_owned()),
        None => healthy.then(|| "stoa doctor --after-restore found that all holds".to_owned()),
    };
    if let Some(reason) = &reason {
        for service in unchecked.iter().filter(|it| it.restore_time.is_some()) {
            let request = AcknowledgeRestoreRequest {
                service: service.name.clone(),
                reason: reason.clone(),
                ..AcknowledgeRestoreRequest::default()
            };
            suite.call(request).await?;
        }
    }
    let verdict = Verdict {
        diagnosis,
        restored: unchecked.into_iter().map(|it| it.name).collect(),
        acknowledged: reason.is_some(),
        typed: arguments.to_owned(),
    };
    verdict.print(format)?;
    Ok(if healthy || verdict.acknowledged {
        status::OK
    } else {
        status::REFUSED
    })
}

/// The services that wait for this check.
async fn unchecked(suite: &Connection) -> Result<Vec<ServiceInfo>, Failure> {
    let services = suite.call(GetInfoRequest {}).await?.services;
    let restored = |it: &ServiceInfo| it.restore_time.is_some();
    Ok(services.into_iter().filter(restored).collect())
}

/// The diagnosis, when all holds or the time is over in which it may come to hold.
async fn settled(suite: &Connection, unchecked: &[ServiceInfo]) -> Result<Diagnosis, Failure> {
    let until = Instant::now() + PATIENCE;
    let services = suite.call(GetInfoRequest {}).await?.services;
    loop {
        let mut diagnosis = super::diagnose(suite, false).await?;
        let held = diagnosis.is_healthy();
        if !unchecked.is_empty() {
            diagnosis.add(together(&services));
        }
        if held || Instant::now() >= until {
            return Ok(diagnosis);
        }
        sleep(PAUSE).await;
    }
}

/// All services came back from one backup: a log that is older than those who heard it is a hole that nothing fills.
fn together(services: &[ServiceInfo]) -> Check {
    let mut check = Check::new("restored_together");
    let backups = services.iter().map(|it| it.restore_backup_id.as_str());
    let backup = backups.max().unwrap_or_default();
    for service in services {
        check.examined += 1;
        if !service.restore_backup_id.is_empty() && service.restore_backup_id == backup {
            continue;
        }
        let detail = match service.restore_detail.as_str() {
            "" => "it was not restored, while others were".to_owned(),
            detail => detail.to_owned(),
        };
        check.add(Violation {
            subject: service.name.clone(),
            detail,
            repair: "stop the suite, then: stoa restore --force, of one backup for all".to_owned(),
        });
    }
    check
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.diagnosis)?;
        let restored = self.restored.join(", ");
        if self.restored.is_empty() {
            write!(f, "No service waits for this check.")
        } else if self.acknowledged {
            write!(
                f,
                "Restored and checked: {restored}. The suite takes changes again."
            )
        } else {
            write!(
                f,
                "Restored: {restored}. The suite answers reads only, until this finds nothing, or you accept it:
  stoa doctor --after-restore --acknowledge 'why'{}",
                self.typed
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str, backup: &str, detail: &str) -> ServiceInfo {
        ServiceInfo {
            name: name.to_owned(),
            restore_backup_id: backup.to_owned(),
            restore_detail: detail.to_owned(),
            ..ServiceInfo::default()
        }
    }

    #[test]
    fn one_that_came_back_alone_is_named_and_so_are_those_that_did_not() {
        let all = together(&[
            service("order", "monday", ""),
            service("payment", "monday", ""),
        ]);
        assert!(all.to_string().starts_with("ok"), "{all}");
        let alone = together(&[
            service("order", "", ""),
            service("payment", "", "it went back"),
        ]);
        let text = alone.to_string();
        assert!(text.contains("order: it was not restored"), "{text}");
        assert!(text.contains("payment: it went back"), "{text}");
        let one = together(&[service("order", "", ""), service("payment", "monday", "")]);
        assert!(one.to_string().contains("1 broken"), "{one}");
    }
}
