//! `glue.rs`, which `stoa-rpc` includes: for each proto service a handler trait in terms of `Ctx`, message and `Error`, and the
//! tonic server that brings a call to it through `crate::unary` or `crate::server_stream`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::contract::{Contract, Rpc, Service};
use super::names;

/// The modules `order::v1` and so on with their glue.
pub(crate) fn generate(contract: &Contract) -> Result<String, std::fmt::Error> {
    let mut packages: BTreeMap<&str, Vec<&Service>> = BTreeMap::new();
    for service in &contract.services {
        packages
            .entry(service.descriptor.package_name())
            .or_default()
            .push(service);
    }
    let mut roots: BTreeMap<&str, Vec<(&str, Vec<&Service>)>> = BTreeMap::new();
    for (package, services) in packages {
        let below = package.strip_prefix("stoa.").unwrap_or(package);
        let (root, version) = below.split_once('.').unwrap_or((below, "v1"));
        roots.entry(root).or_default().push((version, services));
    }
    let mut out = String::new();
    for (root, versions) in roots {
        writeln!(
            out,
            "/// The services of `stoa.{root}`.\npub mod {} {{",
            names::ident(root)
        )?;
        for (version, services) in versions {
            writeln!(
                out,
                "/// The services of `stoa.{root}.{version}`.\npub mod {} {{",
                names::ident(version)
            )?;
            for service in services {
                handler(&mut out, service)?;
                server(&mut out, service)?;
            }
            writeln!(out, "}}")?;
        }
        writeln!(out, "}}")?;
    }
    Ok(out)
}

fn types(rpc: &Rpc) -> (String, String) {
    (
        names::message("::stoa_api", &rpc.request),
        names::message("::stoa_api", &rpc.response),
    )
}

fn handler(out: &mut String, service: &Service) -> std::fmt::Result {
    let name = service.descriptor.name();
    writeln!(
        out,
        "#[doc = {:?}]\n#[::async_trait::async_trait]",
        format!(
            "{}\n\nWhat answers `{}`.",
            service.comment,
            service.descriptor.full_name()
        )
    )?;
    writeln!(out, "pub trait {name}Handler: Send + Sync + 'static {{")?;
    for rpc in &service.rpcs {
        let (request, response) = types(rpc);
        let answer = if rpc.streaming {
            format!(
                "::futures::stream::BoxStream<'static, ::core::result::Result<{response}, ::stoa_errors::Error>>"
            )
        } else {
            response
        };
        writeln!(out, "#[doc = {:?}]", rpc.comment)?;
        writeln!(
            out,
            "async fn {}(&self, ctx: ::stoa_types::Ctx, request: {request})",
            names::field(&rpc.name)
        )?;
        writeln!(
            out,
            "-> ::core::result::Result<{answer}, ::stoa_errors::Error>;"
        )?;
    }
    writeln!(out, "}}")
}

fn server(out: &mut String, service: &Service) -> std::fmt::Result {
    let name = service.descriptor.name();
    let snake = names::snake(name);
    let module = format!(
        "::stoa_api::{}::{snake}_server",
        names::module(service.descriptor.package_name())
    );
    writeln!(
        out,
        "/// Brings calls of `{}` to `handler`.",
        service.descriptor.full_name()
    )?;
    writeln!(
        out,
        "pub fn {snake}<H: {name}Handler>(gate: crate::Gate, handler: ::std::sync::Arc<H>)"
    )?;
    writeln!(out, "-> {module}::{name}Server<{name}Glue<H>> {{")?;
    writeln!(
        out,
        "{module}::{name}Server::new({name}Glue {{ gate, handler }})\n}}"
    )?;
    writeln!(
        out,
        "/// The tonic server of `{}`; made by [`{snake}`].",
        service.descriptor.full_name()
    )?;
    writeln!(
        out,
        "pub struct {name}Glue<H> {{ gate: crate::Gate, handler: ::std::sync::Arc<H> }}"
    )?;
    writeln!(out, "impl<H> ::core::fmt::Debug for {name}Glue<H> {{")?;
    writeln!(
        out,
        "fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {{ f.write_str(\"{name}Glue\") }}\n}}"
    )?;
    writeln!(
        out,
        "#[::tonic::async_trait]\nimpl<H: {name}Handler> {module}::{name} for {name}Glue<H> {{"
    )?;
    for rpc in &service.rpcs {
        method(out, rpc)?;
    }
    writeln!(out, "}}")
}

fn method(out: &mut String, rpc: &Rpc) -> std::fmt::Result {
    let (request, response) = types(rpc);
    let method = names::field(&rpc.name);
    let (answer, through) = if rpc.streaming {
        let stream = format!(
            "::futures::stream::BoxStream<'static, ::core::result::Result<{response}, ::tonic::Status>>"
        );
        writeln!(out, "type {}Stream = {stream};", rpc.name)?;
        (stream, "crate::server_stream")
    } else {
        (response, "crate::unary")
    };
    writeln!(
        out,
        "async fn {method}(&self, request: ::tonic::Request<{request}>)"
    )?;
    writeln!(
        out,
        "-> ::core::result::Result<::tonic::Response<{answer}>, ::tonic::Status> {{"
    )?;
    writeln!(out, "let handler = ::std::sync::Arc::clone(&self.handler);")?;
    writeln!(
        out,
        "{through}(&self.gate, request, move |ctx, message| async move {{ handler.{method}(ctx, message).await }}).await\n}}"
    )
}
