//! What stock is and how changes of it are decided: over loaded rows, in memory, without waiting for anybody.
//!
//! | file | question it answers |
//! |---|---|
//! | [`demand`] | how much of which sku is wanted, two lines of one sku being one demand |
//! | [`level`] | how much lies at one location, and what may be promised of it |
//! | [`stock`] | the levels that a batch works on: what they are now, and which changed |
//! | [`sourcing`] | from which locations is a demand served |
//! | [`movement`] | why a level changes, and by how much |
//! | [`hold`] | what may happen to kept stock, and when |
//! | [`location`] | where stock is kept, and which location comes first |

pub(crate) mod demand;
pub(crate) mod hold;
pub(crate) mod level;
pub(crate) mod location;
pub(crate) mod movement;
pub(crate) mod sourcing;
pub(crate) mod stock;
#[cfg(test)]
mod tests;

pub(crate) use demand::Demand;
pub(crate) use hold::{Hold, HoldLine, HoldState, Step, Transition};
pub(crate) use level::{Level, LevelError};
pub(crate) use location::{Location, Locations};
pub(crate) use movement::{Movement, MovementKind};
pub(crate) use sourcing::{Lack, source};
pub(crate) use stock::{Change, Place, Stock};
