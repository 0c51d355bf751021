//! What a merchant wants, and which wishes are refused before anything is read.

use std::collections::{BTreeMap, BTreeSet};

use stoa_types::Sku;

use super::{LineKind, MeasureUnit, slug};

/// A product as wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProductDraft {
    /// Empty: made from the first sku, or left as it is.
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) categories: Vec<String>,
    pub(crate) variants: Vec<VariantDraft>,
}

/// A variant as wanted; `None` stands for the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VariantDraft {
    pub(crate) sku: Sku,
    pub(crate) title: String,
    pub(crate) kind: Option<LineKind>,
    pub(crate) stock_tracked: Option<bool>,
    pub(crate) tax_category: String,
    pub(crate) unit: Option<MeasureUnit>,
    pub(crate) weight_grams: i64,
    pub(crate) options: BTreeMap<String, String>,
}

/// A product of one variant as wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntryDraft {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) categories: Vec<String>,
    pub(crate) variant: VariantDraft,
}

/// Which fields of a product a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Fields {
    pub(crate) slug: bool,
    pub(crate) title: bool,
    pub(crate) description: bool,
    pub(crate) categories: bool,
    pub(crate) variants: bool,
    /// Named by the caller, who then means an empty slug.
    pub(crate) named: bool,
}

impl Fields {
    /// What a call that names nothing is about.
    pub(crate) const ALL: Self = Self {
        slug: true,
        title: true,
        description: true,
        categories: true,
        variants: true,
        named: false,
    };

    /// The fields with these names; an unknown name is given back.
    pub(crate) fn named<'a>(paths: impl IntoIterator<Item = &'a str>) -> Result<Self, &'a str> {
        let mut fields = Self {
            named: true,
            ..Self::default()
        };
        for path in paths {
            match path {
                "slug" => fields.slug = true,
                "title" => fields.title = true,
                "description" => fields.description = true,
                "categories" => fields.categories = true,
                "variants" => fields.variants = true,
                unknown => return Err(unknown),
            }
        }
        Ok(fields)
    }
}

/// A rule that a field of a draft breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Below the draft: `variants[3].sku`.
    pub(crate) field: String,
    pub(crate) rule: &'static str,
    pub(crate) description: &'static str,
}

fn broken(field: impl Into<String>, rule: &'static str, description: &'static str) -> Violation {
    Violation {
        field: field.into(),
        rule,
        description,
    }
}

impl EntryDraft {
    /// The product that the entry stands for.
    pub(crate) fn whole(&self) -> ProductDraft {
        ProductDraft {
            slug: String::new(),
            title: self.title.clone(),
            description: self.description.clone(),
            categories: self.categories.clone(),
            variants: vec![self.variant.clone()],
        }
    }
}

impl ProductDraft {
    /// The slug it is given, else the one it would like: made from its first sku.
    pub(crate) fn wanted_slug(&self) -> String {
        if !self.slug.is_empty() {
            return self.slug.clone();
        }
        let first = self.variants.first();
        let sku = first.map_or("", |variant| variant.sku.as_str());
        slug::wanted(sku, &self.title)
    }

    /// What is missing of the fields that the change is about, or contradicts itself.
    pub(crate) fn violations(&self, fields: Fields) -> Vec<Violation> {
        let mut found = Vec::new();
        if fields.slug && fields.named && self.slug.is_empty() {
            found.push(broken(
                "slug",
                "REQUIRED",
                "must be 1 to 100 of a-z, 0-9 and \"-\"",
            ));
        }
        if fields.title && self.title.trim().is_empty() {
            found.push(broken("title", "REQUIRED", "must be 1 to 200 characters"));
        }
        if fields.variants && self.variants.is_empty() {
            found.push(broken("variants", "REQUIRED", "must be 1 to 200 variants"));
        }
        if fields.variants {
            let skus = self.variants.iter().map(|variant| &variant.sku);
            found.extend(twice(skus, |index| format!("variants[{index}].sku")));
        }
        found
    }
}

/// What is missing of entries, or contradicts itself.
pub(crate) fn entry_violations(entries: &[EntryDraft]) -> Vec<Violation> {
    let mut found = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        if entry.title.trim().is_empty() {
            let field = format!("products[{index}].title");
            found.push(broken(field, "REQUIRED", "must be 1 to 200 characters"));
        }
    }
    let skus = entries.iter().map(|entry| &entry.variant.sku);
    found.extend(twice(skus, |index| {
        format!("products[{index}].variant.sku")
    }));
    found
}

/// Skus that stand there a second time.
fn twice<'a>(
    skus: impl Iterator<Item = &'a Sku>,
    field: impl Fn(usize) -> String,
) -> Vec<Violation> {
    let mut seen = BTreeSet::new();
    skus.enumerate()
        .filter(|(_, sku)| !seen.insert(*sku))
        .map(|(index, _)| broken(field(index), "UNIQUE", "must not stand there twice"))
        .collect()
}
