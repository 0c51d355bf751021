//! Gives the call its id. Outermost: every answer carries it, whichever layer made it, and every line of
//! the log below. The answer also says which trace it belongs to.

use http::Response;
use http::header::HeaderValue;
use tonic::body::Body;

use super::{Handle, Inbound};
use crate::trailers::{self, REQUEST_ID};

/// The longest id that a caller may bring.
const MAX_LEN: usize = 64;

pub(crate) struct RequestId<H>(pub(crate) H);

impl<H: Handle> Handle for RequestId<H> {
    type Error = H::Error;

    async fn handle(&self, call: &mut Inbound) -> Result<Response<Body>, Self::Error> {
        let (text, header) = given(call).unwrap_or_else(|| fresh(call));
        call.facts.request_id = text;
        let response = self.0.handle(call).await?;
        Ok(trailers::add(response, header, call.trace.take()))
    }
}

/// The id that the caller (or a gateway) brings, if it can stand in a log as it is. It is never taken
/// for an idempotency key.
fn given(call: &Inbound) -> Option<(String, HeaderValue)> {
    let header = call.request.headers().get(&REQUEST_ID)?;
    let text = header.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let fits = (1..=MAX_LEN).contains(&text.len()) && text.bytes().all(plain);
    fits.then(|| (text.to_owned(), header.clone()))
}

fn fresh(call: &Inbound) -> (String, HeaderValue) {
    let text = call.fresh.simple().to_string();
    let header = HeaderValue::try_from(&text).unwrap_or(HeaderValue::from_static("-"));
    (text, header)
}
