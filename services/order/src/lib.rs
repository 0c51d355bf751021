//! Orders: quotes, the checkout, fulfilment, returns and credits.
//!
//! | folder | holds |
//! |---|---|
//! | `domain` | what an order is: events, fold, decisions; pure |
//! | `app` | the use cases, one to a file; the workflows; the one writer of orders |
//! | `grpc` | messages to use cases and back |
//! | `store` | the tables: look-ups for reading, one statement per file for writing |
//! | `peers` | catalog, pricing, inventory and payment in this service's words |
//! | `events` | what is heard: payment.*, only to wake |
//!
//! An order is event-sourced: its stream in the event log is the truth, its row the same fold written in the same
//! transaction. A quote is used once, an external reference stands once per channel, a workflow writes only under its fence.

mod app;
mod domain;
mod events;
mod grpc;
mod peers;
mod store;

use std::sync::Arc;

use stoa_chassis::{Deps, Mounted};
use stoa_config::Settings;
use stoa_rpc::order::v1::{order_admin_service, order_service};
use stoa_store::{BoxFuture, Migration};

use app::App;
use app::audit::OrderAudit;
use app::cancel::CancelWork;
use app::capture::CaptureWork;
use app::checkout::Checkout;
use app::credits::Credits;
use app::fulfillment::ShippingWork;
use app::orders::Orders;
use app::pay_out::CreditWork;
use app::quotes::Quotes;
use app::release::ReleaseWork;
use app::take_back::ReturnWork;
use events::payment_changed::PaymentChanged;
use grpc::Handler;
use peers::catalog::Catalog;
use peers::inventory::Inventory;
use peers::payment::Payment;
use peers::pricing::Pricing;

/// The service `order`.
#[derive(Clone, Copy, Debug)]
pub struct Module;

impl stoa_chassis::Module for Module {
    const NAME: &'static str = "order";
    const CALLS: &'static [&'static str] = &["catalog", "pricing", "inventory", "payment"];

    fn migrations() -> Vec<Migration> {
        store::MIGRATIONS.to_vec()
    }

    fn mount(deps: Deps, _: Settings) -> BoxFuture<'static, anyhow::Result<Mounted>> {
        Box::pin(async move {
            let app = Arc::new(app(&deps)?);
            let handler = Arc::new(Handler(Arc::clone(&app)));
            let mut mounted = Mounted::new(Arc::new(OrderAudit::new(deps.db.clone())));
            mounted
                .public
                .add_service(order_service(deps.gate.clone(), Arc::clone(&handler)))
                .add_service(order_admin_service(deps.gate.clone(), handler));
            mounted.services = vec![
                "stoa.order.v1.OrderService",
                "stoa.order.v1.OrderAdminService",
            ];
            mounted.consumers = vec![Arc::new(PaymentChanged)];
            mounted.kinds = vec![
                Arc::new(Checkout(Arc::clone(&app))),
                Arc::new(CancelWork(Arc::clone(&app))),
                Arc::new(ShippingWork(Arc::clone(&app))),
                Arc::new(CaptureWork(Arc::clone(&app))),
                Arc::new(ReleaseWork(Arc::clone(&app))),
                Arc::new(ReturnWork(Arc::clone(&app))),
                Arc::new(CreditWork(app)),
            ];
            Ok(mounted)
        })
    }
}

fn app(deps: &Deps) -> anyhow::Result<App> {
    let db = deps.db.clone();
    let orders = db.queue(Orders {
        ids: Arc::clone(&deps.ids),
        runner: deps.runner.clone(),
    });
    let credits = db.queue(Credits {
        ids: Arc::clone(&deps.ids),
        runner: deps.runner.clone(),
    });
    Ok(App {
        orders,
        credits,
        quotes: db.queue(Quotes),
        db,
        catalog: Catalog::new(deps.peers.get("catalog")?),
        pricing: Pricing::new(deps.peers.get("pricing")?),
        inventory: Inventory::new(deps.peers.get("inventory")?),
        payment: Payment::new(deps.peers.get("payment")?),
        runner: deps.runner.clone(),
        watchers: app::watchers::Watchers::default(),
        metrics: app::metrics::Metrics::new(&deps.meter),
        shutdown: deps.shutdown.clone(),
        clock: Arc::clone(&deps.clock),
        ids: Arc::clone(&deps.ids),
    })
}
