//! The rules of money, pure: values, sums, state machines and decisions over loaded rows.

pub(crate) mod action;
pub(crate) mod book;
pub(crate) mod ledger;
pub(crate) mod operation;
pub(crate) mod payment;
pub(crate) mod refusal;
pub(crate) mod room;
pub(crate) mod sums;
#[cfg(test)]
mod tests;
pub(crate) mod verdict;

pub(crate) use action::{ACTION_ABANDONED, ACTION_CANCELED, Action, ActionKind, Flow};
pub(crate) use book::{Book, Change, NewOperation};
pub(crate) use ledger::Account;
pub(crate) use operation::{Operation, OperationKind, OperationState};
pub(crate) use payment::{IntentKind, Payment, PaymentState};
pub(crate) use refusal::Refusal;
pub(crate) use room::Terms;
pub(crate) use sums::Sums;
pub(crate) use verdict::Verdict;
