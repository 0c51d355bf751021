//! What each service finds when it checks itself. What a service finds broken, it is asked for a second time.

use futures::future::try_join_all;
use stoa_api::ops::v1::{CheckInvariantsRequest, InvariantCheck};

use crate::client::{Connection, Failure};

use super::diagnosis::{Check, Violation};
use super::repairs;

/// What a service's invariant is called here, where that is another name: the name says the service.
const NAMES: [(&str, &str); 5] = [
    ("orders_equal_their_events", "order_is_fold"),
    ("units_are_in_one_bucket", "order_units"),
    ("books_equal_provider", "provider_vs_books"),
    // What the sweep of the provider's list has kept belongs to the same question.
    ("provider_list_explained", "provider_vs_books"),
    ("nothing_beyond_allowed", "payments_within_allowed"),
];

/// The invariants of all services.
pub(super) async fn check(
    suite: &Connection,
    services: &[String],
    full: bool,
) -> Result<Vec<Check>, Failure> {
    let mut checks: Vec<Check> = Vec::new();
    let found = services
        .iter()
        .map(|service| service_checks(suite, service, full));
    for found in try_join_all(found).await?.into_iter().flatten() {
        merge(&mut checks, found);
    }
    Ok(checks)
}

async fn service_checks(
    suite: &Connection,
    service: &str,
    full: bool,
) -> Result<Vec<InvariantCheck>, Failure> {
    let request = CheckInvariantsRequest {
        service: service.to_owned(),
        full,
    };
    let first = suite.call(request.clone()).await?.checks;
    if first.iter().all(|check| check.violation_count == 0) {
        return Ok(first);
    }
    let second = suite.call(request).await?.checks;
    Ok(second
        .into_iter()
        .map(|second| confirmed(&first, second))
        .collect())
}

/// The second reading, without what the first did not show.
fn confirmed(first: &[InvariantCheck], mut second: InvariantCheck) -> InvariantCheck {
    let Some(first) = first.iter().find(|first| first.name == second.name) else {
        return second;
    };
    let listed = |check: &InvariantCheck| i64::try_from(check.violations.len()).unwrap_or(0);
    if listed(first) < first.violation_count || listed(&second) < second.violation_count {
        // Too many to tell them apart; what one reading does not count is no violation.
        second.violation_count = second.violation_count.min(first.violation_count);
        return second;
    }
    second.violations.retain(|again| {
        let same = |before: &stoa_api::ops::v1::Violation| before.subject == again.subject;
        first.violations.iter().any(same)
    });
    second.violation_count = listed(&second);
    second
}

/// Adds what was found to the check of its name.
fn merge(checks: &mut Vec<Check>, found: InvariantCheck) {
    let name = name(&found.name);
    let known = checks.iter().position(|check| check.name == name);
    let mut check = match known {
        Some(place) => checks.remove(place),
        None => Check::new(name),
    };
    check.examined += found.examined;
    check.rows += found.rows;
    let listed = i64::try_from(found.violations.len()).unwrap_or(0);
    for violation in found.violations {
        if !check.knows(&violation.subject) {
            check.add(Violation {
                repair: repairs::of(name, &violation.subject),
                subject: violation.subject,
                detail: violation.detail,
            });
        }
    }
    check.add_unlisted((found.violation_count - listed).max(0));
    let place = known.unwrap_or(checks.len());
    checks.insert(place, check);
}

fn name(theirs: &str) -> &str {
    let other = NAMES.iter().find(|(name, _)| *name == theirs);
    other.map_or(theirs, |(_, ours)| ours)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]

    use super::*;

    fn found(name: &str, subjects: &[&str]) -> InvariantCheck {
        InvariantCheck {
            name: name.to_owned(),
            examined: 10,
            violation_count: i64::try_from(subjects.len()).unwrap_or(0),
            violations: subjects
                .iter()
                .map(|subject| stoa_api::ops::v1::Violation {
                    subject: (*subject).to_owned(),
                    ..Default::default()
                })
                .collect(),
            ..InvariantCheck::default()
        }
    }

    #[test]
    fn what_only_one_reading_shows_does_not_count() {
        let first = [found("ledger_zero", &["a", "b"])];
        let second = confirmed(&first, found("ledger_zero", &["b", "c"]));
        assert_eq!(second.violation_count, 1);
        assert_eq!(second.violations[0].subject, "b");
    }

    #[test]
    fn two_invariants_of_one_question_are_one_check() {
        let mut checks = Vec::new();
        merge(&mut checks, found("books_equal_provider", &["op_1"]));
        merge(&mut checks, found("provider_list_explained", &["op_1"]));
        assert_eq!(checks.len(), 1);
        assert_eq!(checks[0].name, "provider_vs_books");
        assert_eq!(checks[0].examined, 20);
        assert!(checks[0].to_string().contains("1 broken"));
    }
}
