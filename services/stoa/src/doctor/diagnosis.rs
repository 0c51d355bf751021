//! What the doctor says: one line per check, and under it what is broken and what repairs it.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::repairs;

/// Violations that the text lists per check, so that all fits one screen.
const SHOWN: usize = 3;

/// Violations that are kept per check; all are counted.
const LISTED: usize = 100;

/// One thing that is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Violation {
    /// What it concerns: an order, a sku at a location, a workflow.
    pub(super) subject: String,
    /// What is wrong.
    pub(super) detail: String,
    /// The command that repairs it, or with which to look first.
    pub(super) repair: String,
}

/// One check and what it found.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) name: String,
    ok: bool,
    /// Things looked at.
    pub(super) examined: i64,
    /// Rows read for it, those that are only added up included.
    pub(super) rows: i64,
    /// Of these, not judged: work on them goes on.
    pub(super) in_flight: i64,
    /// How many are broken; the first hundred are listed.
    pub(super) violation_count: i64,
    violations: Vec<Violation>,
}

impl Check {
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ok: true,
            examined: 0,
            rows: 0,
            in_flight: 0,
            violation_count: 0,
            violations: Vec::new(),
        }
    }

    /// Adds something broken.
    pub(super) fn add(&mut self, violation: Violation) {
        self.ok = false;
        self.violation_count += 1;
        if self.violations.len() < LISTED {
            self.violations.push(violation);
        }
    }

    /// Counts broken things that are not listed.
    pub(super) fn add_unlisted(&mut self, count: i64) {
        self.violation_count += count;
        self.ok &= count == 0;
    }

    /// Whether it has found this subject already.
    pub(super) fn knows(&self, subject: &str) -> bool {
        self.violations.iter().any(|it| it.subject == subject)
    }
}

/// All checks.
#[derive(Debug, Serialize)]
pub(super) struct Diagnosis {
    ok: bool,
    /// Whether everything was read.
    full: bool,
    /// Orders and credits over which the books were closed before: those that are not examined again unless all are.
    closed: i64,
    pub(super) checks: Vec<Check>,
}

impl Diagnosis {
    pub(super) fn new(checks: Vec<Check>, full: bool, closed: i64) -> Self {
        Self {
            ok: checks.iter().all(|check| check.ok),
            full,
            closed,
            checks,
        }
    }

    /// With one more check.
    pub(super) fn add(&mut self, check: Check) {
        self.ok &= check.ok;
        self.checks.push(check);
    }

    /// Completes the commands of this binary so that they mean the same suite.
    pub(super) fn address(&mut self, arguments: &str) {
        let checks = self.checks.iter_mut();
        for violation in checks.flat_map(|check| &mut check.violations) {
            violation.repair = repairs::address(&violation.repair, arguments);
        }
    }

    pub(super) const fn is_healthy(&self) -> bool {
        self.ok
    }

    /// Whether nothing but this check is broken.
    pub(super) fn is_healthy_but(&self, name: &str) -> bool {
        self.checks
            .iter()
            .all(|check| check.ok || check.name == name)
    }

    /// A visit in which all held, in a line.
    pub(super) fn summary(&self, took: Duration) -> String {
        let checks = self.checks.iter();
        let (examined, in_flight) = checks.fold((0, 0), |(examined, in_flight), check| {
            (examined + check.examined, check.in_flight.max(in_flight))
        });
        format!(
            "All {} checks hold: {examined} examined, {in_flight} in flight, {} ms",
            self.checks.len(),
            took.as_millis()
        )
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            writeln!(f, "{check}")?;
        }
        let broken = self.checks.iter().filter(|check| !check.ok).count();
        let all = self.checks.len();
        if !self.full {
            writeln!(
                f,
                "Begun where the books were closed over {} orders and credits; --full reads them again.",
                self.closed
            )?;
        }
        match broken {
            0 => write!(f, "All {all} checks hold."),
            _ => write!(
                f,
                "{broken} of {all} checks are broken; docs/guides/doctor.md says what each means."
            ),
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match (self.ok, self.examined) {
            (false, _) => "BROKEN",
            (true, 0) => "empty",
            (true, _) => "ok",
        };
        write!(f, "{word:6} {:31} ", self.name)?;
        match self.examined {
            0 => write!(f, "nothing to examine")?,
            examined => write!(f, "{examined:>9} examined")?,
        }
        if self.in_flight > 0 {
            write!(f, ", {} in flight", self.in_flight)?;
        }
        if self.violation_count > 0 {
            write!(f, ", {} broken", self.violation_count)?;
        }
        for violation in self.violations.iter().take(SHOWN) {
            write!(f, "\n         {}: {}", violation.subject, violation.detail)?;
            if !violation.repair.is_empty() {
                write!(f, "\n           -> {}", violation.repair)?;
            }
        }
        let shown = i64::try_from(self.violations.len().min(SHOWN)).unwrap_or(i64::MAX);
        if self.violation_count > shown {
            let more = self.violation_count - shown;
            write!(f, "\n         and {more} more: --format json lists 100")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violation(subject: &str) -> Violation {
        Violation {
            subject: subject.to_owned(),
            detail: "is wrong".to_owned(),
            repair: "stoa workflow retry wf_1".to_owned(),
        }
    }

    #[test]
    fn a_broken_check_says_what_repairs_it() {
        let mut check = Check::new("workflows_at_rest");
        check.examined = 3;
        check.add(violation("wf_1"));
        let mut diagnosis = Diagnosis::new(vec![Check::new("ledger_zero"), check], true, 0);
        diagnosis.address(" --data shop");
        let text = diagnosis.to_string();
        assert!(!diagnosis.is_healthy());
        assert!(text.contains("empty  ledger_zero"), "{text}");
        assert!(text.contains("nothing to examine"), "{text}");
        assert!(text.contains("BROKEN workflows_at_rest"), "{text}");
        assert!(
            text.contains("-> stoa workflow retry wf_1 --data shop"),
            "{text}"
        );
    }

    #[test]
    fn a_thousand_violations_fit_one_screen_and_are_all_counted() {
        let mut check = Check::new("orders_vs_stock");
        for order in 0..1_000 {
            check.add(violation(&format!("ord_{order}")));
        }
        let text = check.to_string();
        assert_eq!(text.lines().count(), 2 * SHOWN + 2);
        assert!(text.contains("and 997 more"), "{text}");
        assert_eq!(check.violations.len(), LISTED);
        assert!(check.knows("ord_99") && !check.knows("ord_100"));
    }
}
