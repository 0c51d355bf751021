//! How products, prices and stock get into the suite, before the first order.

use std::str::FromStr;

use futures::stream::{self, StreamExt, TryStreamExt};
use prost_types::Timestamp as PbTimestamp;
use sha2::{Digest, Sha256};
use stoa_api::Call;
use stoa_api::catalog::v1::{BatchUpsertProductsRequest, ProductEntry, Variant};
use stoa_api::convert::to_timestamp;
use stoa_api::inventory::v1::{ReceiveStockRequest, StockLine};
use stoa_api::pricing::v1::{
    BatchSetPricesRequest, CaptureMode, Channel, CreateChannelRequest, PriceEntry,
};
use stoa_api::type_::v1::UnitPrice;

use super::CHANNEL;
use super::plan::{Plan, PriceVersion, Product};
use crate::client::{Connection, Failure, Progress};

/// All prices and orders of the shop.
pub(crate) const CURRENCY: &str = "GBP";

/// The location that an empty suite has.
const LOCATION: &str = "main";

const PRODUCTS: usize = 500;
const PRICES: usize = 1_000;
const STOCK: usize = 1_000;

/// Batches under way at once.
const AT_ONCE: usize = 4;

/// Part of the units sold, in millionths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Share(i64);

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || part.len() > 6 || !(part.is_empty() || digits(part)) {
            return Err("must be a number such as 0.9, with at most six decimals".to_owned());
        }
        let millionths = format!("{whole}{part:0<6}");
        match millionths.parse() {
            Ok(share @ 0..=10_000_000) => Ok(Self(share)),
            _ => Err("must be 0 to 10".to_owned()),
        }
    }
}

impl Share {
    /// Whole units of so many.
    fn of(&self, units: i64) -> i64 {
        let exact = i128::from(units) * i128::from(self.0) / 1_000_000;
        i64::try_from(exact).unwrap_or(i64::MAX)
    }
}

/// Makes the channel, the products, the price history and the stock; what is there already stays as it is.
pub(crate) async fn open(suite: &Connection, plan: &Plan, share: &Share) -> Result<(), Failure> {
    channel(suite).await?;
    let products = plan.products.chunks(PRODUCTS).map(product_batch);
    send(suite, "products", products.collect(), plan.products.len()).await?;
    let prices = plan.prices.chunks(PRICES).map(price_batch);
    send(suite, "prices", prices.collect(), plan.prices.len()).await?;
    stock(suite, plan, share).await
}

async fn channel(suite: &Connection) -> Result<(), Failure> {
    let request = CreateChannelRequest {
        request_id: format!("replay/channel/{CHANNEL}"),
        channel: Some(Channel {
            code: CHANNEL.to_owned(),
            title: "Replayed shop".to_owned(),
            currency_code: CURRENCY.to_owned(),
            country_code: "GB".to_owned(),
            capture_mode: CaptureMode::AtOnce.into(),
            ..Channel::default()
        }),
    };
    match suite.call(request).await {
        Ok(_) => Ok(()),
        Err(failure) if failure.reason() == Some("CHANNEL_EXISTS") => Ok(()),
        Err(failure) => Err(failure),
    }
}

fn product_batch(products: &[Product]) -> BatchUpsertProductsRequest {
    BatchUpsertProductsRequest {
        request_id: String::new(),
        products: products
            .iter()
            .map(|product| ProductEntry {
                title: product.title.clone(),
                variant: Some(Variant {
                    sku: product.sku.clone(),
                    kind: product.kind.into(),
                    ..Variant::default()
                }),
                ..ProductEntry::default()
            })
            .collect(),
    }
}

fn price_batch(versions: &[PriceVersion]) -> BatchSetPricesRequest {
    BatchSetPricesRequest {
        request_id: String::new(),
        channel: CHANNEL.to_owned(),
        prices: versions
            .iter()
            .map(|version| PriceEntry {
                sku: version.sku.clone(),
                unit_price: Some(UnitPrice {
                    currency_code: CURRENCY.to_owned(),
                    micros: version.micros,
                }),
                from_quantity: 1,
                start_time: Some::<PbTimestamp>(to_timestamp(version.from)),
            })
            .collect(),
    }
}

/// Sends batches; the request id of each is a digest of its content.
async fn send<C: Call>(
    suite: &Connection,
    what: &'static str,
    batches: Vec<C>,
    total: usize,
) -> Result<(), Failure> {
    let progress = Progress::new(what, u64::try_from(total).unwrap_or(0));
    let each = total.div_ceil(batches.len().max(1));
    let progress_ref = &progress;
    stream::iter(batches)
        .map(|mut batch| async move {
            let content = hex::encode(Sha256::digest(batch.encode_to_vec()));
            batch.set_request_id(format!("replay/{what}/{content}"));
            suite.call(batch).await?;
            progress_ref.add(u64::try_from(each).unwrap_or(0));
            Ok::<_, Failure>(())
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await?;
    progress.finish();
    Ok(())
}

/// One receipt for each goods sku: its share of the units that the files sell.
async fn stock(suite: &Connection, plan: &Plan, share: &Share) -> Result<(), Failure> {
    let lines: Vec<StockLine> = plan
        .sold
        .iter()
        .map(|(sku, units)| StockLine {
            sku: sku.clone(),
            quantity: share.of(*units),
        })
        .filter(|line| line.quantity > 0)
        .collect();
    let digest: String = plan.digest.chars().take(32).collect();
    for (number, lines) in lines.chunks(STOCK).enumerate() {
        let reference = format!("replay/{digest}/{}/{number}", share.0);
        let request = ReceiveStockRequest {
            request_id: reference.clone(),
            location: LOCATION.to_owned(),
            reference,
            lines: lines.to_vec(),
        };
        match suite.call(request).await {
            Ok(_) => {}
            // Booked by an earlier run whose key is forgotten.
            Err(failure) if failure.reason() == Some("REFERENCE_USED") => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_share_is_exact() {
        assert_eq!("0.9".parse::<Share>().unwrap().of(11), 9);
        assert_eq!("1.0".parse::<Share>().unwrap().of(7), 7);
        assert_eq!("1".parse::<Share>().unwrap(), Share(1_000_000));
        for wrong in ["", "-1", "x", "0.1234567", "11", ".5"] {
            assert!(wrong.parse::<Share>().is_err(), "{wrong}");
        }
    }
}
