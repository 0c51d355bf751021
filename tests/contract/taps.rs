//! Services inside of the process from which a test may call: the order service, whose peers are tapped, and a stranger, whom
//! nobody has among his callers. Both get their peers from the chassis, as every service does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use stoa_chassis::{Deps, Module, Mounted, NothingToAudit, Peers, Suite};
use stoa_config::{Mistakes, Settings};
use stoa_store::Migration;

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
            Ok(Mounted::new(Arc::new(NothingToAudit)))
        })
    }
}
