//! Pricing: what a basket costs, and why. It owns channels, price books and prices with their history, and calls nobody.
//!
//! | folder | holds |
//! |---|---|
//! | `domain` | channels, prices, how lines, adjustments and taxes add up; pure |
//! | `app` | the use cases, one to a file; those that write are applied in batches |
//! | `grpc` | messages to use cases and back |
//! | `store` | the tables: entities for reading, one statement per file for writing and for pricing a basket |
//! | `events` | what is told: `PriceChanged`, `ChannelChanged` |
//!
//! A price is never deleted: of its book, sku and quantity the latest start that is not after a moment holds at that
//! moment, so what a basket cost then can always be said.

mod app;
mod domain;
mod events;
mod grpc;
mod store;

use std::sync::Arc;

use stoa_chassis::{Deps, Mounted};
use stoa_config::Settings;
use stoa_rpc::pricing::v1::{pricing_admin_service, pricing_internal_service};
use stoa_store::{BoxFuture, Migration};

use app::App;
use app::audit::PricingAudit;
use app::first_channel;

/// The service `pricing`.
#[derive(Clone, Copy, Debug)]
pub struct Module;

impl stoa_chassis::Module for Module {
    const NAME: &'static str = "pricing";
    const CALLS: &'static [&'static str] = &[];

    fn migrations() -> Vec<Migration> {
        store::MIGRATIONS.to_vec()
    }

    fn mount(deps: Deps, _: Settings) -> BoxFuture<'static, anyhow::Result<Mounted>> {
        Box::pin(async move {
            first_channel::ensure(&deps.db, deps.clock.as_ref(), &deps.ids).await?;
            let app = App::new(deps.db.clone(), Arc::clone(&deps.clock), &deps.ids);
            let app = Arc::new(app);
            let mut mounted = Mounted::new(Arc::new(PricingAudit::new(deps.db.clone())));
            mounted
                .public
                .add_service(pricing_admin_service(deps.gate.clone(), Arc::clone(&app)));
            mounted
                .internal
                .add_service(pricing_internal_service(deps.gate.clone(), app));
            mounted.services = vec!["stoa.pricing.v1.PricingAdminService"];
            Ok(mounted)
        })
    }
}
