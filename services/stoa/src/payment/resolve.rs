//! `stoa payment resolve`: what became of an operation, with the evidence for it.

use std::fmt;

use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;
use stoa_api::payment::v1::{
    OperationResolution, PaymentOperation, ResolveUnknownOperationRequest,
};

use crate::client::{Failure, Format, Report as _, Where};
use crate::status;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Resolve {
    /// The operation's id, op_..
    id: String,
    /// What became of it
    #[arg(long = "as", value_name = "OUTCOME", value_enum)]
    outcome: Outcome,
    /// The provider's own id of it; with --as succeeded
    #[arg(long, value_name = "ID", required_if_eq("outcome", "succeeded"))]
    provider_id: Option<String>,
    /// The evidence: how it is known, for the audit log
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    reason: String,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    suite: Where,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Outcome {
    /// It happened
    Succeeded,
    /// It did not happen and never will; of an undo that the provider refuses: it is written off
    Failed,
}

/// The operation as it stands.
#[derive(Debug, Serialize)]
struct Row {
    operation_id: String,
    payment_id: String,
    kind: String,
    state: String,
    provider_id: Option<String>,
    failure_code: Option<String>,
}

impl Resolve {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.suite.connect()?;
        let resolution = match self.outcome {
            Outcome::Succeeded => OperationResolution::Succeeded,
            Outcome::Failed => OperationResolution::Failed,
        };
        let request = ResolveUnknownOperationRequest {
            operation_id: self.id.clone(),
            resolution: resolution.into(),
            provider_id: self.provider_id.clone().unwrap_or_default(),
            reason: self.reason.clone(),
            ..ResolveUnknownOperationRequest::default()
        };
        let answer = suite.call(request).await;
        let answer = answer.map_err(|failure| self.advised(failure))?;
        let operation = answer.operation.ok_or_else(|| {
            Failure::Broken("the answer of the suite holds no operation".to_owned())
        })?;
        Row::new(operation).print(self.format).map(|()| status::OK)
    }

    /// The failure, and what to do next.
    fn advised(&self, failure: Failure) -> Failure {
        let suite = self.suite.arguments();
        let next = match failure.reason() {
            Some("OPERATION_NOT_FOUND") => {
                "check the id: the order's history and stoa doctor name operations".to_owned()
            }
            Some("OPERATION_STATE") => format!(
                "nothing is to be resolved: it is decided, or work on it goes on: stoa workflow list --service payment{suite}"
            ),
            Some("OPERATION_SETTLING") => {
                "wait: the provider may still carry it out, and it is asked again by itself"
                    .to_owned()
            }
            Some("PROVIDER_SAYS_OTHERWISE") => {
                "do nothing: what the provider says is recorded by itself".to_owned()
            }
            _ => return failure,
        };
        failure.with_next(&next)
    }
}

impl Row {
    fn new(operation: PaymentOperation) -> Self {
        let name = |name: &str, prefix: &str| name.trim_start_matches(prefix).to_owned();
        let some = |text: String| (!text.is_empty()).then_some(text);
        Self {
            kind: name(operation.kind().as_str_name(), "OPERATION_KIND_"),
            state: name(operation.state().as_str_name(), "OPERATION_STATE_"),
            operation_id: operation.operation_id,
            payment_id: operation.payment_id,
            provider_id: some(operation.provider_id),
            failure_code: some(operation.failure_code),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let none = || "-".to_owned();
        writeln!(f, "operation    {}", self.operation_id)?;
        writeln!(f, "payment      {}", self.payment_id)?;
        writeln!(f, "kind         {}", self.kind)?;
        writeln!(f, "state        {}", self.state)?;
        writeln!(
            f,
            "provider id  {}",
            self.provider_id.clone().unwrap_or_else(none)
        )?;
        write!(
            f,
            "failure      {}",
            self.failure_code.clone().unwrap_or_else(none)
        )
    }
}
