//! CreateCredit: money for goods whose order is not known. How credits are written; `pay_out` is their work.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use prost::Message;
use serde_json::json;
use stoa_api::convert::to_timestamp;
use stoa_api::order::v1::{CreateCreditRequest, Credit, CreditChanged, CreditState, reason};
use stoa_api::pricing::v1::{BasketLine, PriceBasketRequest};
use stoa_errors::Error;
use stoa_events::NewEvent;
use stoa_store::{Apply, BoxFuture, Committed, Member, Outcome as Answered, StoreError, Tx};
use stoa_types::{ChannelId, CreditId, Ctx, Ids, WorkflowId, boundary};
use stoa_workflow::{Finish, Runner};

use super::App;
use super::batch::lost;
use super::orders::{Start, external_ref_used, new_workflow};
use super::pay_out;
use super::place::Until;
use super::quotes::not_in_future;
use crate::domain::amounts::minor;
use crate::domain::credit;
use crate::store;
use crate::store::rows::CreditRow;

/// A change of one credit.
pub(crate) enum Command {
    /// Records a new one, with the work that pays it out.
    Create {
        credit: Box<Credit>,
        channel_code: String,
        token: String,
    },
    /// Why there is none: decided by catalogue or pricing, and replayed like a credit.
    Refuse(Error),
    /// Records how the paying out ended, with the end of the work.
    Finish { credit: Box<Credit>, finish: Finish },
}

/// Writes credits.
pub(crate) struct Credits {
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) runner: Runner,
}

impl fmt::Debug for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credits").finish_non_exhaustive()
    }
}

impl Apply for Credits {
    type Command = Command;
    /// The credit, also for callers who joined this one under the same key.
    type Answer = String;
    const NAME: &'static str = "order.credit";

    fn weight(&self, _: &Command) -> usize {
        // Key, event, credit, workflow.
        4
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Command>],
    ) -> BoxFuture<'a, Result<Vec<Answered<String>>, StoreError>> {
        Box::pin(async move {
            let mut taken = known_references(tx, members).await?;
            let mut outcomes = Vec::with_capacity(members.len());
            let (mut rows, mut works, mut finishes, mut events) =
                (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for member in members {
                let row = match &member.command {
                    Command::Create {
                        credit,
                        channel_code,
                        token,
                    } => {
                        let key = (credit.channel_id.clone(), credit.external_ref.clone());
                        if let Some(holder) = taken.get(&key) {
                            outcomes.push(Answered::Refused(external_ref_used(holder)));
                            continue;
                        }
                        taken.insert(key, credit.credit_id.clone());
                        let start = start(credit, token)?;
                        works.push(new_workflow(start, &member.ctx, member.now));
                        row(credit, channel_code, 1, member.now)
                    }
                    Command::Refuse(refusal) => {
                        outcomes.push(Answered::Refused(refusal.clone()));
                        continue;
                    }
                    Command::Finish { credit, finish } => {
                        finishes.push(finish.clone());
                        row(credit, "", 2, member.now)
                    }
                };
                events.push((Arc::clone(&member.ctx), logged(&row)));
                outcomes.push(Answered::Done {
                    resource: row.credit.credit_id.clone(),
                    answer: row.credit.credit_id.clone(),
                });
                rows.push(row);
            }
            let finished = stoa_workflow::finish(tx, &finishes).await?;
            if finished.into_iter().any(|still_ours| !still_ours) {
                return Err(lost().into());
            }
            let saved = rows
                .iter()
                .map(CreditRow::save)
                .collect::<Result<Vec<_>, _>>()?;
            if let Some(now) = members.iter().map(|member| member.now).max()
                && !saved.is_empty()
            {
                tx.execute(store::SAVE_CREDITS, &saved).await?;
                stoa_workflow::insert(tx, &works, &self.runner).await?;
                stoa_events::append(tx, &events, now, self.ids.as_ref()).await?;
            }
            Ok(outcomes)
        })
    }
}

/// The references of the batch that the channels have already: (channel, reference) to credit.
async fn known_references(
    tx: &Tx,
    members: &[Member<Command>],
) -> Result<HashMap<(String, String), String>, StoreError> {
    let mut wanted = Vec::new();
    for member in members {
        if let Command::Create { credit, .. } = &member.command {
            let channel: ChannelId = credit.channel_id.parse().map_err(Error::internal)?;
            wanted.push(json!({"channel_id": channel.hex(), "external_ref": credit.external_ref}));
        }
    }
    let mut taken = HashMap::new();
    if wanted.is_empty() {
        return Ok(taken);
    }
    for row in tx.query(store::LOAD_EXTERNAL_CREDITS, &wanted).await? {
        let channel = ChannelId::from_uuid(row.get("channel_id")?);
        let credit = CreditId::from_uuid(row.get("credit_id")?);
        taken.insert(
            (channel.to_string(), row.get("external_ref")?),
            credit.to_string(),
        );
    }
    Ok(taken)
}

