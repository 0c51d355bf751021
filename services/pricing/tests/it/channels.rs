//! Channels: the first one, making them, reading them.

use prost::Message;
use stoa_api::pricing::v1 as pb;
use stoa_chassis::Module as _;
use stoa_config::Settings;
use stoa_errors::Kind;
use stoa_pricing::Module;

use crate::harness::{Suite, answer, entry, fields};

fn channel(code: &str, currency: &str) -> pb::Channel {
    pb::Channel {
        code: code.to_owned(),
        title: "Shop".to_owned(),
        currency_code: currency.to_owned(),
        ..pb::Channel::default()
    }
}

#[tokio::test]
async fn an_empty_shop_has_a_channel() {
    let suite = Suite::start().await;
    let first = suite.channel("default").await.unwrap();
    assert_eq!(first.currency_code, "GBP");
    assert_eq!(first.capture_mode(), pb::CaptureMode::AtOnce);
    assert_eq!(first.sourcing_rule(), pb::SourcingRule::Priority);
    assert_eq!(first.quote_ttl.unwrap().seconds, 900);
    assert!(!first.prices_include_tax);
    assert_eq!(suite.channel(&first.channel_id).await.unwrap(), first);
    let told = suite.told("channel", &first.channel_id).await;
    let payload = pb::ChannelChanged::decode(told[0].payload.as_slice()).unwrap();
    assert_eq!(
        (payload.code.as_str(), payload.currency_code.as_str()),
        ("default", "GBP")
    );
    assert_eq!(
        (suite.count("channel").await, suite.count("book").await),
        (1, 1)
    );
}

#[tokio::test]
async fn a_shop_that_has_a_channel_gets_no_other() {
    let suite = Suite::start().await;
    suite.create(channel("retail", "EUR")).await.unwrap();
    let again = Module::mount(suite.deps.clone(), Settings::defaults());
    again.await.unwrap();
    assert_eq!(
        (suite.count("channel").await, suite.count("event").await),
        (2, 2)
    );
}

#[tokio::test]
async fn a_channel_has_a_book_of_its_own_or_shares_one() {
    let suite = Suite::start().await;
    let wanted = pb::Channel {
        country_code: "DE".to_owned(),
        prices_include_tax: true,
        capture_mode: pb::CaptureMode::OnShipment.into(),
        quote_ttl: Some(prost_types::Duration {
            seconds: 60,
            nanos: 0,
        }),
        ..channel("retail", "EUR")
    };
    let own = suite.create(wanted).await.unwrap();
    assert!(own.price_book_id.starts_with("pbk_") && !own.etag.is_empty());
    assert_eq!(own.capture_mode(), pb::CaptureMode::OnShipment);
    assert!(own.prices_include_tax);
    assert_eq!(
        (own.country_code.as_str(), own.quote_ttl.unwrap().seconds),
        ("DE", 60)
    );
    let shared = pb::Channel {
        price_book_id: own.price_book_id.clone(),
        ..channel("outlet", "EUR")
    };
    let shared = suite.create(shared).await.unwrap();
    assert_eq!(shared.price_book_id, own.price_book_id);
    assert_eq!(suite.count("book").await, 2);
    let price = pb::PriceEntry {
        unit_price: Some(stoa_api::type_::v1::UnitPrice {
            currency_code: "EUR".to_owned(),
            micros: 5,
        }),
        ..entry("A", 5)
    };
    suite.set_in("retail", "1", vec![price]).await.unwrap();
    let request = pb::ListPricesRequest {
        channel: shared.channel_id,
        ..pb::ListPricesRequest::default()
    };
    let listed = answer(suite.staff().list_prices(request).await).unwrap();
    assert_eq!(listed.prices.len(), 1, "a book is shared with its prices");
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let suite = Suite::start().await;
    let taken = suite.create(channel("default", "EUR")).await.unwrap_err();
    assert_eq!(
        (taken.kind, taken.reason.as_ref()),
        (Kind::AlreadyExists, "CHANNEL_EXISTS")
    );
    let currency = suite.create(channel("a", "XXX")).await.unwrap_err();
    assert_eq!(
        (currency.kind, currency.reason.as_ref()),
        (Kind::InvalidArgument, "CURRENCY_UNKNOWN")
    );
    assert_eq!(fields(&currency), ["channel.currency_code"]);
    let book = pb::Channel {
        price_book_id: "pbk_01h455vb4pex5vsknk084sn02q".to_owned(),
        ..channel("a", "EUR")
    };
    let book = suite.create(book).await.unwrap_err();
    assert_eq!(
        (book.kind, book.reason.as_ref()),
        (Kind::NotFound, "PRICE_BOOK_NOT_FOUND")
    );
    let other = pb::Channel {
        price_book_id: suite.channel("default").await.unwrap().price_book_id,
        ..channel("a", "EUR")
    };
    let other = suite.create(other).await.unwrap_err();
    assert_eq!(
        (other.kind, other.reason.as_ref()),
        (Kind::InvalidArgument, "CURRENCY_MISMATCH")
    );
    assert_eq!(fields(&other), ["channel.currency_code"]);
    let shape = suite.create(channel("No Such", "gbp")).await.unwrap_err();
    assert_eq!(fields(&shape), ["channel.code", "channel.currency_code"]);
    assert_eq!(
        (suite.count("channel").await, suite.count("event").await),
        (1, 1)
    );
}

