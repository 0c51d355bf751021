//! The tables as the ORM reads them.

pub(crate) mod hold;
pub(crate) mod hold_line;
pub(crate) mod level;
pub(crate) mod location;
pub(crate) mod movement;
