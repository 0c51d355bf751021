//! Messages and enums as schemas.

use std::collections::BTreeMap;

use prost_reflect::{DescriptorPool, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::json;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, Object, ObjectBuilder, SchemaFormat, Type,
};
use utoipa::openapi::{KnownFormat, Ref, RefOr, Schema};

use super::rules::{Rules, is_output, is_required};
use crate::comments::Comments;

/// The schemas that the paths refer to, and those that these refer to.
pub(super) struct Schemas<'a> {
    pool: &'a DescriptorPool,
    comments: &'a Comments,
    done: BTreeMap<String, RefOr<Schema>>,
}

impl<'a> Schemas<'a> {
    pub(super) fn new(pool: &'a DescriptorPool, comments: &'a Comments) -> Self {
        Self {
            pool,
            comments,
            done: BTreeMap::new(),
        }
    }

    /// All of them, by name.
    pub(super) fn finish(self) -> BTreeMap<String, RefOr<Schema>> {
        self.done
    }

    /// A reference to a message's schema, which comes with it.
    pub(super) fn message(&mut self, message: &MessageDescriptor) -> RefOr<Schema> {
        let name = message.full_name();
        if !self.done.contains_key(name) {
            // Its place is taken first: a message may hold itself.
            self.done
                .insert(name.to_owned(), RefOr::T(Schema::Object(Object::new())));
            let object = self.object(message, &[]);
            self.done
                .insert(name.to_owned(), RefOr::T(Schema::Object(object)));
        }
        Ref::from_schema_name(name).into()
    }

    /// The object of a message without the fields named.
    pub(super) fn object(&mut self, message: &MessageDescriptor, without: &[&str]) -> Object {
        let mut object = ObjectBuilder::new().schema_type(Type::Object);
        let text = self.comments.of(&message.parent_file(), message.path());
        object = object.description((!text.is_empty()).then_some(text));
        for field in message
            .fields()
            .filter(|field| !without.contains(&field.name()))
        {
            object = object.property(field.json_name(), self.field(&field));
            if is_required(self.pool, &field) {
                object = object.required(field.json_name());
            }
        }
        // Only what a caller sends is closed: an answer may gain fields.
        if message.name().ends_with("Request") {
            object =
                object.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
        }
        object.build()
    }

    /// A field's schema with its comment.
    pub(super) fn field(&mut self, field: &FieldDescriptor) -> RefOr<Schema> {
        let rules = Rules::of(self.pool, field);
        let schema = if field.is_map() {
            self.map(field, &rules.group("map"))
        } else if field.is_list() {
            self.list(&field.kind(), &rules.group("repeated"))
        } else {
            self.value(&field.kind(), &rules)
        };
        let mut text = self
            .comments
            .of(&field.parent_message().parent_file(), field.path());
        let choice = field
            .containing_oneof()
            .filter(|choice| choice.fields().len() > 1);
        if let Some(choice) = choice {
            let names: Vec<String> = choice
                .fields()
                .map(|one| format!("`{}`", one.json_name()))
                .collect();
            text.push_str(&format!(" At most one of {} is set.", names.join(", ")));
        }
        described(schema, text, is_output(self.pool, field))
    }

    fn list(&mut self, kind: &Kind, rules: &Rules) -> RefOr<Schema> {
        let items = self.value(kind, &rules.group("items"));
        ArrayBuilder::new()
            .items(items)
            .min_items(rules.count("min_items"))
            .max_items(rules.count("max_items"))
            .unique_items(rules.flag("unique"))
            .into()
    }

