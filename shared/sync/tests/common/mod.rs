//! What the tests of the core share: a tiny game, and a server with its clients, joined in memory.

pub mod line;
pub mod pair;
