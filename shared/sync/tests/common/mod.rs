//! What the tests of the core share: a tiny game, a server with its clients, joined in memory, and the laws of saving.

// Not every test that shares these files uses all of them.
#![allow(dead_code)]

pub mod line;
pub mod pair;
pub mod saving;