    fn map(&mut self, field: &FieldDescriptor, rules: &Rules) -> RefOr<Schema> {
        let Kind::Message(entry) = field.kind() else {
            return RefOr::T(Schema::Object(Object::new()));
        };
        let value = self.value(
            &entry.map_entry_value_field().kind(),
            &rules.group("values"),
        );
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(value))
            .min_properties(rules.count("min_pairs"))
            .max_properties(rules.count("max_pairs"))
            .into()
    }

    /// One value of a kind, under the rules of its type's group.
    fn value(&mut self, kind: &Kind, rules: &Rules) -> RefOr<Schema> {
        match kind {
            Kind::String => string(&rules.group("string")).into(),
            Kind::Bool => ObjectBuilder::new().schema_type(Type::Boolean).into(),
            Kind::Int32 => integer(KnownFormat::Int32, &rules.group("int32")).into(),
            Kind::Sint32 => integer(KnownFormat::Int32, &rules.group("sint32")).into(),
            Kind::Sfixed32 => integer(KnownFormat::Int32, &rules.group("sfixed32")).into(),
            Kind::Uint32 => unsigned(&rules.group("uint32")).into(),
            Kind::Fixed32 => unsigned(&rules.group("fixed32")).into(),
            Kind::Int64 => long("int64", &rules.group("int64")).into(),
            Kind::Sint64 => long("int64", &rules.group("sint64")).into(),
            Kind::Sfixed64 => long("int64", &rules.group("sfixed64")).into(),
            Kind::Uint64 => long("uint64", &rules.group("uint64")).into(),
            Kind::Fixed64 => long("uint64", &rules.group("fixed64")).into(),
            Kind::Float | Kind::Double => ObjectBuilder::new().schema_type(Type::Number).into(),
            Kind::Bytes => ObjectBuilder::new()
                .schema_type(Type::String)
                .content_encoding("base64")
                .into(),
            Kind::Enum(descriptor) => self.enumeration(descriptor),
            Kind::Message(message) => match well_known(message.full_name()) {
                Some(schema) => schema.into(),
                None => self.message(message),
            },
        }
    }

    fn enumeration(&mut self, descriptor: &EnumDescriptor) -> RefOr<Schema> {
        let name = descriptor.full_name();
        if !self.done.contains_key(name) {
            let file = descriptor.parent_file();
            let mut text = self.comments.of(&file, descriptor.path());
            for value in descriptor.values() {
                text.push_str(&format!(
                    "\n- `{}`: {}",
                    value.name(),
                    self.comments.of(&file, value.path())
                ));
            }
            let values: Vec<String> = descriptor
                .values()
                .map(|value| value.name().to_owned())
                .collect();
            let schema = ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(values))
                .description(Some(text));
            self.done.insert(name.to_owned(), schema.into());
        }
        Ref::from_schema_name(name).into()
    }
}

fn string(rules: &Rules) -> ObjectBuilder {
    let exact = rules.count("len");
    let mut schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(rules.count("min_len").or(exact))
        .max_length(rules.count("max_len").or(exact))
        .pattern(rules.text("pattern"));
    if rules.flag("email") {
        schema = schema.format(Some(SchemaFormat::Custom("email".to_owned())));
    }
    schema
}

fn integer(format: KnownFormat, rules: &Rules) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(format)))
        .minimum(rules.minimum())
        .maximum(rules.maximum())
}

fn unsigned(rules: &Rules) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(rules.minimum().unwrap_or(0)))
        .maximum(Some(rules.maximum().unwrap_or_else(|| i64::from(u32::MAX))))
}

/// A number of 64 bits is text in proto3 JSON; its range has no keyword of JSON Schema then.
fn long(format: &str, rules: &Rules) -> ObjectBuilder {
    let sign = if format == "int64" { "-?" } else { "" };
    let mut extensions = ExtensionsBuilder::new();
    if let Some(minimum) = rules.minimum() {
        extensions = extensions.add("x-minimum", json!(minimum.to_string()));
    }
    if let Some(maximum) = rules.maximum() {
        extensions = extensions.add("x-maximum", json!(maximum.to_string()));
    }
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom(format.to_owned())))
        .pattern(Some(format!("^{sign}[0-9]{{1,20}}$")))
        .extensions(Some(extensions.build()))
}

/// The JSON forms of the messages of `google.protobuf`.
fn well_known(name: &str) -> Option<ObjectBuilder> {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let rules = Rules::default();
    Some(match name {
        "google.protobuf.Timestamp" => {
            text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        }
        "google.protobuf.Duration" => text().pattern(Some("^-?[0-9]+(\\.[0-9]{1,9})?s$")),
        "google.protobuf.FieldMask" => {
            text().description(Some("Names of fields, parted by commas."))
        }
        "google.protobuf.StringValue" => text(),
        "google.protobuf.BytesValue" => text().content_encoding("base64"),
        "google.protobuf.BoolValue" => ObjectBuilder::new().schema_type(Type::Boolean),
        "google.protobuf.Int32Value" => integer(KnownFormat::Int32, &rules),
        "google.protobuf.UInt32Value" => unsigned(&rules),
        "google.protobuf.Int64Value" => long("int64", &rules),
        "google.protobuf.UInt64Value" => long("uint64", &rules),
        "google.protobuf.FloatValue" | "google.protobuf.DoubleValue" => {
            ObjectBuilder::new().schema_type(Type::Number)
        }
        "google.protobuf.Struct" | "google.protobuf.Empty" => {
            ObjectBuilder::new().schema_type(Type::Object)
        }
        _ => return None,
    })
}

/// The schema with a description, and marked when only the server sets it.
fn described(schema: RefOr<Schema>, text: String, is_output: bool) -> RefOr<Schema> {
    let text = text.trim().to_owned();
    match schema {
        RefOr::Ref(mut reference) => {
            reference.description = text;
            reference.read_only = is_output.then_some(true);
            RefOr::Ref(reference)
        }
        RefOr::T(Schema::Object(mut object)) => {
            object.description = (!text.is_empty()).then_some(text);
            object.read_only = is_output.then_some(true);
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.description = (!text.is_empty()).then_some(text);
            RefOr::T(Schema::Array(array))
        }
        other => other,
    }
}
