//! The rows of one batch: loaded once, changed in memory, written once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::json;
use stoa_api::order::v1::{Order, Quote, Return};
use stoa_errors::{Error, Kind};
use stoa_events::NewEvent;
use stoa_store::{Member, StoreError, Tx};
use stoa_types::{ChannelId, Ctx, Ids, OrderId, QuoteId, ReturnId, Timestamp, mutant};
use stoa_workflow::{Advance, Finish, NewWorkflow, Runner};

use super::orders::{
    Accept, Change, Command, Seen, Start, Wanted, WorkOp, external_ref_used, logged, new_workflow,
    not_found,
};
use crate::domain::axes::{Phase, phase};
use crate::domain::event::Event;
use crate::domain::{fold, fulfillment, quote};
use crate::store;
use crate::store::rows::{OrderRow, QuoteRow, ReturnRow};

/// A context and an event of it, as the log takes them.
type Logged = (Arc<Ctx>, NewEvent);

/// The rows of one batch.
#[derive(Default)]
pub(crate) struct Batch {
    orders: HashMap<OrderId, OrderRow>,
    quotes: HashMap<QuoteId, QuoteRow>,
    returns: HashMap<ReturnId, ReturnRow>,
    live: HashMap<String, BTreeSet<String>>,
    nothing: BTreeSet<String>,
    external_orders: HashMap<(ChannelId, String), OrderId>,
    external_returns: HashMap<(OrderId, String), ReturnId>,
    changed: BTreeSet<OrderId>,
    changed_returns: BTreeSet<ReturnId>,
    used: BTreeMap<QuoteId, OrderId>,
    contacts: Vec<serde_json::Value>,
    notes: Vec<serde_json::Value>,
    events: Vec<Logged>,
    works: Vec<NewWorkflow>,
    advances: Vec<Advance>,
    finishes: Vec<Finish>,
    wakes: BTreeSet<String>,
    now: Option<Timestamp>,
}

impl Batch {
    /// Loads what the members name, table by table in the order of the ids.
    pub(crate) async fn load(tx: &Tx, wanted: &Wanted) -> Result<Self, StoreError> {
        let mut batch = Self::default();
        if !wanted.quotes.is_empty() {
            for row in tx.query(store::LOAD_QUOTES, &wanted.quotes).await? {
                let (id, quote) = QuoteRow::read(&row)?;
                batch.quotes.insert(id, quote);
            }
            batch.load_external_orders(tx, wanted).await?;
        }
        if !wanted.orders.is_empty() {
            for row in tx.query(store::LOAD_ORDERS, &wanted.orders).await? {
                let (id, order) = OrderRow::read(&row)?;
                batch.orders.insert(id, order);
            }
        }
        batch.load_returns(tx, wanted).await?;
        if !wanted.live.is_empty() {
            // Behind the lock of the orders: their work begins and ends under it.
            for row in tx.query(store::LOAD_LIVE_WORK, &wanted.live).await? {
                let kinds = batch.live.entry(row.get("subject")?).or_default();
                kinds.insert(row.get("kind")?);
            }
        }
        Ok(batch)
    }

    async fn load_external_orders(&mut self, tx: &Tx, wanted: &Wanted) -> Result<(), StoreError> {
        let mut keys = Vec::new();
        for (id, row) in &self.quotes {
            for external_ref in wanted.external_orders.get(&id.hex()).into_iter().flatten() {
                let channel = channel_id(&row.quote.channel_id)?;
                keys.push(json!({"channel_id": channel.hex(), "external_ref": external_ref}));
            }
        }
        if keys.is_empty() {
            return Ok(());
        }
        for row in tx.query(store::LOAD_EXTERNAL_ORDERS, &keys).await? {
            let channel = ChannelId::from_uuid(row.get("channel_id")?);
            let order = OrderId::from_uuid(row.get("order_id")?);
            self.external_orders
                .insert((channel, row.get("external_ref")?), order);
        }
        Ok(())
    }

