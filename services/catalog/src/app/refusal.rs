//! A refusal of the domain as the caller reads it.

use stoa_api::catalog::v1::reason;
use stoa_errors::{Error, Kind};

use crate::domain::{Refusal, Violation};

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            Refusal::ProductNotFound(id) => {
                Self::new(Kind::NotFound, reason::PRODUCT_NOT_FOUND, text).meta("product_id", id)
            }
            Refusal::SkuExists(sku) => {
                Self::new(Kind::AlreadyExists, reason::SKU_EXISTS, text).meta("sku", sku)
            }
            Refusal::SlugExists(slug) => {
                Self::new(Kind::AlreadyExists, reason::SLUG_EXISTS, text).meta("slug", slug)
            }
        }
    }
}

/// No product has this id or slug.
pub(crate) fn product_not_found(name: &str) -> Error {
    Error::not_found(reason::PRODUCT_NOT_FOUND, format_args!("product {name}"))
}

/// All that a draft breaks, below the field `at`; `Ok` when that is nothing.
pub(crate) fn violations(at: &str, found: Vec<Violation>) -> Result<(), Error> {
    let mut error: Option<Error> = None;
    for violation in found {
        let field = match at {
            "" => violation.field,
            at => format!("{at}.{}", violation.field),
        };
        error = Some(match error {
            None => Error::invalid(field, violation.rule, violation.description),
            Some(error) => error.field(field, violation.rule, violation.description),
        });
    }
    error.map_or(Ok(()), Err)
}
