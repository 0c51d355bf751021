//! Services inside of the process from which a test may call: the order service, whose peers are tapped, and a stranger, whom
//! nobody has among his callers. Both get their peers from the chassis, as every service does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use stoa_chassis::{Deps, Module, Mounted, NothingToAudit, Peers, Suite};
use stoa_config::{Mistakes, Settings};
use stoa_errors::{Error, Kind};
use stoa_events::{ConsumeError, Consumer, Envelope, Mode};
use stoa_store::{Migration, Tx};

/// The peers of the services that were mounted, by data folder and name.
static TAPPED: Mutex<BTreeMap<(PathBuf, &str), Peers>> = Mutex::new(BTreeMap::new());

fn tap(deps: &Deps, name: &'static str) {
    let mut tapped = TAPPED.lock().expect("no test holds it");
    tapped.insert((deps.data.clone(), name), deps.peers.clone());
}

/// The peers of the service `name` of the suite in this folder.
pub(crate) fn peers(data: &Path, name: &'static str) -> Peers {
    let tapped = TAPPED.lock().expect("no test holds it");
    let found = tapped.get(&(data.to_owned(), name));
    found.cloned().expect("a service that was mounted")
}

/// All services, and the stranger.
pub(crate) fn suite() -> Suite {
    Suite::new("stoa", "0.0.0-contract")
        .with::<stoa_catalog::Module>()
        .with::<stoa_pricing::Module>()
        .with::<stoa_inventory::Module>()
        .with::<stoa_payment::PaymentModule>()
        .with::<Order>()
        .with::<Stranger>()
}

/// Who keeps dead letters, and of which service.
pub(crate) const DEAF: &str = "stranger.deaf";
pub(crate) const STRANGER: &str = Stranger::NAME;

struct Order;

impl Module for Order {
    const NAME: &'static str = stoa_order::Module::NAME;
    const CALLS: &'static [&'static str] = stoa_order::Module::CALLS;

    fn migrations() -> Vec<Migration> {
        stoa_order::Module::migrations()
    }

    fn check(settings: &Settings) -> Result<(), Mistakes> {
        stoa_order::Module::check(settings)
    }

    fn mount(deps: Deps, settings: Settings) -> BoxFuture<'static, anyhow::Result<Mounted>> {
        tap(&deps, Self::NAME);
        stoa_order::Module::mount(deps, settings)
    }
}

struct Stranger;

impl Module for Stranger {
    const NAME: &'static str = "stranger";
    const CALLS: &'static [&'static str] = &["catalog", "pricing", "inventory", "payment", "order"];

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    fn mount(deps: Deps, _: Settings) -> BoxFuture<'static, anyhow::Result<Mounted>> {
        Box::pin(async move {
            tap(&deps, Self::NAME);
            let mut mounted = Mounted::new(Arc::new(NothingToAudit));
            mounted.consumers.push(Arc::new(Deaf));
            Ok(mounted)
        })
    }
}

/// The consumer of the stranger, who can apply nothing of what he hears: the dead letters of this world are his.
struct Deaf;

impl Consumer for Deaf {
    fn name(&self) -> &'static str {
        DEAF
    }

    fn listens(&self) -> &[&'static str] {
        &["stoa.catalog.v1.ProductChanged"]
    }

    fn mode(&self) -> Mode {
        Mode::Any
    }

    fn handle<'a>(
        &'a self,
        _: &'a Tx,
        _: &'a [Envelope],
    ) -> BoxFuture<'a, Result<(), ConsumeError>> {
        let error = Error::new(Kind::FailedPrecondition, "DEAF", "not for these ears");
        Box::pin(std::future::ready(Err(ConsumeError::Poison(error))))
    }
}