fn row(credit: &Credit, channel_code: &str, version: i64, now: stoa_types::Timestamp) -> CreditRow {
    let mut credit = credit.clone();
    credit.etag = version.to_string();
    credit.update_time = Some(to_timestamp(now));
    CreditRow {
        channel_code: channel_code.to_owned(),
        version,
        credit,
    }
}

fn logged(row: &CreditRow) -> NewEvent {
    let credit = &row.credit;
    NewEvent {
        aggregate_kind: "credit",
        aggregate_id: credit.credit_id.clone(),
        aggregate_version: row.version,
        event_type: "stoa.order.v1.CreditChanged",
        payload: CreditChanged {
            credit_id: credit.credit_id.clone(),
            total: credit.total.clone(),
            payment_id: credit.payment_id.clone(),
            paid: credit.state() == CreditState::Paid,
            failure_code: credit.failure_code.clone(),
        }
        .encode_to_vec(),
        channel: credit.channel_id.parse().ok(),
    }
}

fn start(credit: &Credit, token: &str) -> Result<Start, Error> {
    let id: CreditId = credit.credit_id.parse().map_err(Error::internal)?;
    Ok(Start {
        id: workflow_id(id),
        kind: pay_out::KIND,
        version: pay_out::VERSION,
        subject: credit.credit_id.clone(),
        step: "pay_out",
        state: json!({ "payment_token": token }),
    })
}

fn workflow_id(id: CreditId) -> WorkflowId {
    WorkflowId::from_uuid(id.uuid())
}

impl App {
    /// Records a credit and waits until it is paid out, as long as the caller can.
    pub(crate) async fn create_credit(
        &self,
        ctx: &Ctx,
        request: CreateCreditRequest,
    ) -> Result<Credit, Error> {
        let id = CreditId::new(self.ids.as_ref());
        let command = match self.draft_credit(ctx, id, request).await {
            Ok(command) => command,
            Err(refusal) if refusal.is_recorded() => Command::Refuse(refusal),
            Err(error) => return Err(error),
        };
        let committed = boundary!(
            "order.credit.commit",
            self.credits.submit(ctx, command).await
        )?;
        let (Committed::Done(resource) | Committed::Replayed { resource }) = committed;
        let id = resource.parse().map_err(Error::internal)?;
        self.runner.kick(workflow_id(id));
        self.wait_again(ctx, workflow_id(id), Until::Ended).await?;
        self.load_credit(id).await
    }

    async fn draft_credit(
        &self,
        ctx: &Ctx,
        id: CreditId,
        request: CreateCreditRequest,
    ) -> Result<Command, Error> {
        let now = self.clock.now();
        let place_time = not_in_future(request.place_time.as_ref(), now)?;
        let skus = request.items.iter().map(|item| item.sku.as_str());
        let goods = self.catalog.resolve(ctx, skus, true).await?;
        let lines = request
            .items
            .iter()
            .zip(&goods)
            .map(|(item, sku)| BasketLine {
                sku: item.sku.clone(),
                quantity: item.quantity,
                override_unit_price: item.unit_price.clone(),
                tax_category: sku.tax_category.clone(),
            });
        let basket = PriceBasketRequest {
            channel: request.channel,
            lines: lines.collect(),
            price_time: Some(to_timestamp(place_time)),
            destination_country_code: String::new(),
        };
        let prices = self.pricing.price(ctx, basket, "unit_price").await?;
        let channel = prices.channel.unwrap_or_default();
        let totals = prices.totals.unwrap_or_default();
        let credit = Credit {
            credit_id: id.to_string(),
            channel_id: channel.channel_id,
            state: CreditState::Pending.into(),
            lines: credit::lines(&goods, prices.lines),
            total: totals.total.clone(),
            reason: request.reason,
            external_ref: request.external_ref,
            customer_ref: request.customer_ref,
            place_time: Some(to_timestamp(place_time)),
            create_time: Some(to_timestamp(now)),
            ..Credit::default()
        };
        Ok(Command::Create {
            credit: Box::new(credit),
            channel_code: channel.code,
            // Where nothing is to be paid it is not needed.
            token: if minor(totals.total.as_ref()) == 0 {
                String::new()
            } else {
                request.payment_token
            },
        })
    }

    /// A credit.
    pub(crate) async fn load_credit(&self, id: CreditId) -> Result<Credit, Error> {
        store::find::credit(&self.db, id)
            .await?
            .ok_or_else(|| Error::not_found(reason::CREDIT_NOT_FOUND, format!("credit {id}")))
    }
}
