//! The whole contract, asked of the running suite: every RPC of the descriptor set, by whoever may not, and with whatever is wrong.
//!
//! | file | shows |
//! |---|---|
//! | `access` | every RPC refuses nobody, and whoever may too little, through each door |
//! | `rules` | every rule of every field of a request, broken alone |
//! | `shapes` | what is wrong with a message before it has a meaning: empty, too large, unreadable, without its key |
//! | `unknown` | well-formed ids of nothing |
//! | `others` | what belongs to another guest |
//! | `lists` | page tokens and read masks |
//! | `extremes` | what breaks no rule and is odd all the same |
//! | `limits` | sums that are too large, quotes that are over |
//! | `keys` | every RPC with a key: once, again, and with another message |
//! | `doors` | gRPC-Web, REST that is wrong, streams over a socket, the document |
//! | `payloads` | what was ever written into a log can be read for ever |
//! | `life` | a shop in which every RPC that has a key is called |
//! | `world`, `wire`, `taps` | a suite with callers of every kind, and calls without a type |
//! | `books` | everything that is stored, for seeing that a refusal left it as it was |

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[expect(dead_code, reason = "the build script uses what the tests do not")]
mod build;
#[path = "../../crates/api/tests/it/expected.rs"]
mod expected;
#[path = "../../crates/api/tests/it/field_rules.rs"]
mod field_rules;
#[path = "../../crates/api/tests/it/samples.rs"]
mod samples;

mod access;
mod books;
mod doors;
mod extremes;
mod keys;
mod life;
mod limits;
mod lists;
mod others;
mod payloads;
mod rules;
mod shapes;
mod taps;
mod unknown;
mod wire;
mod world;
