//! One page of docs/errors, as Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::reasons::{CODES, Use};

/// The page of one reason; every package that uses it has a section.
pub(super) fn render(reason: &str, uses: &[Use]) -> String {
    let mut text = format!(
        "<!-- Written by `cargo xtask docs-errors` from the comments in proto/. Change it there. -->\n\n# {reason}\n"
    );
    for one in uses {
        section(&mut text, reason, one);
    }
    text
}

fn section(text: &mut String, reason: &str, one: &Use) {
    let service = one.package.split('.').nth(1).unwrap_or_default();
    put(
        text,
        format_args!("\n## {service} (`{}`)\n\n{}\n\n", one.package, one.meaning),
    );
    if let Some(example) = &one.example {
        put(text, format_args!("For example: {example}\n\n"));
    }
    put(text, format_args!("**What to do:** {}\n\n", one.remedy));
    put(text, format_args!("| by | answer |\n|---|---|\n"));
    for code in &one.codes {
        let status = status(code, reason);
        // One status is REST's alone.
        if status != 405 {
            put(
                text,
                format_args!(
                    "| gRPC | `{code}`, ErrorInfo `{{reason: \"{reason}\", domain: \"stoa\"}}` |\n"
                ),
            );
        }
        put(
            text,
            format_args!(
                "| REST | HTTP {status}, `application/problem+json`, `\"reason\": \"{reason}\"` |\n"
            ),
        );
    }
    if !one.rpcs.is_empty() {
        let rpcs: Vec<String> = one.rpcs.iter().map(|rpc| format!("`{rpc}`")).collect();
        put(text, format_args!("\nAnswered by {}.\n", rpcs.join(", ")));
    }
}

/// The list of all reasons.
pub(super) fn index(reasons: &BTreeMap<String, Vec<Use>>) -> String {
    let mut text = String::from(
        "<!-- Written by `cargo xtask docs-errors` from the comments in proto/. Change it there. -->\n\n# Errors\n\n\
         Every error carries a `google.rpc.ErrorInfo` with a reason of this list and the domain `stoa`; REST answers the same\n\
         as RFC 9457 problem details. Whether a retry helps is said by `RetryInfo` (REST: `Retry-After`) and by nothing else.\n\n\
         | reason | code | services | what it means |\n|---|---|---|---|\n",
    );
    for (reason, uses) in reasons {
        let codes: BTreeSet<&str> = uses
            .iter()
            .flat_map(|one| &one.codes)
            .map(String::as_str)
            .collect();
        let codes: Vec<&str> = codes.into_iter().collect();
        let services: Vec<&str> = uses
            .iter()
            .filter_map(|one| one.package.split('.').nth(1))
            .collect();
        let meaning = uses.first().map_or("", |one| one.meaning.as_str());
        put(
            &mut text,
            format_args!(
                "| [{reason}]({reason}.md) | {} | {} | {meaning} |\n",
                codes.join(", "),
                services.join(", ")
            ),
        );
    }
    text
}

/// Writing to a `String` cannot fail.
fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(arguments);
}

/// The status of the REST edge; a message that is too large has one of its own.
fn status(code: &str, reason: &str) -> u16 {
    if reason == "MESSAGE_TOO_LARGE" {
        return 413;
    }
    CODES
        .iter()
        .find(|(name, _)| *name == code)
        .map_or(500, |(_, status)| *status)
}
