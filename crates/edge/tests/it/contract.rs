//! The real contract over REST: every binding reaches its own RPC, and no internal one is there.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use http::Request;
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use stoa_types::SystemIds;
use tonic::Status;
use tonic::service::Routes;

use crate::support::ask_of;

/// Names of every service of the contract, internal ones apart.
pub(crate) fn public() -> Vec<&'static str> {
    let services = stoa_api::pool().services().collect::<Vec<_>>();
    let names = services
        .iter()
        .map(|service| service.full_name().to_owned());
    names
        .filter(|name| name.starts_with("stoa.") && !name.ends_with("InternalService"))
        .map(|name| &*name.leak())
        .collect()
}

/// HTTP method and template of each binding of an RPC.
fn patterns(rpc: &MethodDescriptor) -> Vec<(String, String)> {
    let extension = stoa_api::pool()
        .get_extension_by_name("google.api.http")
        .unwrap();
    let options = rpc.options();
    if !options.has_extension(&extension) {
        return Vec::new();
    }
    let rule = options
        .get_extension(&extension)
        .as_message()
        .unwrap()
        .clone();
    let mut rules = vec![rule.clone()];
    if let Some(Value::List(more)) = rule.get_field_by_name("additional_bindings").as_deref() {
        rules.extend(more.iter().map(|it| it.as_message().unwrap().clone()));
    }
    rules.iter().map(pattern).collect()
}

fn pattern(rule: &DynamicMessage) -> (String, String) {
    let method = ["get", "put", "post", "delete", "patch"]
        .into_iter()
        .find(|name| rule.has_field_by_name(name))
        .unwrap();
    let path = rule
        .get_field_by_name(method)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned();
    (method.to_uppercase(), path)
}

/// A path that meets the template: `x` for each variable.
fn example(template: &str) -> String {
    let mut path = String::new();
    let mut inside = false;
    for letter in template.chars() {
        match letter {
            '{' => {
                inside = true;
                path.push('1');
            }
            '}' => inside = false,
            other if !inside => path.push(other),
            _ => {}
        }
    }
    path
}

#[test]
fn no_binding_is_at_fault_and_no_two_are_one() {
    assert_eq!(
        stoa_edge::faults(stoa_api::pool(), &public()),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn each_binding_reaches_its_own_rpc() {
    let called = Arc::new(Mutex::new(String::new()));
    let seen = Arc::clone(&called);
    let handler = move |request: Request<Body>| {
        *seen.lock().unwrap() = request.uri().path().to_owned();
        async {
            Status::unimplemented("seen")
                .into_http::<tonic::body::Body>()
                .map(Body::new)
        }
    };
    let routes = Routes::from(axum::Router::new().fallback(handler));
    let router = stoa_edge::router_of(stoa_api::pool(), routes, &public(), Arc::new(SystemIds));
    let mut count = 0;
    for service in stoa_api::pool()
        .services()
        .filter(|it| public().contains(&it.full_name()))
    {
        for rpc in service.methods() {
            for (method, template) in patterns(&rpc) {
                count += 1;
                called.lock().unwrap().clear();
                let answer = ask_of(
                    router.clone(),
                    &method,
                    &example(&template),
                    &[],
                    Body::empty(),
                )
                .await;
                let expected = format!("/{}/{}", service.full_name(), rpc.name());
                assert_eq!(
                    *called.lock().unwrap(),
                    expected,
                    "{method} {template}: {:?}",
                    answer.body
                );
                assert_eq!(answer.status, 501);
            }
        }
    }
    assert!(count > 20, "the contract has bindings: {count}");
}

#[test]
fn every_public_rpc_has_a_binding_and_no_internal_one() {
    for service in stoa_api::pool()
        .services()
        .filter(|it| it.full_name().starts_with("stoa."))
    {
        for rpc in service.methods() {
            let is_internal = service.full_name().ends_with("InternalService");
            assert_eq!(
                patterns(&rpc).is_empty(),
                is_internal,
                "{}",
                rpc.full_name()
            );
        }
    }
}
