//! Hostile bytes and hostile scripts for everything that takes in what others wrote.
//!
//! Each target is a function of bytes that must return, whatever they are: `script/fuzz` runs them under libFuzzer for as long as you like,
//! `tests/bounded.rs` for a fixed count on every change. Read in this order: [`decoders`] (bytes into what reads bytes), [`recordings`]
//! (bytes into `tickwire replay`), [`links`] and [`sessions`] (scripts of operations against the two ends of a connection), [`fixture`] (the
//! match that they begin with), [`seeds`] (what fuzzing begins with), [`mutation`] (how the bounded run goes on from there).

pub mod decoders;
pub mod fixture;
pub mod links;
pub mod mutation;
pub mod recordings;
pub mod seeds;
pub mod sessions;

pub use self::{
    decoders::{client_message, room, rules, sections, server_message},
    links::link,
    recordings::recording,
    sessions::session,
};

/// A target: what it is called, and what is to be tried with any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 8] = [
    ("client_message", client_message),
    ("server_message", server_message),
    ("sections", sections),
    ("rules", rules),
    ("recording", recording),
    ("room", room),
    ("link", link),
    ("session", session),
];
