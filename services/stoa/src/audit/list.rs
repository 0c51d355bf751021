//! `stoa audit list`: the entries of one service or of all, the newest first.

use std::cmp::Reverse;
use std::fmt;

use serde::Serialize;
use stoa_api::convert::timestamp;
use stoa_api::ops::v1::{AuditEntry, GetInfoRequest, ListAuditEntriesRequest};

use crate::client::{Connection, Failure, Format, Report as _, Where};
use crate::status;

/// Entries that one page brings at most.
const PAGE: usize = 1_000;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// The service whose entries they are [default: all]
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Only what was done to this, such as an order's id
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    subject: String,
    /// Only what this actor did, such as staff:operator
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    actor: String,
    /// How many entries at most
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    limit: u32,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    suite: Where,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Found {
    count: usize,
    /// Whether there are older ones.
    more: bool,
    entries: Vec<Row>,
}

/// One entry of one service.
#[derive(Debug, Serialize)]
struct Row {
    time: Option<String>,
    service: String,
    actor: String,
    acting_for: Option<String>,
    action: String,
    subject: Option<String>,
    outcome: String,
    reason: Option<String>,
    call_id: String,
    entry_id: String,
    #[serde(skip)]
    micros: i64,
}

impl Row {
    fn new(service: &str, entry: AuditEntry) -> Self {
        let time = entry.create_time.as_ref();
        let time = time.and_then(|time| timestamp("create_time", time).ok());
        let some = |text: String| (!text.is_empty()).then_some(text);
        Self {
            time: time.map(|time| time.to_string()),
            service: service.to_owned(),
            actor: entry.actor,
            acting_for: some(entry.acting_for),
            action: entry.action,
            subject: some(entry.subject),
            outcome: entry.outcome,
            reason: some(entry.reason),
            call_id: entry.call_id,
            entry_id: entry.entry_id,
            micros: time.map_or(0, |time| time.micros()),
        }
    }

    /// The RPC without the package: `OrderService/CancelOrder`.
    fn rpc(&self) -> &str {
        self.action.rsplit('.').next().unwrap_or(&self.action)
    }
}

impl List {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.suite.connect()?;
        let services = match &self.service {
            Some(name) => vec![name.clone()],
            None => {
                let info = suite.call(GetInfoRequest {}).await?;
                info.services.into_iter().map(|it| it.name).collect()
            }
        };
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let mut entries = Vec::new();
        let mut more = false;
        for service in services {
            more |= self.read(&suite, &service, limit, &mut entries).await?;
        }
        entries.sort_by_key(|row| Reverse(row.micros));
        more |= entries.len() > limit;
        entries.truncate(limit);
        let found = Found {
            count: entries.len(),
            more,
            entries,
        };
        found.print(self.format).map(|()| status::OK)
    }

    /// Adds the newest entries of a service, page by page; says whether there are older ones.
    async fn read(
        &self,
        suite: &Connection,
        service: &str,
        limit: usize,
        entries: &mut Vec<Row>,
    ) -> Result<bool, Failure> {
        let mut request = ListAuditEntriesRequest {
            service: service.to_owned(),
            subject: self.subject.clone(),
            actor: self.actor.clone(),
            ..ListAuditEntriesRequest::default()
        };
        let mut left = limit;
        while left > 0 {
            request.page_size = i32::try_from(left.min(PAGE)).unwrap_or(i32::MAX);
            let page = suite.call(request.clone()).await?;
            left = left.saturating_sub(page.entries.len());
            entries.extend(page.entries.into_iter().map(|it| Row::new(service, it)));
            if page.next_page_token.is_empty() {
                return Ok(false);
            }
            request.page_token = page.next_page_token;
        }
        Ok(true)
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.entries.is_empty() {
            return write!(f, "no entries");
        }
        writeln!(
            f,
            "{:27} {:9} {:20} {:42} {:30} {:20} REASON",
            "TIME", "SERVICE", "ACTOR", "ACTION", "SUBJECT", "OUTCOME"
        )?;
        for row in &self.entries {
            let actor = match &row.acting_for {
                Some(whom) => format!("{} for {whom}", row.actor),
                None => row.actor.clone(),
            };
            writeln!(
                f,
                "{:27} {:9} {actor:20} {:42} {:30} {:20} {}",
                row.time.as_deref().unwrap_or("-"),
                row.service,
                row.rpc(),
                row.subject.as_deref().unwrap_or("-"),
                row.outcome,
                row.reason.as_deref().unwrap_or("-")
            )?;
        }
        if self.more {
            writeln!(f, "there are older ones: --limit takes more")?;
        }
        Ok(())
    }
}
