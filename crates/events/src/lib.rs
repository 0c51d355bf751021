//! What happened, told to those who listen: written with the state, published in order, applied once.
//!
//! An event takes this way: [`append`] in the transaction that changes the state; the relay gives committed rows
//! their positions and publishes them in order ([`EventLog::relay`]); a [`Bus`] brings them to whoever listens;
//! the inbox applies each once, in one transaction with its effect ([`Consumer`]); what cannot be applied is a
//! dead letter ([`Subscription`]).
//!
//! | file | answers |
//! |---|---|
//! | `envelope` | what does an event carry |
//! | `append` | how do events get into the log |
//! | `log` | how is the log read, how far behind is its publication |
//! | `relay` | who publishes, in which order, and what happens when it dies |
//! | `lease` | whose turn it is to publish, where several could |
//! | `bus`, `embedded` | how does an event get from one service to another in one process |
//! | `consumer` | what does a listener declare |
//! | `inbox` | which of the events that arrive are applied, queued, skipped |
//! | `letters` | what happens to an event that cannot be applied |
//! | `operate` | what can an operator do about it, and about events that were missed |
//! | `rebuild` | how is a projection built anew while it serves |
//! | `forget` | for how long is it remembered what was applied |
//! | `drain` | in which order are letters applied later |
//! | `tally` | how much has a consumer done |
//! | `trace` | how does a consumer's span continue the trace of the call |
//!
//! What does not belong here: the payload of any event, which is its service's own.

mod append;
mod bus;
mod consumer;
mod drain;
mod embedded;
mod envelope;
mod forget;
mod inbox;
mod lease;
mod letters;
mod log;
mod operate;
mod rebuild;
mod relay;
mod tally;
mod trace;

pub use append::append;
pub use bus::{Bus, BusError};
pub use consumer::{ConsumeError, Consumer, Mode, listens_to};
pub use embedded::EmbeddedBus;
pub use envelope::{Envelope, NewEvent};
pub use letters::{DeadLetter, Held, LetterPlace, LetterState, Letters, Subscription};
pub use log::{EventLog, Lag};
pub use operate::{Operator, Replayed};
pub use rebuild::{Rebuild, RebuildState, Shadow, Sources};
pub use tally::Tally;

use stoa_store::Migration;

/// The tables of the log and of the inbox: every service has both.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        component: "events",
        version: 1,
        name: "log, positions, relay, inbox, letters",
        sqlite: include_str!("sql/sqlite/migration_1.sql"),
        postgres: include_str!("sql/postgres/migration_1.sql"),
    },
    Migration {
        component: "events",
        version: 2,
        name: "projections that are built anew",
        sqlite: include_str!("sql/sqlite/migration_2.sql"),
        postgres: include_str!("sql/postgres/migration_2.sql"),
    },
    Migration {
        component: "events",
        version: 3,
        name: "when an event was applied",
        sqlite: include_str!("sql/sqlite/migration_3.sql"),
        postgres: include_str!("sql/postgres/migration_3.sql"),
    },
];

/// The name that [`append`] signals: the relay wakes after the commit.
pub(crate) const APPENDED: &str = "events.appended";
