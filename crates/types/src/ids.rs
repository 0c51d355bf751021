//! Names of things: one type per kind of thing, a UUID inside, a TypeID outside. An id says nothing
//! about order between services; a sequence number or a position does.

use std::fmt;

use uuid::{Builder, Uuid};

use crate::time::Timestamp;

/// Where new ids come from. It is handed in, so that a test can name what it makes.
pub trait Ids: Send + Sync + fmt::Debug {
    /// A fresh UUID, version 7 (time in front, so that neighbours in time are neighbours on disk).
    fn uuid(&self) -> Uuid;
}

/// UUIDs of version 7 from the machine's clock and random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "these are the ids that are handed in"
    )]
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// A UUID that is not to be guessed from any other: version 7 whose 74 bits behind the time are all random, where those of
/// [`SystemIds`] count within a millisecond. Neighbours in time stay neighbours on disk.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "random on purpose: what can be foreseen can be guessed"
)]
pub fn unguessable(now: Timestamp) -> Uuid {
    let millis = u64::try_from(now.micros() / 1_000).unwrap_or(0);
    let random = Uuid::new_v4().into_bytes();
    // Its fields for version and variant stand in the bytes 6 and 8.
    let [a, b, c, d, e, f, _, _, _, g, h, i, j, ..] = random;
    let random = [a, b, c, d, e, f, g, h, i, j];
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        ///
        #[doc = concat!("Written `", $prefix, "_` and 26 characters; stored as 16 bytes.")]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What stands before the `_`.
            pub const PREFIX: &'static str = $prefix;

            /// A fresh id.
            #[must_use]
            pub fn new(ids: &dyn Ids) -> Self {
                Self(ids.uuid())
            }

            /// The id with these 128 bits, as a database keeps them.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The 128 bits.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// 32 lower-case hexadecimal digits, for `unhex(..)` in a statement that takes JSON.
            #[must_use]
            pub fn hex(self) -> String {
                self.0.simple().to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $crate::typeid::write(f, $prefix, self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::typeid::ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::typeid::read($prefix, text)
                    .map(Self)
                    .ok_or($crate::typeid::ParseIdError { prefix: $prefix })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::ids::from_text(from)
            }
        }
    )+};
}

typed_ids! {
    /// A person with an account.
    UserId = "usr";
    /// A product of the catalog.
    ProductId = "prd";
    /// A cart.
    CartId = "crt";
    /// A single-use offer of prices.
    QuoteId = "qte";
    /// An order.
    OrderId = "ord";
    /// A part of an order on its way to the customer.
    FulfillmentId = "ful";
    /// Goods on their way back.
    ReturnId = "ret";
    /// A return that names no order.
    CreditId = "crd";
    /// A payment intent: what the merchant wants to collect or pay out.
    PaymentId = "pay";
    /// One request to a payment provider.
    OperationId = "op";
    /// Stock set aside.
    HoldId = "hld";
    /// A place that keeps stock.
    LocationId = "loc";
    /// A sales channel: currency, country, price book, rules.
    ChannelId = "chn";
    /// An event of a service's log.
    EventId = "evt";
    /// A piece of durable work.
    WorkflowId = "wf";
    /// A line of the stock ledger.
    MovementId = "mov";
    /// A version of a price.
    PriceId = "prc";
    /// A price book.
    PriceBookId = "pbk";
    /// An entry of the audit log.
    AuditEntryId = "aud";
}

/// Reads any typed id from a string of a serde format.
pub(crate) fn from_text<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr,
    T::Err: fmt::Display,
{
    struct Text<T>(std::marker::PhantomData<T>);

    impl<T> serde::de::Visitor<'_> for Text<T>
    where
        T: std::str::FromStr,
        T::Err: fmt::Display,
    {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }

    from.deserialize_str(Text(std::marker::PhantomData))
}
