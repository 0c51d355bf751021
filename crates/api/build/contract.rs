//! The services and RPCs of the contract, and what must hold of each before any code is made.

use std::collections::BTreeMap;

use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor, ServiceDescriptor};

use super::binding::{self, Binding};
use super::policy::{self, Audience, Policy};
use super::{compile, options};

/// All proto services of the `stoa.*` packages, in the order of their names.
pub(crate) struct Contract {
    pub(crate) pool: DescriptorPool,
    pub(crate) services: Vec<Service>,
}

/// One proto service.
pub(crate) struct Service {
    pub(crate) descriptor: ServiceDescriptor,
    pub(crate) comment: String,
    pub(crate) rpcs: Vec<Rpc>,
}

/// One RPC.
pub(crate) struct Rpc {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) comment: String,
    pub(crate) request: MessageDescriptor,
    pub(crate) response: MessageDescriptor,
    pub(crate) streaming: bool,
    pub(crate) policy: Policy,
    pub(crate) bindings: Vec<Binding>,
    /// The response field that a `read_mask` of the request is about.
    pub(crate) masked: Option<String>,
}

impl Contract {
    /// Reads and checks every service; an error lists every mistake, each with the full name of its RPC or service.
    pub(crate) fn read(pool: &DescriptorPool) -> Result<Self, Vec<String>> {
        let mut mistakes = Vec::new();
        let mut services = Vec::new();
        for descriptor in pool.services().filter(|s| compile::ours(s.package_name())) {
            let mut rpcs = Vec::new();
            for method in descriptor.methods() {
                match rpc(pool, &method) {
                    Ok(rpc) => rpcs.push(rpc),
                    Err(wrong) => mistakes.extend(
                        wrong
                            .into_iter()
                            .map(|w| format!("{} {w}", method.full_name())),
                    ),
                }
            }
            if let Some(wrong) = door(&descriptor, &rpcs) {
                mistakes.push(format!("{} {wrong}", descriptor.full_name()));
            }
            let comment = compile::comment(&descriptor.parent_file(), descriptor.path());
            services.push(Service {
                descriptor,
                comment,
                rpcs,
            });
        }
        services.sort_by(|a, b| a.descriptor.full_name().cmp(b.descriptor.full_name()));
        mistakes.extend(shared(&services));
        if mistakes.is_empty() {
            Ok(Self {
                pool: pool.clone(),
                services,
            })
        } else {
            Err(mistakes)
        }
    }

    /// All RPCs, service by service.
    pub(crate) fn rpcs(&self) -> impl Iterator<Item = &Rpc> {
        self.services.iter().flat_map(|service| &service.rpcs)
    }
}

fn rpc(pool: &DescriptorPool, method: &MethodDescriptor) -> Result<Rpc, Vec<String>> {
    let mut mistakes = Vec::new();
    if method.is_client_streaming() {
        mistakes.push("takes a stream, which no door of ours serves".to_owned());
    }
    for (message, suffix) in [(method.input(), "Request"), (method.output(), "Response")] {
        if message.full_name()
            != format!(
                "{}.{}{suffix}",
                method.parent_service().package_name(),
                method.name()
            )
        {
            mistakes.push(format!(
                "has {} where its own {}{suffix} belongs",
                message.full_name(),
                method.name()
            ));
        }
    }
    let policy = policy::read(pool, method);
    let bindings = match options::message(pool, &method.options(), "google.api.http") {
        Some(rule) => binding::read(&rule, method, &mut mistakes),
        None => Vec::new(),
    };
    let masked = masked(method, &mut mistakes);
    match policy {
        Ok(policy) => {
            let internal = matches!(policy.audience, Audience::Service(_));
            if internal && !bindings.is_empty() {
                mistakes.push("is for services and has a REST binding".to_owned());
            }
            if !internal && bindings.is_empty() {
                mistakes.push("has no REST binding (google.api.http)".to_owned());
            }
            if mistakes.is_empty() {
                return Ok(Rpc {
                    name: method.name().to_owned(),
                    path: format!("/{}/{}", method.parent_service().full_name(), method.name()),
                    comment: compile::comment(
                        &method.parent_service().parent_file(),
                        method.path(),
                    ),
                    request: method.input(),
                    response: method.output(),
                    streaming: method.is_server_streaming(),
                    policy,
                    bindings,
                    masked,
                });
            }
        }
        Err(wrong) => mistakes.extend(wrong),
    }
    Err(mistakes)
}

/// A `read_mask` names fields of the resource in the response: of its one field that is a message of ours.
fn masked(method: &MethodDescriptor, mistakes: &mut Vec<String>) -> Option<String> {
    let mask = method.input().get_field_by_name("read_mask")?;
    let is_mask = mask
        .kind()
        .as_message()
        .is_some_and(|m| m.full_name() == "google.protobuf.FieldMask");
    let response = method.output();
    let mut held = response.fields().filter(|field| {
        let ours = field
            .kind()
            .as_message()
            .is_some_and(|m| compile::ours(m.package_name()));
        ours && !field.is_map()
    });
    match (held.next(), held.next()) {
        (Some(resource), None) if is_mask && !method.is_server_streaming() => {
            Some(resource.name().to_owned())
        }
        _ => {
            mistakes.push(
                "has a read_mask, and its response is not one resource (or a list of one kind)"
                    .to_owned(),
            );
            None
        }
    }
}

/// A proto service has one audience, told by its name; `stoa.ops` names its services after what they show.
fn door(service: &ServiceDescriptor, rpcs: &[Rpc]) -> Option<String> {
    let named = if service.name().ends_with("InternalService") {
        "services"
    } else if service.name().ends_with("AdminService") {
        "staff"
    } else {
        "everybody"
    };
    let free = service.package_name().starts_with("stoa.ops.");
    let mut first = (!free).then_some(named);
    for rpc in rpcs {
        let is = match rpc.policy.audience {
            Audience::Public | Audience::Guest => "everybody",
            Audience::Staff(_) => "staff",
            Audience::Service(_) => "services",
        };
        let wanted = *first.get_or_insert(is);
        if wanted != is {
            return Some(format!("is for {wanted}, and its {} is for {is}", rpc.name));
        }
    }
    None
}

/// Two RPCs of a package with one name, and two with one REST binding: Envoy would drop the second without a word.
fn shared(services: &[Service]) -> Vec<String> {
    let mut names = BTreeMap::new();
    let mut doors = BTreeMap::new();
    let mut mistakes = Vec::new();
    for service in services {
        for rpc in &service.rpcs {
            let name = (service.descriptor.package_name(), rpc.name.as_str());
            if let Some(first) = names.insert(name, &rpc.path) {
                mistakes.push(format!("{} has the name of {first}", rpc.path));
            }
            for binding in &rpc.bindings {
                let door = (binding.verb.as_str(), binding::shape(&binding.path));
                if let Some(first) = doors.insert(door, &rpc.path) {
                    mistakes.push(format!("{} has the REST binding of {first}", rpc.path));
                }
            }
        }
    }
    mistakes
}
