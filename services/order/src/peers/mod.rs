//! The other services in this service's words. Nobody else here knows their contracts' request messages.

pub(crate) mod catalog;
pub(crate) mod inventory;
pub(crate) mod payment;
pub(crate) mod pricing;

use std::time::Duration;

use stoa_types::{Clock, Ctx};

/// The limit of one call of a workflow's step: shorter than the runner's patience, longer than the slowest step.
const STEP: Duration = Duration::from_secs(10);

/// The context of one call that a workflow makes: its own limit, counted from now.
pub(crate) fn step(ctx: &Ctx, clock: &dyn Clock) -> Ctx {
    let mut ctx = ctx.clone();
    ctx.deadline = clock.now().plus(STEP);
    ctx
}
