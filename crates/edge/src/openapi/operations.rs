//! Bindings as paths and operations.

use std::collections::BTreeMap;

use http::Method;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor,
    Value,
};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem,
    Paths, PathsBuilder,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{
    Deprecated, Ref, RefOr, Required, Response, ResponseBuilder, Schema, SecurityRequirement,
};

use super::rules::is_required;
use super::schemas::Schemas;
use super::{GUEST, STAFF, errors};
use crate::binding::{Binding, Body, field_at};
use crate::comments::Comments;
use crate::scalar;

/// How deep a query parameter may reach into messages.
const DEPTH: usize = 3;

/// Every path with its operations.
pub(super) fn paths(
    pool: &DescriptorPool,
    bindings: &[Binding],
    comments: &Comments,
    schemas: &mut Schemas<'_>,
) -> Paths {
    // Two templates that the same paths meet are one path of the document, whatever they call their variables.
    let mut items: BTreeMap<String, (String, Vec<String>, PathItem)> = BTreeMap::new();
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    for binding in bindings {
        let own_names = names(binding);
        let shape = binding.template.shape();
        let entry = items.entry(shape).or_insert_with(|| {
            (
                binding.template.openapi(&own_names),
                own_names,
                PathItem::default(),
            )
        });
        let count = ids
            .entry(binding.rpc.descriptor.full_name().to_owned())
            .or_default();
        *count = count.saturating_add(1);
        let operation = operation(pool, binding, &entry.1, *count, comments, schemas);
        put(&mut entry.2, &binding.method, operation);
    }
    items
        .into_values()
        .fold(PathsBuilder::new(), |paths, (path, _, item)| {
            paths.path(path, item)
        })
        .build()
}

/// The names of the path's parameters; a dot is none for most generators.
fn names(binding: &Binding) -> Vec<String> {
    binding
        .template
        .fields()
        .map(|field| field.replace('.', "_"))
        .collect()
}

fn put(item: &mut PathItem, method: &Method, operation: Operation) {
    let method = match method.as_str() {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "DELETE" => HttpMethod::Delete,
        "PATCH" => HttpMethod::Patch,
        _ => HttpMethod::Get,
    };
    item.merge_operations(PathItem::new(method, operation));
}

fn operation(
    pool: &DescriptorPool,
    binding: &Binding,
    names: &[String],
    count: usize,
    comments: &Comments,
    schemas: &mut Schemas<'_>,
) -> Operation {
    let rpc = &binding.rpc.descriptor;
    let policy = policy(pool, rpc);
    let text = comments.of(&rpc.parent_service().parent_file(), rpc.path());
    let id = format!("{}_{}", rpc.parent_service().name(), rpc.name());
    let id = if count > 1 {
        format!("{id}_{count}")
    } else {
        id
    };
    let mut operation = OperationBuilder::new()
        .tag(rpc.parent_service().name())
        .operation_id(Some(id))
        .summary(
            text.split_once(". ")
                .map(|(first, _)| first)
                .or(Some(text.trim_end_matches('.'))),
        )
        .description(Some(text.clone()))
        .request_body(body(binding, schemas))
        .response("200", answer(binding, schemas))
        .response(
            "default",
            RefOr::Ref(Ref::from_response_name(errors::PROBLEM)),
        )
        .deprecated(is_deprecated(rpc).then_some(Deprecated::True))
        .securities(securities(policy.as_ref()));
    for parameter in path_parameters(binding, names, schemas) {
        operation = operation.parameter(parameter);
    }
    for parameter in query_parameters(pool, binding, schemas) {
        operation = operation.parameter(parameter);
    }
    for parameter in header_parameters(binding, policy.as_ref()) {
        operation = operation.parameter(parameter);
    }
    operation.build()
}

/// What a body may hold: the request without what the path holds, or one field of it.
fn body(binding: &Binding, schemas: &mut Schemas<'_>) -> Option<RequestBody> {
    let input = binding.rpc.descriptor.input();
    let in_path: Vec<&str> = binding.template.fields().collect();
    let schema = match &binding.body {
        Body::None => return None,
        Body::Field(field) => schemas.field(field),
        Body::Whole if in_path.is_empty() => schemas.message(&input),
        Body::Whole => RefOr::T(Schema::Object(schemas.object(&input, &in_path))),
    };
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let body = RequestBodyBuilder::new()
        .content("application/json", content)
        .required(Some(Required::True));
    Some(body.build())
}

fn answer(binding: &Binding, schemas: &mut Schemas<'_>) -> Response {
    let rpc = &binding.rpc.descriptor;
    let schema = schemas.message(&rpc.output());
    let content = || ContentBuilder::new().schema(Some(schema.clone())).build();
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let header = |about: &str| {
        HeaderBuilder::new()
            .schema(Some(text()))
            .description(Some(about))
            .build()
    };
    let mut response =
        ResponseBuilder::new().header("X-Request-Id", header("The request id, for the log."));
    if binding.rpc.response_etag.is_some() {
        response = response.header("ETag", header("Changes with each change of the resource."));
    }
    let response = match rpc.is_server_streaming() {
        true => response
            .description("A stream: one JSON object per line, or one event each.")
            .content("application/x-ndjson", content())
            .content("text/event-stream", content()),
        false => response
            .description("Done.")
            .content("application/json", content()),
    };
    response.build()
}

