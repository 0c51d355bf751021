//! `/docs/errors/{reason}`: where the `type` of a problem document leads, with what the contract says of the reason.

use std::collections::BTreeMap;
use std::fmt::Write;

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method};
use prost_reflect::{DescriptorPool, EnumDescriptor};

use crate::comments::Comments;
use crate::problem::TYPE_PREFIX;
use crate::refusal::{self, Refusal};

/// The enum of a package that lists its reasons, and the prefix of its values.
const ENUM: &str = "ErrorReason";
const PREFIX: &str = "ERROR_REASON_";

/// A page per reason, made once.
#[derive(Debug, Default)]
pub(crate) struct Pages(BTreeMap<String, String>);

impl Pages {
    /// The reasons of every package.
    pub(crate) fn new(pool: &DescriptorPool, comments: &Comments) -> Self {
        let mut pages = Self::default();
        for reasons in pool.all_enums().filter(|reasons| reasons.name() == ENUM) {
            pages.add(&reasons, comments);
        }
        pages
    }

    fn add(&mut self, reasons: &EnumDescriptor, comments: &Comments) {
        for value in reasons.values().filter(|value| value.number() != 0) {
            let name = value.name().strip_prefix(PREFIX).unwrap_or(value.name());
            let page = self
                .0
                .entry(name.to_owned())
                .or_insert_with(|| format!("# {name}\n"));
            let comment = comments.of(&reasons.parent_file(), value.path());
            // Writing to text cannot fail.
            let _ = write!(page, "\n## {}\n\n{comment}\n", reasons.package_name());
        }
    }

    /// Answers when the path is below that of the pages; `None` leaves the request to the bindings.
    pub(crate) fn serve(&self, method: &Method, path: &str) -> Option<Result<Response, Refusal>> {
        let name = path.strip_prefix(TYPE_PREFIX)?;
        let Some(page) = self.0.get(name) else {
            return Some(Err(refusal::no_such_path(path)));
        };
        if method != Method::GET && method != Method::HEAD {
            let methods = [Method::GET, Method::HEAD];
            return Some(Err(refusal::other_methods(method, path, &methods)));
        }
        let mut response = Response::new(Body::from(page.clone()));
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/markdown; charset=utf-8"),
        );
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        Some(Ok(response))
    }
}
