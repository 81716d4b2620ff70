//! Frames and messages that a server must not take.

use std::time::Duration;

use super::{
    attack::Front,
    guest::Guest,
    line::{self, Ending, FIN, Line, opcode},
    met::Met,
};

/// How often each is tried.
const TRIES: usize = 8;
/// Nobody should have to wait longer for an answer to a broken rule.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// A rule that is broken, and the close code that answers it.
pub(super) struct Breach<'a> {
    in_game: bool,
    code: u16,
    /// First bytes and payloads of frames.
    frames: &'a [(u8, &'a [u8])],
    /// How often all of them are sent.
    times: usize,
}

impl<'a> Breach<'a> {
    /// Broken by the first message of all.
    pub(super) fn before_hello(code: u16, frames: &'a [(u8, &'a [u8])]) -> Self {
        Self { in_game: false, code, frames, times: 1 }
    }

    /// Broken by a player.
    pub(super) fn in_game(code: u16, frames: &'a [(u8, &'a [u8])]) -> Self {
        Self { in_game: true, code, frames, times: 1 }
    }

    /// The same, with its frames sent so often.
    pub(super) fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }
}

/// Breaks a rule some times.
pub(super) async fn breach(front: Front, breach: Breach<'_>) -> Met {
    let frames: Vec<_> = breach.frames.iter().flat_map(|(first, payload)| line::frame(*first, payload)).collect();
    send(front, breach.in_game, breach.code, &frames.repeat(breach.times)).await
}

/// A message of a gigabyte, of which only the head is sent.
pub(super) async fn oversized(front: Front) -> Met {
    let mut bytes = line::head(FIN | opcode::BINARY, 1 << 30, true);
    bytes.extend([0; 4]);
    send(front, true, 1009, &bytes).await
}

/// A frame that a client has to mask.
pub(super) async fn unmasked(front: Front) -> Met {
    let mut bytes = line::head(FIN | opcode::BINARY, 1, false);
    bytes.push(3);
    send(front, true, 1002, &bytes).await
}

async fn send(front: Front, in_game: bool, code: u16, bytes: &[u8]) -> Met {
    let mut met = Met::default();
    for _ in 0..TRIES {
        let connected = if in_game {
            Guest::join(front.from, front.server).await.map(|guest| guest.line)
        } else {
            Line::upgrade(front.from, front.server).await
        };
        let ending = match connected {
            Ok(mut line) => {
                // The server may have had enough before the last byte.
                let _ = line.send(bytes).await;
                line.ending(ANSWER_TIMEOUT).await
            }
            Err(ending) => ending,
        };
        met.add(ending);
    }
    let answered = met.count(Ending::Closed(code));
    met.turned_away = answered > 0 && answered + met.refused_early() == met.all();
    met
}
