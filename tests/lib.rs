//! Tests of the whole suite, through its listeners.
//!
//! | binary | shows |
//! |---|---|
//! | `it` | journeys: what a user sees, and the process itself |
//! | `orders` | the order service with the real services beside it |
//! | `contract` | every RPC of the descriptor set, asked by whoever may not and with whatever is wrong |
//! | `crash` | death at any moment, of the suite and of who drives it |
//!
//! A test of one service belongs to that service; what stands here needs at least two of them, or the process itself.
