//! The connection, for any game: when to open, retry, give up, and what to tell the player about it.
//!
//! Read in this order: [`farewell`] (what a close code means), [`backoff`] (how long to wait), [`link`] (the life of a
//! connection, without any I/O), [`socket`] (the thin driver over the browser's `WebSocket`),
//! [`lagged`] (the same behind a simulated bad network).

pub mod backoff;
pub mod farewell;
pub mod lagged;
pub mod link;
pub mod socket;
