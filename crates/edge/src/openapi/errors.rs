//! The problem document, as every path answers an error.

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{Ref, Response, ResponseBuilder};

use crate::problem::MEDIA_TYPE;

/// The name of the schema and of the response.
pub(super) const PROBLEM: &str = "Problem";

pub(super) fn response() -> Response {
    ResponseBuilder::new()
        .description("Refused: a problem document (RFC 9457).")
        .content(
            MEDIA_TYPE,
            ContentBuilder::new()
                .schema(Some(Ref::from_schema_name(PROBLEM)))
                .build(),
        )
        .build()
}

pub(super) fn problem() -> ObjectBuilder {
    let text = |about: &str| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(about))
    };
    let reference =
        |about: &str| text(about).format(Some(SchemaFormat::Custom("uri-reference".to_owned())));
    let violation = ObjectBuilder::new()
        .property(
            "field",
            text("The path of the field, in the contract's names: `lines[0].quantity`."),
        )
        .property("reason", text("The id of the rule that it breaks."))
        .property("description", text("What is expected."))
        .required("field")
        .required("reason")
        .required("description");
    let metadata = ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some("Facts for programs, such as `sku`."));
    let status = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(400))
        .maximum(Some(599));
    let retry = ObjectBuilder::new()
        .schema_type(Type::Number)
        .description(Some(
            "Seconds after which a retry may help; absent when it does not.",
        ));
    let mut problem = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("Why a request was refused (RFC 9457)."))
        .property("type", reference("The page of the reason."))
        .property("title", text("The reason, for a person to read."))
        .property("status", status.description(Some("The HTTP status.")))
        .property("detail", text("What happened this time."))
        .property("instance", reference("The request id."))
        .property(
            "code",
            text("The gRPC code, such as `FAILED_PRECONDITION`."),
        )
        .property(
            "reason",
            text("The reason, as docs/errors lists it: what a program compares."),
        )
        .property("domain", text("Whose reason it is: `stoa`."))
        .property("metadata", metadata)
        .property(
            "violations",
            ArrayBuilder::new()
                .items(violation)
                .description(Some("The rules of the contract that the request breaks.")),
        )
        .property("retry_after", retry);
    for name in [
        "type", "title", "status", "detail", "code", "reason", "domain",
    ] {
        problem = problem.required(name);
    }
    problem
}
