//! The arrows between the crates: types <- errors <- {store, rpc (with api)}; store <- {events, workflow};
//! all of them <- chassis <- services <- stoa.

use anyhow::Result;

use super::Workspace;
use super::metadata::{Dependency, Package};

/// A crate of the workspace, whom it may depend on, and why.
struct Arrow {
    from: &'static str,
    to: &'static [&'static str],
    why: &'static str,
}

/// What every service may build on. Never another service.
const SERVICE: &[&str] = &[
    "stoa-types",
    "stoa-errors",
    "stoa-api",
    "stoa-rpc",
    "stoa-store",
    "stoa-events",
    "stoa-workflow",
    "stoa-config",
    "stoa-telemetry",
    "stoa-chassis",
];

const SERVICE_WHY: &str = "a service stands on the chassis and never on another service: what it needs of one is a call or an event";

/// The services, as packages.
pub(crate) const SERVICES: &[&str] = &[
    "stoa-catalog",
    "stoa-pricing",
    "stoa-inventory",
    "stoa-order",
    "stoa-payment",
];

const ARROWS: &[Arrow] = &[
    Arrow {
        from: "stoa-types",
        to: &[],
        why: "values that everyone shares know nobody",
    },
    Arrow {
        from: "stoa-config",
        to: &[],
        why: "a leaf: loading settings needs no idea of what they are for",
    },
    Arrow {
        from: "stoa-telemetry",
        to: &[],
        why: "a leaf: what is told of must not depend on who tells it",
    },
    Arrow {
        from: "stoa-errors",
        to: &["stoa-types"],
        why: "errors carry values, and no transport",
    },
    Arrow {
        from: "stoa-api",
        to: &["stoa-types", "stoa-errors"],
        why: "the contract converts to types and names field violations",
    },
    Arrow {
        from: "stoa-rpc",
        to: &["stoa-api", "stoa-errors", "stoa-types", "stoa-telemetry"],
        why: "the transport knows the contract and errors, and no storage",
    },
    Arrow {
        from: "stoa-store",
        to: &["stoa-errors", "stoa-types", "stoa-telemetry"],
        why: "storage knows neither contract nor transport",
    },
    Arrow {
        from: "stoa-events",
        to: &[
            "stoa-api",
            "stoa-store",
            "stoa-errors",
            "stoa-types",
            "stoa-telemetry",
        ],
        why: "events are contract messages kept in the store; they travel by the bus, not by rpc",
    },
    Arrow {
        from: "stoa-workflow",
        to: &["stoa-store", "stoa-errors", "stoa-types", "stoa-telemetry"],
        why: "durable work is rows and time; what a step does is its owner's affair",
    },
    Arrow {
        from: "stoa-edge",
        to: &["stoa-api", "stoa-rpc", "stoa-errors", "stoa-types"],
        why: "REST is another door to the same routes and knows no service",
    },
    Arrow {
        from: "stoa-chassis",
        to: &[
            "stoa-types",
            "stoa-errors",
            "stoa-api",
            "stoa-rpc",
            "stoa-store",
            "stoa-events",
            "stoa-workflow",
            "stoa-edge",
            "stoa-telemetry",
            "stoa-config",
        ],
        why: "the run loop puts the crates together and knows no service",
    },
    Arrow {
        from: "stoa-sandbox",
        to: &[
            "stoa-types",
            "stoa-errors",
            "stoa-store",
            "stoa-config",
            "stoa-telemetry",
        ],
        why: "the outside world is not one of us: it shares the store and speaks over real sockets",
    },
    Arrow {
        from: "stoa-testdb",
        to: &["stoa-types", "stoa-store"],
        why: "it says where a test's databases stand, opens them, and knows no table",
    },
    Arrow {
        from: "stoa-testkit",
        to: &[
            "stoa-types",
            "stoa-errors",
            "stoa-api",
            "stoa-rpc",
            "stoa-store",
            "stoa-events",
            "stoa-workflow",
            "stoa-edge",
            "stoa-telemetry",
            "stoa-config",
            "stoa-chassis",
            "stoa-sandbox",
            "stoa-testdb",
        ],
        why: "tests may drive every crate; only tests depend on it",
    },
    Arrow {
        from: "stoa-loadtest",
        to: &[
            "stoa-api",
            "stoa-chassis",
            "stoa-errors",
            "stoa-store",
            "stoa-telemetry",
            "stoa-types",
            "stoa-workflow",
        ],
        why: "the load measures from outside: the contract, and where a process of a data folder listens; a bare workflow is run in its own process",
    },
    Arrow {
        from: "xtask",
        to: &[],
        why: "a developer's command builds at once and works on a broken tree",
    },
];

/// The crate that tests alone may name. (So may `stoa-testdb`, which no arrow but this one's reaches.)
const TESTKIT: &str = "stoa-testkit";

/// The only packages that reach several services: the suite, and the tests of the whole suite.
const SUITES: [&str; 2] = ["stoa", "stoa-tests"];

pub(super) fn find(workspace: &Workspace<'_>) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for package in &workspace.metadata.packages {
        let own: Vec<&Dependency> = package
            .dependencies
            .iter()
            .filter(|dependency| workspace.metadata.package(&dependency.name).is_some())
            .collect();
        if SUITES.contains(&package.name.as_str()) {
            findings.extend(
                own.iter()
                    .filter_map(|dependency| testkit_outside_tests(package, dependency)),
            );
            continue;
        }
        let Some((to, why)) = arrow(&package.name) else {
            findings.push(format!(
                "{}: a crate that the table of arrows does not know; say in xtask/src/check/dependencies.rs whom it may depend on and why",
                package.name
            ));
            continue;
        };
        for dependency in own {
            findings.extend(testkit_outside_tests(package, dependency));
            findings.extend(against_the_arrow(package, dependency, to, why));
        }
    }
    Ok(findings)
}

fn arrow(name: &str) -> Option<(&'static [&'static str], &'static str)> {
    if SERVICES.contains(&name) {
        return Some((SERVICE, SERVICE_WHY));
    }
    ARROWS
        .iter()
        .find(|arrow| arrow.from == name)
        .map(|arrow| (arrow.to, arrow.why))
}

fn testkit_outside_tests(package: &Package, dependency: &Dependency) -> Option<String> {
    let outside = dependency.name == TESTKIT && dependency.kind.as_deref() != Some("dev");
    outside.then(|| {
        format!(
            "{} -> {TESTKIT}: only a dev-dependency may name it",
            package.name
        )
    })
}

fn against_the_arrow(
    package: &Package,
    dependency: &Dependency,
    to: &[&str],
    why: &str,
) -> Option<String> {
    let is_dev = dependency.kind.as_deref() == Some("dev");
    let name = dependency.name.as_str();
    // A test may reach across (testkit, another crate of ours), but never into a service.
    let allowed = to.contains(&name)
        || name == TESTKIT
        || (is_dev && !SERVICES.contains(&name) && !SUITES.contains(&name));
    (!allowed).then(|| format!("{} -> {name}: against the arrows ({why})", package.name))
}
