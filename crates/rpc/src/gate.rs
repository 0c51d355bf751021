//! What a process knows about the calls that come in: its clock and ids, the tokens of its staff, its
//! counters, how much it takes at once. One per process, cheap to clone.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::metrics::{Meter, MeterProvider, NoopMeterProvider};
use stoa_api::Method;
use stoa_errors::{Error, Kind, reason};
use stoa_types::{Clock, Ids, Principal, SystemClock, SystemIds};

use crate::auth::StaffToken;
use crate::metrics::Table;

/// How many calls a process takes at once when nothing else is said.
pub const IN_FLIGHT: usize = 4_096;

/// What a [`Gate`] is made of.
pub struct GateConfig {
    /// The current moment, for deadlines.
    pub clock: Arc<dyn Clock>,
    /// Request and correlation ids.
    pub ids: Arc<dyn Ids>,
    /// Whose tokens are known.
    pub staff: Vec<StaffToken>,
    /// Where calls are counted.
    pub meter: Meter,
    /// How many calls are taken at once; less for what is less important (`server/shed.rs`). Usually [`IN_FLIGHT`].
    pub in_flight: usize,
}

/// What a process knows about the calls that come in.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    staff: Vec<StaffToken>,
    table: Arc<Table>,
    in_flight: usize,
    held: AtomicBool,
}

/// When whoever was refused for a restore may ask again.
const AFTER_A_CHECK: Duration = Duration::from_secs(5);

impl Gate {
    /// A gate; call it once in a process, since each registers instruments with its meter.
    #[must_use]
    pub fn new(config: GateConfig) -> Self {
        Self(Arc::new(Inner {
            clock: config.clock,
            ids: config.ids,
            staff: config.staff,
            table: Table::new(&config.meter),
            in_flight: config.in_flight,
            held: AtomicBool::new(false),
        }))
    }

    /// A gate that knows nobody and counts for nobody, with the machine's clock: that of a peer which
    /// was not given one.
    #[must_use]
    pub fn bare() -> Self {
        Self::new(GateConfig {
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            staff: Vec::new(),
            meter: NoopMeterProvider::new().meter("stoa"),
            in_flight: IN_FLIGHT,
        })
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        self.0.clock.as_ref()
    }

    /// The source of ids.
    #[must_use]
    pub fn ids(&self) -> &dyn Ids {
        self.0.ids.as_ref()
    }

    /// From now on nobody from outside changes anything but by the operator's services, until [`Gate::release`].
    pub fn hold(&self) {
        self.0.held.store(true, Ordering::Release);
    }

    /// From now on everybody may again.
    pub fn release(&self) {
        self.0.held.store(false, Ordering::Release);
    }

    /// Refuses a change while it is held. Services go on with what was begun, each against the others' durable state; the
    /// operator's commands are how it ends.
    pub(crate) fn pass(&self, method: &Method, principal: &Principal) -> Result<(), Error> {
        let free = !method.keyed || !self.0.held.load(Ordering::Acquire);
        let ours = matches!(principal, Principal::Service { .. });
        if free || ours || method.service.starts_with("stoa.ops.") {
            return Ok(());
        }
        Err(Error::new(
            Kind::Unavailable,
            reason::RESTORED_UNCHECKED,
            "a database came back from a backup and was not compared with the others yet: nothing is changed before the operator has run `stoa doctor --after-restore`",
        )
        .retry(AFTER_A_CHECK))
    }

    pub(crate) fn staff(&self) -> &[StaffToken] {
        &self.0.staff
    }

    pub(crate) fn table(&self) -> &Arc<Table> {
        &self.0.table
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.0.in_flight
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("clock", &self.0.clock)
            .field("ids", &self.0.ids)
            .field("staff", &self.0.staff)
            .field("in_flight", &self.0.in_flight)
            .finish_non_exhaustive()
    }
}
