//! What must wrap what: each test breaks two layers at once and sees which of them answers.

use stoa_api::order::v1::CancelOrderRequest;
use stoa_errors::Kind;
use stoa_rpc::{client, server};
use tonic::service::Routes;

use crate::handler::Handler;
use crate::suite::{Suite, product, routes, with};

/// The id stands outside of what fails; the metrics outside of the rescue see the code it made.
#[tokio::test]
async fn a_panic_has_its_request_id_and_is_counted() {
    let suite = Suite::start().await;
    let request = with(product("panic"), &[("x-request-id", "p-1")]);
    let status = suite
        .catalog()
        .await
        .get_product(request)
        .await
        .unwrap_err();
    assert_eq!(status.metadata().get("x-request-id").unwrap(), "p-1");
    suite
        .metric("rpc_server_requests_total{rpc_code=\"INTERNAL\"")
        .await;
}

/// Shedding costs nothing: no hash is taken of a token when there is no room.
#[tokio::test]
async fn there_is_no_room_before_there_is_a_caller() {
    let suite = Suite::with_room(1).await;
    let mut catalog = suite.catalog().await;
    let waiting = tokio::spawn(async move { catalog.get_product(product("wait")).await });
    suite.handler.waiting.notified().await;
    let bad = [("authorization", "Bearer nobody-knows-this")];
    assert_eq!(suite.refused("mug", &bad).await.reason, "OVERLOADED");
    suite
        .metric("rpc_server_requests_total{rpc_code=\"RESOURCE_EXHAUSTED\"")
        .await;
    suite.handler.go.notify_one();
    waiting.await.unwrap().unwrap();
    assert_eq!(suite.refused("mug", &bad).await.reason, "UNAUTHENTICATED");
}

/// A deadline that is over is said before anything is looked at.
#[tokio::test]
async fn the_time_is_over_before_there_is_a_caller() {
    let suite = Suite::start().await;
    let bad = [
        ("authorization", "Bearer nobody-knows-this"),
        ("grpc-timeout", "soon"),
    ];
    assert_eq!(suite.refused("mug", &bad).await.reason, "INVALID_ARGUMENT");
}

/// Who may not hears nothing of what is wrong with his message.
#[tokio::test]
async fn may_he_comes_before_is_it_valid() {
    let suite = Suite::start().await;
    let mut orders = suite.orders().await;
    let broken = CancelOrderRequest {
        order_id: "not an id".to_owned(),
        ..CancelOrderRequest::default()
    };
    let status = orders.cancel_order(broken).await.unwrap_err();
    assert_eq!(client::error(status).reason, "UNAUTHENTICATED");
}

/// Routes without a stack know nobody, so they serve nobody.
#[tokio::test]
async fn routes_without_layers_answer_nothing() {
    use stoa_api::catalog::v1::catalog_service_client::CatalogServiceClient;

    let handler = Handler::new();
    let gate = stoa_rpc::Gate::bare();
    let naked: Routes = routes(&gate, &handler).prepare();
    let error = CatalogServiceClient::new(naked.clone())
        .get_product(product("mug"))
        .await
        .unwrap_err();
    assert_eq!(client::error(error).kind, Kind::Internal);
    assert_eq!(handler.count(), 0);

    let whole = server::stack(&gate, naked);
    CatalogServiceClient::new(whole)
        .get_product(product("mug"))
        .await
        .unwrap();
    assert_eq!(handler.count(), 1);
}
