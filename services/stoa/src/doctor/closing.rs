//! Closes the books over what was found at rest and in order, so that the next visit begins there.

use std::collections::BTreeMap;

use stoa_api::ops::v1::{CloseBooksRequest, Fact, Judged as Version};

use crate::client::{Connection, Failure};

pub(super) const ORDER: &str = "order";
pub(super) const INVENTORY: &str = "inventory";
pub(super) const PAYMENT: &str = "payment";

/// The services that keep closing rows. The one that decides comes last: what is closed there is closed everywhere.
const CLOSING: [&str; 3] = [INVENTORY, PAYMENT, ORDER];

/// Subjects of one request: a batch of the suite holds few hundred rows.
const CHUNK: usize = 250;

/// Orders, returns and credits that were found at rest and in order, as each service said that they stand.
#[derive(Debug, Default)]
pub(super) struct Judged(BTreeMap<&'static str, Vec<Version>>);

impl Judged {
    /// Keeps a subject in the version that each service told.
    pub(super) fn note<'a>(
        &mut self,
        subject: &str,
        facts: impl IntoIterator<Item = (&'static str, Option<&'a Fact>)>,
    ) {
        for (service, fact) in facts {
            let Some(fact) = fact else { continue };
            self.0.entry(service).or_default().push(Version {
                subject: subject.to_owned(),
                version: fact.version,
            });
        }
    }

    /// Closes the books over them; with `anew`, the closing rows are summed up again first.
    ///
    /// # Errors
    /// That the suite is gone, or refused.
    pub(super) async fn close(mut self, suite: &Connection, anew: bool) -> Result<(), Failure> {
        for service in CLOSING {
            let judged = self.0.remove(service).unwrap_or_default();
            let mut chunks: Vec<Vec<Version>> = judged.chunks(CHUNK).map(<[_]>::to_vec).collect();
            if anew && chunks.is_empty() {
                chunks.push(Vec::new());
            }
            for (number, judged) in chunks.into_iter().enumerate() {
                let request = CloseBooksRequest {
                    service: service.to_owned(),
                    judged,
                    anew: anew && number == 0,
                    ..CloseBooksRequest::default()
                };
                suite.call(request).await?;
            }
        }
        Ok(())
    }
}
