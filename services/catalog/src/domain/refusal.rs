//! Why a change is refused.

use stoa_types::{ProductId, Sku};

/// A refusal that the loaded rows decide.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// No such product.
    #[error("product {0} does not exist")]
    ProductNotFound(ProductId),
    /// The sku is another product's, for good.
    #[error("the sku {0} belongs to another product")]
    SkuExists(Sku),
    /// The slug is another product's.
    #[error("the slug {0} belongs to another product")]
    SlugExists(String),
}
