//! Makes a panic an error like others. Right inside of the rescue, so that the caller gets a status, the
//! metrics count it and the connection with its other calls lives on.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use http::Response;
use stoa_errors::Error;
use tonic::body::Body;

use super::{Handle, Inbound};

pub(crate) struct CatchPanic<H>(pub(crate) H);

impl<H: Handle<Error = Error>> Handle for CatchPanic<H> {
    type Error = Error;

    async fn handle(&self, call: &mut Inbound) -> Result<Response<Body>, Error> {
        // Safe to look at afterwards: the call is over, and what a use case shares it guards itself.
        AssertUnwindSafe(self.0.handle(call))
            .catch_unwind()
            .await
            .unwrap_or_else(|panic| Err(of_panic(panic.as_ref())))
    }
}

/// The error that a panic is; its text goes to the log alone.
pub(crate) fn of_panic(panic: &(dyn Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no text".to_owned());
    Error::internal(format!("panic: {text}"))
}
