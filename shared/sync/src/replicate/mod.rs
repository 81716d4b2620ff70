//! How state becomes bytes and bytes become state.
//!
//! Read in this order: `fields` (what a replicated state is), `residual` (what is sent of it), `varint`
//! (the numbers), `delta` (a tick's changes, encoded once for everybody), `change_log` (what those lack who missed some), `sections` (the layout of a
//! snapshot, read and written), `audit` (the hash that proves both ends hold the same).

pub(crate) mod audit;
pub(crate) mod change_log;
pub(crate) mod delta;
mod fields;
mod residual;
pub(crate) mod sections;
mod varint;

pub use fields::{Coding, FIELDS_MAX, Field, Fields, Kind, Replicate, Wire};
pub use residual::{apply, diff, read_masked, read_whole, write_masked, write_whole};
pub use sections::{Held, Mirror};
pub use varint::{Malformed, Reader, VARINT_BYTES_MAX, unzigzag, write_u32, zigzag};
