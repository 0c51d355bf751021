//! The path of every RPC with one answer, called by generated code.

use std::future::Future;

use stoa_api::{Call, mask};
use stoa_errors::Error;
use stoa_types::Ctx;
use tonic::{Request, Response, Status};

use crate::admit::admit;
use crate::gate::Gate;
use crate::status;

/// Admits the call (audience, idempotency key, rules of the contract), runs `use_case` with its context,
/// leaves in the outcome what a `read_mask` names, and turns it into an answer. What fails is logged by
/// the layers outside; of the gate only its hold matters here.
pub async fn unary<Q, F, Fut>(
    gate: &Gate,
    request: Request<Q>,
    use_case: F,
) -> Result<Response<Q::Response>, Status>
where
    Q: Call,
    F: FnOnce(Ctx, Q) -> Fut,
    Fut: Future<Output = Result<Q::Response, Error>>,
{
    let (ctx, message) = admit(request).map_err(status::of_error)?;
    gate.pass(Q::METHOD, &ctx.principal)
        .map_err(status::of_error)?;
    let mask = message.read_mask().cloned();
    let answer = use_case(ctx, message).await;
    match answer.and_then(|answer| mask::apply::<Q>(mask.as_ref(), answer)) {
        Ok(answer) => Ok(Response::new(answer)),
        Err(error) => Err(status::of_error(error)),
    }
}
