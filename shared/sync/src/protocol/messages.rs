//! The messages, and the one place that knows how they become bytes.
//!
//! This is the only file that names bincode (docs/decisions/001-bincode-2.md).

use core::fmt::{self, Debug, Formatter};

use bincode::{
    BorrowDecode, Encode,
    config::{Configuration, Limit, LittleEndian, Varint},
    enc::write::Writer,
    error::{DecodeError, EncodeError},
};
use thiserror::Error;

use super::limits::{CLIENT_MESSAGE_MAX, HELLO_BYTES_MAX, SERVER_MESSAGE_MAX};
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
    /// Nobody looks: send no snapshots until [`Back`](Self::Back).
    Away,
    /// Somebody looks again: go on with everything anew.
    Back,
    /// What a watcher looks at from now on; at first it is everything.
    Watch(Watched),
    /// What was received: of a watcher, which has no inputs to say so.
    Ack(Ack),
    /// A line for the own team.
    TeamChat(&'a str),
    /// A line for one player.
    Whisper {
        /// For whom.
        to: PlayerNumber,
        /// What.
        text: &'a str,
    },
    /// What only somebody may do whose role permits it.
    Order(Order<'a>),
}

/// What a moderator or an admin wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, BorrowDecode)]
pub enum Order<'a> {
    /// A line that everybody is to notice.
    Announce {
        /// In all rooms, or in this one.
        everywhere: bool,
        /// What.
        text: &'a str,
    },
    /// Closes a player's connection, once.
    Kick {
        /// Whose.
        player: PlayerNumber,
        /// Why; the player is told.
        reason: &'a str,
    },
    /// A player's lines reach nobody.
    Mute(Sanction<'a>),
    /// A player is not let in.
    Ban(Sanction<'a>),
    /// Ends a mute or a ban before its time.
    Lift {
        /// Which, as [`List`](Self::List) numbers it.
        number: u32,
    },
    /// Says which mutes and bans there are.
    List,
}

/// Against whom, for how long, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, BorrowDecode)]
pub struct Sanction<'a> {
    /// A player in the room.
    pub player: PlayerNumber,
    /// Against the address that the player comes from, and so everybody there; otherwise against the player alone.
    pub by_address: bool,
    /// For how long, in seconds; `None`: for good.
    pub seconds: Option<u32>,
    /// Why; whom it meets is told.
    pub reason: &'a str,
}

/// What somebody comes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, BorrowDecode)]
pub enum Role {
    /// To play.
    Player,
    /// To look on: without a seat, a number, a name or an avatar.
    Watcher,
}

/// Whose orders the server takes of somebody; each rank's are those of the ranks below, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, BorrowDecode)]
pub enum Rank {
    /// Nobody's.
    #[default]
    Player,
    /// A moderator's: to remove, mute and ban.
    Moderator,
    /// An admin's: to announce.
    Admin,
}

/// What a watcher looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, BorrowDecode)]
pub enum Watched {
    /// Everything, wherever it is.
    Everything,
    /// What is near a player's avatar. While nobody of that number has one that a watcher may see, it looks on where it looked last.
    Player(PlayerNumber),
}

/// Which snapshot is the newest that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, BorrowDecode)]
pub struct Ack {
    /// The tick of the snapshot.
    pub tick: Tick,
    /// How long ago it was received, in 1/16 tick.
    pub age: u32,
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
    /// What for. A watcher's name is shown to nobody.
    pub role: Role,
    /// What shows who it is.
    pub credentials: Credentials<'a>,
}

/// A signed token, which is never printed: what a log has, whoever reads the log has. It says who somebody is, on every day and in every
/// room. Empty where there is none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Encode, BorrowDecode)]
pub struct Token<'a>(pub &'a str);

impl Debug for Token<'_> {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        out.write_str(if self.0.is_empty() { "Token(none)" } else { "Token(secret)" })
    }
}

/// A [`Token`] that is kept.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OwnedToken(pub String);

impl OwnedToken {
    /// The token.
    pub fn borrowed(&self) -> Token<'_> {
        Token(&self.0)
    }
}

impl Debug for OwnedToken {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        Debug::fmt(&self.borrowed(), out)
    }
}

/// What takes a seat back, once: 128 random bits that the room made up.
#[derive(Clone, Copy, PartialEq, Eq, Encode, BorrowDecode)]
pub struct ResumeToken(pub [u8; 16]);

impl Debug for ResumeToken {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        out.write_str("ResumeToken(secret)")
    }
}

/// What a client shows when it comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, BorrowDecode)]
pub struct Credentials<'a> {
    /// Its token.
    pub token: Token<'a>,
    /// To take back the seat that it had.
    pub resume: Option<ResumeToken>,
}

