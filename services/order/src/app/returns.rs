//! Returns: asked for, granted or refused, received, refunded; or recorded whole, as an import.

use stoa_api::convert::to_timestamp;
use stoa_api::order::v1::{
    ImportReturnRequest, LineQuantity, ReceiveReturnRequest, RejectReturnRequest,
    RequestReturnRequest, Return, ReturnLine, ReturnState, reason,
};
use stoa_errors::Error;
use stoa_store::Committed;
use stoa_types::{Ctx, OrderId, ReturnId, Timestamp, Uuid, WorkflowId, boundary};

use super::App;
use super::orders::{Access, Change, Changed, Decision, Seen, Start, external_ref_used};
use super::place::Until;
use super::quotes::{not_in_future, reader};
use super::take_back;
use crate::domain::amounts::{minor, money};
use crate::domain::event::Event;
use crate::domain::returns;
use crate::store::find;

/// A return that is not there yet.
struct Draft {
    id: ReturnId,
    lines: Vec<LineQuantity>,
    reason: String,
    external_ref: String,
    place_time: Timestamp,
    restock: bool,
    /// Whether the goods are here already.
    received: bool,
}

impl Draft {
    fn decide(&self, seen: &Seen<'_>) -> Result<Decision, Error> {
        if let Some(holder) = seen.external_return {
            return Err(external_ref_used(holder));
        }
        let id = self.id.to_string();
        let earlier = seen.returns.iter().copied();
        let (events, lines) = returns::start(seen.order, &id, &self.lines, earlier)?;
        let returned = Return {
            return_id: id,
            order_id: seen.order.order_id.clone(),
            channel_id: seen.order.channel_id.clone(),
            state: if self.received {
                ReturnState::Received.into()
            } else {
                ReturnState::Requested.into()
            },
            refund: money(seen.order, sum(&lines)),
            lines,
            restock: self.restock,
            reason: self.reason.clone(),
            external_ref: self.external_ref.clone(),
            customer_ref: seen.order.customer_ref.clone(),
            place_time: Some(to_timestamp(self.place_time)),
            create_time: Some(to_timestamp(seen.now)),
            ..Return::default()
        };
        Ok(Decision {
            events,
            starts: if self.received {
                vec![start(seen, &returned, self.id)]
            } else {
                Vec::new()
            },
            returned: Some(returned),
            ..Decision::default()
        })
    }
}

fn sum(lines: &[ReturnLine]) -> i64 {
    lines.iter().map(|line| minor(line.refund.as_ref())).sum()
}

/// The work that takes a return back; there is one. What it pays is decided here, once: a repeated step asks for
/// the same amount.
fn start(seen: &Seen<'_>, returned: &Return, id: ReturnId) -> Start {
    let others = seen.returns.iter().filter(|other| {
        other.state() == ReturnState::Received && other.return_id != returned.return_id
    });
    let promised = others.map(|other| minor(other.refund.as_ref())).sum();
    let granted = minor(returned.refund.as_ref());
    let given_back = returns::payable(seen.order, granted, promised);
    Start {
        id: workflow_id(id),
        kind: take_back::KIND,
        version: take_back::VERSION,
        subject: returned.order_id.clone(),
        step: "take_back",
        state: serde_json::json!({
            "return_id": returned.return_id,
            "amount": given_back.by_us,
            "outside": given_back.outside,
        }),
    }
}

fn workflow_id(id: ReturnId) -> WorkflowId {
    WorkflowId::from_uuid(id.uuid())
}

impl App {
    /// A customer asks to return shipped goods.
    pub(crate) async fn request_return(
        &self,
        ctx: &Ctx,
        request: RequestReturnRequest,
    ) -> Result<Return, Error> {
        let order_id = stoa_api::convert::id("order_id", &request.order_id)?;
        let draft = Draft {
            id: ReturnId::new(self.ids.as_ref()),
            lines: once_each(request.lines)?,
            reason: request.reason,
            external_ref: String::new(),
            place_time: self.clock.now(),
            restock: false,
            received: false,
        };
        self.create_return(ctx, reader(ctx, "order.write"), order_id, draft)
            .await
    }

    /// Staff record a return that happened elsewhere: granted and received at once.
    pub(crate) async fn import_return(
        &self,
        ctx: &Ctx,
        request: ImportReturnRequest,
    ) -> Result<Return, Error> {
        let order_id = stoa_api::convert::id("order_id", &request.order_id)?;
        let draft = Draft {
            id: ReturnId::new(self.ids.as_ref()),
            lines: request.lines,
            reason: request.reason,
            external_ref: request.external_ref,
            place_time: not_in_future(request.place_time.as_ref(), self.clock.now())?,
            restock: request.restock,
            received: true,
        };
        self.create_return(ctx, Access::Any, order_id, draft).await
    }

