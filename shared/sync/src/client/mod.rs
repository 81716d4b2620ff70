//! The client's half of the core: what a browser or a bot makes of a server's messages.
//!
//! Read in this order: `session` (a connection's life, messages in and out), `prediction` (the own avatar, ahead of the server),
//! `history` (the others, a little behind it), `clock` (how far ahead and behind), `smoothing` (mistakes, kept from the eye),
//! `session::scene` (what there is to draw), `roster` (who is here and what was said), [`telemetry`] (how the network is, for people).
//!
//! Time is passed in, in seconds from any start; nothing here reads a clock.

mod clock;
mod history;
mod prediction;
mod roster;
mod session;
mod smoothing;
pub mod telemetry;

pub use clock::Clock;
pub use roster::Voice;
pub use session::{SPAWNED_ID, Seen, Session, SessionError, Stats};
