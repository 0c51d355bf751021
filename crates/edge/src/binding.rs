//! The REST bindings of the contract: each `google.api.http` option of a mounted service, additional ones among them.

use std::fmt;

use http::Method;
use http::uri::PathAndQuery;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor,
    Value,
};

use crate::template::Template;

/// One way to call one RPC over REST.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    pub(crate) method: Method,
    pub(crate) template: Template,
    pub(crate) body: Body,
    /// The numbers of the variables' fields, in their order, where each is a text of the request itself and there is no body.
    pub(crate) texts: Option<Vec<u32>>,
    pub(crate) rpc: Rpc,
}

/// The RPC that a binding calls.
#[derive(Debug, Clone)]
pub(crate) struct Rpc {
    /// `/stoa.order.v1.OrderService/PlaceOrder`.
    pub(crate) path: PathAndQuery,
    pub(crate) descriptor: MethodDescriptor,
    /// Where the request holds an etag: its own field, or that of the resource in its body.
    pub(crate) request_etag: Option<Vec<FieldDescriptor>>,
    /// Where the response holds an etag: its own field, or that of its only resource.
    pub(crate) response_etag: Option<Vec<FieldDescriptor>>,
}

/// What the HTTP body holds.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// There is none; every other field may stand in the query.
    None,
    /// `body: "*"`: the whole request but the path's fields; nothing may stand in the query.
    Whole,
    /// `body: "product"`: this field; every other field may stand in the query.
    Field(FieldDescriptor),
}

/// A `google.api.http` option that cannot be served. The contract's tests keep it from happening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The RPC's full name.
    pub(crate) rpc: String,
    pub(crate) what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rpc, self.what)
    }
}

/// Every binding of the services named, in the order in which they are tried, and what could not be bound.
pub(crate) fn all(pool: &DescriptorPool, services: &[&str]) -> (Vec<Binding>, Vec<Fault>) {
    let mut bindings: Vec<Binding> = Vec::new();
    let mut faults = Vec::new();
    let Some(extension) = pool.get_extension_by_name("google.api.http") else {
        return (bindings, faults);
    };
    let mounted = pool
        .services()
        .filter(|service| services.contains(&service.full_name()));
    for rpc in mounted.flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let options = rpc.options();
        if !options.has_extension(&extension) {
            continue;
        }
        let value = options.get_extension(&extension);
        let rules = value.as_message().map(rules).unwrap_or_default();
        for rule in rules {
            match bind(&rpc, &rule) {
                Ok(binding) => bindings.push(binding),
                Err(what) => faults.push(Fault {
                    rpc: rpc.full_name().to_owned(),
                    what,
                }),
            }
        }
    }
    bindings.sort_by_key(|binding| binding.template.rank());
    faults.extend(doubles(&mut bindings));
    (bindings, faults)
}

/// The rule itself and its additional bindings.
fn rules(rule: &DynamicMessage) -> Vec<DynamicMessage> {
    let mut all = vec![rule.clone()];
    if let Some(Value::List(more)) = rule.get_field_by_name("additional_bindings").as_deref() {
        all.extend(more.iter().filter_map(Value::as_message).cloned());
    }
    all
}

fn bind(rpc: &MethodDescriptor, rule: &DynamicMessage) -> Result<Binding, String> {
    if rpc.is_client_streaming() {
        return Err("a client stream has no REST form".to_owned());
    }
    let (method, path) = pattern(rule)?;
    let template = Template::parse(&path)?;
    for field in template.fields() {
        let descriptor = field_at(&rpc.input(), field)
            .ok_or_else(|| format!("{path} names {field:?}, which is no field"))?;
        let is_leaf = descriptor
            .last()
            .is_some_and(|leaf| !leaf.is_list() && !matches!(leaf.kind(), Kind::Message(_)));
        if !is_leaf {
            return Err(format!("{path}: {field:?} is not a single value"));
        }
    }
    let body = match text(rule, "body").as_str() {
        "" => Body::None,
        "*" => Body::Whole,
        name => Body::Field(
            rpc.input()
                .get_field_by_name(name)
                .ok_or_else(|| format!("body {name:?} is no field"))?,
        ),
    };
    let call = format!("/{}/{}", rpc.parent_service().full_name(), rpc.name());
    let request_etag = match &body {
        Body::Field(field) => own_etag(&rpc.input()).or_else(|| etag_below(field)),
        Body::None | Body::Whole => own_etag(&rpc.input()),
    };
    let texts = match body {
        Body::None => template
            .fields()
            .map(|field| number_of_text(&rpc.input(), field))
            .collect(),
        Body::Whole | Body::Field(_) => None,
    };
    Ok(Binding {
        method,
        template,
        body,
        texts,
        rpc: Rpc {
            path: PathAndQuery::try_from(call).map_err(|error| error.to_string())?,
            descriptor: rpc.clone(),
            request_etag,
            response_etag: own_etag(&rpc.output())
                .or_else(|| only_resource(&rpc.output()).as_ref().and_then(etag_below)),
        },
    })
}