/// What a client is told of itself, and given to come back with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, BorrowDecode)]
pub struct Pass<'a> {
    /// A token to be shown from now on; empty where the client keeps what it has.
    pub token: Token<'a>,
    /// What takes this seat back after the connection is lost; `None` for a watcher, who has no seat.
    pub resume: Option<ResumeToken>,
    /// For how long the seat is held then, in seconds.
    pub hold_seconds: u32,
    /// Whether the client has the seat that it had before: player, avatar, score.
    pub resumed: bool,
    /// What it may order, for whoever shows what can be typed.
    pub rank: Rank,
}

/// What the player does from a tick on, until the next input; and what it had received and seen by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, BorrowDecode)]
pub struct Input {
    /// The tick at whose end the controls go into the state, to drive the step to the next one.
    pub tick: Tick,
    /// How far `tick` lies after the tick of the newest snapshot that was received, or of the welcome before the first.
    pub ahead: i32,
    /// How long ago that snapshot was received, in 1/16 tick.
    pub ack_age: u32,
    /// How far before `tick` lay the moment at which the player saw the others, in 1/16 tick.
    pub behind: u32,
    /// [`Controls::to_bits`](crate::game::Controls::to_bits).
    pub controls: u32,
}

/// What a server sends, one in each binary frame.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerMessage<'a> {
    /// The answer to `Hello`.
    Welcome(Welcome<'a>),
    /// What the client could not have computed, up to a tick.
    Snapshot(Snapshot<'a>),
    /// What happened among people.
    Notices(Vec<Notice<'a>>),
    /// From the next snapshot on, which states everything anew, the room goes by other rules.
    Rules(PackedRules<'a>),
}

/// A [`ServerMessage`] as bincode knows it.
#[derive(Encode, BorrowDecode)]
enum Framed<'a> {
    Welcome(Welcome<'a>),
    Snapshot(SnapshotHeader),
    Notices(Vec<Notice<'a>>),
    Rules(PackedRules<'a>),
}

/// The rules that a room goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, BorrowDecode)]
pub struct PackedRules<'a> {
    /// Tuning and map, as the game packs them.
    pub rules: &'a [u8],
    /// [`rules_hash`](crate::game::rules_hash) of the room; the client computes its own and compares.
    pub rules_hash: u64,
}

/// Where the client is now, and all that it needs to compute with.
#[derive(Clone, Copy, Debug, PartialEq, Encode, BorrowDecode)]
pub struct Welcome<'a> {
    /// The client's player number; `None` for a watcher.
    pub player: Option<PlayerNumber>,
    /// The room that was entered.
    pub room: &'a str,
    /// The room's tick; the first snapshot counts from here.
    pub tick: Tick,
    /// Ticks a second.
    pub tick_rate: u32,
    /// How many ticks later than in the room everything is shown: of watchers, whom an operator may show the past.
    pub delay: u32,
    /// Tuning and map, as the game packs them.
    pub rules: &'a [u8],
    /// [`rules_hash`](crate::game::rules_hash) of the room; the client computes its own and compares.
    pub rules_hash: u64,
    /// Who the client is, and what to come back with.
    pub pass: Pass<'a>,
}

/// A snapshot: its header, and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot<'a> {
    /// The header.
    pub header: SnapshotHeader,
    /// The sections, as [`replicate`](crate::replicate) writes and reads them: all the rest of the message.
    pub sections: &'a [u8],
}

/// What every snapshot says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, BorrowDecode)]
pub struct SnapshotHeader {
    /// Ticks since the last snapshot (or since the welcome).
    pub elapsed: u32,
    /// How much newer the tick of the newest input that took effect is, compared with the last snapshot's.
    pub input_advance: u32,
    /// How early that input arrived before its tick began, in 1/16 tick; negative: late.
    pub input_margin: i16,
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
    /// A player's connection was lost. Its seat is held, and its avatar stays, controls let go.
    Away {
        /// Its number.
        player: PlayerNumber,
    },
    /// It is back.
    Back {
        /// Its number.
        player: PlayerNumber,
    },
    /// Somebody of the reader's team said something to the team.
    TeamChat {
        /// Who.
        player: PlayerNumber,
        /// What.
        text: &'a str,
    },
    /// Somebody said something to the reader alone; or the reader to somebody.
    Whisper {
        /// Who.
        from: PlayerNumber,
        /// To whom.
        to: PlayerNumber,
        /// What.
        text: &'a str,
    },
    /// An admin wants everybody to notice this.
    Announcement {
        /// What.
        text: &'a str,
    },
    /// The server answers the reader alone, in a sentence of English.
    Answer {
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

/// The variant of a [`Hello`], in every version.
const HELLO: u32 = 0;

/// The limit counts the size in memory, which for a list of notices is larger than on the wire.
const DECODED_MAX_FACTOR: usize = 8;

/// What the bytes begin with, and how many of them it is.
fn decode<'a, T: BorrowDecode<'a, ()>, const LIMIT: usize>(
    bytes: &'a [u8],
    max: usize,
) -> Result<(T, usize), ProtocolError> {
    if bytes.len() > max {
        return Err(ProtocolError::TooBig(bytes.len()));
    }
    bincode::borrow_decode_from_slice(bytes, config::<LIMIT>()).map_err(ProtocolError::Undecodable)
}

fn nothing_left<T>(bytes: &[u8], message: T, read: usize) -> Result<T, ProtocolError> {
    if read == bytes.len() { Ok(message) } else { Err(ProtocolError::Trailing(bytes.len() - read)) }
}

/// Reads a client's message.
///
/// # Errors
/// The bytes are no message, too long, or followed by more.
pub fn decode_client(bytes: &[u8]) -> Result<ClientMessage<'_>, ProtocolError> {
    // Only a hello carries a token.
    let max = if bytes.first() == Some(&(HELLO as u8)) { HELLO_BYTES_MAX } else { CLIENT_MESSAGE_MAX };
    let (message, read) = decode::<_, { HELLO_BYTES_MAX * DECODED_MAX_FACTOR }>(bytes, max)?;
    nothing_left(bytes, message, read)
}

/// The version in a first message, which stands in the same place in every version; `None` if it is no `Hello`.
pub fn hello_version(bytes: &[u8]) -> Option<u32> {
    let (kind, version): (u32, u32) = bincode::decode_from_slice(bytes, config::<16>()).ok()?.0;
    (kind == HELLO).then_some(version)
}

/// Reads a server's message.
///
/// # Errors
/// The bytes are no message, too long, or followed by more.
pub fn decode_server(bytes: &[u8]) -> Result<ServerMessage<'_>, ProtocolError> {
    let (framed, read) = decode::<_, { SERVER_MESSAGE_MAX * DECODED_MAX_FACTOR }>(bytes, SERVER_MESSAGE_MAX)?;
    match framed {
        Framed::Snapshot(header) => Ok(ServerMessage::Snapshot(Snapshot { header, sections: &bytes[read..] })),
        Framed::Welcome(welcome) => nothing_left(bytes, ServerMessage::Welcome(welcome), read),
        Framed::Notices(notices) => nothing_left(bytes, ServerMessage::Notices(notices), read),
        Framed::Rules(rules) => nothing_left(bytes, ServerMessage::Rules(rules), read),
    }
}

/// The bytes of a client's message.
pub fn encode_client(message: &ClientMessage) -> Vec<u8> {
    encode(message)
}

/// The bytes of a server's message.
pub fn encode_server(message: &ServerMessage) -> Vec<u8> {
    match message {
        ServerMessage::Welcome(welcome) => encode(Framed::Welcome(*welcome)),
        ServerMessage::Notices(notices) => encode(Framed::Notices(notices.clone())),
        ServerMessage::Rules(rules) => encode(Framed::Rules(*rules)),
        ServerMessage::Snapshot(snapshot) => {
            let mut bytes = Vec::new();
            write_snapshot_header(snapshot.header, &mut bytes);
            bytes.extend_from_slice(snapshot.sections);
            bytes
        }
    }
}

/// Appends the head of a snapshot; its sections are to follow.
pub(crate) fn write_snapshot_header(header: SnapshotHeader, out: &mut Vec<u8>) {
    struct Appending<'a>(&'a mut Vec<u8>);
    impl Writer for Appending<'_> {
        fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
            self.0.extend_from_slice(bytes);
            Ok(())
        }
    }
    bincode::encode_into_writer(Framed::Snapshot(header), Appending(out), bincode::config::standard())
        .expect("writing plain data to memory cannot fail");
}

fn encode(message: impl Encode) -> Vec<u8> {
    bincode::encode_to_vec(message, bincode::config::standard()).expect("writing plain data to memory cannot fail")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_token_is_printed() {
        let credentials = Credentials { token: Token("eyJhbGciOi"), resume: Some(ResumeToken([171; 16])) };
        let pass = Pass { token: credentials.token, ..Pass::default() };
        let printed = format!("{credentials:?} {pass:#?} {:?}", OwnedToken(credentials.token.0.to_owned()));
        assert!(!printed.contains("eyJ") && !printed.contains("171") && printed.contains("secret"), "{printed}");
    }
}