    async fn load_returns(&mut self, tx: &Tx, wanted: &Wanted) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        if !wanted.returns.is_empty() {
            rows.extend(tx.query(store::LOAD_RETURNS, &wanted.returns).await?);
        }
        if !wanted.returns_of.is_empty() {
            rows.extend(tx.query(store::LOAD_RETURNS_OF, &wanted.returns_of).await?);
        }
        for row in rows {
            let returned: Return = store::rows::snapshot(&row)?;
            let id = ReturnId::from_uuid(row.get("return_id")?);
            let version = row.get("version")?;
            self.returns.insert(
                id,
                ReturnRow {
                    // Written once, by the insert; an update leaves them.
                    owner: String::new(),
                    channel_code: String::new(),
                    version,
                    returned,
                },
            );
        }
        if wanted.external_returns.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = wanted
            .external_returns
            .iter()
            .map(|(order, external_ref)| json!({"order_id": order, "external_ref": external_ref}))
            .collect();
        for row in tx.query(store::LOAD_EXTERNAL_RETURNS, &keys).await? {
            let order = OrderId::from_uuid(row.get("order_id")?);
            let returned = ReturnId::from_uuid(row.get("return_id")?);
            self.external_returns
                .insert((order, row.get("external_ref")?), returned);
        }
        Ok(())
    }

    /// The quote of an acceptance, if it may be used at `now`.
    pub(crate) fn usable_quote(&self, accept: &Accept, now: Timestamp) -> Result<Quote, Error> {
        let row = self
            .quotes
            .get(&accept.quote_id)
            .filter(|row| accept.access.allows(&row.owner))
            .filter(|row| row.staff || !accept.staff_quote)
            .ok_or_else(|| {
                Error::not_found(
                    stoa_api::order::v1::reason::QUOTE_NOT_FOUND,
                    format!("quote {}", accept.quote_id),
                )
            })?;
        let used_by = self
            .used
            .get(&accept.quote_id)
            .copied()
            .or(row.used_by)
            .map(|order| order.to_string());
        quote::check_usable(used_by.as_deref(), row.expires_at, now)?;
        Ok(row.quote.clone())
    }

    /// Refuses an external reference that the channel has already.
    pub(crate) fn check_external_order(&self, quote: &Quote, reference: &str) -> Result<(), Error> {
        if reference.is_empty() {
            return Ok(());
        }
        let key = (channel_id(&quote.channel_id)?, reference.to_owned());
        match self.external_orders.get(&key) {
            Some(holder) => Err(external_ref_used(holder)),
            None => Ok(()),
        }
    }

    /// A new order from its first event, and its owner.
    pub(crate) fn insert_order(
        &mut self,
        accept: &Accept,
        quote: &Quote,
        event: Event,
        member: &Member<Command>,
    ) -> Result<(Arc<Order>, String), Error> {
        let owner = self
            .quotes
            .get(&accept.quote_id)
            .map(|row| row.owner.clone())
            .unwrap_or_default();
        let row = OrderRow {
            owner: owner.clone(),
            order: Order::default(),
        };
        self.orders.insert(accept.order_id, row);
        self.used.insert(accept.quote_id, accept.order_id);
        if !accept.external_ref.is_empty() {
            let key = (channel_id(&quote.channel_id)?, accept.external_ref.clone());
            self.external_orders.insert(key, accept.order_id);
        }
        if let Some(contact) = &accept.contact {
            let address = contact
                .address
                .as_ref()
                .map(prost::Message::encode_to_vec)
                .unwrap_or_default();
            self.contacts.push(json!({
                "order_id": accept.order_id.hex(),
                "email": contact.email,
                "address": store::rows::hex(&address),
            }));
        }
        let order = self.record(accept.order_id, &[event], "", member)?;
        Ok((order, owner))
    }

    /// What a change's decision sees.
    pub(crate) fn see<'a>(&'a self, change: &Change, now: Timestamp) -> Result<Seen<'a>, Error> {
        let row = self
            .orders
            .get(&change.order_id)
            .filter(|row| change.access.allows(&row.owner))
            .ok_or_else(|| match change.return_id {
                Some(id) => super::returns::not_found(id),
                None => not_found(change.order_id),
            })?;
        let returned = change
            .return_id
            .and_then(|id| self.returns.get(&id))
            .map(|row| &row.returned);
        let mut seen = Seen {
            order: &row.order,
            returned,
            returns: Vec::new(),
            live: self.live.get(&row.order.order_id).unwrap_or(&self.nothing),
            external_return: None,
            now,
        };
        if let Some(external_ref) = &change.new_return {
            let key = (change.order_id, external_ref.clone());
            seen.external_return = self.external_returns.get(&key).copied();
            let all = self.returns.values().map(|row| &row.returned);
            let order_id = &row.order.order_id;
            seen.returns = all.filter(|row| row.order_id == *order_id).collect();
        }
        Ok(seen)
    }

    /// Applies events to an order and to the log; `action_uri` is where one of them sends the customer.
    pub(crate) fn record(
        &mut self,
        order_id: OrderId,
        events: &[Event],
        action_uri: &str,
        member: &Member<Command>,
    ) -> Result<Arc<Order>, Error> {
        let row = self
            .orders
            .get_mut(&order_id)
            .ok_or_else(|| not_found(order_id))?;
        for event in events {
            fold::apply(&mut row.order, event, member.now).map_err(Error::internal)?;
            let channel = row.order.channel_id.parse().ok();
            self.events
                .push((Arc::clone(&member.ctx), logged(&row.order, event, channel)));
        }
        if let Some(action) = &mut row.order.next_action
            && !action_uri.is_empty()
        {
            action_uri.clone_into(&mut action.redirect_uri);
        }
        if !events.is_empty() {
            self.changed.insert(order_id);
        }
        self.now = self.now.max(Some(member.now));
        Ok(Arc::new(row.order.clone()))
    }

    /// Keeps why somebody did what the event of this revision records.
    pub(crate) fn note(&mut self, order_id: OrderId, revision: i64, text: &str) {
        if !text.is_empty() {
            self.notes
                .push(json!({"order_id": order_id.hex(), "revision": revision, "text": text}));
        }
    }

    /// Inserts or replaces a return.
    pub(crate) fn put_return(
        &mut self,
        order_id: OrderId,
        returned: Return,
        now: Timestamp,
    ) -> Result<(), Error> {
        let id: ReturnId = returned.return_id.parse().map_err(Error::internal)?;
        let version = self.returns.get(&id).map_or(0, |row| row.version);
        let (owner, channel_code) = self
            .orders
            .get(&order_id)
            .map(|row| (row.owner.clone(), row.order.channel_code.clone()))
            .unwrap_or_default();
        if !returned.external_ref.is_empty() {
            let key = (order_id, returned.external_ref.clone());
            self.external_returns.insert(key, id);
        }
        let mut returned = returned;
        let version = version + 1;
        returned.update_time = Some(stoa_api::convert::to_timestamp(now));
        returned.etag = version.to_string();
        self.returns.insert(
            id,
            ReturnRow {
                owner,
                channel_code,
                version,
                returned,
            },
        );
        self.changed_returns.insert(id);
        Ok(())
    }

    /// Starts work with the batch.
    pub(crate) fn start(&mut self, start: Start, member: &Member<Command>) {
        self.works
            .push(new_workflow(start, &member.ctx, member.now));
    }

    /// Moves the workflow that asked. When it ends while the order is on its way somewhere, other work may wait for
    /// that end: it is woken.
    pub(crate) fn settle(&mut self, work: WorkOp, order: &Order) {
        match work {
            WorkOp::Advance(advance) => self.advances.push(advance),
            WorkOp::Finish(finish) => {
                self.finishes.push(finish);
                if phase(order) == Phase::Canceling || fulfillment::is_leaving(order) {
                    self.wakes.insert(order.order_id.clone());
                }
            }
        }
    }

    /// Writes the net effect.
    pub(crate) async fn write(
        self,
        tx: &Tx,
        runner: &Runner,
        ids: &dyn Ids,
    ) -> Result<(), StoreError> {
        // First what may refuse: a workflow that another runner has now takes its whole change back.
        let moved = stoa_workflow::advance(tx, &self.advances).await?;
        let finished = stoa_workflow::finish(tx, &self.finishes).await?;
        let mut moved = moved.into_iter().chain(finished);
        if !mutant!("order.fence") && moved.any(|still_ours| !still_ours) {
            return Err(lost().into());
        }
        let wakes: Vec<String> = self.wakes.iter().cloned().collect();
        stoa_workflow::wake(tx, &wakes).await?;
        if !self.used.is_empty() {
            let used: Vec<_> = self
                .used
                .iter()
                .map(|(quote, order)| json!({"quote_id": quote.hex(), "order_id": order.hex()}))
                .collect();
            tx.execute(store::USE_QUOTES, &used).await?;
        }
        self.write_rows(tx).await?;
        if !self.contacts.is_empty() {
            tx.execute(store::SAVE_CONTACTS, &self.contacts).await?;
        }
        if !self.notes.is_empty() {
            tx.execute(store::SAVE_NOTES, &self.notes).await?;
        }
        stoa_workflow::insert(tx, &self.works, runner).await?;
        if let Some(now) = self.now
            && !self.events.is_empty()
        {
            stoa_events::append(tx, &self.events, now, ids).await?;
        }
        Ok(())
    }

    async fn write_rows(&self, tx: &Tx) -> Result<(), StoreError> {
        let orders = self
            .changed
            .iter()
            .filter_map(|id| self.orders.get(id))
            .map(OrderRow::save)
            .collect::<Result<Vec<_>, _>>()?;
        if !orders.is_empty() {
            tx.execute(store::SAVE_ORDERS, &orders).await?;
        }
        let returns = self
            .changed_returns
            .iter()
            .filter_map(|id| self.returns.get(id))
            .map(ReturnRow::save)
            .collect::<Result<Vec<_>, _>>()?;
        if !returns.is_empty() {
            tx.execute(store::SAVE_RETURNS, &returns).await?;
        }
        Ok(())
    }
}

/// Another runner has the workflow now: what this one decided is not written.
pub(crate) fn lost() -> Error {
    Error::new(
        Kind::Aborted,
        stoa_api::order::v1::reason::CONFLICT,
        "another runner has this work now",
    )
}

fn channel_id(text: &str) -> Result<ChannelId, Error> {
    text.parse().map_err(Error::internal)
}
