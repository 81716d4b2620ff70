//! The messages, and the one place that knows how they become bytes.
//!
//! This is the only file that names bincode (docs/decisions/001-bincode-2.md).

use bincode::{
    BorrowDecode, Encode,
    config::{Configuration, Limit, LittleEndian, Varint},
    error::DecodeError,
};
use thiserror::Error;

use super::limits::{CLIENT_MESSAGE_MAX, SERVER_MESSAGE_MAX};
use crate::{PlayerNumber, Tick};

/// What a client sends, one in each binary frame.
#[derive(Clone, Copy, Debug, PartialEq, Encode, BorrowDecode)]
pub enum ClientMessage<'a> {
    /// The first message, and the only first one.
    Hello(Hello<'a>),
    /// What the player does.
    Input(Input),
    /// A line for everybody in the room.
    Chat(&'a str),
    /// The client's state disagrees with the server's hash: send everything anew.
    Keyframe,
}

/// Who comes, and what it was built with.
#[derive(Clone, Copy, Debug, PartialEq, Encode, BorrowDecode)]
pub struct Hello<'a> {
    /// [`PROTOCOL_VERSION`](super::PROTOCOL_VERSION) of the client.
    pub version: u32,
    /// [`tables_hash`](crate::game::tables_hash) of the client's game.
    pub tables_hash: u64,
    /// The name to be shown; the server cleans it.
    pub name: &'a str,
    /// The room to enter; empty for the default one.
    pub room: &'a str,
}

/// What the player does from a tick on, until the next input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, BorrowDecode)]
pub struct Input {
    /// The tick at whose end the controls go into the state, to drive the step to the next one.
    pub tick: Tick,
    /// [`Controls::to_bits`](crate::game::Controls::to_bits).
    pub controls: u32,
}

/// What a server sends, one in each binary frame.
#[derive(Clone, Debug, PartialEq, Encode, BorrowDecode)]
pub enum ServerMessage<'a> {
    /// The answer to `Hello`.
    Welcome(Welcome<'a>),
    /// What the client could not have computed, up to a tick.
    Snapshot(Snapshot<'a>),
    /// What happened among people.
    Notices(Vec<Notice<'a>>),
}

/// Where the client is now, and all that it needs to compute with.
#[derive(Clone, Copy, Debug, PartialEq, Encode, BorrowDecode)]
pub struct Welcome<'a> {
    /// The client's player number.
    pub player: PlayerNumber,
    /// The room that was entered.
    pub room: &'a str,
    /// The room's tick; the first snapshot counts from here.
    pub tick: Tick,
    /// Ticks a second.
    pub tick_rate: u32,
    /// The text of the tuning file.
    pub tuning: &'a str,
    /// The text of the map file.
    pub map: &'a str,
    /// [`rules_hash`](crate::game::rules_hash) of the room; the client computes its own and compares.
    pub rules_hash: u64,
}

/// The header of a snapshot, and its sections as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, BorrowDecode)]
pub struct Snapshot<'a> {
    /// Ticks since the last snapshot (or since the welcome).
    pub elapsed: u32,
    /// How much newer the tick of the newest input that took effect is, compared with the last snapshot's.
    pub input_advance: u32,
    /// How early that input arrived before its tick began, in 1/16 tick; negative: late.
    pub input_margin: i16,
    /// The sections, as [`replicate`](crate::replicate) writes and reads them.
    pub sections: &'a [u8],
}

/// What happened among people. Kept apart from the game's events, since it carries text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, BorrowDecode)]
pub enum Notice<'a> {
    /// A player is here under this name, new or since before the reader came.
    Named {
        /// Its number.
        player: PlayerNumber,
        /// Its name.
        name: &'a str,
    },
    /// A player has gone; its number may be given again.
    Left {
        /// Its number.
        player: PlayerNumber,
    },
    /// Somebody said something.
    Chat {
        /// Who.
        player: PlayerNumber,
        /// What.
        text: &'a str,
    },
}

/// Bytes that are no message. The peer that sent them is closed.
#[derive(Debug, Error)]
pub enum ProtocolError {
    /// Not a message of this protocol, or one that claims more than the limit.
    #[error("not a message of this protocol: {0}")]
    Undecodable(DecodeError),
    /// A message, and then more.
    #[error("{0} bytes are left over behind the message")]
    Trailing(usize),
    /// Above the limit before anything was looked at.
    #[error("{0} bytes are more than a message may have")]
    TooBig(usize),
}

type Config<const LIMIT: usize> = Configuration<LittleEndian, Varint, Limit<LIMIT>>;

const fn config<const LIMIT: usize>() -> Config<LIMIT> {
    bincode::config::standard().with_limit::<LIMIT>()
}

/// The limit counts the size in memory, which for a list of notices is larger than on the wire.
const DECODED_MAX_FACTOR: usize = 8;

fn decode<'a, T: BorrowDecode<'a, ()>, const LIMIT: usize>(bytes: &'a [u8], max: usize) -> Result<T, ProtocolError> {
    if bytes.len() > max {
        return Err(ProtocolError::TooBig(bytes.len()));
    }
    let (message, read) =
        bincode::borrow_decode_from_slice(bytes, config::<LIMIT>()).map_err(ProtocolError::Undecodable)?;
    if read == bytes.len() { Ok(message) } else { Err(ProtocolError::Trailing(bytes.len() - read)) }
}

/// Reads a client's message.
///
/// # Errors
/// The bytes are no message, too long, or followed by more.
pub fn decode_client(bytes: &[u8]) -> Result<ClientMessage<'_>, ProtocolError> {
    decode::<_, { CLIENT_MESSAGE_MAX * DECODED_MAX_FACTOR }>(bytes, CLIENT_MESSAGE_MAX)
}

/// The version in a first message, which stands in the same place in every version; `None` if it is no `Hello`.
pub fn hello_version(bytes: &[u8]) -> Option<u32> {
    const HELLO: u32 = 0;
    let (kind, version): (u32, u32) = bincode::decode_from_slice(bytes, config::<16>()).ok()?.0;
    (kind == HELLO).then_some(version)
}

/// Reads a server's message.
///
/// # Errors
/// The bytes are no message, too long, or followed by more.
pub fn decode_server(bytes: &[u8]) -> Result<ServerMessage<'_>, ProtocolError> {
    decode::<_, { SERVER_MESSAGE_MAX * DECODED_MAX_FACTOR }>(bytes, SERVER_MESSAGE_MAX)
}

/// The bytes of a client's message.
pub fn encode_client(message: &ClientMessage) -> Vec<u8> {
    encode(message)
}

/// The bytes of a server's message.
pub fn encode_server(message: &ServerMessage) -> Vec<u8> {
    encode(message)
}

fn encode(message: impl Encode) -> Vec<u8> {
    bincode::encode_to_vec(message, bincode::config::standard()).expect("writing plain data to memory cannot fail")
}
