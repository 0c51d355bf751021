//! The conventions of the contract, over the descriptor set: what buf's lint does not know of.

use std::collections::BTreeSet;

use prost_reflect::{Kind, MessageDescriptor};
use stoa_api::{METHODS, pool};

use crate::build::{compile, options};
use crate::contract::{enums, messages, none, rpcs};

#[test]
fn no_two_rpcs_of_a_package_share_a_name_and_no_two_a_binding() {
    let mut names = BTreeSet::new();
    let mut doors = BTreeSet::new();
    for rpc in rpcs() {
        assert!(
            names.insert(format!(
                "{}.{}",
                rpc.parent_service().package_name(),
                rpc.name()
            )),
            "{}",
            rpc.full_name()
        );
        let Some(rule) = options::message(pool(), &rpc.options(), "google.api.http") else {
            continue;
        };
        let mut mistakes = Vec::new();
        for binding in crate::build::binding::read(&rule, &rpc, &mut mistakes) {
            let door = (binding.verb, crate::build::binding::shape(&binding.path));
            assert!(
                doors.insert(door.clone()),
                "{} shares {door:?}",
                rpc.full_name()
            );
        }
        assert!(mistakes.is_empty(), "{} {mistakes:?}", rpc.full_name());
    }
}

#[test]
fn every_list_is_paged_and_says_its_order() {
    let lists = || {
        rpcs().filter(|rpc| {
            ["List", "Search"]
                .iter()
                .any(|verb| rpc.name().starts_with(verb))
        })
    };
    assert!(lists().count() > 5);
    none(lists(), |rpc| {
        let request = rpc.input();
        let kind = |name: &str| request.get_field_by_name(name).map(|field| field.kind());
        let size = matches!(kind("page_size"), Some(Kind::Int32));
        let token = matches!(kind("page_token"), Some(Kind::String));
        let next = rpc
            .output()
            .get_field_by_name("next_page_token")
            .is_some_and(|f| matches!(f.kind(), Kind::String));
        (!(size && token && next)).then(|| {
            format!(
                "{}: page_size {size}, page_token {token}, next_page_token {next}",
                rpc.full_name()
            )
        })
    });
    none(lists(), |rpc| {
        let comment =
            compile::comment(&rpc.parent_service().parent_file(), rpc.path()).to_lowercase();
        let said = [" by ", " order", "first"]
            .iter()
            .any(|word| comment.contains(word));
        (!said).then(|| format!("{} does not say its order: {comment}", rpc.full_name()))
    });
}

