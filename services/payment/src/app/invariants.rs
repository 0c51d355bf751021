//! What payment can check alone: its books in one read transaction, chunk by chunk; its books against the provider's list; its
//! closing rows.
//!
//! Read in full, all payments and the whole list are looked at. Otherwise those payments are that have changed since they were
//! found in order, and the list behind the position up to which it was compared then.

use std::collections::HashSet;
use std::time::Duration;

use stoa_api::ops::v1::{InvariantCheck, Violation};
use stoa_errors::Error;
use stoa_store::StoreError;
use stoa_types::{OperationId, PaymentId, Timestamp};

use super::operate::Operations;
use crate::domain::OperationState;
use crate::provider::{Found as There, ProviderError, Record};
use crate::store::audit::{self, Breach, Counts, Found, Invariant, Which};
use crate::store::closing::{self, Closings};
use crate::store::sweep::{self, Known};

/// How long an operation may be without a result before the doctor speaks of it, beyond the
/// provider's settle window.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a reservation lives when the provider does not say.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
/// Violations that are listed; all are counted.
const LISTED: usize = 100;
/// Payments looked at by one statement.
const CHUNK: usize = 500;
const PROVIDER_PAGE: u32 = 1_000;

/// Runs all checks.
pub(super) async fn check(
    operations: &Operations,
    full: bool,
) -> Result<Vec<InvariantCheck>, Error> {
    let capabilities = operations.capabilities().await.ok();
    let settle = capabilities.map_or(Duration::ZERO, |terms| terms.settle_window);
    let lifetime = capabilities.map_or(WEEK, |terms| terms.auth_lifetime);
    let closings = Closings::load(&operations.db).await?;
    let provider = operations.provider.name();
    // Read first: what lies up to here the sweep has compared already, and mended what it could.
    let swept = sweep::cursor(&operations.db, provider).await?;
    let list = List {
        from: if full { 0 } else { closings.list(provider) },
        swept,
        before: operations.clock.now().minus(settle),
    };
    let which = if full { Which::All } else { Which::Open };
    let (mut checks, payments) = books(operations, which, (settle, lifetime, list)).await?;
    let theirs = list.compare(operations, which, &payments).await;
    checks.push(theirs?);
    checks.push(closing_rows(operations, &closings, full).await?);
    Ok(checks)
}

/// The invariants of the books, and which payments were looked at where those are few.
async fn books(
    operations: &Operations,
    which: Which,
    (settle, lifetime, list): (Duration, Duration, List),
) -> Result<(Vec<InvariantCheck>, Vec<PaymentId>), Error> {
    const OF_PAYMENTS: [Invariant; 4] = [
        Invariant::LedgerZero,
        Invariant::LedgerComplete,
        Invariant::Sums,
        Invariant::Excess,
    ];
    let now = operations.clock.now();
    let snapshot = operations.db.snapshot().await?;
    let (mut counts, mut looked, mut after) = (Counts::default(), Vec::new(), None);
    let mut found: [Found; 4] = Default::default();
    loop {
        let chunk = audit::payments_after(&snapshot, which, after, CHUNK).await?;
        let Some(last) = chunk.last() else { break };
        after = Some(last.id);
        let chunk: Vec<PaymentId> = chunk.iter().map(|payment| payment.id).collect();
        counts.add(audit::counts(&snapshot, &chunk).await?);
        for (invariant, found) in OF_PAYMENTS.into_iter().zip(&mut found) {
            found.add(audit::check(&snapshot, invariant, &chunk).await?);
        }
        if which == Which::Open {
            looked.extend(chunk);
        }
    }
    let [zero, complete, sums, excess] = found;
    let known = Invariant::Known(now.minus(PATIENCE + settle));
    let known = audit::check(&snapshot, known, &[]).await?;
    let lapsed = Invariant::Lapsed(now.minus(lifetime));
    let lapsed = audit::check(&snapshot, lapsed, &[]).await?;
    let explained = audit::check(&snapshot, Invariant::Explained, &[]).await?;
    let Counts {
        payments,
        operations,
        entries,
        moved,
        authorized,
    } = counts;
    let checks = vec![
        result("ledger_zero", (moved, entries), zero),
        result(
            "ledger_complete",
            (operations, operations + entries),
            complete,
        ),
        result(
            "sums_equal_operations",
            (payments, payments + operations),
            sums,
        ),
        result("nothing_beyond_allowed", (payments, payments), excess),
        result("results_known", (operations, known.total), known),
        result("reservations_alive", (authorized, authorized), lapsed),
        result(
            "provider_list_explained",
            (list.swept - list.from, explained.total),
            explained,
        ),
    ];
    Ok((checks, looked))
}

/// The part of the provider's list that is compared.
#[derive(Clone, Copy)]
struct List {
    /// Behind this position.
    from: i64,
    /// Up to this one; what lies behind it the sweep has not come to, and may still mend where it differs.
    swept: i64,
    /// What we hold for done for less than the settle window may not stand there yet.
    before: Timestamp,
}