    async fn create_return(
        &self,
        ctx: &Ctx,
        access: Access,
        order_id: OrderId,
        draft: Draft,
    ) -> Result<Return, Error> {
        let change = Change {
            access,
            order_id,
            return_id: None,
            new_return: Some(draft.external_ref.clone()),
            asks_live: false,
            resource: draft.id.to_string(),
            decide: Box::new(move |seen| draft.decide(seen)),
            note: String::new(),
            work: None,
        };
        let committed = boundary!("order.return.commit", self.change(ctx, change).await)?;
        self.finish_return(ctx, committed).await
    }

    /// Waits where work was started, now or under the same key before; the return as it stands then.
    async fn finish_return(
        &self,
        ctx: &Ctx,
        committed: Committed<Changed>,
    ) -> Result<Return, Error> {
        let (resource, started) = match committed {
            Committed::Done(changed) => (changed.resource, !changed.started.is_empty()),
            Committed::Replayed { resource } => (resource, true),
        };
        let id: ReturnId = resource.parse().map_err(Error::internal)?;
        if started {
            self.wait_again(ctx, workflow_id(id), Until::Ended).await?;
        }
        self.load_return(id).await
    }

    /// Staff grant a return.
    pub(crate) async fn approve_return(&self, ctx: &Ctx, id: ReturnId) -> Result<Return, Error> {
        self.move_return(ctx, id, ReturnState::Approved, |_, _| Vec::new())
            .await
    }

    /// Staff refuse a return: the units stay with the customer.
    pub(crate) async fn reject_return(
        &self,
        ctx: &Ctx,
        id: ReturnId,
        request: RejectReturnRequest,
    ) -> Result<Return, Error> {
        self.move_return(ctx, id, ReturnState::Rejected, move |returned, lines| {
            if !request.reason.is_empty() {
                returned.reason.clone_from(&request.reason);
            }
            vec![returns::reject(&returned.return_id, lines)]
        })
        .await
    }

    /// Staff take the goods of a granted return in; the money follows.
    pub(crate) async fn receive_return(
        &self,
        ctx: &Ctx,
        id: ReturnId,
        request: ReceiveReturnRequest,
    ) -> Result<Return, Error> {
        self.move_return(ctx, id, ReturnState::Received, move |returned, _| {
            returned.restock = request.restock;
            Vec::new()
        })
        .await
    }

    async fn move_return(
        &self,
        ctx: &Ctx,
        id: ReturnId,
        to: ReturnState,
        amend: impl Fn(&mut Return, &[ReturnLine]) -> Vec<Event> + Send + Sync + 'static,
    ) -> Result<Return, Error> {
        // A return never changes its order, so reading it outside the transaction is safe. One that does not exist is
        // refused inside of it all the same: the key may name another call.
        let order_id = match find::returned(&self.db, id).await? {
            Some((_, returned)) => returned.order_id.parse().map_err(Error::internal)?,
            None => OrderId::from_uuid(Uuid::nil()),
        };
        let change = Change {
            access: Access::Any,
            order_id,
            return_id: Some(id),
            new_return: (to == ReturnState::Received).then(String::new),
            asks_live: false,
            decide: Box::new(move |seen| {
                let mut returned = seen.returned.cloned().ok_or_else(|| not_found(id))?;
                returns::check_transition(returned.state(), to)?;
                returned.set_state(to);
                let lines = returned.lines.clone();
                let events = amend(&mut returned, &lines);
                let work = (to == ReturnState::Received).then(|| start(seen, &returned, id));
                Ok(Decision {
                    events,
                    starts: work.into_iter().collect(),
                    returned: Some(returned),
                    ..Decision::default()
                })
            }),
            note: String::new(),
            work: None,
            resource: id.to_string(),
        };
        let committed = boundary!("order.return_moved.commit", self.change(ctx, change).await)?;
        self.finish_return(ctx, committed).await
    }

    /// A return, whoever owns it.
    pub(crate) async fn load_return(&self, id: ReturnId) -> Result<Return, Error> {
        find::returned(&self.db, id)
            .await?
            .map(|(_, returned)| returned)
            .ok_or_else(|| not_found(id))
    }

    /// A return of the caller's.
    pub(crate) async fn get_return(&self, ctx: &Ctx, id: ReturnId) -> Result<Return, Error> {
        let access = reader(ctx, "order.read");
        find::returned(&self.db, id)
            .await?
            .filter(|(owner, _)| access.allows(owner))
            .map(|(_, returned)| returned)
            .ok_or_else(|| not_found(id))
    }
}

pub(crate) fn not_found(id: ReturnId) -> Error {
    Error::not_found(reason::RETURN_NOT_FOUND, format!("return {id}"))
}

/// Each line at most once: its units are one demand.
fn once_each(lines: Vec<LineQuantity>) -> Result<Vec<LineQuantity>, Error> {
    let mut seen = std::collections::HashSet::new();
    for (place, line) in lines.iter().enumerate() {
        if !seen.insert(line.line_id.as_str()) {
            return Err(Error::invalid(
                format!("lines[{place}].line_id"),
                "unique",
                "must stand in one line only",
            ));
        }
    }
    Ok(lines)
}
