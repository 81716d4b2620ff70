//! The attacks, and who plays which.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use super::{
    cheats, crowds,
    frames::{self, Breach},
    line::{FIN, opcode},
    met::Met,
    slow, tokens,
};

/// A way to attack a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attack {
    Garbage,
    GarbageFromPlayers,
    WrongVersions,
    Oversized,
    Text,
    Unmasked,
    Fragmented,
    EndlessFragments,
    LongControlFrames,
    PingFlood,
    InputFlood,
    ChatFlood,
    SlowHeads,
    NoHead,
    NoHello,
    SlowReaders,
    DeafToPings,
    ReplayedResumeTokens,
    ForgedTokens,
    FarFutureInputs,
    ImpossibleControls,
    Teleport,
    RapidFire,
    Crowd,
    Churn,
}

/// Where from and where to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Front {
    /// The address that attackers bind.
    pub(super) from: Ipv4Addr,
    pub(super) server: SocketAddr,
    /// Whether the server limits that address.
    pub(super) limited: bool,
}

/// How long an attacker watches at most whether it is thrown out.
pub(super) const PATIENCE: Duration = Duration::from_secs(45);

impl Attack {
    /// Those that are over in some seconds.
    pub(super) const QUICK: [Self; 20] = [
        Self::Garbage,
        Self::GarbageFromPlayers,
        Self::WrongVersions,
        Self::Oversized,
        Self::Text,
        Self::Unmasked,
        Self::Fragmented,
        Self::EndlessFragments,
        Self::LongControlFrames,
        Self::PingFlood,
        Self::InputFlood,
        Self::ChatFlood,
        Self::ReplayedResumeTokens,
        Self::ForgedTokens,
        Self::FarFutureInputs,
        Self::ImpossibleControls,
        Self::Teleport,
        Self::RapidFire,
        Self::Crowd,
        Self::Churn,
    ];

    /// Those that take their time: all at once.
    pub(super) const SLOW: [Self; 5] =
        [Self::SlowHeads, Self::NoHead, Self::NoHello, Self::SlowReaders, Self::DeafToPings];

    /// What it is called.
    const fn name(self) -> &'static str {
        match self {
            Self::Garbage => "garbage in place of a hello",
            Self::GarbageFromPlayers => "garbage from players",
            Self::WrongVersions => "wrong versions",
            Self::Oversized => "oversized messages",
            Self::Text => "text frames",
            Self::Unmasked => "unmasked frames",
            Self::Fragmented => "fragmented messages",
            Self::EndlessFragments => "fragments without end",
            Self::LongControlFrames => "oversized control frames",
            Self::PingFlood => "ping floods",
            Self::InputFlood => "input floods",
            Self::ChatFlood => "chat floods",
            Self::SlowHeads => "slow heads",
            Self::NoHead => "connections without a request",
            Self::NoHello => "sockets without a hello",
            Self::SlowReaders => "players that stop reading",
            Self::DeafToPings => "players that fall silent",
            Self::ReplayedResumeTokens => "replayed resume tokens",
            Self::ForgedTokens => "forged tokens",
            Self::FarFutureInputs => "inputs from the far future",
            Self::ImpossibleControls => "controls that do not exist",
            Self::Teleport => "speed and teleport cheats",
            Self::RapidFire => "fire-rate cheats",
            Self::Crowd => "2,000 connections of one address",
            Self::Churn => "connecting and leaving all the time",
        }
    }

    /// Plays it to its end.
    pub(super) async fn run(self, front: Front) -> Met {
        let met = match self {
            Self::Garbage => {
                frames::breach(front, Breach::before_hello(4005, &[(FIN | opcode::BINARY, &[0x7f; 90])])).await
            }
            Self::GarbageFromPlayers => {
                frames::breach(front, Breach::in_game(4005, &[(FIN | opcode::BINARY, &[0xee; 90])])).await
            }
            Self::WrongVersions => {
                frames::breach(front, Breach::before_hello(4000, &[(FIN | opcode::BINARY, &[0, 99, 0, 0, 0])])).await
            }
            Self::Oversized => frames::oversized(front).await,
            Self::Text => frames::breach(front, Breach::in_game(1003, &[(FIN | opcode::TEXT, b"hello")])).await,
            Self::Unmasked => frames::unmasked(front).await,
            Self::Fragmented => {
                frames::breach(
                    front,
                    Breach::in_game(1002, &[(opcode::BINARY, b"a"), (FIN | opcode::CONTINUATION, b"b")]),
                )
                .await
            }
            Self::EndlessFragments => {
                frames::breach(front, Breach::in_game(1002, &[(opcode::BINARY, b"a")]).times(1000)).await
            }
            Self::LongControlFrames => {
                frames::breach(front, Breach::in_game(1002, &[(FIN | opcode::PING, &[0; 126])])).await
            }
            Self::PingFlood => {
                frames::breach(front, Breach::in_game(4008, &[(FIN | opcode::PING, b"ping")]).times(5000)).await
            }
            Self::InputFlood => cheats::input_flood(front).await,
            Self::ChatFlood => crowds::chat_flood(front).await,
            Self::SlowHeads => slow::heads(front).await,
            Self::NoHead => slow::no_head(front).await,
            Self::NoHello => slow::no_hello(front).await,
            Self::SlowReaders => slow::readers(front).await,
            Self::DeafToPings => slow::silent(front).await,
            Self::ReplayedResumeTokens => tokens::replayed(front).await,
            Self::ForgedTokens => tokens::forged(front).await,
            Self::FarFutureInputs => cheats::far_future(front).await,
            Self::ImpossibleControls => cheats::impossible(front).await,
            Self::Teleport => cheats::teleport(front).await,
            Self::RapidFire => cheats::rapid_fire(front).await,
            Self::Crowd => crowds::crowd(front).await,
            Self::Churn => crowds::churn(front).await,
        };
        Met { attack: self.name(), ..met }
    }
}
