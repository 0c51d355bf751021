//! What the suite tells its operators: figures that move, log lines that can be followed and leak nothing, one trace per order.
//!
//! | file | holds |
//! |---|---|
//! | `figures` | each figure of `/metrics` moves when it should, and stands in docs/guides/metrics.md |
//! | `sales` | the figures that an order moves: holds, orders, money |
//! | `lines` | the JSON lines of a process: ids of a failed call, nobody's secrets |
//! | `traces` | one trace from a caller's span over the order's work to the consumers of its events |
//! | `page` | a metrics page, read |
//! | `collector` | a collector of traces on a real socket |

mod collector;
mod figures;
mod lines;
mod page;
mod sales;
mod traces;

use stoa_testkit::{SuiteProcess, Way};

/// Mugs to sell in a suite that runs as a process, over one of its doors.
async fn stocked(suite: &SuiteProcess) {
    crate::shop::stock(&suite.staff_by(Way::Grpc), "default", "MUG", 1_250, 10).await;
}