#[test]
fn every_element_has_a_comment() {
    let mut missing = Vec::new();
    for file in pool()
        .files()
        .filter(|file| compile::ours(file.package_name()))
    {
        let mut wants = |path: &[i32], name: &str| {
            if compile::comment(&file, path).len() < 3 {
                missing.push(name.to_owned());
            }
        };
        for message in messages().filter(|message| message.parent_file() == file) {
            wants(message.path(), message.full_name());
            message
                .fields()
                .for_each(|field| wants(field.path(), field.full_name()));
            message
                .oneofs()
                .filter(|o| !o.is_synthetic())
                .for_each(|oneof| wants(oneof.path(), oneof.full_name()));
        }
        for descriptor in enums().filter(|descriptor| descriptor.parent_file() == file) {
            wants(descriptor.path(), descriptor.full_name());
            descriptor
                .values()
                .for_each(|value| wants(value.path(), value.full_name()));
        }
        for service in file.services() {
            wants(service.path(), service.full_name());
            service
                .methods()
                .for_each(|method| wants(method.path(), method.full_name()));
        }
        for extension in file.extensions() {
            wants(extension.path(), extension.full_name());
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_change_has_a_key_and_no_read_has() {
    none(METHODS.iter(), |method| {
        let rpc = rpcs().find(|rpc| {
            format!("/{}/{}", rpc.parent_service().full_name(), rpc.name()) == method.path
        })?;
        (rpc.input().get_field_by_name("request_id").is_some() != method.keyed)
            .then(|| method.path.to_owned())
    });
    let reads = [
        "Get", "List", "Search", "Watch", "BatchGet", "Check", "Resolve", "Price", "Explain",
        "Simulate",
    ];
    none(METHODS.iter().filter(|method| !method.keyed), |method| {
        (!reads.iter().any(|verb| method.name.starts_with(verb)))
            .then(|| format!("{} changes nothing?", method.path))
    });
}

/// What can be got by an id of its own is a stored resource.
fn resources() -> Vec<MessageDescriptor> {
    let got = rpcs()
        .filter(|rpc| rpc.name().starts_with("Get"))
        .filter_map(|rpc| {
            let noun = rpc.name().trim_start_matches("Get").to_owned();
            let message = pool()
                .get_message_by_name(&format!("{}.{noun}", rpc.parent_service().package_name()))?;
            let id = format!("{}_id", crate::build::names::snake(&noun));
            message.get_field_by_name(&id).is_some().then_some(message)
        });
    got.collect()
}

#[test]
fn every_stored_resource_has_a_version_and_its_times() {
    let resources = resources();
    assert!(resources.len() > 4, "{resources:?}");
    none(resources, |message| {
        let missing: Vec<_> = ["etag", "create_time", "update_time"]
            .into_iter()
            .filter(|name| message.get_field_by_name(name).is_none())
            .collect();
        (!missing.is_empty()).then(|| format!("{} lacks {missing:?}", message.full_name()))
    });
}

#[test]
fn every_get_and_list_of_resources_takes_a_read_mask() {
    let names: BTreeSet<String> = resources()
        .iter()
        .map(|message| message.full_name().to_owned())
        .collect();
    let reads = rpcs().filter(|rpc| {
        ["Get", "List", "Search", "BatchGet"]
            .iter()
            .any(|verb| rpc.name().starts_with(verb))
    });
    // Between services an answer is made for one caller: there is nothing to leave out.
    let outside = reads.filter(|rpc| !rpc.parent_service().name().ends_with("InternalService"));
    let of_resources = outside.filter(|rpc| {
        rpc.output().fields().any(|field| {
            field
                .kind()
                .as_message()
                .is_some_and(|message| names.contains(message.full_name()))
        })
    });
    none(of_resources, |rpc| {
        let mask = rpc
            .input()
            .get_field_by_name("read_mask")
            .and_then(|field| field.kind().as_message().cloned());
        (mask.is_none_or(|mask| mask.full_name() != "google.protobuf.FieldMask"))
            .then(|| rpc.full_name().to_owned())
    });
}

#[test]
fn names_say_what_a_field_is() {
    let fields = || messages().flat_map(|message| message.fields().collect::<Vec<_>>());
    none(fields(), |field| {
        let name = field.name();
        let snake = name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && !name.contains("__");
        (!snake).then(|| format!("{} is not snake case", field.full_name()))
    });
    none(fields(), |field| {
        let message = field
            .kind()
            .as_message()
            .map(|message| message.full_name().to_owned())
            .unwrap_or_default();
        let time = field.name().ends_with("_time")
            || field.name() == "as_of_time"
            || field.name().ends_with("_times");
        (message == "google.protobuf.Timestamp" && !time)
            .then(|| format!("{} is a time and is not called one", field.full_name()))
    });
    none(fields(), |field| {
        let float = matches!(field.kind(), Kind::Double | Kind::Float);
        let id = field.name().ends_with("_id") && !matches!(field.kind(), Kind::String);
        let mask = field
            .kind()
            .as_message()
            .is_some_and(|message| message.full_name() == "google.protobuf.FieldMask");
        let misnamed = mask && !matches!(field.name(), "read_mask" | "update_mask");
        (float || id || misnamed).then(|| format!("{} is a {:?}", field.full_name(), field.kind()))
    });
}

#[test]
fn enums_begin_with_what_is_not_set_and_reasons_are_plain() {
    none(enums(), |descriptor| {
        let prefix = crate::build::names::snake(descriptor.name()).to_uppercase();
        let zero = descriptor.default_value().name() == format!("{prefix}_UNSPECIFIED");
        let all = descriptor
            .values()
            .all(|value| value.name().starts_with(&format!("{prefix}_")));
        (!(zero && all)).then(|| descriptor.full_name().to_owned())
    });
}