fn path_parameters(
    binding: &Binding,
    names: &[String],
    schemas: &mut Schemas<'_>,
) -> Vec<Parameter> {
    let input = binding.rpc.descriptor.input();
    let fields = binding.template.fields().zip(names);
    fields
        .filter_map(|(field, name)| {
            let leaf = field_at(&input, field)?.pop()?;
            Some(parameter(
                name,
                ParameterIn::Path,
                true,
                schemas.field(&leaf),
            ))
        })
        .collect()
}

fn query_parameters(
    pool: &DescriptorPool,
    binding: &Binding,
    schemas: &mut Schemas<'_>,
) -> Vec<Parameter> {
    let skip = match &binding.body {
        Body::Whole => return Vec::new(),
        Body::Field(field) => Some(field.name().to_owned()),
        Body::None => None,
    };
    let mut taken: Vec<String> = binding.template.fields().map(str::to_owned).collect();
    taken.extend(skip);
    let mut leaves = Vec::new();
    collect(
        &binding.rpc.descriptor.input(),
        "",
        "",
        DEPTH,
        &taken,
        &mut leaves,
    );
    leaves
        .into_iter()
        .map(|(name, field)| {
            let is_needed = is_required(pool, &field) && !name.contains('.');
            parameter(&name, ParameterIn::Query, is_needed, schemas.field(&field))
        })
        .collect()
}

/// The fields that a query may name, by their JSON path; `taken` holds proto paths.
fn collect(
    message: &MessageDescriptor,
    proto: &str,
    json: &str,
    depth: usize,
    taken: &[String],
    into: &mut Vec<(String, FieldDescriptor)>,
) {
    for field in message.fields().filter(|field| !field.is_map()) {
        let proto_name = join(proto, field.name());
        if taken.contains(&proto_name) {
            continue;
        }
        let json_name = join(json, field.json_name());
        if scalar::is_text(&field.kind()) {
            into.push((json_name, field));
        } else if let (Kind::Message(inner), false, true) =
            (field.kind(), field.is_list(), depth > 0)
        {
            collect(
                &inner,
                &proto_name,
                &json_name,
                depth.saturating_sub(1),
                taken,
                into,
            );
        }
    }
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}.{name}")
    }
}

fn header_parameters(binding: &Binding, policy: Option<&DynamicMessage>) -> Vec<Parameter> {
    let header = |name: &str, about: &str| {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(about));
        parameter(name, ParameterIn::Header, false, schema.into())
    };
    let is_keyed = policy.and_then(|policy| number(policy, "idempotency")) == Some(2);
    let mut parameters = Vec::new();
    if is_keyed {
        parameters.push(header(
            "Idempotency-Key",
            "Makes the call repeatable; the same as `requestId`, one of them is required.",
        ));
    }
    if binding.rpc.request_etag.is_some() && binding.method != Method::GET {
        parameters.push(header(
            "If-Match",
            "Change it only if its etag is still this one; else 412.",
        ));
    }
    if binding.rpc.response_etag.is_some() && binding.method == Method::GET {
        parameters.push(header(
            "If-None-Match",
            "Answer 304 while its etag is still this one.",
        ));
    }
    parameters
}

fn parameter(name: &str, place: ParameterIn, is_needed: bool, schema: RefOr<Schema>) -> Parameter {
    let about = match &schema {
        RefOr::Ref(reference) => Some(reference.description.clone()),
        RefOr::T(Schema::Object(object)) => object.description.clone(),
        RefOr::T(Schema::Array(array)) => array.description.clone(),
        RefOr::T(_) => None,
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(if is_needed {
            Required::True
        } else {
            Required::False
        })
        .description(about.filter(|text| !text.is_empty()))
        .schema(Some(schema))
        .build()
}

/// `stoa.options.v1.policy` of an RPC.
fn policy(pool: &DescriptorPool, rpc: &MethodDescriptor) -> Option<DynamicMessage> {
    let extension = pool.get_extension_by_name("stoa.options.v1.policy")?;
    let options = rpc.options();
    let is_set = options.has_extension(&extension);
    is_set
        .then(|| options.get_extension(&extension).as_message().cloned())
        .flatten()
}

fn number(message: &DynamicMessage, field: &str) -> Option<i32> {
    message.get_field_by_name(field)?.as_enum_number()
}

/// Who may call: an audience of `stoa.options.v1.Audience`.
fn securities(policy: Option<&DynamicMessage>) -> Option<Vec<SecurityRequirement>> {
    let none: [&str; 0] = [];
    let policy = policy?;
    let permission = policy
        .get_field_by_name("permission")
        .as_deref()
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    Some(match number(policy, "audience") {
        Some(2) => vec![
            SecurityRequirement::new(GUEST, none),
            SecurityRequirement::new(STAFF, none),
        ],
        Some(3) => vec![SecurityRequirement::new(STAFF, [permission])],
        _ => vec![SecurityRequirement::default()],
    })
}

fn is_deprecated(rpc: &MethodDescriptor) -> bool {
    rpc.method_descriptor_proto()
        .options
        .as_ref()
        .is_some_and(|options| options.deprecated())
}