impl List {
    /// Our books and the provider's, both ways, for what is older than the settle window.
    async fn compare(
        self,
        operations: &Operations,
        which: Which,
        payments: &[PaymentId],
    ) -> Result<InvariantCheck, Error> {
        const NAME: &str = "books_equal_provider";
        let mut found = Found::default();
        let compared = async {
            let theirs = self.theirs(operations, &mut found).await?;
            let ours = self.ours(operations, which, payments).await?;
            let rows = theirs.swept + length(ours.len());
            for id in ours.into_iter().filter(|id| !theirs.listed.contains(id)) {
                // It may stand before the part that was read.
                let there = operations.provider.find_by_reference(&id.to_string()).await;
                let done =
                    matches!(there?, Some(There::Settled(entry)) if entry.declined.is_none());
                if !done {
                    let detail = "our books say done, the provider knows nothing of it";
                    add(&mut found, id.to_string(), detail.to_owned());
                }
            }
            Ok((rows + theirs.ahead, rows))
        };
        let counted = match compared.await {
            Ok(counted) => counted,
            Err(Incomparable::Provider(error)) => {
                found = Found::default();
                let provider = operations.provider.name().to_owned();
                add(&mut found, provider, format!("cannot be compared: {error}"));
                (0, 0)
            }
            Err(Incomparable::Books(error)) => return Err(error.into()),
        };
        Ok(result(NAME, counted, found))
    }

    /// Compares each entry of the list with our books.
    async fn theirs(
        self,
        operations: &Operations,
        found: &mut Found,
    ) -> Result<Listed, Incomparable> {
        let (mut theirs, mut after) = (Listed::default(), self.from);
        loop {
            let page = operations.provider.list_after(after, PROVIDER_PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(theirs);
            };
            after = last.position;
            let known = sweep::known(&operations.db, operations.provider.name(), &page).await?;
            for entry in &page {
                let reference = entry.reference.parse::<OperationId>();
                theirs.listed.extend(reference.ok());
                let ours = known.of(entry).map(|(_, ours)| ours);
                let agrees = agrees(entry, ours);
                if entry.position <= self.swept {
                    theirs.swept += 1;
                    if !agrees {
                        differ(found, entry, ours);
                    }
                } else if agrees {
                    theirs.ahead += 1;
                }
            }
        }
    }

    /// What our books hold for done: of all payments, or of these.
    async fn ours(
        self,
        operations: &Operations,
        which: Which,
        payments: &[PaymentId],
    ) -> Result<Vec<OperationId>, StoreError> {
        let (db, mut done) = (&operations.db, Vec::new());
        if which == Which::Open {
            for chunk in payments.chunks(CHUNK) {
                done.extend(audit::succeeded_of(db, chunk, self.before).await?);
            }
            return Ok(done);
        }
        loop {
            let page = audit::succeeded(db, self.before, done.last().copied()).await?;
            if page.is_empty() {
                return Ok(done);
            }
            done.extend(page);
        }
    }
}

/// What was found in the provider's list.
#[derive(Default)]
struct Listed {
    /// Operations of ours that stand there.
    listed: HashSet<OperationId>,
    /// Entries that the sweep has come to.
    swept: i64,
    /// Later ones that are as our books say; they are read again by the next visit.
    ahead: i64,
}

/// Why the books could not be compared with the provider's.
#[derive(Debug, thiserror::Error)]
enum Incomparable {
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error(transparent)]
    Books(#[from] StoreError),
}

/// Whether an entry of the provider's list is as our books say.
fn agrees(entry: &Record, ours: Option<&Known>) -> bool {
    let succeeded = entry.declined.is_none();
    // What nobody here asked for and the provider declined has no effect.
    ours.map_or(!succeeded && entry.about.is_some(), |ours| {
        let done = ours.state == OperationState::Succeeded;
        let open = ours.state.is_open();
        (open || done == succeeded) && ours.amount == entry.amount_minor
    })
}

/// Notes an entry that is not.
fn differ(found: &mut Found, entry: &Record, ours: Option<&Known>) {
    let ours = ours.map_or("nothing", |ours| ours.state.name());
    let theirs = entry.declined.as_ref().map_or("done", |_| "declined");
    add(
        found,
        entry.reference.clone(),
        format!("the provider says {theirs}, our books say {ours}"),
    );
}

/// The closing rows are as they were sealed, and those of a currency add up to nothing; read in full, they are the sums of what
/// they stand for.
async fn closing_rows(
    operations: &Operations,
    closings: &Closings,
    full: bool,
) -> Result<InvariantCheck, Error> {
    let mut found = Found::default();
    for row in &closings.broken {
        let detail = "the closing row is not as it was sealed".to_owned();
        add(&mut found, format!("payment: {row}"), detail);
    }
    let mut rows = closings.rows();
    if full && closings.broken.is_empty() {
        let sums = closing::sums(&operations.db.snapshot().await?).await?;
        rows += sums.values().map(|(_, entries)| entries).sum::<i64>();
        let keys: HashSet<_> = sums.keys().chain(closings.sums.keys()).collect();
        for key in keys {
            let (says, comes) = (closings.sums.get(key), sums.get(key));
            if says.copied().unwrap_or_default() != comes.copied().unwrap_or_default() {
                let detail = format!(
                    "the closing row says {says:?} (amount, entries), the ledger comes to {comes:?}"
                );
                add(&mut found, format!("payment: {} {}", key.0, key.1), detail);
            }
        }
    }
    Ok(result("closing_rows", (closings.rows(), rows), found))
}

fn add(found: &mut Found, subject: String, detail: String) {
    found.total += 1;
    if found.breaches.len() < LISTED {
        found.breaches.push(Breach { subject, detail });
    }
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn result(name: &str, (examined, rows): (i64, i64), found: Found) -> InvariantCheck {
    let breaches = found.breaches.into_iter().take(LISTED);
    InvariantCheck {
        name: name.to_owned(),
        examined,
        rows,
        violation_count: found.total,
        violations: breaches
            .map(|breach| Violation {
                subject: breach.subject,
                detail: breach.detail,
                repair: String::new(),
            })
            .collect(),
        ..InvariantCheck::default()
    }
}
