//! A projection is built anew from the logs while it serves.

use std::time::Duration;

use stoa_api::ops::v1::{GetLagRequest, RebuildProjectionRequest, RebuildState};
use stoa_testkit::PATIENCE;
use tokio::time::{Instant, sleep};

use crate::journeys::sale;
use crate::life::{Life, Who};

const CONSUMER: &str = "catalog.stock";

/// What catalog knows of the stock is made anew; whoever asks for it again under the same key asks for no second one.
pub(crate) async fn rebuilt(life: &mut Life, tag: &str) {
    let request = RebuildProjectionRequest {
        request_id: format!("{tag}/rebuild"),
        service: "catalog".to_owned(),
        consumer: CONSUMER.to_owned(),
        reason: "to see whether it comes to the same".to_owned(),
    };
    life.ask(Who::Staff, request.clone()).await;
    let until = Instant::now() + PATIENCE;
    loop {
        let lag = GetLagRequest {
            service: "catalog".to_owned(),
        };
        let consumers = life.ask(Who::Staff, lag).await.consumers;
        let mut found = consumers.into_iter().filter(|it| it.consumer == CONSUMER);
        let rebuild = found.next().unwrap().rebuild.unwrap();
        if rebuild.state() == RebuildState::Done {
            break;
        }
        assert_eq!(rebuild.state(), RebuildState::Filling, "{rebuild:?}");
        assert!(Instant::now() < until, "it does not come to its end");
        sleep(Duration::from_millis(10)).await;
    }
    life.ask(Who::Staff, request).await;
    sale(life, tag).await;
}
