//! What an operator does when something went wrong, with the built `stoa`.
//!
//! | file | shows |
//! |---|---|
//! | `backup` | a backup under load, a restore, and what is noticed after it |
//! | `operator` | the typed ways out for orders and payments, as commands |

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod backup;
mod operator;
#[path = "../it/shop.rs"]
#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the journeys use all of it"
)]
mod shop;
