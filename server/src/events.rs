//! `/events`: a room's ticker over a WebSocket, one JSON object a text frame, for score boards, bots and stream overlays. `docs/events.md` describes it.
//!
//! Whoever listens says nothing, except that where only an issuer's players are let in, its first message is a token, as text.

use std::sync::Arc;

use fastwebsockets::OpCode;
use hyper::upgrade::Upgraded;
use serde::Serialize;
use tickwire_sync::protocol::{
    Close, CloseCode, Role, Token,
    limits::{CLIENT_MESSAGE_MAX, HELLO_TIMEOUT},
};
use tokio::{
    io::AsyncWriteExt,
    sync::{broadcast::error::RecvError, mpsc, watch},
    task::JoinHandle,
    time::timeout,
};
use tracing::info;

use crate::{
    connection::{self, Reader, Shared, WRITE_TIMEOUT, next_frame, write_all},
    frames::{self, Received},
    heartbeat::{Heard, Heartbeat},
    http::ClientAddress,
    lag::WriteEnd,
    limits::Place,
    moderation::Whom,
    pace::Pace,
    rooms::{Known, RoomHandle},
};

/// So many pings may wait for their answer.
const PINGS_WAITING_MAX: usize = 4;

/// The first line that a listener gets.
#[derive(Serialize)]
#[serde(tag = "type", rename = "hello")]
struct Hello<'a> {
    room: &'a str,
    tick: u32,
    tick_rate: u32,
    /// How much later than the players hear of it everything is told, in milliseconds.
    delay_ms: u32,
}

/// What a listener gets instead of lines that were too many for it.
#[derive(Serialize)]
#[serde(tag = "type", rename = "missed")]
struct Missed {
    lines: u64,
}

/// How the listening ends.
enum Ended {
    /// By the listener, or by itself.
    Gone,
    Closed(Close),
}

impl<C: Into<Close>> From<C> for Ended {
    fn from(close: C) -> Self {
        Self::Closed(close.into())
    }
}

/// Serves one listener from its upgrade to its end, or until the sender of `stopping` is dropped.
pub(crate) async fn serve(
    upgraded: Upgraded,
    client: ClientAddress,
    (shared, room): (Arc<Shared>, RoomHandle),
    _places: [Place; 2],
    mut stopping: watch::Receiver<()>,
) {
    let Some((reader, mut writer, lines)) = connection::split(upgraded, shared.lag.as_ref()) else { return };
    let heard = Heard::default();
    let mut heartbeat = Heartbeat::new(shared.limits.flags().dead(), heard.clone());
    let mut listener = Listener { reader, heard, pace: Pace::new() };
    let ended = match listener.enter(client, (&shared, &room)).await {
        Ok(()) => {
            shared.counters.listens.add(1);
            info!(%client, room = %room.name, "listens");
            let (pings, pinged) = mpsc::channel(PINGS_WAITING_MAX);
            let mut reading = tokio::spawn(listener.read(pings));
            let ended = tokio::select! {
                ended = tell(&mut writer, &room, pinged, (&mut heartbeat, &mut reading)) => ended,
                _ = stopping.changed() => CloseCode::GoingAway.into(),
            };
            reading.abort();
            ended
        }
        Err(ended) => ended,
    };
    if let Ended::Closed(Close { code, reason }) = ended {
        shared.counters.closed(code);
        let _ = write(&mut writer, &frames::close(code, &reason)).await;
    }
    let _ = timeout(WRITE_TIMEOUT, writer.shutdown()).await;
    info!(%client, room = %room.name, "listens no more");
    lines.written().await;
}

/// Writes what the room has to tell, until somebody ends it.
async fn tell(
    writer: &mut WriteEnd,
    room: &RoomHandle,
    mut pinged: mpsc::Receiver<bytes::Bytes>,
    (heartbeat, reading): (&mut Heartbeat, &mut JoinHandle<Ended>),
) -> Ended {
    let mut lines = room.lines.listen();
    let tick = room.health().tick;
    let hello = Hello { room: &room.name, tick, tick_rate: room.tick_rate, delay_ms: room.delay_ms };
    let mut next = line(&hello);
    loop {
        if write(writer, &next).await.is_none() {
            return CloseCode::TooSlow.into();
        }
        next = tokio::select! {
            told = lines.recv() => match told {
                Ok(told) => text(&told),
                Err(RecvError::Lagged(lines)) => line(&Missed { lines }),
                Err(RecvError::Closed) => return CloseCode::GoingAway.into(),
            },
            is_alive = heartbeat.beat() => {
                if !is_alive {
                    return CloseCode::Dead.into();
                }
                frames::PING.to_vec()
            }
            Some(payload) = pinged.recv() => frames::pong(&payload),
            ended = &mut *reading => return ended.unwrap_or(Ended::Gone),
        };
    }
}

/// Where a listener's frames come from, and how fast they may.
struct Listener {
    reader: Reader,
    heard: Heard,
    pace: Pace,
}

impl Listener {
    /// Finds out whether it may listen.
    async fn enter(&mut self, client: ClientAddress, (shared, room): (&Shared, &RoomHandle)) -> Result<(), Ended> {
        let mut token = String::new();
        if shared.authenticator.wants_token() {
            let first = timeout(HELLO_TIMEOUT, self.first_text());
            token = first.await.map_err(|_| Ended::from(CloseCode::HelloTimeout))??;
        }
        self.reader.set_max_message_size(CLIENT_MESSAGE_MAX + 1);
        let admission = shared.authenticator.admit(Token(&token), Role::Watcher, &room.name);
        let known = Known::new(&admission.map_err(Close::from)?.identity, client.ip);
        shared.moderation.ban(&Whom::from(&known)).map_or(Ok(()), |close| Err(close.into()))
    }

    async fn first_text(&mut self) -> Result<String, Ended> {
        let frame = next_frame(&mut self.reader).await;
        let mut frame = frame.map_err(|error| frames::failure(&error).map_or(Ended::Gone, Ended::from))?;
        if frame.opcode != OpCode::Text || !frame.fin || !frames::is_masked(&mut frame) {
            return Err(CloseCode::ProtocolError.into());
        }
        String::from_utf8(frame.payload.to_vec()).map_err(|_| CloseCode::ProtocolError.into())
    }

    /// Reads on until the end: whoever listens has nothing to say.
    async fn read(mut self, pings: mpsc::Sender<bytes::Bytes>) -> Ended {
        loop {
            let frame = match next_frame(&mut self.reader).await {
                Ok(frame) => frame,
                Err(error) => return frames::failure(&error).map_or(Ended::Gone, Ended::from),
            };
            self.heard.set();
            if self.pace.check(frame.payload.len()).is_err() {
                return CloseCode::TooMany.into();
            }
            match frames::judge(frame) {
                Ok(Received::Ping(payload)) => drop(pings.try_send(payload)),
                Ok(Received::Pong) => {}
                Ok(Received::Message(_)) => return CloseCode::BadMessage.into(),
                Ok(Received::Close | Received::ComingBack) => return CloseCode::Normal.into(),
                Err(code) => return code.into(),
            }
        }
    }
}

fn line(line: &impl Serialize) -> Vec<u8> {
    text(&serde_json::to_string(line).expect("plain data becomes JSON"))
}

fn text(text: &str) -> Vec<u8> {
    [&frames::head(OpCode::Text, text.as_bytes()), text.as_bytes()].concat()
}

async fn write(writer: &mut WriteEnd, bytes: &[u8]) -> Option<()> {
    timeout(WRITE_TIMEOUT, write_all(writer, bytes)).await.ok()?.ok()
}
