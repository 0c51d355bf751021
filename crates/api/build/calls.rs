//! `calls.rs`: `impl Call` for each request message, and the method table.

use std::fmt::Write as _;
use std::time::Duration;

use super::contract::{Contract, Rpc, Service};
use super::fingerprint::Fingerprints;
use super::names;
use super::policy::Audience;

/// The table and the implementations; an error lists what cannot be fingerprinted.
pub(crate) fn generate(contract: &Contract) -> Result<String, Vec<String>> {
    let mut out = String::new();
    let mut prints = Fingerprints::new(&contract.pool);
    let mut table = Vec::new();
    for service in &contract.services {
        for rpc in &service.rpcs {
            call(&mut out, service, rpc, &mut prints).map_err(|e| vec![e.to_string()])?;
            table.push(rpc);
        }
    }
    table.sort_by(|a, b| a.path.cmp(&b.path));
    let entries = |text: &str| {
        let each = table
            .iter()
            .map(|rpc| text.replace("{}", &names::message("crate", &rpc.request)));
        each.collect::<Vec<_>>().join(",\n")
    };
    let tables = format!(
        "/// Every RPC of the contract, in the order of the paths.\n\
         pub static METHODS: &[&crate::Method] = &[\n{}\n];\n\
         /// What decodes and checks the request of each of [`METHODS`], in their order.\n\
         pub(crate) static CHECKS: &[crate::call::Check] = &[\n{}\n];\n",
        entries("<{} as crate::Call>::METHOD"),
        entries("crate::call::check::<{}>"),
    );
    out.push_str(&tables);
    out.push_str(&prints.finish()?);
    Ok(out)
}

fn call(
    out: &mut String,
    service: &Service,
    rpc: &Rpc,
    prints: &mut Fingerprints,
) -> std::fmt::Result {
    let keyed = rpc.policy.keyed;
    writeln!(
        out,
        "impl crate::Call for {} {{",
        names::message("crate", &rpc.request)
    )?;
    writeln!(
        out,
        "type Response = {};",
        names::message("crate", &rpc.response)
    )?;
    method(out, service, rpc)?;
    let read = if keyed {
        "(!self.request_id.is_empty()).then_some(self.request_id.as_str())"
    } else {
        "None"
    };
    writeln!(out, "fn request_id(&self) -> Option<&str> {{ {read} }}")?;
    let why = if keyed && has_reason(rpc) {
        "(!self.reason.is_empty()).then_some(self.reason.as_str())"
    } else {
        "None"
    };
    writeln!(out, "fn reason(&self) -> Option<&str> {{ {why} }}")?;
    let (argument, write) = if keyed {
        ("id", "self.request_id = id;")
    } else {
        ("_id", "")
    };
    writeln!(
        out,
        "fn set_request_id(&mut self, {argument}: String) {{ {write} }}"
    )?;
    validate(out, rpc)?;
    let strip = prints.strip(&rpc.request);
    if keyed || strip.is_some() {
        writeln!(
            out,
            "fn fingerprint(&self) -> [u8; 32] {{\nlet mut copy = self.clone();"
        )?;
        if keyed {
            writeln!(out, "copy.request_id.clear();")?;
        }
        if let Some(strip) = strip {
            writeln!(out, "{strip}(&mut copy);")?;
        }
        writeln!(out, "crate::call::digest(&copy)\n}}")?;
    } else {
        writeln!(
            out,
            "fn fingerprint(&self) -> [u8; 32] {{ crate::call::digest(self) }}"
        )?;
    }
    writeln!(out, "}}")
}

/// Whether the request says why, in words.
fn has_reason(rpc: &Rpc) -> bool {
    rpc.request
        .get_field_by_name("reason")
        .is_some_and(|field| !field.is_list() && field.kind() == prost_reflect::Kind::String)
}

fn validate(out: &mut String, rpc: &Rpc) -> std::fmt::Result {
    let violations = "Result<(), Vec<stoa_errors::FieldViolation>>";
    let Some(masked) = &rpc.masked else {
        return writeln!(
            out,
            "fn validate(&self) -> {violations} {{ crate::rules::violations(self) }}"
        );
    };
    writeln!(
        out,
        "const MASKED: Option<&'static str> = Some({masked:?});"
    )?;
    writeln!(
        out,
        "fn read_mask(&self) -> Option<&::prost_types::FieldMask> {{ self.read_mask.as_ref() }}"
    )?;
    writeln!(
        out,
        "fn validate(&self) -> {violations} {{ crate::mask::checked(self, crate::rules::violations(self)) }}"
    )
}

fn method(out: &mut String, service: &Service, rpc: &Rpc) -> std::fmt::Result {
    let policy = &rpc.policy;
    let optional = |text: &str| {
        if text.is_empty() {
            "None".to_owned()
        } else {
            format!("Some({text:?})")
        }
    };
    writeln!(
        out,
        "const METHOD: &'static crate::Method = &crate::Method {{"
    )?;
    writeln!(
        out,
        "path: {:?}, service: {:?}, name: {:?},",
        rpc.path,
        service.descriptor.full_name(),
        rpc.name
    )?;
    writeln!(
        out,
        "audience: {}, keyed: {},",
        audience(&policy.audience),
        policy.keyed
    )?;
    writeln!(
        out,
        "deadline_default: {}, deadline_max: {},",
        span(policy.deadline_default),
        span(policy.deadline_max)
    )?;
    writeln!(
        out,
        "priority: crate::Priority::{}, owner_field: {},",
        policy.priority,
        optional(&policy.owner_field)
    )?;
    writeln!(
        out,
        "streaming: {}, cost: {}, sunset: {},",
        rpc.streaming,
        policy.cost,
        optional(&policy.sunset)
    )?;
    writeln!(out, "}};")
}

fn audience(audience: &Audience) -> String {
    match audience {
        Audience::Public => "crate::Audience::Public".to_owned(),
        Audience::Guest => "crate::Audience::Guest".to_owned(),
        Audience::Staff(permission) => {
            format!("crate::Audience::Staff {{ permission: {permission:?} }}")
        }
        Audience::Service(callers) => {
            format!("crate::Audience::Service {{ callers: &{callers:?} }}")
        }
    }
}

fn span(span: Duration) -> String {
    format!(
        "::std::time::Duration::new({}, {})",
        span.as_secs(),
        span.subsec_nanos()
    )
}
