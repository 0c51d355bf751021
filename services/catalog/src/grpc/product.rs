//! Products and variants as messages.

use stoa_api::catalog::v1 as pb;
use stoa_api::convert;
use stoa_api::type_::v1::{LineKind as PbKind, MeasureUnit as PbUnit};
use stoa_errors::Error;

use crate::app::update_product::etag;
use crate::domain::{
    EntryDraft, Fields, LineKind, MeasureUnit, Product, ProductDraft, ProductState, Variant,
    VariantDraft,
};

/// A product as it stands.
pub(crate) fn product(product: &Product) -> pb::Product {
    pb::Product {
        product_id: product.id.to_string(),
        in_stock: product.in_stock(),
        etag: etag(product).into(),
        state: state(product.state).into(),
        slug: product.slug.clone(),
        title: product.title.clone(),
        description: product.description.clone(),
        categories: product.categories.clone(),
        variants: product.variants.iter().map(variant).collect(),
        create_time: Some(convert::to_timestamp(product.created_at)),
        update_time: Some(convert::to_timestamp(product.updated_at)),
    }
}

fn variant(variant: &Variant) -> pb::Variant {
    pb::Variant {
        sku: variant.sku.to_string(),
        title: variant.title.clone(),
        kind: kind(variant.kind).into(),
        stock_tracked: Some(variant.stock_tracked),
        tax_category: variant.tax_category.clone(),
        unit: unit(variant.unit).into(),
        weight_grams: variant.weight_grams,
        options: variant.options.clone(),
        in_stock: variant.in_stock,
    }
}

/// What a caller wants a product to be; `at` is the path of the field.
pub(crate) fn draft(at: &str, product: pb::Product) -> Result<ProductDraft, Error> {
    let variants = product.variants.into_iter().enumerate();
    Ok(ProductDraft {
        slug: product.slug,
        title: product.title,
        description: product.description,
        categories: product.categories,
        variants: variants
            .map(|(index, variant)| variant_draft(&format!("{at}.variants[{index}]"), variant))
            .collect::<Result<_, _>>()?,
    })
}

/// What a caller wants a product of one variant to be.
pub(crate) fn entry(at: &str, entry: pb::ProductEntry) -> Result<EntryDraft, Error> {
    let at = format!("{at}.variant");
    Ok(EntryDraft {
        title: entry.title,
        description: entry.description,
        categories: entry.categories,
        variant: variant_draft(&at, convert::required(&at, entry.variant)?)?,
    })
}

fn variant_draft(at: &str, variant: pb::Variant) -> Result<VariantDraft, Error> {
    Ok(VariantDraft {
        sku: convert::sku(&format!("{at}.sku"), &variant.sku)?,
        title: variant.title,
        kind: wanted_kind(&format!("{at}.kind"), variant.kind)?,
        stock_tracked: variant.stock_tracked,
        tax_category: variant.tax_category,
        unit: wanted_unit(&format!("{at}.unit"), variant.unit)?,
        weight_grams: variant.weight_grams,
        options: variant.options,
    })
}

/// Which fields a change is about; a mask that is absent or names nothing is about all.
pub(crate) fn fields(mask: Option<&prost_types::FieldMask>) -> Result<Fields, Error> {
    let paths = mask.map_or(&[][..], |mask| &mask.paths);
    if paths.is_empty() {
        return Ok(Fields::ALL);
    }
    Fields::named(paths.iter().map(String::as_str)).map_err(|path| {
        let text = format!("{path} is none of slug, title, description, categories, variants");
        Error::invalid("update_mask", "FIELD_MASK", text)
    })
}

/// Whether a product is offered.
pub(crate) const fn state(state: ProductState) -> pb::ProductState {
    match state {
        ProductState::Active => pb::ProductState::Active,
        ProductState::Archived => pb::ProductState::Archived,
    }
}

/// What kind of thing it is.
pub(crate) const fn kind(kind: LineKind) -> PbKind {
    match kind {
        LineKind::Goods => PbKind::Goods,
        LineKind::Service => PbKind::Service,
        LineKind::Fee => PbKind::Fee,
        LineKind::Shipping => PbKind::Shipping,
        LineKind::GiftCard => PbKind::GiftCard,
    }
}

/// The unit in which it is counted.
pub(crate) const fn unit(unit: MeasureUnit) -> PbUnit {
    match unit {
        MeasureUnit::Piece => PbUnit::Piece,
        MeasureUnit::Gram => PbUnit::Gram,
        MeasureUnit::Milliliter => PbUnit::Milliliter,
    }
}

fn wanted_kind(at: &str, number: i32) -> Result<Option<LineKind>, Error> {
    if number == i32::from(PbKind::Unspecified) {
        return Ok(None);
    }
    let kind = match convert::enumeration(at, number)? {
        PbKind::Unspecified => return Ok(None),
        PbKind::Goods => LineKind::Goods,
        PbKind::Service => LineKind::Service,
        PbKind::Fee => LineKind::Fee,
        PbKind::Shipping => LineKind::Shipping,
        PbKind::GiftCard => LineKind::GiftCard,
    };
    Ok(Some(kind))
}

fn wanted_unit(at: &str, number: i32) -> Result<Option<MeasureUnit>, Error> {
    if number == i32::from(PbUnit::Unspecified) {
        return Ok(None);
    }
    let unit = match convert::enumeration(at, number)? {
        PbUnit::Unspecified => return Ok(None),
        PbUnit::Piece => MeasureUnit::Piece,
        PbUnit::Gram => MeasureUnit::Gram,
        PbUnit::Milliliter => MeasureUnit::Milliliter,
    };
    Ok(Some(unit))
}