#[tokio::test]
async fn an_unknown_channel_is_not_found() {
    let suite = Suite::start().await;
    for name in ["chn_01h455vb4pex5vsknk084sn02q", "nowhere"] {
        let refused = suite.channel(name).await.unwrap_err();
        assert_eq!(
            (refused.kind, refused.reason.as_ref()),
            (Kind::NotFound, "CHANNEL_NOT_FOUND")
        );
        let refused = suite
            .set_in(name, &suite.key(), vec![entry("A", 1)])
            .await
            .unwrap_err();
        assert_eq!(refused.reason, "CHANNEL_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_key_makes_one_channel() {
    let suite = Suite::start().await;
    let request = pb::CreateChannelRequest {
        request_id: "one".to_owned(),
        channel: Some(channel("retail", "GBP")),
    };
    let calls = (0..8).map(|_| {
        let (mut staff, request) = (suite.staff(), request.clone());
        async move { answer(staff.create_channel(request).await).unwrap() }
    });
    let made = futures::future::join_all(calls).await;
    assert!(made.iter().all(|one| one == &made[0]));
    assert_eq!(suite.count("channel").await, 2);
    let other = pb::CreateChannelRequest {
        channel: Some(channel("other", "GBP")),
        ..request
    };
    let reused = answer(suite.staff().create_channel(other).await).unwrap_err();
    assert_eq!(reused.reason, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn channels_are_listed_by_code() {
    let suite = Suite::start().await;
    for code in ["zoo", "a-b", "retail"] {
        suite.create(channel(code, "GBP")).await.unwrap();
    }
    let list = |page_size, page_token: &str| {
        let request = pb::ListChannelsRequest {
            page_size,
            page_token: page_token.to_owned(),
            read_mask: None,
        };
        let mut staff = suite.staff();
        async move { answer(staff.list_channels(request).await) }
    };
    let codes = |page: &pb::ListChannelsResponse| -> Vec<String> {
        page.channels
            .iter()
            .map(|channel| channel.code.clone())
            .collect()
    };
    let first = list(3, "").await.unwrap();
    assert_eq!(codes(&first), ["a-b", "default", "retail"]);
    let second = list(3, &first.next_page_token).await.unwrap();
    assert_eq!(codes(&second), ["zoo"]);
    assert!(second.next_page_token.is_empty());
    assert_eq!(fields(&list(-1, "").await.unwrap_err()), ["page_size"]);
    assert_eq!(
        fields(&list(1, "nonsense").await.unwrap_err()),
        ["page_token"]
    );
}

#[tokio::test]
async fn only_staff_with_the_right_may() {
    let suite = Suite::start().await;
    let request = pb::GetChannelRequest {
        channel: "default".to_owned(),
        read_mask: None,
    };
    let refused = answer(suite.clerk().get_channel(request).await).unwrap_err();
    assert_eq!(refused.kind, Kind::PermissionDenied);
}
