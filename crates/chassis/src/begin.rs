//! What runs by itself once everything is mounted: listeners of events, durable work, relays, what is tidied up.

use std::future::Future;
use std::sync::Arc;

use stoa_events::{Bus, EmbeddedBus, EventLog};
use stoa_store::idempotency;
use stoa_telemetry::Telemetry;
use tokio_util::sync::CancellationToken;

use crate::compose::{ComposeError, Ground, Part};
use crate::projections::Logs;
use crate::restored::{self, Restores};
use crate::running::Unit;

/// Starts what runs by itself: consumers listen before any relay speaks, and runners adopt before anything new comes.
pub(crate) async fn begin(
    ground: &Ground,
    parts: Vec<Part>,
    restores: &Arc<Restores>,
    telemetry: &Telemetry,
) -> Result<(Vec<Unit>, CancellationToken), ComposeError> {
    for part in &parts {
        for consumer in &part.mounted.consumers {
            ground.bus.subscribe(part.db.clone(), Arc::clone(consumer));
        }
    }
    let stop = CancellationToken::new();
    for rebuilds in Logs::of(&parts).rebuilds(&ground.bus) {
        until(&stop, ground, "projections", rebuilds);
    }
    let databases = parts.iter().map(|part| (part.name, part.db.clone()));
    let remembering = restored::remember(databases.collect(), Arc::clone(restores));
    let mut units = Vec::new();
    for mut part in parts {
        let work = work(ground, &mut part);
        if restores.works() {
            work.await?;
        } else {
            later(ground, restores, work);
        }
        let relay = EventLog::relay_until(
            part.db.clone(),
            Arc::<EmbeddedBus>::clone(&ground.bus),
            Arc::clone(&ground.ids),
            telemetry.meter("events"),
            stop.clone().cancelled_owned(),
        );
        ground.tasks.spawn("event relay", relay);
        let pruning = idempotency::keep_pruned(part.db.clone());
        until(&stop, ground, "key pruning", pruning);
        units.push(Unit {
            name: part.name,
            db: part.db,
            runner: part.runner,
        });
    }
    until(&stop, ground, "peers", remembering);
    Ok((units, stop))
}

/// Starts the durable work of a module and its own tasks.
fn work(
    ground: &Ground,
    part: &mut Part,
) -> impl Future<Output = Result<(), ComposeError>> + Send + 'static {
    let (module, runner, tasks) = (part.name, part.runner.clone(), ground.tasks.clone());
    let kinds = std::mem::take(&mut part.mounted.kinds);
    let own = std::mem::take(&mut part.mounted.tasks);
    async move {
        runner
            .start(kinds, tasks.handle())
            .await
            .map_err(|source| ComposeError::Runner { module, source })?;
        for (name, task) in own {
            tasks.spawn(name, task);
        }
        Ok(())
    }
}

/// Starts it when what came back from a backup has been checked.
fn later(
    ground: &Ground,
    restores: &Arc<Restores>,
    work: impl Future<Output = Result<(), ComposeError>> + Send + 'static,
) {
    let restores = Arc::clone(restores);
    until(
        &ground.shutdown,
        ground,
        "work after a restore",
        async move {
            restores.worked().await;
            if let Err(error) = work.await {
                tracing::error!(%error, "durable work did not start; start the process again");
            }
        },
    );
}

fn until(
    stop: &CancellationToken,
    ground: &Ground,
    name: &'static str,
    task: impl Future<Output = ()> + Send + 'static,
) {
    let stop = stop.clone();
    ground.tasks.spawn(name, async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = task => {}
        }
    });
}
