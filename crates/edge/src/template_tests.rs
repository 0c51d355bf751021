//! What a path template is, and which paths meet it.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn captures(template: &str, path: &str, strictness: Strictness) -> Option<Vec<(String, String)>> {
    let template = Template::parse(template).unwrap();
    let path = Path::new(path).unwrap();
    let found = template.matches(&path, strictness)?;
    Some(
        found
            .iter()
            .map(|one| (one.field.to_owned(), one.segments.join("/")))
            .collect(),
    )
}

fn one(field: &str, value: &str) -> Option<Vec<(String, String)>> {
    Some(vec![(field.to_owned(), value.to_owned())])
}

#[test]
fn a_variable_takes_one_segment() {
    let strict = Strictness::Verb;
    assert_eq!(
        captures("/v1/orders/{order_id}", "/v1/orders/ord_1", strict),
        one("order_id", "ord_1")
    );
    assert_eq!(
        captures("/v1/orders/{order_id}", "/v1/orders/", strict),
        None
    );
    assert_eq!(
        captures("/v1/orders/{order_id}", "/v1/orders/a/b", strict),
        None
    );
    assert_eq!(
        captures("/v1/orders/{order_id}", "/v1/orders", strict),
        None
    );
    assert_eq!(
        captures("/v1/p/{product.product_id}", "/v1/p/x", strict),
        one("product.product_id", "x")
    );
}

#[test]
fn a_verb_is_the_end_of_the_last_segment() {
    let strict = Strictness::Verb;
    assert_eq!(
        captures("/v1/orders/{id}:cancel", "/v1/orders/o:cancel", strict),
        one("id", "o")
    );
    assert_eq!(
        captures("/v1/orders/{id}:cancel", "/v1/orders/a:b:cancel", strict),
        one("id", "a:b")
    );
    assert_eq!(
        captures("/v1/orders/{id}:cancel", "/v1/orders/:cancel", strict),
        None
    );
    assert_eq!(
        captures("/v1/orders/{id}:cancel", "/v1/orders/o", strict),
        None
    );
    assert_eq!(
        captures("/v1/products:batchGet", "/v1/products:batchGet", strict),
        Some(vec![])
    );
    assert_eq!(
        captures("/v1/products:batchGet", "/v1/products", strict),
        None
    );
    assert_eq!(
        captures("/v1/orders/{id}", "/v1/orders/o:cancel", strict),
        None
    );
    assert_eq!(
        captures("/v1/orders/{id}", "/v1/orders/o:x", Strictness::Lenient),
        one("id", "o:x")
    );
}

#[test]
fn a_pattern_spans_segments() {
    let strict = Strictness::Verb;
    assert_eq!(
        captures("/v1/{a.b=x/*}", "/v1/x/y", strict),
        one("a.b", "x/y")
    );
    assert_eq!(captures("/v1/{a.b=x/*}", "/v1/z/y", strict), None);
    assert_eq!(
        captures("/v1/{name=**}", "/v1/a/b/c", strict),
        one("name", "a/b/c")
    );
    assert_eq!(
        captures("/v1/{name=files/**}:read", "/v1/files/a/b:read", strict),
        one("name", "files/a/b")
    );
}

#[test]
fn an_encoded_slash_stays_in_its_segment() {
    let found = captures("/v1/stock/{sku}", "/v1/stock/a%2Fb", Strictness::Verb);
    assert_eq!(found, one("sku", "a%2Fb"));
}

#[test]
fn what_is_no_template_is_refused_by_name() {
    for text in [
        "v1",
        "/v1//x",
        "/v1/{a",
        "/v1/{a}/{a}",
        "/v1/{}",
        "/v1/**/x",
        "/v1/a*",
        "/v1/{a..b}",
    ] {
        let error = Template::parse(text).unwrap_err();
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn openapi_and_shape_tell_of_the_same_path() {
    let template = Template::parse("/v1/{a.b=x/*}/y/{c}:go").unwrap();
    assert_eq!(
        template.openapi(&["a_b".to_owned(), "c".to_owned()]),
        "/v1/{a_b}/y/{c}:go"
    );
    assert_eq!(template.shape(), "/v1/x/*/y/*:go");
    assert_eq!(template.fields().collect::<Vec<_>>(), ["a.b", "c"]);
}
