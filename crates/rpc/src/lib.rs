//! How a call comes in and how one goes out.
//!
//! | file | question it answers |
//! |---|---|
//! | [`server`] | through which layers does a call come in, and why in this order |
//! | [`mod@unary`], [`stream`], [`admit`] | what happens between the decoded message and the use case |
//! | [`gate`], [`auth`], `authorise` | what a process knows about its callers, who calls, and may he |
//! | [`peer`], [`client`] | how is another service called, in this process or over the network |
//! | [`status`], [`trailers`], [`timeout`] | how errors, request ids and time limits stand on the wire |
//! | `metrics` | what is counted |
//! | `generated` | the handler trait of every proto service, and the glue from tonic to it |

pub mod admit;
pub mod auth;
mod authorise;
pub mod client;
pub mod gate;
mod generated;
mod metrics;
pub mod peer;
pub mod server;
pub mod status;
pub mod stream;
pub mod timeout;
pub mod trailers;
pub mod unary;

pub use crate::auth::StaffToken;
pub use crate::gate::{Gate, GateConfig};
pub use crate::generated::*;
pub use crate::peer::{Peer, PeerSecret};
pub use crate::stream::{Items, server_stream};
pub use crate::unary::unary;
