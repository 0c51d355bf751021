//! What the suite holds in the end: computed from what it stored, month by month.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::time::Duration;

use serde::Serialize;
use stoa_api::convert::timestamp;
use stoa_api::order::v1::{Credit, Order, OrderState, Return};
use stoa_api::pricing::v1::PriceSource;
use stoa_api::type_::v1::Money;

use super::done::{search_credits, search_orders, search_returns};
use super::row::month;
use crate::client::{Connection, Failure};

/// The figures of a span of time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Figures {
    /// Orders that were not refused.
    pub(crate) orders: u64,
    pub(crate) guest_orders: u64,
    pub(crate) lines: u64,
    pub(crate) units: i64,
    pub(crate) sales_minor: i64,
    /// Cancellations: each is returns, a credit or both.
    pub(crate) cancellations: u64,
    pub(crate) return_lines: u64,
    pub(crate) return_units: i64,
    pub(crate) refunds_minor: i64,
    /// Lines of cancellations that name an earlier order.
    pub(crate) linked_return_lines: u64,
    /// Lines that name none.
    pub(crate) credit_lines: u64,
    /// Lines sold at another price than the book's.
    pub(crate) overridden_lines: u64,
    pub(crate) refused_orders: u64,
}

/// A month's figures.
#[derive(Debug, Serialize)]
struct Month {
    month: String,
    #[serde(flatten)]
    figures: Figures,
}

/// What only the run that read the files knows.
#[derive(Debug, Serialize)]
pub(crate) struct ThisRun {
    other_rows: u64,
    other_by_kind: BTreeMap<&'static str, u64>,
    seconds: f64,
}

impl ThisRun {
    pub(crate) fn new(other_by_kind: BTreeMap<&'static str, u64>, took: Duration) -> Self {
        Self {
            other_rows: other_by_kind.values().sum(),
            other_by_kind,
            seconds: took.as_secs_f64(),
        }
    }
}

/// All of it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    #[serde(flatten)]
    all: Figures,
    months: Vec<Month>,
    #[serde(flatten)]
    this_run: Option<ThisRun>,
}

/// Figures and the cancellations that were seen in them.
#[derive(Default)]
struct Tally {
    figures: Figures,
    cancellations: HashSet<String>,
}

#[derive(Default)]
struct Tallies {
    all: Tally,
    months: BTreeMap<String, Tally>,
}

impl Report {
    /// Reads every order, return and credit of the channel.
    pub(crate) async fn of(suite: &Connection, this_run: Option<ThisRun>) -> Result<Self, Failure> {
        let mut tallies = Tallies::default();
        let orders = suite.all(
            search_orders(),
            |request, token| request.page_token = token,
            |page| {
                (
                    page.orders.iter().map(Sale::of).collect(),
                    page.next_page_token,
                )
            },
        );
        for sale in orders.await? {
            let sale = sale?;
            tallies.at(sale.at.as_ref(), |tally| tally.order(&sale.figures))?;
        }
        let returns = suite.all(
            search_returns(),
            |request, token| request.page_token = token,
            |page| (page.returns, page.next_page_token),
        );
        for returned in returns.await? {
            tallies.at(returned.place_time.as_ref(), |tally| {
                tally.returned(&returned)
            })?;
        }
        let credits = suite.all(
            search_credits(),
            |request, token| request.page_token = token,
            |page| (page.credits, page.next_page_token),
        );
        for credit in credits.await? {
            tallies.at(credit.place_time.as_ref(), |tally| tally.credit(&credit))?;
        }
        let months = tallies.months.into_iter().map(|(month, tally)| Month {
            month,
            figures: tally.figures,
        });
        Ok(Self {
            all: tallies.all.figures,
            months: months.collect(),
            this_run,
        })
    }
}

/// An order's figures, without its lines: a year of orders does not stand in memory.
struct Sale {
    at: Option<prost_types::Timestamp>,
    figures: Figures,
}

