//! Why a connection ends: WebSocket close codes.

use std::{borrow::Cow, time::Duration};

use super::limits::RETURN_SPREAD_MAX;

/// A WebSocket close code with a meaning of ours or of RFC 6455.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseCode {
    /// 1000: the client said that it leaves.
    Normal,
    /// 1001: the server stops; come back after the restart.
    GoingAway,
    /// 1002: the frames break the WebSocket protocol, or are fragmented.
    ProtocolError,
    /// 1003: a text frame; every message is binary.
    TextFrame,
    /// 1009: a message above its limit.
    TooBig,
    /// 4000: another protocol version; reload the page.
    WrongVersion,
    /// 4001: other game rules than the server's; reload the page.
    WrongRules,
    /// 4002: no `Hello` within the time for it.
    HelloTimeout,
    /// 4003: the room is full.
    RoomFull,
    /// 4004: there is no room of that name.
    NoSuchRoom,
    /// 4005: bytes that are no message, or a message out of place.
    BadMessage,
    /// 4006: controls that no client of ours could have made.
    BadControls,
    /// 4007: the client takes in less than it must.
    TooSlow,
    /// 4008: too many messages, or bytes, for the time.
    TooMany,
    /// 4009: nobody looked for longer than a seat is held.
    Away,
    /// 4010: as many watch as may.
    WatchersFull,
    /// 4011: the token does not let its bearer do this; the reason says why.
    TokenRefused,
    /// 4012: the player came in by another connection, which took over the seat.
    TakenOver,
    /// 4013: said by a client, of a connection that it gives up to come back by another one: its seat is held.
    ComingBack,
    /// 4020: as many game sockets are open as may.
    ServerFull,
    /// 4021: the same, of the client's address.
    AddressFull,
    /// 4022: new connections come too fast from the client's address.
    TooFast,
    /// 4023: the player did nothing for too long.
    Idle,
    /// 4024: the client said nothing for too long, not even in answer to pings.
    Dead,
    /// 4030: a moderator closed the connection; the reason says why.
    Kicked,
    /// 4031: the player, or everybody at its address, is not let in; the reason says why and for how long.
    Banned,
}

impl CloseCode {
    /// Every code, in order.
    pub const ALL: [Self; 26] = [
        Self::Normal,
        Self::GoingAway,
        Self::ProtocolError,
        Self::TextFrame,
        Self::TooBig,
        Self::WrongVersion,
        Self::WrongRules,
        Self::HelloTimeout,
        Self::RoomFull,
        Self::NoSuchRoom,
        Self::BadMessage,
        Self::BadControls,
        Self::TooSlow,
        Self::TooMany,
        Self::Away,
        Self::WatchersFull,
        Self::TokenRefused,
        Self::TakenOver,
        Self::ComingBack,
        Self::ServerFull,
        Self::AddressFull,
        Self::TooFast,
        Self::Idle,
        Self::Dead,
        Self::Kicked,
        Self::Banned,
    ];

