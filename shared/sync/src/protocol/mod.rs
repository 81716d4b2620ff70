//! What travels: the messages, their limits, the version, the close codes. `docs/wire.md` describes every byte.
//!
//! Read [`limits`] and [`close`] first, then `messages`. Inside a snapshot the [`replicate`](crate::replicate) module
//! takes over.

pub mod close;
pub mod limits;
mod messages;

pub use close::{Close, CloseCode};
pub(crate) use messages::write_snapshot_header;
pub use messages::{
    Ack, ClientMessage, Credentials, Hello, Input, Notice, Order, OwnedToken, PackedRules, Pass, ProtocolError, Rank,
    ResumeToken, Role, Sanction, ServerMessage, Snapshot, SnapshotHeader, Token, Watched, Welcome, decode_client,
    decode_server, encode_client, encode_server, hello_version,
};

/// The version of the wire format. Any change to a golden file changes it.
pub const PROTOCOL_VERSION: u32 = 2;
