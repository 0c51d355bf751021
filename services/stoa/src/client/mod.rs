//! How the tools of the `stoa` command talk to a suite that runs somewhere else.
//!
//! A tool takes [`Where`] among its arguments, connects, calls, and prints one [`Report`]:
//!
//! ```no_run
//! use clap::Parser;
//! use stoa::client::{Failure, Where};
//! use stoa_api::catalog::v1::ListProductsRequest;
//!
//! #[derive(Parser)]
//! struct Arguments {
//!     #[command(flatten)]
//!     suite: Where,
//! }
//!
//! async fn titles(arguments: &Arguments) -> Result<Vec<String>, Failure> {
//!     let suite = arguments.suite.connect()?;
//!     let products = suite
//!         .all(
//!             ListProductsRequest::default(),
//!             |request, token| request.page_token = token,
//!             |page| (page.products, page.next_page_token),
//!         )
//!         .await?;
//!     Ok(products.into_iter().map(|product| product.title).collect())
//! }
//! ```
//!
//! - [`Connection::call`] takes any request message of the contract; the message knows its method. It presents the operator's
//!   token, and repeats the call under the same idempotency key while the answer says that it helps or no answer comes.
//!   When nothing has answered for 5 s, it gives [`Failure::Gone`]: the tool exits with 75 and says to run it again.
//! - [`Connection::all`] reads every page of a list.
//! - [`Failure`] is what a tool ends with; its [`Failure::status`] is the exit status, [`Failure::reason`] the documented reason
//!   when the suite refused.
//! - [`Format`] and [`Report`]: text for a person, or one JSON object as the last line of stdout. [`Progress`] goes to stderr.
//!
//! | file | question it answers |
//! |---|---|
//! | `target` | where is the suite, and with which token |
//! | `connection` | how is a call made, and how often |
//! | `verdict` | is a failure an answer, or is it worth another try |
//! | `failure` | how does a tool end that could not do its work |
//! | `report`, `progress` | what does it print |

mod connection;
mod failure;
mod progress;
mod report;
mod target;
mod verdict;

pub use connection::Connection;
pub use failure::Failure;
pub use progress::Progress;
pub(crate) use report::line;
pub use report::{Format, Report};
pub use target::{DEFAULT_DATA, Where};
