//! The `stoa` command: the suite in one process, and the tools of its operator.
//!
//! | module | command |
//! |---|---|
//! | [`client`] | what every tool is made with: where the suite is, calls that survive its restart, results and progress |
//! | [`replay`] | `stoa replay`: a real shop's orders through the suite's API |
//! | `status` | exit statuses |

pub mod client;
pub mod replay;
pub mod status;
