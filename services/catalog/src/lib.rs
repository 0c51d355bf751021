//! The catalogue: what is sold. It owns products and their variants, and calls nobody.
//!
//! | folder | holds |
//! |---|---|
//! | `domain` | what a product is and how changes of it are decided; pure |
//! | `app` | the use cases, one to a file; those that write are applied in batches |
//! | `grpc` | messages to use cases and back |
//! | `store` | the tables: entities for reading, one statement per file for writing |
//! | `events` | what is told (`ProductChanged`) and heard (`StockLevelChanged`, which keeps `in_stock`) |
//!
//! A sku is one product's for good: a variant that is no longer offered is retired, never deleted, because an order may
//! show it. What inventory says about stock is a copy, for showing alone: nobody promises a unit because of it.

mod app;
mod domain;
mod events;
mod grpc;
mod store;

use std::sync::Arc;

use stoa_chassis::{Deps, Mounted};
use stoa_config::Settings;
use stoa_rpc::catalog::v1::{catalog_admin_service, catalog_internal_service, catalog_service};
use stoa_store::{BoxFuture, Migration};

use app::App;
use app::audit::CatalogAudit;
use events::stock_level_changed::StockConsumer;
use store::cache::Cache;

/// The service `catalog`.
#[derive(Clone, Copy, Debug)]
pub struct Module;

impl stoa_chassis::Module for Module {
    const NAME: &'static str = "catalog";
    const CALLS: &'static [&'static str] = &[];

    fn migrations() -> Vec<Migration> {
        store::MIGRATIONS.to_vec()
    }

    fn mount(deps: Deps, _: Settings) -> BoxFuture<'static, anyhow::Result<Mounted>> {
        Box::pin(async move {
            let cache = Cache::of(&deps.db);
            let app = Arc::new(App::new(deps.db.clone(), cache.clone(), &deps.ids));
            let mut mounted = Mounted::new(Arc::new(CatalogAudit::new(deps.db.clone())));
            mounted
                .public
                .add_service(catalog_service(deps.gate.clone(), Arc::clone(&app)))
                .add_service(catalog_admin_service(deps.gate.clone(), Arc::clone(&app)));
            mounted
                .internal
                .add_service(catalog_internal_service(deps.gate.clone(), app));
            mounted.services = vec![
                "stoa.catalog.v1.CatalogService",
                "stoa.catalog.v1.CatalogAdminService",
            ];
            mounted.consumers = vec![Arc::new(StockConsumer::new(cache))];
            Ok(mounted)
        })
    }
}
