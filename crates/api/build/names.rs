//! Proto names in Rust, as prost and tonic write them.

use prost_reflect::{EnumDescriptor, MessageDescriptor};

/// `PlaceOrder` -> `place_order`.
pub(crate) fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let chars: Vec<char> = name.chars().collect();
    let mut before: Option<char> = None;
    for (at, &this) in chars.iter().enumerate() {
        if this.is_ascii_uppercase() {
            let new_word = before.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
            let end_of_acronym = before.is_some_and(|b| b.is_ascii_uppercase())
                && chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
            if new_word || end_of_acronym {
                out.push('_');
            }
            out.push(this.to_ascii_lowercase());
        } else {
            out.push(this);
        }
        before = Some(this);
    }
    out
}

/// `basket_lines` -> `BasketLines`; a name that is already so stays.
pub(crate) fn camel(name: &str) -> String {
    snake(name)
        .split('_')
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map_or_else(String::new, |first| {
                first.to_ascii_uppercase().to_string() + chars.as_str()
            })
        })
        .collect()
}

/// A name as an identifier: a keyword gets its `r#`.
pub(crate) fn ident(name: &str) -> String {
    const KEYWORDS: &[&str] = &[
        "as", "async", "await", "break", "const", "continue", "dyn", "else", "enum", "extern",
        "false", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "match", "mod", "move",
        "mut", "pub", "ref", "return", "static", "struct", "trait", "true", "type", "unsafe",
        "use", "where", "while", "abstract", "become", "box", "do", "final", "macro", "override",
        "priv", "try", "typeof", "unsized", "virtual", "yield",
    ];
    if KEYWORDS.contains(&name) {
        format!("r#{name}")
    } else {
        name.to_owned()
    }
}

/// The field of a prost struct.
pub(crate) fn field(name: &str) -> String {
    ident(&snake(name))
}

/// The module of a package below the crate's root: `stoa.type.v1` -> `r#type::v1`.
pub(crate) fn module(package: &str) -> String {
    let parts: Vec<String> = package.split('.').skip(1).map(ident).collect();
    parts.join("::")
}

/// The struct of a message of ours: `{root}::order::v1::create_quote_request::Basket`.
pub(crate) fn message(root: &str, message: &MessageDescriptor) -> String {
    format!(
        "{}::{}",
        parent(root, message.package_name(), message.full_name()),
        camel(message.name())
    )
}

/// The enum of an enum of ours.
pub(crate) fn enumeration(root: &str, descriptor: &EnumDescriptor) -> String {
    format!(
        "{}::{}",
        parent(root, descriptor.package_name(), descriptor.full_name()),
        camel(descriptor.name())
    )
}

/// The module in which prost puts what is nested in a message: `{root}::order::v1::create_quote_request`.
pub(crate) fn inside(root: &str, descriptor: &MessageDescriptor) -> String {
    let outer = parent(root, descriptor.package_name(), descriptor.full_name());
    format!("{outer}::{}", ident(&snake(descriptor.name())))
}

fn parent(root: &str, package: &str, full_name: &str) -> String {
    let below = full_name
        .strip_prefix(package)
        .unwrap_or(full_name)
        .trim_start_matches('.');
    let mut path = format!("{root}::{}", module(package));
    let mut parts: Vec<&str> = below.split('.').collect();
    parts.pop();
    for part in parts {
        path.push_str("::");
        path.push_str(&ident(&snake(part)));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::{camel, ident, module, snake};

    #[test]
    fn names_are_those_of_prost() {
        assert_eq!(snake("BatchGetAvailability"), "batch_get_availability");
        assert_eq!(snake("HTTPRule"), "http_rule");
        assert_eq!(snake("sku2Id"), "sku2_id");
        assert_eq!(camel("cart_version"), "CartVersion");
        assert_eq!(camel("Money"), "Money");
        assert_eq!(ident("type"), "r#type");
        assert_eq!(module("stoa.type.v1"), "r#type::v1");
    }
}
