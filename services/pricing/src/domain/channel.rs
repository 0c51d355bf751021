//! A way of selling: its currency, its prices, and how its orders are served.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use stoa_types::{ChannelId, Currency, PriceBookId, Timestamp};

use super::Refusal;

/// When an order's money is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CaptureMode {
    AtOnce,
    OnShipment,
}

impl CaptureMode {
    /// The word in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AtOnce => "AT_ONCE",
            Self::OnShipment => "ON_SHIPMENT",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::AtOnce, Self::OnShipment]
            .into_iter()
            .find(|mode| mode.name() == name)
    }
}

/// Which locations serve the orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SourcingRule {
    /// The location of the lowest priority number that has units, then the next.
    Priority,
}

impl SourcingRule {
    /// The word in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Priority => "PRIORITY",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        (name == Self::Priority.name()).then_some(Self::Priority)
    }
}

/// How long a quote holds where the channel does not say.
pub(crate) const QUOTE_TTL: Duration = Duration::from_secs(15 * 60);

/// A channel as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Channel {
    pub(crate) id: ChannelId,
    /// The merchant's own short name, unique.
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) currency: Currency,
    /// ISO 3166-1 alpha-2; empty: not stated.
    pub(crate) country: String,
    pub(crate) prices_include_tax: bool,
    pub(crate) book: PriceBookId,
    pub(crate) capture_mode: CaptureMode,
    pub(crate) sourcing_rule: SourcingRule,
    pub(crate) quote_ttl: Duration,
    pub(crate) version: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// A channel as wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChannelDraft {
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) currency: Currency,
    pub(crate) country: String,
    pub(crate) prices_include_tax: bool,
    /// `None`: a book of its own.
    pub(crate) book: Option<PriceBookId>,
    pub(crate) capture_mode: CaptureMode,
    pub(crate) sourcing_rule: SourcingRule,
    pub(crate) quote_ttl: Duration,
}

impl ChannelDraft {
    /// The channel of an empty shop: `default`, in pounds, its money taken at once.
    pub(crate) fn first(currency: Currency) -> Self {
        Self {
            code: "default".to_owned(),
            title: "Default".to_owned(),
            currency,
            country: String::new(),
            prices_include_tax: false,
            book: None,
            capture_mode: CaptureMode::AtOnce,
            sourcing_rule: SourcingRule::Priority,
            quote_ttl: QUOTE_TTL,
        }
    }

    /// The channel with these ids.
    pub(crate) fn open(self, id: ChannelId, book: PriceBookId, now: Timestamp) -> Channel {
        Channel {
            id,
            code: self.code,
            title: self.title,
            currency: self.currency,
            country: self.country,
            prices_include_tax: self.prices_include_tax,
            book,
            capture_mode: self.capture_mode,
            sourcing_rule: self.sourcing_rule,
            quote_ttl: self.quote_ttl,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

/// The codes that are taken and the books that exist, among those that a batch of new channels names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Registry {
    pub(crate) codes: BTreeSet<String>,
    pub(crate) books: BTreeMap<PriceBookId, Currency>,
}

impl Registry {
    /// Opens a channel with the book that it names, else with `own_book`.
    pub(crate) fn open(
        &mut self,
        draft: ChannelDraft,
        id: ChannelId,
        own_book: PriceBookId,
        now: Timestamp,
    ) -> Result<Channel, Refusal> {
        if self.codes.contains(&draft.code) {
            return Err(Refusal::ChannelExists(draft.code));
        }
        let book = draft.book.unwrap_or(own_book);
        if let Some(named) = draft.book {
            let currency = self.books.get(&named);
            let expected = *currency.ok_or(Refusal::BookNotFound(named))?;
            if expected != draft.currency {
                return Err(Refusal::CurrencyMismatch {
                    field: "channel.currency_code".to_owned(),
                    expected,
                });
            }
        }
        self.codes.insert(draft.code.clone());
        self.books.insert(book, draft.currency);
        Ok(draft.open(id, book, now))
    }
}
