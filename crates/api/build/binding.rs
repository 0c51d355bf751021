//! Checks a `google.api.http` binding: one that Envoy and our edge serve alike.

use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor, Value};

use super::options;

/// One REST binding: the verb and the template of its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(crate) verb: String,
    pub(crate) path: String,
    pub(crate) body: String,
}

/// The bindings of a rule, the additional ones behind it; each mistake goes to `mistakes`.
pub(crate) fn read(
    rule: &DynamicMessage,
    method: &MethodDescriptor,
    mistakes: &mut Vec<String>,
) -> Vec<Binding> {
    let mut bindings = vec![one(rule, method, mistakes)];
    if let Some(Value::List(more)) = rule.get_field_by_name("additional_bindings").as_deref() {
        bindings.extend(
            more.iter()
                .filter_map(Value::as_message)
                .map(|rule| one(rule, method, mistakes)),
        );
    }
    bindings
}

fn one(rule: &DynamicMessage, method: &MethodDescriptor, mistakes: &mut Vec<String>) -> Binding {
    let found = ["get", "put", "post", "delete", "patch"]
        .into_iter()
        .map(|verb| (verb, options::text(rule, verb)))
        .find(|(_, path)| !path.is_empty());
    let (verb, path) = found.unwrap_or_default();
    let body = options::text(rule, "body");
    if !path.starts_with("/v1/") {
        mistakes.push(format!("has the REST path {path:?}: wants one below /v1/"));
    }
    if !options::text(rule, "response_body").is_empty() {
        mistakes.push("has a response_body, which Envoy refuses".to_owned());
    }
    if matches!(verb, "get" | "delete") && !body.is_empty() {
        mistakes.push(format!("has a body on {verb}"));
    }
    if !body.is_empty() && body != "*" && method.input().get_field_by_name(&body).is_none() {
        mistakes.push(format!(
            "has the body {body:?}, which is no field of its request"
        ));
    }
    for variable in variables(&path) {
        if !names_scalar(&method.input(), &variable) {
            mistakes.push(format!(
                "has {{{variable}}} in its path, which is no single field of its request"
            ));
        }
    }
    Binding {
        verb: verb.to_owned(),
        path,
        body,
    }
}

/// A path without the names of its variables, which tell no two bindings apart: `/v1/orders/{}:cancel`.
pub(crate) fn shape(path: &str) -> String {
    variables(path)
        .iter()
        .fold(path.to_owned(), |shape, variable| {
            shape.replacen(&format!("{{{variable}"), "{", 1)
        })
}

/// `/v1/orders/{order_id}:cancel` -> `order_id`.
fn variables(path: &str) -> Vec<String> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split(['}', '=']).next())
        .map(str::to_owned)
        .collect()
}

fn names_scalar(request: &MessageDescriptor, path: &str) -> bool {
    options::field_at(request, path).is_some_and(|field| field.kind().as_message().is_none())
}
