//! Recordings: all that came into a room, so that it can be run again (`docs/recording.md` has every byte).
//!
//! Read in this order: `format` (what a file is made of), `header` (what it begins with), `ticks` (a second of play), `recorder` (a room's
//! side), `writer` (the disk's side), `reader` (what is in a file), `replay` (running it again), `dump` (the world at a tick), `command`
//! (`tickwire replay`).
//!
//! A room's thread never waits for the disk: finished blocks go through a bounded queue to a writer's thread. Where it falls behind,
//! recording stops and the game goes on.

mod command;
mod dump;
mod format;
mod header;
mod reader;
mod recorder;
mod replay;
mod ticks;
mod when;
mod writer;

#[cfg(test)]
mod tests;

pub use command::{Replay, replay};
pub(crate) use header::Header;
pub use header::HeaderError;
pub use reader::ReadError;
pub(crate) use recorder::Recorder;
pub use replay::{ReplayError, Rerun};
pub use writer::RecordError;
pub(crate) use writer::Writer;
