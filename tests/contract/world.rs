//! A running suite with callers of every kind.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use stoa_api::{Audience, METHODS, Method, pool};
use stoa_rpc::{Peer, StaffToken};
use stoa_testkit::{Builder, Caller, Suite, TestClock};
use stoa_types::Permissions;

use crate::books::Books;
use crate::taps;
use crate::wire::{self, Refusal};

/// Every permission that an RPC asks for.
pub(crate) static PERMISSIONS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let audiences = METHODS.iter().map(|method| method.audience);
    audiences
        .filter_map(|audience| match audience {
            Audience::Staff { permission } => Some(permission),
            _ => None,
        })
        .collect()
});

/// Somebody who calls.
#[derive(Clone)]
pub(crate) enum By {
    /// Over the network.
    Network(Caller),
    /// From inside of the process.
    Inside(Peer),
}

pub(crate) struct World {
    pub(crate) suite: Suite,
    pub(crate) clock: TestClock,
}

impl World {
    pub(crate) async fn start() -> Self {
        let clock = TestClock::default();
        // Nothing is to change by itself while a test looks.
        let mut builder = Builder::new(taps::suite())
            .clock(clock.clone())
            .set("payment.sweep_every", "240h")
            .set("inventory.sweep_every", "1h");
        for permission in PERMISSIONS.iter() {
            let others = PERMISSIONS.iter().filter(|other| *other != permission);
            let others: Permissions = others.copied().collect();
            let only: Permissions = [*permission].into_iter().collect();
            builder = builder
                .staff(StaffToken::new("lacks", &without(permission), others))
                .staff(StaffToken::new("clerk", &only_with(permission), only));
        }
        let suite = builder.start().await;
        Self { suite, clock }
    }

    pub(crate) async fn stop(self) {
        self.suite.stop().await;
    }

    pub(crate) fn nobody(&self) -> By {
        By::Network(self.suite.nobody())
    }

    pub(crate) fn guest(&self, name: &str) -> By {
        By::Network(self.suite.guest(name))
    }

    pub(crate) fn operator(&self) -> By {
        By::Network(self.suite.staff())
    }

    /// Staff with this token.
    pub(crate) fn staff(&self, token: &str) -> By {
        By::Network(self.suite.nobody().with_token(token))
    }

    /// The service `caller` of this process, calling the service of this RPC; none when the RPC is the chassis' own.
    pub(crate) fn service(&self, caller: &'static str, method: &Method) -> Option<By> {
        let service = method.package().split('.').nth(1)?;
        let services = ["catalog", "pricing", "inventory", "payment", "order"];
        let service = services.into_iter().find(|name| *name == service)?;
        let peers = taps::peers(self.suite.data(), caller);
        Some(By::Inside(peers.get(service).expect("a declared peer")))
    }

    /// Somebody who may call it.
    pub(crate) fn entitled(&self, method: &Method) -> By {
        match method.audience {
            Audience::Service { callers } => {
                assert_eq!(callers, ["order"], "{}: no other is tapped", method.path);
                let order = self.service("order", method);
                order.expect("an RPC of a service")
            }
            _ => self.operator(),
        }
    }

    /// Calls with bytes.
    pub(crate) async fn call(
        &self,
        by: By,
        method: &'static Method,
        key: Option<&str>,
        message: impl Into<Bytes>,
    ) -> Result<Bytes, Refusal> {
        match by {
            By::Network(caller) => wire::call(caller, method, key, message.into()).await,
            By::Inside(peer) => wire::call(peer, method, key, message.into()).await,
        }
    }

    /// Calls with a message that must be refused.
    pub(crate) async fn refused(
        &self,
        by: By,
        method: &'static Method,
        message: &DynamicMessage,
    ) -> Refusal {
        let answer = self.call(by, method, None, message.encode_to_vec()).await;
        match answer {
            Err(refusal) => refusal,
            Ok(_) => panic!("{} takes {message}", method.path),
        }
    }

    /// Everything stored, when nothing moves any more.
    pub(crate) async fn books(&self) -> Books {
        Books::at_rest(self.suite.data()).await
    }
}

/// The token of one who may do everything but this.
pub(crate) fn without(permission: &str) -> String {
    format!("token-of-one-who-lacks-{permission}")
}

/// The token of one who may do this alone.
pub(crate) fn only_with(permission: &str) -> String {
    format!("token-of-one-who-has-only-{permission}")
}

/// The RPC in the descriptor set.
pub(crate) fn descriptor(method: &Method) -> MethodDescriptor {
    let service = pool().get_service_by_name(method.service);
    let mut rpcs = service.expect("a service").methods().collect::<Vec<_>>();
    rpcs.retain(|rpc| rpc.name() == method.name);
    rpcs.pop().expect("an RPC")
}

/// The paths of all RPCs of the descriptor set, whatever the method table says.
pub(crate) fn paths() -> BTreeSet<String> {
    let services = pool().services();
    let services = services.filter(|service| service.package_name().starts_with("stoa."));
    let of = |service: prost_reflect::ServiceDescriptor| {
        let rpcs = service.methods();
        let paths = rpcs.map(|rpc| format!("/{}/{}", service.full_name(), rpc.name()));
        paths.collect::<Vec<_>>()
    };
    services.flat_map(of).collect()
}

/// The reasons that the contract documents.
pub(crate) fn reasons() -> BTreeSet<String> {
    let enums = pool().all_enums();
    let enums = enums.filter(|found| found.full_name().ends_with(".ErrorReason"));
    let values = enums.flat_map(|found| {
        let names = found.values().map(|value| value.name().to_owned());
        names.collect::<Vec<_>>()
    });
    values
        .filter_map(|name| name.strip_prefix("ERROR_REASON_").map(str::to_owned))
        .collect()
}

/// The message with this text in a field of its own.
pub(crate) fn with_text(mut message: DynamicMessage, field: &str, text: &str) -> DynamicMessage {
    message.set_field_by_name(field, Value::String(text.to_owned()));
    message
}

/// The message without its key.
pub(crate) fn keyless(mut message: DynamicMessage) -> DynamicMessage {
    message.clear_field_by_name("request_id");
    message
}
