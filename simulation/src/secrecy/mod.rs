//! Worlds that agree on all that a client may see and differ in everything else: the client's bytes are equal, or something leaks.
//!
//! `pairs` feeds the core two truths by a script (`stage`); `twins` plays two whole games.

pub(crate) mod pairs;
pub(crate) mod stage;
pub(crate) mod twins;
