//! The server's half of the core: a room that ticks, and what each client gets of it.
//!
//! Read in this order: `room` (one tick; `room/save`: what there is between two), `player` (who is in it), `coding` (what comes in, as
//! bytes), `inputs` (from arrival to effect), `rewind` (what a shooter saw),
//! `broadcast` (what a tick has for everybody), `link` (a client as the server sees it), `knowledge` and `ids` (what it holds, and under
//! which names), `pace` and `budget` (how much it gets, and how often), `plan` (what one snapshot says).

mod broadcast;
mod budget;
mod coding;
mod ids;
mod inputs;
mod knowledge;
mod link;
mod pace;
mod plan;
mod player;
mod rewind;
mod room;

pub use broadcast::Broadcast;
pub use inputs::{Arrival, InputQueue, OddInputs, Taken};
pub use link::{Acknowledged, LastSnapshot, Link, LinkError, LinkSettings};
pub use player::{Player, Players};
pub use rewind::{REWIND_TICKS_DEFAULT, REWIND_TICKS_MAX, Then};
pub use room::{Command, Room};