/// The number of a text that stands in no oneof.
fn number_of_text(message: &MessageDescriptor, field: &str) -> Option<u32> {
    let field = message.get_field_by_name(field)?;
    let is_plain = matches!(field.kind(), Kind::String) && field.containing_oneof().is_none();
    is_plain.then(|| field.number())
}

/// HTTP method and path of a rule.
fn pattern(rule: &DynamicMessage) -> Result<(Method, String), String> {
    let named = [
        ("get", Method::GET),
        ("put", Method::PUT),
        ("post", Method::POST),
        ("delete", Method::DELETE),
        ("patch", Method::PATCH),
    ];
    let found = named
        .into_iter()
        .find(|(name, _)| rule.has_field_by_name(name));
    let (name, method) = found.ok_or("the rule has no method that REST knows")?;
    Ok((method, text(rule, name)))
}

fn text(rule: &DynamicMessage, field: &str) -> String {
    let value = rule.get_field_by_name(field);
    value
        .as_deref()
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// The fields of a path `a.b` from a message, each but the last a single message.
pub(crate) fn field_at(message: &MessageDescriptor, path: &str) -> Option<Vec<FieldDescriptor>> {
    let mut fields: Vec<FieldDescriptor> = Vec::new();
    let mut next = Some(message.clone());
    for name in path.split('.') {
        let field = field_named(&next?, name)?;
        next = match field.kind() {
            Kind::Message(inner) if !field.is_list() && !field.is_map() => Some(inner),
            _ => None,
        };
        fields.push(field);
    }
    Some(fields)
}

/// A field by its proto name or its JSON name.
pub(crate) fn field_named(message: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    message
        .get_field_by_name(name)
        .or_else(|| message.get_field_by_json_name(name))
}

fn own_etag(message: &MessageDescriptor) -> Option<Vec<FieldDescriptor>> {
    let field = message.get_field_by_name("etag")?;
    matches!(field.kind(), Kind::String).then(|| vec![field])
}

fn etag_below(field: &FieldDescriptor) -> Option<Vec<FieldDescriptor>> {
    match field.kind() {
        Kind::Message(inner) if !field.is_list() => {
            let mut path = vec![field.clone()];
            path.extend(own_etag(&inner)?);
            Some(path)
        }
        _ => None,
    }
}

/// The only single message of a response, when there is just one.
fn only_resource(message: &MessageDescriptor) -> Option<FieldDescriptor> {
    let mut fields = message
        .fields()
        .filter(|field| matches!(field.kind(), Kind::Message(_)));
    let first = fields.next()?;
    (fields.next().is_none() && !first.is_list()).then_some(first)
}

/// Takes out every binding whose method and paths an earlier one has.
fn doubles(bindings: &mut Vec<Binding>) -> Vec<Fault> {
    let mut seen: Vec<(Method, String)> = Vec::new();
    let mut faults = Vec::new();
    bindings.retain(|binding| {
        let key = (binding.method.clone(), binding.template.shape());
        let is_new = !seen.contains(&key);
        if is_new {
            seen.push(key);
        } else {
            faults.push(Fault {
                rpc: binding.rpc.descriptor.full_name().to_owned(),
                what: format!("{} {} is bound twice", key.0, key.1),
            });
        }
        is_new
    });
    faults
}
