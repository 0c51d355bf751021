//! Quotes: priced by the server, frozen, scoped to whoever asked.

use std::sync::Arc;

use stoa_api::convert::{timestamp, to_timestamp};
use stoa_api::order::v1::{
    CreateQuoteRequest, CreateStaffQuoteRequest, PriceOverride, Quote,
    create_quote_request::Source, reason,
};
use stoa_api::pricing::v1::{BasketLine, PriceBasketRequest};
use stoa_errors::{Error, Kind};
use stoa_store::{Apply, BoxFuture, Committed, Member, Outcome, StoreError, Tx};
use stoa_types::{Ctx, Principal, QuoteId, Timestamp, boundary, unguessable};

use super::App;
use super::orders::Access;
use crate::domain::quote::{self, Draft};
use crate::store;
use crate::store::rows::{QuoteRow, SaveQuote};

/// The channel of a quote that names none.
const DEFAULT_CHANNEL: &str = "default";

/// The permission to take another price than the book's.
const OVERRIDE: &str = "order.price_override";

/// What is recorded under the key of a call that asks for a quote.
pub(crate) enum Command {
    /// The quote.
    Save(Box<QuoteRow>),
    /// Why there is none: decided by catalogue or pricing, and replayed like a quote.
    Refuse(Error),
}

/// Writes quotes.
#[derive(Debug)]
pub(crate) struct Quotes;

impl Apply for Quotes {
    type Command = Command;
    type Answer = Arc<Quote>;
    const NAME: &'static str = "order.quote";

    fn weight(&self, _: &Command) -> usize {
        // Key and quote.
        2
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Command>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Arc<Quote>>>, StoreError>> {
        Box::pin(async move {
            let mut rows: Vec<SaveQuote<'_>> = Vec::with_capacity(members.len());
            let mut outcomes = Vec::with_capacity(members.len());
            for member in members {
                outcomes.push(match &member.command {
                    Command::Save(row) => {
                        rows.push(row.save()?);
                        Outcome::Done {
                            resource: row.quote.quote_id.clone(),
                            answer: Arc::new(row.quote.clone()),
                        }
                    }
                    Command::Refuse(refusal) => Outcome::Refused(refusal.clone()),
                });
            }
            if !rows.is_empty() {
                tx.execute(store::SAVE_QUOTES, &rows).await?;
            }
            Ok(outcomes)
        })
    }
}

/// One line that is asked for.
struct Item {
    sku: String,
    quantity: i64,
    price: Option<PriceOverride>,
}

/// What a quote is asked for.
struct Wish {
    channel: String,
    items: Vec<Item>,
    price_time: Timestamp,
    customer_ref: String,
    destination_country_code: String,
    include_archived: bool,
    /// Whether it is of staff's own kind, which ImportOrder takes.
    staff: bool,
}

impl App {
    /// A customer's quote: the book's prices of this moment.
    pub(crate) async fn create_quote(
        &self,
        ctx: &Ctx,
        request: CreateQuoteRequest,
    ) -> Result<Quote, Error> {
        let Some(Source::Basket(basket)) = request.source else {
            return Err(Error::invalid("source", "required", "is required"));
        };
        let items = basket.items.into_iter().map(|item| Item {
            sku: item.sku,
            quantity: item.quantity,
            price: None,
        });
        let wish = Wish {
            channel: request.channel,
            items: items.collect(),
            price_time: self.clock.now(),
            customer_ref: String::new(),
            destination_country_code: request.destination_country_code,
            include_archived: false,
            staff: false,
        };
        self.quote(ctx, wish).await
    }

    /// A quote by staff: prices of another time, or staff's own with a reason.
    pub(crate) async fn create_staff_quote(
        &self,
        ctx: &Ctx,
        request: CreateStaffQuoteRequest,
    ) -> Result<Quote, Error> {
        let now = self.clock.now();
        let price_time = not_in_future(request.place_time.as_ref(), now)?;
        if request.items.iter().any(|item| item.r#override.is_some()) {
            check_override(ctx)?;
        }
        let items = request.items.into_iter().map(|item| Item {
            sku: item.sku,
            quantity: item.quantity,
            price: item.r#override,
        });
        let wish = Wish {
            channel: request.channel,
            items: items.collect(),
            price_time,
            customer_ref: request.customer_ref,
            destination_country_code: request.destination_country_code,
            // What was sold then may be archived now.
            include_archived: price_time < now,
            staff: true,
        };
        self.quote(ctx, wish).await
    }

    /// Prices and saves. A refusal by catalogue or pricing is recorded under the key; where the key stands already,
    /// what was decided then is the answer, whatever they say now.
    async fn quote(&self, ctx: &Ctx, wish: Wish) -> Result<Quote, Error> {
        let staff = wish.staff;
        let command = match self.draft(ctx, wish).await {
            Ok(quote) => Command::Save(Box::new(row(ctx, quote, staff)?)),
            Err(refusal) if refusal.is_recorded() => Command::Refuse(refusal),
            Err(error) => return Err(error),
        };
        self.save_quote(ctx, command).await
    }

