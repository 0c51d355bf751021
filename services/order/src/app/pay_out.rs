//! The work of a credit: what came back goes into stock, the money is paid out, and how that ended is recorded.

use std::sync::Arc;

use async_trait::async_trait;
use stoa_api::inventory::v1::HoldDemand;
use stoa_api::order::v1::{Credit, CreditState};
use stoa_api::payment::v1::{
    CreatePaymentIntentRequest, CreditPaymentRequest, IntentKind, reason as unpaid,
};
use stoa_errors::Error;
use stoa_types::{CreditId, Ctx, boundary};
use stoa_workflow::{Finish, Kind, Next, Work};

use super::App;
use super::checkout::PATIENCE;
use super::credits::Command;
use super::work::sorted;
use crate::domain::amounts::minor;
use crate::peers::payment::Outcome;

/// The name in rows and in `stoa workflow list`.
pub(crate) const KIND: &str = "order.credit";
pub(crate) const VERSION: u16 = 1;

/// The work that pays a credit out.
#[derive(Debug)]
pub(crate) struct CreditWork(pub(crate) Arc<App>);

#[async_trait]
impl Kind for CreditWork {
    fn name(&self) -> &'static str {
        KIND
    }

    fn version(&self) -> u16 {
        VERSION
    }

    async fn run(&self, work: &Work) -> Result<Next, Error> {
        let next = sorted(pay_out(&self.0, work).await)?;
        if matches!(next, Next::Finished) {
            self.0.watchers.at_rest(work.id, None);
        }
        Ok(next)
    }
}

async fn pay_out(app: &App, work: &Work) -> Result<Next, Error> {
    let id: CreditId = work.subject.parse().map_err(Error::internal)?;
    let base = work.ctx("order", app.clock.as_ref(), app.ids.as_ref());
    let mut credit = app.load_credit(id).await?;
    if credit.state() == CreditState::Pending {
        restock(app, &base, &credit).await?;
        if minor(credit.total.as_ref()) == 0 {
            credit.set_state(CreditState::Paid);
        } else {
            let token = work
                .state
                .get("payment_token")
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default();
            let (payment_id, outcome) = pay(app, &base, &credit, token).await?;
            credit.payment_id = payment_id;
            match outcome {
                Outcome::Succeeded => credit.set_state(CreditState::Paid),
                Outcome::Failed(code) => {
                    credit.set_state(CreditState::Failed);
                    credit.failure_code = code;
                }
                Outcome::Unknown | Outcome::Waits(_) => {
                    return Ok(Next::Park {
                        until: app.clock.now().plus(PATIENCE),
                        waiting_on: Some(credit.credit_id),
                    });
                }
            }
        }
    }
    let paid = credit.state() == CreditState::Paid;
    let total = credit.total.clone();
    let command = Command::Finish {
        credit: Box::new(credit),
        finish: Finish {
            id: work.id,
            fence: work.fence,
        },
    };
    let ctx = crate::peers::step(&base, app.clock.as_ref());
    boundary!(
        "order.credited.commit",
        app.credits.submit(&ctx, command).await
    )?;
    app.metrics.credited(paid, total.as_ref());
    Ok(Next::Finished)
}

async fn restock(app: &App, base: &Ctx, credit: &Credit) -> Result<(), Error> {
    let lines: Vec<HoldDemand> = credit
        .lines
        .iter()
        .filter(|line| line.restock)
        .map(|line| HoldDemand {
            sku: line.sku.clone(),
            quantity: line.quantity,
        })
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    let ctx = crate::peers::step(base, app.clock.as_ref());
    let key = format!("{}/restock/1", credit.credit_id);
    boundary!(
        "order.credit_restock.sent",
        app.inventory
            .take_back(&ctx, key, &credit.credit_id, lines)
            .await
    )
}

async fn pay(
    app: &App,
    base: &Ctx,
    credit: &Credit,
    token: &str,
) -> Result<(String, Outcome), Error> {
    let request = CreatePaymentIntentRequest {
        request_id: format!("{}/intent/1", credit.credit_id),
        kind: IntentKind::Credit.into(),
        credit_id: credit.credit_id.clone(),
        channel_id: credit.channel_id.clone(),
        amount: credit.total.clone(),
        payment_token: token.to_owned(),
        ..CreatePaymentIntentRequest::default()
    };
    let ctx = crate::peers::step(base, app.clock.as_ref());
    let payment_id = boundary!(
        "order.credit_intent.sent",
        app.payment.intent(&ctx, request).await
    )?;
    let request = CreditPaymentRequest {
        request_id: format!("{}/credit/1", credit.credit_id),
        payment_id: payment_id.clone(),
    };
    let ctx = crate::peers::step(base, app.clock.as_ref());
    let answer = boundary!(
        "order.credit_payment.sent",
        app.payment.credit(&ctx, request).await
    );
    match answer {
        Ok(outcome) => Ok((payment_id, outcome)),
        // Definite: the provider cannot pay out at all.
        Err(error) if error.reason == unpaid::CREDIT_UNSUPPORTED => {
            Ok((payment_id, Outcome::Failed(error.reason.to_string())))
        }
        Err(error) => Err(error),
    }
}
