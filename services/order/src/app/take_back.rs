//! The work of a received return: restock, refund, record both.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use stoa_api::convert::to_timestamp;
use stoa_api::inventory::v1::HoldDemand;
use stoa_api::order::v1::{Order, Return, ReturnState};
use stoa_api::payment::v1::RefundPaymentRequest;
use stoa_errors::Error;
use stoa_types::{ReturnId, boundary};
use stoa_workflow::{Kind, Next, Work};

use super::App;
use super::orders::Decision;
use super::work::{Job, needs_operator, sorted};
use crate::domain::amounts::money;
use crate::domain::returns::{self, GivenBack};
use crate::peers::payment::Outcome;

/// The name in rows and in `stoa workflow list`.
pub(crate) const KIND: &str = "order.return";
pub(crate) const VERSION: u16 = 1;

/// The definition.
#[derive(Debug)]
pub(crate) struct ReturnWork(pub(crate) Arc<App>);

#[async_trait]
impl Kind for ReturnWork {
    fn name(&self) -> &'static str {
        KIND
    }

    fn version(&self) -> u16 {
        VERSION
    }

    async fn run(&self, work: &Work) -> Result<Next, Error> {
        sorted(take_back(&Job::new(&self.0, work)?).await)
    }
}

/// What the work keeps.
#[derive(Deserialize)]
struct State {
    /// The return.
    return_id: ReturnId,
    /// What is paid back, in minor units of the order's currency.
    amount: i64,
    /// What is to be given back outside.
    #[serde(default)]
    outside: i64,
}

async fn take_back(job: &Job<'_>) -> Result<Next, Error> {
    let state: State = serde_json::from_value(job.work.state.clone()).map_err(Error::internal)?;
    let (id, amount, outside) = (state.return_id, state.amount, state.outside);
    let order = job.order().await?;
    let returned = job.app.load_return(id).await?;
    if returned.restock {
        restock(job, &order, &returned).await?;
    }
    match refund(job, &order, amount).await? {
        Outcome::Succeeded => {}
        Outcome::Unknown | Outcome::Waits(_) => return Ok(job.park(&order)),
        Outcome::Failed(code) => {
            return Err(needs_operator("the refund was refused", &code));
        }
    }
    boundary!(
        "order.returned.commit",
        job.close(
            Some(id),
            Box::new(move |seen| {
                let Some(mut returned) = seen.returned.cloned() else {
                    return Err(Error::internal("the return is gone"));
                };
                if returned.state() != ReturnState::Received {
                    return Ok(Decision::default());
                }
                returned.set_state(ReturnState::Refunded);
                returned.update_time = Some(to_timestamp(seen.now));
                let back = GivenBack {
                    by_us: amount,
                    outside,
                };
                let event = returns::finish(seen.order, &returned.return_id, &returned.lines, back);
                Ok(Decision {
                    events: vec![event],
                    returned: Some(returned),
                    ..Decision::default()
                })
            })
        )
        .await
    )
}

/// Books the units of which stock is kept as come back.
async fn restock(job: &Job<'_>, order: &Order, returned: &Return) -> Result<(), Error> {
    let tracked = |line_id: &str| {
        order
            .lines
            .iter()
            .any(|line| line.line_id == line_id && line.stock_tracked)
    };
    let lines: Vec<HoldDemand> = returned
        .lines
        .iter()
        .filter(|line| tracked(&line.line_id))
        .map(|line| HoldDemand {
            sku: line.sku.clone(),
            quantity: line.quantity,
        })
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    let ctx = job.call();
    boundary!(
        "order.restock.sent",
        job.app
            .inventory
            .take_back(&ctx, job.key("restock"), &returned.return_id, lines)
            .await
    )
}

async fn refund(job: &Job<'_>, order: &Order, amount: i64) -> Result<Outcome, Error> {
    let Some(payment_id) = order.payment_ids.first().filter(|_| amount > 0) else {
        return Ok(Outcome::Succeeded);
    };
    let request = RefundPaymentRequest {
        request_id: job.key("refund"),
        payment_id: payment_id.clone(),
        amount: money(order, amount),
        reason: "goods came back".to_owned(),
    };
    let ctx = job.call();
    boundary!(
        "order.refund.sent",
        job.app.payment.refund(&ctx, request).await
    )
}