    async fn draft(&self, ctx: &Ctx, wish: Wish) -> Result<Quote, Error> {
        let skus = wish.items.iter().map(|item| item.sku.as_str());
        let goods = self
            .catalog
            .resolve(ctx, skus, wish.include_archived)
            .await?;
        let lines = wish.items.iter().zip(&goods).map(|(item, sku)| BasketLine {
            sku: item.sku.clone(),
            quantity: item.quantity,
            override_unit_price: item
                .price
                .as_ref()
                .and_then(|price| price.unit_price.clone()),
            tax_category: sku.tax_category.clone(),
        });
        let request = PriceBasketRequest {
            channel: if wish.channel.is_empty() {
                DEFAULT_CHANNEL.to_owned()
            } else {
                wish.channel.clone()
            },
            lines: lines.collect(),
            price_time: Some(to_timestamp(wish.price_time)),
            destination_country_code: wish.destination_country_code.clone(),
        };
        let prices = self
            .pricing
            .price(ctx, request, "override.unit_price")
            .await?;
        let reasons = wish
            .items
            .into_iter()
            .map(|item| item.price.map(|price| price.reason).unwrap_or_default());
        let now = self.clock.now();
        let draft = Draft {
            quote_id: QuoteId::from_uuid(unguessable(now)),
            goods,
            override_reasons: reasons.collect(),
            prices,
            price_time: wish.price_time,
            customer_ref: wish.customer_ref,
            destination_country_code: wish.destination_country_code,
        };
        quote::freeze(draft, now)
    }

    async fn save_quote(&self, ctx: &Ctx, command: Command) -> Result<Quote, Error> {
        let answer = boundary!("order.quote.commit", self.quotes.submit(ctx, command).await)?;
        match answer {
            Committed::Done(quote) => Ok(Arc::unwrap_or_clone(quote)),
            Committed::Replayed { resource } => {
                let id = resource.parse().map_err(Error::internal)?;
                self.get_quote(ctx, id).await
            }
        }
    }

    /// A quote of the caller's as it stands.
    pub(crate) async fn get_quote(&self, ctx: &Ctx, id: QuoteId) -> Result<Quote, Error> {
        let access = reader(ctx, "order.read");
        let row = store::find::quote(&self.db, id)
            .await?
            .filter(|row| access.allows(&row.owner))
            .ok_or_else(|| Error::not_found(reason::QUOTE_NOT_FOUND, format!("quote {id}")))?;
        let mut quote = quote::at(row.quote, row.expires_at, self.clock.now());
        if let Some(order_id) = row.used_by {
            quote.order_id = order_id.to_string();
            quote.set_state(stoa_api::order::v1::QuoteState::Used);
            quote.etag = "2".to_owned();
        }
        Ok(quote)
    }
}

fn row(ctx: &Ctx, quote: Quote, staff: bool) -> Result<QuoteRow, Error> {
    let expires_at = match &quote.expire_time {
        Some(at) => timestamp("expire_time", at)?,
        None => return Err(Error::internal("a quote without an end")),
    };
    Ok(QuoteRow {
        owner: ctx.principal.scope(),
        staff,
        expires_at,
        used_by: None,
        quote,
    })
}

/// What the caller may see: his own, or everything for staff with `permission`.
pub(crate) fn reader(ctx: &Ctx, permission: &str) -> Access {
    match &ctx.principal {
        Principal::Staff { permissions, .. } if permissions.allows(permission) => Access::Any,
        Principal::Service { .. } => Access::Any,
        other => Access::Owner(other.scope()),
    }
}

/// The moment that a request names, which may not lie ahead; now where it names none.
///
/// # Errors
/// PLACE_TIME_IN_FUTURE.
pub(crate) fn not_in_future(
    at: Option<&prost_types::Timestamp>,
    now: Timestamp,
) -> Result<Timestamp, Error> {
    let Some(at) = at else { return Ok(now) };
    let at = timestamp("place_time", at)?;
    if at > now {
        return Err(Error::new(
            Kind::InvalidArgument,
            reason::PLACE_TIME_IN_FUTURE,
            "place_time lies in the future",
        )
        .field("place_time", "not_in_future", "must not lie in the future"));
    }
    Ok(at)
}

fn check_override(ctx: &Ctx) -> Result<(), Error> {
    match &ctx.principal {
        Principal::Staff { permissions, .. } if permissions.allows(OVERRIDE) => Ok(()),
        _ => Err(Error::new(
            Kind::PermissionDenied,
            stoa_api::ops::v1::reason::PERMISSION_DENIED,
            "a price override needs the permission order.price_override",
        )
        .meta("permission", OVERRIDE)),
    }
}
