//! OpenAPI 3.1 from the contract: paths from the bindings, schemas from the messages with the rules of `buf.validate`,
//! descriptions from the comments, who may call from the policies.

mod errors;
mod operations;
mod rules;
mod schemas;

use prost_reflect::DescriptorPool;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApiBuilder};

use crate::binding::Binding;
use crate::comments::Comments;
use schemas::Schemas;

/// The security scheme of staff.
const STAFF: &str = "operator";
/// The security scheme of a guest.
const GUEST: &str = "guest";

const ABOUT: &str = "Commerce over REST. The same services are offered by gRPC and gRPC-Web, from the same contract.\n\n\
    JSON is that of proto3: 64-bit numbers are text, enums are names, times are RFC 3339, and what has its default value \
    is left out of answers. A request with an unknown field is refused. Every mutation takes an `Idempotency-Key`, with \
    which it may be repeated. Every error is a problem document (RFC 9457) whose `reason` is listed in docs/errors.";

/// The document as JSON, for the bindings that are served.
pub(crate) fn json(pool: &DescriptorPool, bindings: &[Binding], comments: &Comments) -> Vec<u8> {
    let mut schemas = Schemas::new(pool, comments);
    let paths = operations::paths(pool, bindings, comments, &mut schemas);
    let mut components = ComponentsBuilder::new()
        .schema(errors::PROBLEM, errors::problem())
        .response(errors::PROBLEM, errors::response())
        .security_scheme(STAFF, staff())
        .security_scheme(GUEST, guest());
    for (name, schema) in schemas.finish() {
        components = components.schema(name, schema);
    }
    let document = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Stoa")
                .version("v1")
                .description(Some(ABOUT)),
        )
        .paths(paths)
        .components(Some(components.build()))
        .tags(Some(tags(bindings, comments)))
        .build();
    // By way of a value, whose keys are sorted: the same contract gives the same bytes.
    let value = serde_json::to_value(&document).unwrap_or_default();
    serde_json::to_vec(&value).unwrap_or_default()
}

/// One tag per service, with its comment.
fn tags(bindings: &[Binding], comments: &Comments) -> Vec<utoipa::openapi::Tag> {
    let mut tags: Vec<utoipa::openapi::Tag> = Vec::new();
    for binding in bindings {
        let service = binding.rpc.descriptor.parent_service();
        if tags.iter().all(|tag| tag.name != service.name()) {
            let text = comments.of(&service.parent_file(), service.path());
            tags.push(
                TagBuilder::new()
                    .name(service.name())
                    .description(Some(text))
                    .build(),
            );
        }
    }
    tags.sort_by(|a, b| a.name.cmp(&b.name));
    tags
}

fn staff() -> SecurityScheme {
    let mut scheme = Http::new(HttpAuthScheme::Bearer);
    scheme.description =
        Some("The token of staff. `stoa up` writes one into its data folder.".to_owned());
    SecurityScheme::Http(scheme)
}

fn guest() -> SecurityScheme {
    let about = "A secret that the guest's client makes: 22 to 128 characters of A-Z, a-z, 0-9, \"-\", \"_\", \".\", \"~\". \
                 Whoever presents it owns what was made with it.";
    SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
        "stoa-guest-secret",
        about,
    )))
}
