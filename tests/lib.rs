//! Journeys across the services, all in `it/`: what a user sees of the whole suite, through its listeners alone.
//!
//! A test of one service belongs to that service; what stands here needs at least two of them, or the process itself.
