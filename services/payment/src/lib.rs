//! Payments: what the merchant wants of a customer's money, what was asked of the provider, what
//! came of it, and the double entry of what moved.
//!
//! An operation goes through three durable moments: it is reserved (`app/operate.rs`, and
//! `domain/book.rs`, where the sums are), it is sent, its result is recorded. Whatever happens
//! between two of them, it counts as spent until something is known: durable work asks the provider
//! (`app/reconcile.rs`), and another reads the provider's own list for what succeeded after we had
//! given up (`app/sweep.rs`).
//!
//! | folder | holds |
//! |---|---|
//! | `domain/` | the rules of money, pure |
//! | `app/` | the use cases and the durable work |
//! | `grpc/` | proto <-> domain |
//! | `store/` | tables and statements |
//! | `events/` | domain change -> event |
//! | `webhook` | what the provider tells by itself |
//! | `provider/` | the outside world: the trait and the sandbox's adapter |

mod app;
mod config;
mod domain;
mod events;
mod grpc;
mod provider;
mod store;
mod webhook;

use std::sync::Arc;

use anyhow::Context as _;
use futures::future::BoxFuture;
use stoa_chassis::{Deps, Module, Mounted};
use stoa_config::{Mistakes, Settings};
use stoa_rpc::payment::v1::{payment_admin_service, payment_internal_service, payment_service};
use stoa_store::Migration;

pub use crate::config::PaymentSettings;

use crate::app::audit::PaymentAudit;
use crate::app::inflight::Inflight;
use crate::app::metrics::Metrics;
use crate::app::operate::Operations;
use crate::app::reconcile::Reconcile;
use crate::app::sweep::Sweep;
use crate::app::write::Write;
use crate::grpc::admin::Admin;
use crate::grpc::internal::Internal;
use crate::grpc::public::Public;
use crate::provider::Provider as _;
use crate::provider::sandbox::Sandbox;

/// The payment service.
#[derive(Clone, Copy, Debug, Default)]
pub struct PaymentModule;

impl Module for PaymentModule {
    const NAME: &'static str = "payment";
    const CALLS: &'static [&'static str] = &[];

    fn migrations() -> Vec<Migration> {
        store::MIGRATIONS.to_vec()
    }

    fn check(settings: &Settings) -> Result<(), Mistakes> {
        settings.section::<PaymentSettings>().map(drop)
    }

    fn mount(deps: Deps, settings: Settings) -> BoxFuture<'static, anyhow::Result<Mounted>> {
        Box::pin(mount(deps, settings))
    }
}

async fn mount(deps: Deps, settings: Settings) -> anyhow::Result<Mounted> {
    let settings = settings.section::<PaymentSettings>()?;
    let url = settings.provider_url.as_deref().unwrap_or_default();
    let url = url.parse().context("payment.provider_url")?;
    let provider = Arc::new(Sandbox::new(url, settings.timeout)?);
    let write = Write {
        ids: deps.ids.clone(),
        runner: deps.runner.clone(),
        provider: provider.name(),
    };
    let operations = Operations {
        queue: deps.db.queue(write),
        db: deps.db.clone(),
        provider,
        clock: deps.clock.clone(),
        ids: deps.ids.clone(),
        tasks: deps.tasks.clone(),
        runner: deps.runner.clone(),
        inflight: Inflight::default(),
        metrics: Metrics::new(&deps.meter),
        settings,
    };
    let sweep = Sweep {
        operations: operations.clone(),
        started_at: deps.clock.now(),
    };
    // At once, whenever it was due: what a dead process left is found by it.
    let work = sweep.install().await?;
    deps.runner.kick(work);
    let mut mounted = Mounted::new(Arc::new(PaymentAudit::new(operations.clone())));
    let public = Arc::new(Public(operations.clone()));
    let admin = Arc::new(Admin(operations.clone()));
    mounted
        .public
        .add_service(payment_service(deps.gate.clone(), public))
        .add_service(payment_admin_service(deps.gate.clone(), admin));
    mounted.services = vec![
        "stoa.payment.v1.PaymentService",
        "stoa.payment.v1.PaymentAdminService",
    ];
    let internal = Arc::new(Internal(operations.clone()));
    mounted
        .internal
        .add_service(payment_internal_service(deps.gate, internal));
    if let Some(secret) = operations.settings.webhook_secret.clone() {
        mounted.http = webhook::router(operations.clone(), secret);
    }
    mounted.kinds = vec![Arc::new(Reconcile(operations)), Arc::new(sweep)];
    Ok(mounted)
}
