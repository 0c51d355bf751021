//! One visit: all checks, in the order in which they are shown, and the books closed when all hold.

use stoa_api::ops::v1::GetInfoRequest;

use crate::client::{Connection, Failure};

use super::closing::Judged;
use super::diagnosis::Diagnosis;
use super::scope::{Reach, Scope};
use super::{across, invariants, logs, work};

/// How a visit goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit {
    /// Nothing may be on its way.
    pub(super) quiesced: bool,
    /// How much is read.
    pub(super) reach: Reach,
    /// Whether the books are closed over what was found in order.
    pub(super) closes: bool,
    /// Whether the closing rows are summed up again when nothing else is broken.
    pub(super) reseals: bool,
}

impl Visit {
    /// Makes it.
    pub(super) async fn make(self, suite: &Connection) -> Result<Diagnosis, Failure> {
        let info = suite.call(GetInfoRequest {}).await?;
        // Until somebody has said that a restored service is in order, it is not written.
        let restored = info.services.iter().any(|it| it.restore_time.is_some());
        let services: Vec<String> = info.services.into_iter().map(|it| it.name).collect();
        let (full, closed) = self.reach.look(suite).await?;
        let scope = Scope {
            quiesced: self.quiesced,
            full,
        };
        let logs = logs::check(suite, &services, self.quiesced).await?;
        let work = work::check(suite, &services, self.quiesced).await?;
        let (across, judged) = across::check(suite, scope).await?;
        // After the facts were read: what is closed in the version of its fact has been checked in it.
        let mut checks = invariants::check(suite, &services, full).await?;
        checks.extend(across);
        checks.extend([logs, work]);
        let diagnosis = Diagnosis::new(checks, full, closed);
        if !restored {
            self.close(suite, &diagnosis, judged).await?;
        }
        Ok(diagnosis)
    }

    async fn close(
        self,
        suite: &Connection,
        diagnosis: &Diagnosis,
        judged: Judged,
    ) -> Result<(), Failure> {
        let reseals = self.reseals && diagnosis.is_healthy_but(CLOSINGS);
        if reseals || self.closes && diagnosis.is_healthy() {
            judged.close(suite, reseals).await?;
        }
        Ok(())
    }
}

/// The check of the closing rows themselves.
const CLOSINGS: &str = "closing_rows";
