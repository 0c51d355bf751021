//! The rules of the catalogue, pure: what a product is, and what may become of it.
//!
//! | file | question it answers |
//! |---|---|
//! | [`kind`] | what kinds of goods and units there are |
//! | [`variant`] | what a sku is, and what stands in for what a merchant leaves out |
//! | [`product`] | what a product is, and how a change of it is decided |
//! | [`draft`] | what a merchant wants, and which wishes are refused before anything is read |
//! | [`slug`] | how a name in an address is made |
//! | [`shelf`] | how several changes in a row are decided over one set of loaded rows |
//! | [`refusal`] | why a change is refused |

pub(crate) mod draft;
pub(crate) mod kind;
pub(crate) mod product;
pub(crate) mod refusal;
pub(crate) mod shelf;
pub(crate) mod slug;
#[cfg(test)]
mod tests;
pub(crate) mod variant;

pub(crate) use draft::{EntryDraft, Fields, ProductDraft, VariantDraft, Violation};
pub(crate) use kind::{LineKind, MeasureUnit};
pub(crate) use product::{Product, ProductState};
pub(crate) use refusal::Refusal;
pub(crate) use shelf::{Change, Shelf, Upserted};
pub(crate) use variant::Variant;
