//! The server's half of the core: a room that ticks, and what each client gets of it.
//!
//! Read in this order: `room` (one tick), `player` (who is in it), `inputs` (from arrival to effect),
//! `change_log` (what changed in the last ticks), `link` (a client as the server sees it), `ids` (its names for
//! entities).

mod change_log;
mod ids;
mod inputs;
mod link;
mod player;
mod room;

pub(crate) use change_log::ChangeLog;
pub use inputs::{Arrival, InputQueue, Taken};
pub use link::{Link, LinkError};
pub use player::{Player, Players};
pub use room::{Command, Room};
