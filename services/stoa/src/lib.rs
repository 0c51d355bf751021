//! The `stoa` command: the suite in one process, and the tools of its operator.
//!
//! | module | command |
//! |---|---|
//! | [`client`] | what every tool is made with: where the suite is, calls that survive its restart, results and progress |
//! | `status` | exit statuses |

pub mod client;
pub mod status;
