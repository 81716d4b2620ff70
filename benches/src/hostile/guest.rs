//! An attacker that has come in: it speaks the protocol as a player does, as long as it likes.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use tickwire_arena::{Arena, ShipControls};
use tickwire_sync::{
    client::Session,
    protocol::{Credentials, Role},
};
use tokio::time::timeout;

use super::line::{Ending, Line, opcode};

/// So long a guest waits for its welcome.
const WELCOME_TIMEOUT: Duration = Duration::from_secs(10);
/// It looks so often whether it has something to send, at least.
const TURN: Duration = Duration::from_millis(10);

/// A player by hand.
pub(super) struct Guest {
    pub(super) line: Line,
    pub(super) session: Session<Arena>,
    /// Lines of chat that it heard.
    pub(super) heard: usize,
    began: Instant,
}

impl Guest {
    /// Comes in with what shows who it is, or says how that was refused.
    pub(super) async fn come(from: Ipv4Addr, server: SocketAddr, credentials: Credentials<'_>) -> Result<Self, Ending> {
        let mut line = Line::upgrade(from, server).await?;
        let hello = Session::<Arena>::hello_again("Mallory", "", Role::Player, credentials);
        line.frame(opcode::BINARY, &hello).await.map_err(|_| Ending::Cut)?;
        let until = Instant::now() + WELCOME_TIMEOUT;
        loop {
            let frame = timeout(until.saturating_duration_since(Instant::now()), line.read()).await;
            let frame = frame.map_err(|_| Ending::Open)?.map_err(|_| Ending::Cut)?;
            match frame.opcode {
                opcode::BINARY => {
                    let session = Session::welcome(&frame.payload).map_err(|_| Ending::Cut)?;
                    return Ok(Self { line, session, heard: 0, began: Instant::now() });
                }
                opcode::CLOSE => return Err(closed(&frame.payload)),
                _ => {}
            }
        }
    }

    /// The same without anything to show.
    pub(super) async fn join(from: Ipv4Addr, server: SocketAddr) -> Result<Self, Ending> {
        Self::come(from, server, Credentials::default()).await
    }

    /// Plays by the rules for a while; `look` sees every message's outcome. Gives how it ended, if it did.
    pub(super) async fn play(
        &mut self,
        length: Duration,
        controls: ShipControls,
        mut look: impl FnMut(&Session<Arena>),
    ) -> Option<Ending> {
        let until = Instant::now() + length;
        while Instant::now() < until {
            if let Some(ending) = self.turn(controls).await {
                return Some(ending);
            }
            look(&self.session);
        }
        None
    }

    /// Takes what comes within a moment, and sends what is due. Pings are answered.
    pub(super) async fn turn(&mut self, controls: ShipControls) -> Option<Ending> {
        match timeout(TURN, self.line.read()).await {
            Ok(Ok(frame)) => match frame.opcode {
                opcode::BINARY => {
                    let now = self.began.elapsed().as_secs_f64();
                    if self.session.receive(&frame.payload, now).is_err() {
                        return Some(Ending::Cut);
                    }
                    self.session.take_events().for_each(drop);
                    self.heard += self.session.take_talk().count();
                }
                opcode::PING if self.line.frame(opcode::PONG, &frame.payload).await.is_err() => {
                    return Some(Ending::Cut);
                }
                opcode::CLOSE => return Some(closed(&frame.payload)),
                _ => {}
            },
            Ok(Err(_)) => return Some(Ending::Cut),
            Err(_) => {}
        }
        self.session.advance(self.began.elapsed().as_secs_f64(), controls);
        let outgoing: Vec<_> = self.session.take_outgoing().collect();
        for message in outgoing {
            if self.line.frame(opcode::BINARY, &message).await.is_err() {
                return Some(Ending::Cut);
            }
        }
        None
    }
}

fn closed(payload: &[u8]) -> Ending {
    payload.first_chunk().map_or(Ending::Cut, |code| Ending::Closed(u16::from_be_bytes(*code)))
}
