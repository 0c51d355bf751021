//! A REST client made from the contract, as one in another language would be: a request message becomes method, path, query
//! and body by its `google.api.http` option, an answer becomes the response message again.

use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use prost::Message as _;
use prost_reflect::{DynamicMessage, MethodDescriptor, SerializeOptions, Value as Field};
use serde_json::{Map, Value};
use stoa_api::{Call, pool};
use stoa_errors::{Error, FieldViolation, Kind};

use crate::Answer;

/// A request as it goes over HTTP.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The method of the binding.
    pub method: Method,
    /// The path with its variables, and the query.
    pub path: String,
    /// The idempotency key, when the message has one.
    pub key: Option<String>,
    /// The body, when the binding has one.
    pub body: Option<Value>,
}

/// What this message is over REST.
pub(crate) fn request<C: Call>(message: &C) -> Outgoing {
    let rpc = rpc::<C>();
    let bytes = message.encode_to_vec();
    let dynamic = DynamicMessage::decode(rpc.input(), bytes.as_slice());
    outgoing(&rpc, &dynamic.expect("a message of the contract"))
}

/// What a message for this RPC is over REST, by its first binding: for who knows the RPC at run time alone.
///
/// # Panics
/// When the RPC has no binding.
#[must_use]
pub fn outgoing(rpc: &MethodDescriptor, message: &DynamicMessage) -> Outgoing {
    let (method, template, body) = binding(rpc);
    let options = SerializeOptions::new().use_proto_field_name(true);
    let json = message.serialize_with_options(serde_json::value::Serializer, &options);
    let Ok(Value::Object(mut fields)) = json else {
        panic!("{} takes no JSON object", rpc.full_name());
    };
    let key = fields
        .remove("request_id")
        .and_then(|key| key.as_str().map(str::to_owned));
    let mut path = filled(&template, &mut fields);
    let body = match body.as_str() {
        "" => None,
        "*" => Some(Value::Object(std::mem::take(&mut fields))),
        name => Some(fields.remove(name).unwrap_or_default()),
    };
    let mut query = Vec::new();
    flatten("", &Value::Object(fields), &mut query);
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    Outgoing {
        method,
        path,
        key,
        body,
    }
}

/// What came back, as over gRPC.
pub(crate) fn response<C: Call>(answer: &Answer) -> Result<C::Response, Error> {
    if !answer.status.is_success() {
        return Err(error(answer));
    }
    let mut json = serde_json::Deserializer::from_str(&answer.text);
    let dynamic = DynamicMessage::deserialize(rpc::<C>().output(), &mut json);
    let dynamic = dynamic.unwrap_or_else(|error| panic!("{error} in {}", answer.text));
    let message = C::Response::decode(dynamic.encode_to_vec().as_slice());
    Ok(message.expect("a message of the contract"))
}

/// The error that a problem document tells of.
fn error(answer: &Answer) -> Error {
    let problem = answer.json();
    let text = |name: &str| {
        let value = problem.get(name).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let code = text("code");
    let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == code);
    let kind = kind.unwrap_or_else(|| panic!("{code} is no code: {}", answer.text));
    let mut error = Error::new(kind, text("reason"), text("detail"));
    if let Some(violations) = problem.get("violations") {
        let violations = serde_json::from_value::<Vec<FieldViolation>>(violations.clone());
        error.violations = violations.expect("violations");
    }
    if let Some(metadata) = problem.get("metadata") {
        let metadata = serde_json::from_value(metadata.clone());
        error.metadata = metadata.expect("metadata");
    }
    error
}

fn rpc<C: Call>() -> MethodDescriptor {
    let service = pool().get_service_by_name(C::METHOD.service);
    let rpc = service.and_then(|service| {
        let mut rpcs = service.methods();
        rpcs.find(|rpc| rpc.name() == C::METHOD.name)
    });
    rpc.expect("an RPC of the contract")
}

/// HTTP method, path template and body of an RPC.
fn binding(rpc: &MethodDescriptor) -> (Method, String, String) {
    let extension = pool().get_extension_by_name("google.api.http");
    let options = rpc.options();
    let rule = options.get_extension(&extension.expect("the option of a binding"));
    let rule = rule.as_message().expect("a rule");
    let text = |name: &str| {
        let value = rule.get_field_by_name(name);
        let value = value.as_deref().and_then(Field::as_str);
        value.unwrap_or_default().to_owned()
    };
    let methods = [
        ("get", Method::GET),
        ("post", Method::POST),
        ("put", Method::PUT),
        ("patch", Method::PATCH),
        ("delete", Method::DELETE),
    ];
    let bound = methods
        .into_iter()
        .find(|(name, _)| rule.has_field_by_name(name));
    let (name, method) = bound.unwrap_or_else(|| panic!("{} has no binding", rpc.full_name()));
    (method, text(name), text("body"))
}

/// The path with its variables, which leave the fields.
fn filled(template: &str, fields: &mut Map<String, Value>) -> String {
    let mut path = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').expect("a closed brace");
        let value = take(fields, name);
        path.push_str(before);
        path.push_str(&utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string());
        rest = after;
    }
    path + rest
}

fn take(fields: &mut Map<String, Value>, name: &str) -> String {
    match name.split_once('.') {
        Some((outer, inner)) => match fields.get_mut(outer) {
            Some(Value::Object(fields)) => take(fields, inner),
            _ => String::new(),
        },
        None => fields.remove(name).as_ref().map(plain).unwrap_or_default(),
    }
}

/// `a.b=c` for each leaf.
fn flatten(name: &str, value: &Value, query: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (inner, value) in fields {
                let name = match name {
                    "" => inner.clone(),
                    outer => format!("{outer}.{inner}"),
                };
                flatten(&name, value, query);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| flatten(name, item, query)),
        leaf => {
            let value = plain(leaf);
            let value = utf8_percent_encode(&value, NON_ALPHANUMERIC);
            query.push(format!("{name}={value}"));
        }
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