    /// The number in the close frame.
    pub const fn number(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::GoingAway => 1001,
            Self::ProtocolError => 1002,
            Self::TextFrame => 1003,
            Self::TooBig => 1009,
            Self::WrongVersion => 4000,
            Self::WrongRules => 4001,
            Self::HelloTimeout => 4002,
            Self::RoomFull => 4003,
            Self::NoSuchRoom => 4004,
            Self::BadMessage => 4005,
            Self::BadControls => 4006,
            Self::TooSlow => 4007,
            Self::TooMany => 4008,
            Self::Away => 4009,
            Self::WatchersFull => 4010,
            Self::TokenRefused => 4011,
            Self::TakenOver => 4012,
            Self::ComingBack => 4013,
            Self::ServerFull => 4020,
            Self::AddressFull => 4021,
            Self::TooFast => 4022,
            Self::Idle => 4023,
            Self::Dead => 4024,
            Self::Kicked => 4030,
            Self::Banned => 4031,
        }
    }

    /// The code of a number, if it is one of these.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.number() == number)
    }

    /// The sentence in the close frame (under 124 bytes): what was wrong and what to do.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Normal => "goodbye",
            Self::GoingAway => "the server stops or restarts; try again soon",
            Self::ProtocolError => "broken or fragmented WebSocket frames; send each message as one frame",
            Self::TextFrame => "text frame; every message is one binary frame",
            Self::TooBig => "message too big; a client's limit is 1024 bytes",
            Self::WrongVersion => "another protocol version; reload the page or update the client",
            Self::WrongRules => "other game rules than this server's; reload the page or update the client",
            Self::HelloTimeout => "no Hello in time; it must be the first message",
            Self::RoomFull => "the room is full; try again later",
            Self::NoSuchRoom => "there is no room of that name",
            Self::BadMessage => "bytes that are no message of this protocol, or one out of place",
            Self::BadControls => "controls out of range",
            Self::TooSlow => "too slow: too much waits for you, or you acknowledge nothing",
            Self::TooMany => "too many messages or bytes; send one input a tick at most",
            Self::Away => "nobody looked for a while, so the seat was given up; come back when you like",
            Self::WatchersFull => "no more watchers are let into this room now; try again later, or play",
            Self::TokenRefused => "the token was refused; get a new one from where you got it",
            Self::TakenOver => "you came in by another tab or device, which has your seat now",
            Self::ComingBack => "coming back by another connection",
            Self::ServerFull => "the server is full; try again later",
            Self::AddressFull => "too many connections are open from your address; close one, or try again later",
            Self::TooFast => "new connections come too fast from your address; try again in some seconds",
            Self::Idle => "you did nothing for a while, so the seat was given up; come back when you like",
            Self::Dead => "nothing was heard from you for a while, not even in answer to pings",
            Self::Kicked => "a moderator removed you",
            Self::Banned => "you are banned here",
        }
    }

    /// Whether a client that comes back by itself may hope for better luck.
    pub const fn worth_retrying(self) -> bool {
        let is_mended = matches!(self, Self::GoingAway | Self::TooSlow | Self::HelloTimeout | Self::Dead);
        is_mended || self.is_full()
    }

    /// Whether there is no place now: whoever comes back by itself does so more patiently, since places become free slowly.
    pub const fn is_full(self) -> bool {
        matches!(self, Self::RoomFull | Self::WatchersFull | Self::ServerFull | Self::AddressFull | Self::TooFast)
    }

    /// Whether the seat of a player that is closed with it is held, as that of a lost connection is.
    pub const fn holds_seat(self) -> bool {
        matches!(self, Self::TooSlow | Self::Dead)
    }
}

/// The longest reason that fits a close frame, in bytes (RFC 6455, 5.5).
pub const REASON_BYTES_MAX: usize = 123;
/// What stands before the milliseconds in the reason of [`CloseCode::GoingAway`].
const SPREAD: &str = "spread over ms: ";

/// What a connection is closed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// The code.
    pub code: CloseCode,
    /// The sentence, at most [`REASON_BYTES_MAX`].
    pub reason: Cow<'static, str>,
}

impl From<CloseCode> for Close {
    fn from(code: CloseCode) -> Self {
        Self { code, reason: code.reason().into() }
    }
}

impl Close {
    /// The server stops: everybody is to come back at a moment of its own choice within `spread`, so that not all come at once.
    pub fn going_away(spread: Duration) -> Self {
        let code = CloseCode::GoingAway;
        Self { code, reason: format!("{}; {SPREAD}{}", code.reason(), spread.as_millis()).into() }
    }

    /// Within which time to come back at a random moment, as the reason of [`CloseCode::GoingAway`] says, at most
    /// [`RETURN_SPREAD_MAX`]; `None` where it says nothing of it.
    pub fn spread(reason: &str) -> Option<Duration> {
        let (_, millis) = reason.split_once(SPREAD)?;
        Some(Duration::from_millis(millis.parse().ok()?).min(RETURN_SPREAD_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_own_number_and_a_reason_that_fits_a_close_frame() {
        for code in CloseCode::ALL {
            assert_eq!(CloseCode::from_number(code.number()), Some(code));
            assert!(code.reason().len() <= REASON_BYTES_MAX, "{code:?}");
        }
    }

    #[test]
    fn a_server_that_stops_says_over_what_time_to_spread_the_returns() {
        for (told, heard) in [(0, 0), (5000, 5000), (u64::MAX, 60_000)] {
            let Close { code, reason } = Close::going_away(Duration::from_millis(told));
            assert!(code == CloseCode::GoingAway && reason.len() <= REASON_BYTES_MAX, "{reason}");
            assert_eq!(Close::spread(&reason), Some(Duration::from_millis(heard)));
        }
        for reason in ["", CloseCode::GoingAway.reason(), "spread over ms: soon", "spread over ms: -1"] {
            assert_eq!(Close::spread(reason), None);
        }
    }
}