impl Sale {
    fn of(order: &Order) -> Result<Self, Failure> {
        let mut figures = Figures::default();
        if order.state() == OrderState::Canceled {
            figures.refused_orders = 1;
        } else {
            figures.orders = 1;
            figures.guest_orders = u64::from(order.customer_ref.is_empty());
            for line in &order.lines {
                figures.lines += 1;
                figures.units += line.ordered;
                let price = line.price.as_ref().ok_or_else(|| broken(&order.order_id))?;
                figures.sales_minor += minor(price.gross.as_ref());
                figures.overridden_lines += u64::from(price.source() == PriceSource::Override);
            }
        }
        Ok(Self {
            at: order.place_time,
            figures,
        })
    }
}

impl Tallies {
    fn at(
        &mut self,
        at: Option<&prost_types::Timestamp>,
        add: impl Fn(&mut Tally),
    ) -> Result<(), Failure> {
        let at = at.ok_or_else(|| broken("place_time"))?;
        let at = timestamp("place_time", at).map_err(|error| Failure::Broken(error.to_string()))?;
        let month = month(at).map_err(|error| Failure::Broken(error.to_string()))?;
        add(&mut self.all);
        add(self.months.entry(month).or_default());
        Ok(())
    }
}

impl Tally {
    fn order(&mut self, order: &Figures) {
        let figures = &mut self.figures;
        figures.orders += order.orders;
        figures.guest_orders += order.guest_orders;
        figures.lines += order.lines;
        figures.units += order.units;
        figures.sales_minor += order.sales_minor;
        figures.overridden_lines += order.overridden_lines;
        figures.refused_orders += order.refused_orders;
    }

    fn returned(&mut self, returned: &Return) {
        for line in &returned.lines {
            self.figures.linked_return_lines += 1;
            self.line(line.quantity);
        }
        self.refund(&returned.external_ref, returned.refund.as_ref());
    }

    fn credit(&mut self, credit: &Credit) {
        for line in &credit.lines {
            self.figures.credit_lines += 1;
            self.line(line.quantity);
        }
        self.refund(&credit.external_ref, credit.total.as_ref());
    }

    fn line(&mut self, units: i64) {
        self.figures.return_lines += 1;
        self.figures.return_units += units;
    }

    fn refund(&mut self, external_ref: &str, amount: Option<&Money>) {
        self.figures.refunds_minor += minor(amount);
        if self.cancellations.insert(external_ref.to_owned()) {
            self.figures.cancellations += 1;
        }
    }
}

fn minor(amount: Option<&Money>) -> i64 {
    amount.map_or(0, |amount| amount.minor_units)
}

fn broken(what: &str) -> Failure {
    Failure::Broken(format!("the suite's answer about {what} is not whole"))
}

/// Minor units as pounds.
fn pounds(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let minor = minor.unsigned_abs();
    format!("{sign}{}.{:02}", minor / 100, minor % 100)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:8} {:>7} {:>7} {:>8} {:>9} {:>14} {:>7} {:>7} {:>7} {:>9} {:>13} {:>8} {:>8}",
            "month",
            "orders",
            "guests",
            "lines",
            "units",
            "sales GBP",
            "cancels",
            "linked",
            "credit",
            "units",
            "refunds GBP",
            "override",
            "refused"
        )?;
        for month in &self.months {
            row(f, &month.month, &month.figures)?;
        }
        row(f, "all", &self.all)?;
        if let Some(run) = &self.this_run {
            let kinds = run
                .other_by_kind
                .iter()
                .map(|(kind, count)| format!("{count} {kind}"));
            let kinds: Vec<String> = kinds.collect();
            writeln!(f, "{} other rows: {}", run.other_rows, kinds.join(", "))?;
            writeln!(f, "{:.1} s", run.seconds)?;
        }
        Ok(())
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, figures: &Figures) -> fmt::Result {
    writeln!(
        f,
        "{name:8} {:>7} {:>7} {:>8} {:>9} {:>14} {:>7} {:>7} {:>7} {:>9} {:>13} {:>8} {:>8}",
        figures.orders,
        figures.guest_orders,
        figures.lines,
        figures.units,
        pounds(figures.sales_minor),
        figures.cancellations,
        figures.linked_return_lines,
        figures.credit_lines,
        figures.return_units,
        pounds(figures.refunds_minor),
        figures.overridden_lines,
        figures.refused_orders,
    )
}
