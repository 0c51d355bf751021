//! Who may call what: every RPC of the contract refuses nobody and whoever may too little, over gRPC, over REST, and from inside
//! of the process.

use std::collections::BTreeSet;

use prost::Message as _;
use stoa_api::{Audience, METHODS, Method};
use stoa_testkit::{Answer, Doors, Rest};
use tonic::Code;

use crate::samples::good;
use crate::wire::Refusal;
use crate::world::{By, World, descriptor, only_with, paths, without};

/// Somebody who may not, what he is told, and what he lacks.
type Refused = (
    &'static str,
    By,
    &'static str,
    Option<(&'static str, &'static str)>,
);

/// Everybody who may not call this RPC.
fn whoever_may_not(world: &World, method: &'static Method) -> Vec<Refused> {
    const OUT: &str = "UNAUTHENTICATED";
    const NO: &str = "PERMISSION_DENIED";
    let mut all = Vec::new();
    if method.audience != Audience::Public {
        all.push(("nobody", world.nobody(), OUT, None));
        if let Some(stranger) = world.service("stranger", method) {
            let audience = match method.audience {
                Audience::Guest => "CUSTOMER",
                Audience::Staff { .. } => "STAFF",
                _ => "SERVICE",
            };
            all.push(("a stranger", stranger, NO, Some(("audience", audience))));
        }
    }
    match method.audience {
        Audience::Public | Audience::Guest => {}
        Audience::Staff { permission } => {
            all.push((
                "a guest",
                world.guest("ann"),
                NO,
                Some(("audience", "STAFF")),
            ));
            let lacks = world.staff(&without(permission));
            all.push(("staff without", lacks, NO, Some(("permission", permission))));
        }
        Audience::Service { .. } => {
            let service = Some(("audience", "SERVICE"));
            all.push(("a guest", world.guest("ann"), NO, service));
            all.push(("the operator", world.operator(), NO, service));
        }
    }
    let unknown = world.staff("a-token-that-nobody-has-given-out");
    all.push(("an unknown token", unknown, OUT, None));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rpc_refuses_whoever_may_not() {
    let world = World::start().await;
    let before = world.books().await;
    let mut called = BTreeSet::new();
    for method in METHODS {
        let message = good(&descriptor(method).input()).encode_to_vec();
        for (who, by, reason, lacks) in whoever_may_not(&world, method) {
            let answer = world.call(by, method, None, message.clone()).await;
            let told = format!("{} by {who}: {answer:?}", method.path);
            let refusal = answer.expect_err(&told);
            let code = match reason {
                "UNAUTHENTICATED" => Code::Unauthenticated,
                _ => Code::PermissionDenied,
            };
            assert_eq!(refusal.code, code, "{told}");
            assert_eq!(
                (refusal.reason.as_str(), refusal.domain.as_str()),
                (reason, "stoa"),
                "{told}"
            );
            assert!(
                !refusal.text.is_empty() && refusal.violations.is_empty(),
                "{told}"
            );
            if let Some((name, value)) = lacks {
                assert_eq!(refusal.meta(name), Some(value), "{told}");
            }
            called.insert(method.path.to_owned());
        }
    }
    assert_eq!(called, paths());
    before.unchanged(&world.books().await, "whoever may not");
    world.stop().await;
}

/// The permission of an RPC is enough: the next thing that is wrong is told. Nothing is empty by right, so nothing is done.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_just_what_an_rpc_asks_for_is_let_in() {
    let world = World::start().await;
    for method in METHODS {
        let by = match method.audience {
            Audience::Public => world.nobody(),
            Audience::Guest => world.guest("ann"),
            Audience::Staff { permission } => world.staff(&only_with(permission)),
            Audience::Service { .. } => world.entitled(method),
        };
        let answer = world.call(by, method, None, Vec::new()).await;
        let let_in = |refusal: &Refusal| {
            !matches!(refusal.code, Code::Unauthenticated | Code::PermissionDenied)
        };
        assert!(
            answer.as_ref().err().is_none_or(let_in),
            "{}: {answer:?}",
            method.path
        );
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_is_none_is_told_from_one_that_is_unknown() {
    let world = World::start().await;
    for method in METHODS {
        let short = By::Network(world.suite.nobody().with_guest_secret("too short"));
        let answer = world.call(short, method, None, Vec::new()).await;
        let refusal = answer.expect_err(method.path);
        assert_eq!(
            (refusal.code, refusal.reason.as_str()),
            (Code::InvalidArgument, "GUEST_SECRET_MALFORMED"),
            "{}",
            method.path
        );
    }
    world.stop().await;
}

/// The problem document of a refusal.
fn is_problem(answer: &Answer, status: u16, reason: &str, told: &str) {
    let problem = answer.json();
    assert_eq!(answer.status.as_u16(), status, "{told}: {problem}");
    assert_eq!(
        answer.headers["content-type"], "application/problem+json",
        "{told}"
    );
    assert_eq!(problem["status"], status, "{told}");
    assert_eq!(problem["reason"], reason, "{told}: {problem}");
    assert_eq!(problem["domain"], "stoa", "{told}");
    assert_eq!(
        problem["instance"],
        answer.headers["x-request-id"].to_str().unwrap(),
        "{told}"
    );
    assert_eq!(
        answer.headers.contains_key("www-authenticate"),
        status == 401,
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_binding_refuses_whoever_may_not() {
    let world = World::start().await;
    let before = world.books().await;
    let rest = || world.suite.rest();
    for method in METHODS {
        let rpc = descriptor(method);
        let message = good(&rpc.input());
        let mut refused: Vec<(&str, Rest, u16)> = Vec::new();
        match method.audience {
            Audience::Service { .. } => continue,
            Audience::Public => {}
            Audience::Guest => refused.push(("nobody", rest(), 401)),
            Audience::Staff { permission } => {
                let guest = rest().with_guest_secret(&Doors::secret("ann"));
                refused.push(("nobody", rest(), 401));
                refused.push(("a guest", guest, 403));
                let lacks = rest().with_token(&without(permission));
                refused.push(("staff without", lacks, 403));
            }
        }
        let unknown = rest().with_token("a-token-that-nobody-has-given-out");
        refused.push(("an unknown token", unknown, 401));
        for (who, rest, status) in refused {
            let told = format!("{} by {who}", method.path);
            let answer = rest.send_to(&rpc, &message).await;
            let reason = match status {
                401 => "UNAUTHENTICATED",
                _ => "PERMISSION_DENIED",
            };
            is_problem(&answer, status, reason, &told);
        }
    }
    before.unchanged(&world.books().await, "whoever may not");
    world.stop().await;
}

/// What is between services has no door outside: no path of REST leads there, and neither does gRPC-Web.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_internal_has_a_door() {
    let world = World::start().await;
    let operator = world.suite.rest().with_token(world.suite.token());
    for method in METHODS.iter().filter(|method| method.internal()) {
        let answer = operator.post(method.path, &serde_json::json!({})).await;
        is_problem(&answer, 404, "METHOD_NOT_FOUND", method.path);
    }
    world.stop().await;
}
