//! Inventory: what lies where, what of it is promised to whom, and why. It calls nobody.
//!
//! | folder | holds |
//! |---|---|
//! | `domain` | demand, levels, movements, the states of a hold, the choice of locations; pure |
//! | `app` | the use cases, one to a file; those that write are applied in batches |
//! | `grpc` | messages to use cases and back |
//! | `store` | the tables: entities for reading, one statement per file for writing |
//! | `events` | what is told: `StockLevelChanged` once per sku, location and batch, `StockShortfall` |
//!
//! The ledger of movements is the truth and a level is their sum. A hold is all or nothing, two lines of one sku are one demand,
//! and what is decided is decided on rows that the same transaction has locked: so no unit is promised twice. Whoever undoes a
//! hold that has not come yet leaves its row behind, and the hold that comes later is refused.

mod app;
mod config;
mod domain;
mod events;
mod grpc;
mod store;

use std::sync::Arc;

use stoa_chassis::{Deps, Mounted};
use stoa_config::{Mistakes, Settings};
use stoa_rpc::inventory::v1::{
    availability_service, inventory_admin_service, inventory_internal_service,
};
use stoa_store::{BoxFuture, Migration};

use app::App;
use app::audit::InventoryAudit;
use config::InventorySettings;

/// The service `inventory`.
#[derive(Clone, Copy, Debug)]
pub struct Module;

impl stoa_chassis::Module for Module {
    const NAME: &'static str = "inventory";
    const CALLS: &'static [&'static str] = &[];

    fn migrations() -> Vec<Migration> {
        store::MIGRATIONS.to_vec()
    }

    fn check(settings: &Settings) -> Result<(), Mistakes> {
        settings.section::<InventorySettings>().map(|_| ())
    }

    fn mount(deps: Deps, settings: Settings) -> BoxFuture<'static, anyhow::Result<Mounted>> {
        Box::pin(async move {
            let settings: InventorySettings = settings.section()?;
            let app = Arc::new(App::new(deps.db.clone(), deps.ids, &deps.meter));
            app.make_main_location().await?;
            let mut mounted = Mounted::new(Arc::new(InventoryAudit::new(deps.db)));
            let the = || (deps.gate.clone(), Arc::clone(&app));
            let ((gate, shop), (desk, staff), (peers, order)) = (the(), the(), the());
            mounted
                .public
                .add_service(availability_service(gate, shop))
                .add_service(inventory_admin_service(desk, staff));
            mounted
                .internal
                .add_service(inventory_internal_service(peers, order));
            mounted.services = vec![
                "stoa.inventory.v1.AvailabilityService",
                "stoa.inventory.v1.InventoryAdminService",
            ];
            let sweep = app.sweep(settings.sweep_every, deps.shutdown);
            mounted.tasks = vec![("inventory.expire_holds", Box::pin(sweep))];
            Ok(mounted)
        })
    }
}
