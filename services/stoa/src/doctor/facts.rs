//! What a service holds about orders and credits, a thousand at a time.

use std::collections::BTreeMap;

use stoa_api::ops::v1::{Fact, ListFactsRequest};

use crate::client::{Connection, Failure};

/// Subjects of one request: the most that the contract takes.
const MOST: usize = 1_000;
const PAGE: i32 = 1_000;

/// Facts by their subject.
pub(super) type Facts = BTreeMap<String, Fact>;

/// A page of all facts of a service.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) facts: Facts,
    /// The token of the next page; empty: this is the last.
    pub(super) next: String,
    /// The position of the service's log at which it was read.
    pub(super) position: i64,
}

/// The page behind a token: of all facts, or only of those that were not found in order yet.
pub(super) async fn page(
    suite: &Connection,
    service: &str,
    token: String,
    open: bool,
) -> Result<Page, Failure> {
    let request = ListFactsRequest {
        service: service.to_owned(),
        page_size: PAGE,
        page_token: token,
        open,
        ..ListFactsRequest::default()
    };
    let answer = suite.call(request).await?;
    Ok(Page {
        facts: by_subject(answer.facts),
        next: answer.next_page_token,
        position: answer.log_position,
    })
}

/// The facts about these subjects; what a service knows nothing of is missing.
pub(super) async fn of(
    suite: &Connection,
    service: &str,
    subjects: &[String],
) -> Result<Facts, Failure> {
    let mut facts = Facts::new();
    for subjects in subjects.chunks(MOST) {
        let request = ListFactsRequest {
            service: service.to_owned(),
            subjects: subjects.to_vec(),
            page_size: PAGE,
            ..ListFactsRequest::default()
        };
        // A page is also bounded in bytes, so there may be several.
        let found = suite
            .all(
                request,
                |request, token| request.page_token = token,
                |page| (page.facts, page.next_page_token),
            )
            .await?;
        facts.extend(by_subject(found));
    }
    Ok(facts)
}

fn by_subject(facts: Vec<Fact>) -> Facts {
    facts
        .into_iter()
        .map(|fact| (fact.subject.clone(), fact))
        .collect()
}
