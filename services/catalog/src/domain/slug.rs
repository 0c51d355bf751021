//! The name of a product in addresses.

use stoa_types::ProductId;

/// The longest slug in characters.
const MAX: usize = 100;
/// How many characters of an id make a taken slug unique; they are from its random part.
const TAIL: usize = 10;

/// `text` in lower case, what is no letter or digit of ASCII replaced by single hyphens; empty when nothing is left.
pub(crate) fn from_text(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= MAX {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// What a product is called that was given no slug: by its first sku, else by its title; where both leave nothing, `product`.
pub(crate) fn wanted(sku: &str, title: &str) -> String {
    [from_text(sku), from_text(title), "product".to_owned()]
        .into_iter()
        .find(|slug| !slug.is_empty())
        .unwrap_or_default()
}

/// `slug`, made this product's own by the end of its id.
pub(crate) fn with_tail(slug: &str, id: ProductId) -> String {
    let id = id.to_string();
    let tail = id.get(id.len().saturating_sub(TAIL)..).unwrap_or_default();
    let room = MAX - TAIL - 1;
    let front = slug.get(..room.min(slug.len())).unwrap_or_default();
    format!("{}-{tail}", front.trim_end_matches('-'))
}
