//! Every RPC that stands on a public listener has a profile for ghz, and every profile names one.

use std::collections::BTreeSet;

use anyhow::Result;
use prost_types::FileDescriptorSet;

use super::Workspace;
use crate::ghz::profile;
use crate::image;

/// What the name of a service ends with that stands on no public listener.
const INTERNAL: &str = "InternalService";

pub(super) fn find(workspace: &Workspace<'_>) -> Result<Vec<String>> {
    let methods = public(&image::load(workspace.root)?);
    let mut profiles = BTreeSet::new();
    let mut findings = Vec::new();
    for (path, read) in profile::all(workspace.root)? {
        let profile = match read {
            Ok(profile) => profile,
            Err(error) => {
                findings.push(format!("{error:#}"));
                continue;
            }
        };
        let (service, method) = profile.service_and_method();
        if path != profile::path(service, method) {
            findings.push(format!(
                "{path}: it calls {}, which stands elsewhere",
                profile.call
            ));
        }
        let faults = profile.faults();
        findings.extend(faults.into_iter().map(|fault| format!("{path}: {fault}")));
        profiles.insert((service.to_owned(), method.to_owned()));
    }
    findings.extend(compare(&methods, &profiles));
    Ok(findings)
}

/// A service and one of its methods.
type Rpc = (String, String);

/// Who is there without the other.
fn compare(methods: &BTreeSet<Rpc>, profiles: &BTreeSet<Rpc>) -> Vec<String> {
    let missing = methods.difference(profiles).map(|(service, method)| {
        let path = profile::path(service, method);
        format!("{path}: missing; {service}/{method} is public, so it has a profile")
    });
    let left_over = profiles.difference(methods).map(|(service, method)| {
        let path = profile::path(service, method);
        format!("{path}: the contract has no public {service}/{method}")
    });
    missing.chain(left_over).collect()
}

/// Every RPC of every service that is not internal.
fn public(image: &FileDescriptorSet) -> BTreeSet<Rpc> {
    let mut found = BTreeSet::new();
    for file in &image.file {
        for service in &file.service {
            if service.name().ends_with(INTERNAL) || !file.package().starts_with("stoa.") {
                continue;
            }
            let full = format!("{}.{}", file.package(), service.name());
            let methods = service.method.iter();
            found.extend(methods.map(|method| (full.clone(), method.name().to_owned())));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost_types::{FileDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto};

    fn service(name: &str, method: &str) -> ServiceDescriptorProto {
        ServiceDescriptorProto {
            name: Some(name.to_owned()),
            method: vec![MethodDescriptorProto {
                name: Some(method.to_owned()),
                ..MethodDescriptorProto::default()
            }],
            ..ServiceDescriptorProto::default()
        }
    }

    #[test]
    fn a_public_method_without_a_profile_and_a_profile_without_one_are_found() {
        let image = FileDescriptorSet {
            file: vec![FileDescriptorProto {
                package: Some("stoa.order.v1".to_owned()),
                service: vec![
                    service("OrderService", "GetOrder"),
                    service("OrderInternalService", "Hidden"),
                ],
                ..FileDescriptorProto::default()
            }],
        };
        let methods = public(&image);
        assert_eq!(methods.len(), 1);
        assert!(compare(&methods, &methods).is_empty());
        let gone = BTreeSet::from([("stoa.order.v1.OrderService".to_owned(), "Gone".to_owned())]);
        let findings = compare(&methods, &gone);
        assert_eq!(findings.len(), 2, "{findings:?}");
    }
}
