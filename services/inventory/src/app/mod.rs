//! The use cases, one to a file. Those that write are applied in batches: what all members need is loaded at once, decided in
//! memory in the order of arrival, and the net effect is written by a handful of statements.
//!
//! | file | question it answers |
//! |---|---|
//! | `create_hold`, `release_hold`, `allocate_hold`, `release_allocation`, `ship_allocation` | what the order service does to a hold |
//! | `receive_stock`, `adjust_stock`, `return_stock` | how goods come in, are counted, come back |
//! | `expire_holds` | who writes the end of holds whose time is over |
//! | `create_location` and the reads | what staff and shoppers see |
//! | [`ledger`], [`receipt`], [`transition`] | what batches have in common |
//! | [`audit`], `invariants`, [`closing`] | what the doctor is told, and what he need not be told again |

pub(crate) mod adjust_stock;
pub(crate) mod allocate_hold;
pub(crate) mod audit;
pub(crate) mod batch_get_availability;
pub(crate) mod closing;
pub(crate) mod create_hold;
pub(crate) mod create_location;
pub(crate) mod expire_holds;
pub(crate) mod get_hold;
pub(crate) mod get_location;
pub(crate) mod get_stock_level;
mod invariants;
pub(crate) mod ledger;
pub(crate) mod list_locations;
pub(crate) mod list_movements;
pub(crate) mod list_stock_levels;
pub(crate) mod metrics;
pub(crate) mod receipt;
pub(crate) mod receive_stock;
pub(crate) mod refusal;
pub(crate) mod release_allocation;
pub(crate) mod release_hold;
pub(crate) mod return_stock;
pub(crate) mod ship_allocation;
pub(crate) mod transition;

use std::sync::Arc;

use stoa_store::{Db, Queue};
use stoa_telemetry::Meter;
use stoa_types::Ids;

use adjust_stock::AdjustStock;
use allocate_hold::AllocateHold;
use create_hold::CreateHold;
use create_location::CreateLocation;
use metrics::Metrics;
use receive_stock::ReceiveStock;
use release_allocation::ReleaseAllocation;
use release_hold::ReleaseHold;
use return_stock::ReturnStock;
use ship_allocation::ShipAllocation;

/// What inventory does.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) db: Db,
    ids: Arc<dyn Ids>,
    metrics: Metrics,
    create_hold: Queue<CreateHold>,
    release_hold: Queue<ReleaseHold>,
    allocate_hold: Queue<AllocateHold>,
    release_allocation: Queue<ReleaseAllocation>,
    ship_allocation: Queue<ShipAllocation>,
    return_stock: Queue<ReturnStock>,
    receive_stock: Queue<ReceiveStock>,
    adjust_stock: Queue<AdjustStock>,
    create_location: Queue<CreateLocation>,
}

impl App {
    pub(crate) fn new(db: Db, ids: Arc<dyn Ids>, meter: &Meter) -> Self {
        let metrics = Metrics::new(meter);
        let the = || Arc::clone(&ids);
        Self {
            create_hold: db.queue(CreateHold::new(the(), metrics.clone())),
            release_hold: db.queue(ReleaseHold::new(the())),
            allocate_hold: db.queue(AllocateHold::new(the())),
            release_allocation: db.queue(ReleaseAllocation::new(the())),
            ship_allocation: db.queue(ShipAllocation::new(the())),
            return_stock: db.queue(ReturnStock::new(the())),
            receive_stock: db.queue(ReceiveStock::new(the())),
            adjust_stock: db.queue(AdjustStock::new(the())),
            create_location: db.queue(CreateLocation::new(the())),
            metrics,
            ids,
            db,
        }
    }
}
