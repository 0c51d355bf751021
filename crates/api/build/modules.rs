//! `modules.rs`: the generated files as modules, and the error reasons of each package as text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use prost_reflect::{DescriptorPool, EnumDescriptor};

use super::{Failure, compile, names};

/// Lints that generated code is not held to.
const ALLOWANCE: &str = "#[allow(missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used, clippy::expect_used, clippy::as_conversions, clippy::panic, clippy::large_futures)]";

/// One module a package, `pub mod order { pub mod v1 { .. } }`.
pub(crate) fn generate(pool: &DescriptorPool) -> Result<String, Failure> {
    let mut tree: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let packages: BTreeSet<String> = pool
        .files()
        .map(|f| f.package_name().to_owned())
        .filter(|p| compile::ours(p))
        .collect();
    for package in &packages {
        let below = package.strip_prefix("stoa.").unwrap_or(package);
        let (service, version) = below
            .split_once('.')
            .ok_or_else(|| format!("{package} has no version"))?;
        tree.entry(service).or_default().insert(version);
    }
    let mut out = String::new();
    for (service, versions) in &tree {
        writeln!(
            out,
            "/// `stoa.{service}`.\npub mod {} {{",
            names::ident(service)
        )?;
        for version in versions {
            let package = format!("stoa.{service}.{version}");
            writeln!(
                out,
                "/// `{package}`: messages, clients and servers.\n{ALLOWANCE}\npub mod {} {{",
                names::ident(version)
            )?;
            writeln!(
                out,
                "include!(concat!(env!(\"OUT_DIR\"), \"/{}\"));",
                file(&package)
            )?;
            if let Some(reasons) = pool.get_enum_by_name(&format!("{package}.ErrorReason")) {
                reason(&mut out, &package, &reasons)?;
            }
            writeln!(out, "}}")?;
        }
        writeln!(out, "}}")?;
    }
    Ok(out)
}

/// The file that prost writes for a package: `stoa.r#type.v1.rs`.
fn file(package: &str) -> String {
    let parts: Vec<String> = package.split('.').map(names::ident).collect();
    format!("{}.rs", parts.join("."))
}

fn reason(out: &mut String, package: &str, reasons: &EnumDescriptor) -> Result<(), Failure> {
    writeln!(
        out,
        "/// Why an RPC of `{package}` fails: the `reason` of its ErrorInfo.\npub mod reason {{"
    )?;
    let mut all = Vec::new();
    for value in reasons.values().filter(|value| value.number() != 0) {
        let name = value
            .name()
            .strip_prefix("ERROR_REASON_")
            .unwrap_or(value.name());
        let comment = compile::comment(&reasons.parent_file(), value.path());
        writeln!(
            out,
            "#[doc = {comment:?}]\npub const {name}: &str = {name:?};"
        )?;
        all.push(name.to_owned());
    }
    writeln!(
        out,
        "/// Every reason of this package.\npub const ALL: &[&str] = &[{}];\n}}",
        all.join(", ")
    )?;
    Ok(())
}
