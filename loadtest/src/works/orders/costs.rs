//! What an order costs: processor time and whose, commits, statements, bytes.

use crate::figures::{Figure, Figures, float, per};
use crate::load::Outcome;
use crate::report::Chart;
use crate::suite::reading::Between;

/// The group of figures with processor time by group of threads.
const BY_THREAD: &str = "suite_cpu_us_per_order_by_thread";

/// Per order of one round.
pub(super) fn of(outcome: &Outcome, between: &Between<'_>) -> Figures {
    let orders = float(outcome.done);
    let each = |amount: f64| per(amount, orders);
    let by_service = |name: &str| {
        let mut group = Figures::new();
        for (service, amount) in between.grown_by(name, "db") {
            group.push(service, each(amount));
        }
        group
    };
    let mut threads = Figures::new();
    for (group, cpu_us) in between.cpu_us_by_thread() {
        threads.push(group, each(cpu_us));
    }
    let allocations = between.grown("process_allocations_total");
    let ours = between.suite_cpu_us() + between.client_cpu_us();
    let figures = Figures::new()
        .with("cpu_us_per_order", each(ours))
        .with("suite_cpu_us_per_order", each(between.suite_cpu_us()))
        .with("client_cpu_us_per_order", each(between.client_cpu_us()))
        .with("provider_cpu_us_per_order", each(between.provider_cpu_us()))
        .with("database_cpu_us_per_order", each(between.database_cpu_us()))
        .with(BY_THREAD, threads)
        .with(
            "commits_per_order",
            each(between.grown("stoa_store_commits_total")),
        )
        .with(
            "commits_per_order_by_service",
            by_service("stoa_store_commits_total"),
        )
        .with(
            "statements_per_order",
            each(between.grown("stoa_store_statements_total")),
        )
        .with(
            "statements_per_order_by_service",
            by_service("stoa_store_statements_total"),
        )
        .with(
            "mean_batch",
            per(
                between.grown("stoa_store_batch_size_sum"),
                between.grown("stoa_store_batch_size_count"),
            ),
        )
        .with("written_bytes_per_order", each(between.written_bytes()));
    // A suite that does not count them has no such series.
    if allocations > 0.0 {
        figures.with("allocations_per_order", each(allocations))
    } else {
        figures
    }
}

/// Processor time by group of threads as a chart.
pub(super) fn by_thread(figures: &Figures) -> Chart {
    let group = figures.iter().find_map(|(name, figure)| match figure {
        Figure::Group(group) if name == BY_THREAD => Some(group),
        _ => None,
    });
    let names = group.into_iter().flat_map(Figures::iter);
    let bars = names.filter_map(|(name, _)| Some((name.to_owned(), group?.number(name)?)));
    Chart::Bars {
        title: "Processor time of the suite by thread".to_owned(),
        unit: "µs per order".to_owned(),
        bars: bars.collect(),
    }
}
