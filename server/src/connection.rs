//! A game socket: its hello, then a task that reads and one that writes what the room's delivery does not, until either ends.
//!
//! `read_frame` loses bytes when it is cancelled, so nothing here selects over it but the end: the reader owns its half for good.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use fastwebsockets::{Frame, WebSocketError, WebSocketRead, after_handshake_split};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tickwire_sync::protocol::{
    ClientMessage, Close, CloseCode, Hello, PROTOCOL_VERSION, decode_client, hello_version,
    limits::{CLIENT_MESSAGE_MAX, HELLO_BYTES_MAX, HELLO_TIMEOUT},
};
use tokio::{
    io::AsyncWriteExt,
    sync::{Notify, oneshot},
    time::timeout,
};
use tracing::{error, info};

use crate::{
    activity::Activity,
    counters::Counters,
    filter::ChatFilter,
    frames::{self, Received},
    heartbeat::{Heard, Heartbeat},
    http::ClientAddress,
    identity::Authenticator,
    lag::{Lines, ReadEnd, SimulatedLag, WriteEnd},
    limits::{Limits, Place},
    metrics::In,
    moderation::Moderation,
    outbox::{Next, Outbox},
    pace::Pace,
    refusals::Refused,
    rooms::{self, Entered, Inbound, Join, Person, RoomHandle, Who},
    speech::{Speaker, Speech},
    stream::Stream,
    text,
};

/// A socket that takes nothing for so long is given up.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// After our close frame, the peer has so long to answer before the connection is cut.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The socket, or the end of a simulated line to it.
pub(crate) type Reader = WebSocketRead<ReadEnd>;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) rooms: Vec<RoomHandle>,
    pub(crate) counters: Arc<Counters>,
    /// What it all may take.
    pub(crate) limits: Arc<Limits>,
    /// Decides who is let in.
    pub(crate) authenticator: Authenticator,
    /// Who is muted.
    pub(crate) moderation: Arc<Moderation>,
    /// Whether slurs are masked.
    pub(crate) chat_filter: ChatFilter,
    /// The hash of the game's tables; a client with others cannot play.
    pub(crate) tables_hash: u64,
    /// The network to simulate, if it is not to be as it is.
    pub(crate) lag: Option<SimulatedLag>,
}

/// How a connection came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// The client said goodbye.
    Left,
    /// Nothing came or went any more.
    Lost,
    /// The server closed it.
    Closed(CloseCode),
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Left => write!(f, "left"),
            Self::Lost => write!(f, "connection lost"),
            Self::Closed(code) => write!(f, "closed by the server ({}): {}", code.number(), code.reason()),
        }
    }
}

/// A client's messages: where they come from, how fast they may, what is to know that they came, and what ends the wait for them.
struct Incoming {
    reader: Reader,
    pace: Pace,
    heard: Heard,
    activity: Activity,
    enough: Arc<Notify>,
}

/// Serves a connection from its upgrade to its end, and keeps its place until then.
pub(crate) async fn serve(upgraded: Upgraded, client: ClientAddress, shared: Arc<Shared>, _place: Place) {
    shared.counters.connections.add(1);
    let Some((reader, writer, lines)) = split(upgraded, shared.lag.as_ref()) else {
        error!(%client, "the upgraded connection is not what was accepted: a bug in how the server is set up");
        return;
    };
    let outbox = Arc::new(Outbox::new(writer));
    let activity = Activity::new(None, Instant::now());
    let mut incoming =
        Incoming { reader, pace: Pace::new(), heard: Heard::default(), activity, enough: Arc::default() };
    let heartbeat = Heartbeat::new(shared.limits.flags().dead(), incoming.heard.clone());
    let writing = tokio::spawn(write(Arc::clone(&outbox), heartbeat));
    let ended = match enter(&mut incoming, &outbox, (client, &shared)).await {
        Ok(seat) => play(incoming, &outbox, writing, seat, (client, &shared)).await,
        Err(ended) => {
            end(ended, &outbox);
            let _ = timeout(WRITE_TIMEOUT, writing).await;
            drain_after(incoming.reader, ended).await;
            match ended {
                Ended::Closed(_) => info!(%client, "turned away: {ended}"),
                Ended::Left | Ended::Lost => info!(%client, "gone before it came in: {ended}"),
            }
            ended
        }
    };
    if let Ended::Closed(code) = ended {
        shared.counters.closed(code);
        if let Some(refused) = refused_by(code) {
            shared.counters.refused.count(refused);
        }
    }
    lines.written().await;
}

/// Tells a client for which there is no place, and keeps that of whoever is turned away until it is told.
pub(crate) async fn turn_away(upgraded: Upgraded, code: CloseCode, shared: Arc<Shared>, _place: Place) {
    let Some((reader, mut writer, _)) = split(upgraded, None) else { return };
    shared.counters.closed(code);
    let goodbye = frames::close(code, code.reason());
    if matches!(timeout(CLOSE_TIMEOUT, write_all(&mut writer, &goodbye)).await, Ok(Ok(()))) {
        drain(reader).await;
    }
}

/// What a close of ours refuses, where the code alone says it.
fn refused_by(code: CloseCode) -> Option<Refused> {
    match code {
        CloseCode::HelloTimeout => Some(Refused::HelloTime),
        CloseCode::RoomFull => Some(Refused::Players),
        CloseCode::WatchersFull => Some(Refused::Watchers),
        CloseCode::Idle => Some(Refused::Idle),
        CloseCode::Dead => Some(Refused::Dead),
        _ => None,
    }
}

/// Where somebody plays or looks on, and as whom.
struct Seat {
    room: RoomHandle,
    entered: Entered,
}

/// The two ends of what was upgraded, with nothing automatic about them; `None` where it is not what was accepted.
pub(crate) fn split(upgraded: Upgraded, lag: Option<&SimulatedLag>) -> Option<(Reader, WriteEnd, Lines)> {
    let parts = upgraded.downcast::<TokioIo<Stream>>().ok()?;
    // What hyper read beyond the upgrade comes first.
    let ends = parts.io.into_inner().into_ends(parts.read_buf);
    let ((read, write), lines) = match lag {
        Some(lag) => lag.lay(ends),
        None => (ends, Lines::default()),
    };
    let (mut reader, _) = after_handshake_split(read, tokio::io::sink(), fastwebsockets::Role::Server);
    reader.set_auto_close(false);
    reader.set_auto_pong(false);
    // The library refuses what is as large as its maximum. The first message may carry a token.
    reader.set_max_message_size(HELLO_BYTES_MAX + 1);
    Some((reader, write, lines))
}

/// Waits for the hello, finds out who it is, and takes a seat.
async fn enter(
    incoming: &mut Incoming,
    outbox: &Arc<Outbox>,
    (client, shared): (ClientAddress, &Shared),
) -> Result<Seat, Ended> {
    let bytes = timeout(HELLO_TIMEOUT, next_message(incoming, outbox, &shared.counters))
        .await
        .map_err(|_| Ended::Closed(CloseCode::HelloTimeout))??;
    incoming.reader.set_max_message_size(CLIENT_MESSAGE_MAX + 1);
    let hello = read_hello(&bytes, shared).map_err(Ended::Closed)?;
    shared.counters.traffic.received(In::Hello, bytes.len());
    let Some(room) = rooms::find(&shared.rooms, hello.room).cloned() else {
        outbox.close(rooms::no_such_room(&shared.rooms));
        return Err(Ended::Closed(CloseCode::NoSuchRoom));
    };
    let Hello { role, credentials, .. } = hello;
    let admission = shared.authenticator.admit(credentials.token, role, &room.name).map(|admission| {
        // Who is named by its token has no other name.
        let name = admission.identity.name.clone().unwrap_or_else(|| text::name(hello.name));
        let masked = shared.chat_filter.mask(&name);
        (admission, masked.unwrap_or(name))
    });
    let (reply, seated) = oneshot::channel();
    let resume = credentials.resume;
    let join = Join { role, address: client.ip, resume, admission, outbox: Arc::clone(outbox), reply };
    let stopping = Ended::Closed(CloseCode::GoingAway);
    room.inbox.send(Inbound::Join(Box::new(join))).await.map_err(|_| stopping)?;
    match seated.await.map_err(|_| stopping)? {
        Ok(entered) => Ok(Seat { room, entered }),
        Err(close) => {
            let ended = Ended::Closed(close.code);
            info!(%client, room = %room.name, "not let in: {}", close.reason);
            outbox.close(close);
            Err(ended)
        }
    }
}

/// Reads the first message, as far as it can be judged without a room.
fn read_hello<'a>(bytes: &'a [u8], shared: &Shared) -> Result<Hello<'a>, CloseCode> {
    match hello_version(bytes) {
        None => return Err(CloseCode::BadMessage),
        Some(version) if version != PROTOCOL_VERSION => return Err(CloseCode::WrongVersion),
        Some(_) => {}
    }
    let Ok(ClientMessage::Hello(hello)) = decode_client(bytes) else {
        return Err(CloseCode::BadMessage);
    };
    if hello.tables_hash != shared.tables_hash {
        return Err(CloseCode::WrongRules);
    }
    Ok(hello)
}

/// Plays or looks on until either side ends it, and gives the seat back.
async fn play(
    incoming: Incoming,
    outbox: &Arc<Outbox>,
    writing: tokio::task::JoinHandle<Ended>,
    seat: Seat,
    (client, shared): (ClientAddress, &Arc<Shared>),
) -> Ended {
    let Seat { room, entered: Entered { who, player, resumed } } = seat;
    let (id, name) = player.clone().map(|Person { known, name, .. }| (known.id.to_string(), name)).unzip();
    let name = name.as_deref();
    info!(%client, room = %room.name, %who, id, name, "{}", if resumed { "joined again" } else { "joined" });
    let enough = Arc::clone(&incoming.enough);
    let mut reading = tokio::spawn(read(incoming, Arc::clone(outbox), (room.clone(), who, player), Arc::clone(shared)));
    let mut writing = writing;
    let ended = tokio::select! {
        read = &mut reading => match read {
            Ok((ended, reader)) => {
                end(ended, outbox);
                let written = timeout(WRITE_TIMEOUT, &mut writing).await;
                drain_after(reader, ended).await;
                match written {
                    // The server closed it first, and that was the end of the other side.
                    Ok(Ok(closed)) if closed != Ended::Closed(CloseCode::Normal) => closed,
                    _ => ended,
                }
            }
            Err(_) => Ended::Lost,
        },
        written = &mut writing => {
            if timeout(CLOSE_TIMEOUT, &mut reading).await.is_err() {
                // Between two messages: an order that was begun is done to its end.
                enough.notify_one();
                let _ = reading.await;
            }
            written.unwrap_or(Ended::Lost)
        }
    };
    writing.abort();
    let is_lost = matches!(who, Who::Player(..))
        && match ended {
            Ended::Lost => true,
            Ended::Left => false,
            Ended::Closed(code) => code.holds_seat(),
        };
    let held = if is_lost { shared.limits.hold(&client) } else { None };
    let parting = held.map_or(Inbound::Leave(who), |place| Inbound::Lost(who, place));
    // The room may be gone already, and with it the player.
    let _ = room.inbox.send(parting).await;
    info!(%client, room = %room.name, %who, id, name, "{ended}");
    ended
}

/// Makes the writer say goodbye, where that makes sense.
fn end(ended: Ended, outbox: &Outbox) {
    outbox.close(match ended {
        Ended::Left | Ended::Lost => CloseCode::Normal,
        Ended::Closed(code) => code,
    });
}

/// Reads messages into the room until the connection ends or breaks a rule.
async fn read(
    mut incoming: Incoming,
    outbox: Arc<Outbox>,
    (room, who, player): (RoomHandle, Who, Option<Person>),
    shared: Arc<Shared>,
) -> (Ended, Reader) {
    let speaker = player.map(|person| Speaker::new(who, person, &room, &shared));
    let ended = read_into(&mut incoming, &outbox, (&room, who), (speaker, &shared)).await;
    (ended, incoming.reader)
}

async fn read_into(
    incoming: &mut Incoming,
    outbox: &Outbox,
    (room, who): (&RoomHandle, Who),
    (speaker, Shared { counters, limits, .. }): (Option<Speaker<'_>>, &Shared),
) -> Ended {
    if matches!(who, Who::Player(..)) {
        incoming.activity = Activity::new(limits.flags().idle(), Instant::now());
    }
    loop {
        let bytes = match next_message(incoming, outbox, counters).await {
            Ok(bytes) => bytes,
            Err(ended) => return ended,
        };
        let Ok(message) = decode_client(&bytes) else { return Ended::Closed(CloseCode::BadMessage) };
        counters.traffic.received(In::from(&message), bytes.len());
        if let (Some(speech), Some(speaker)) = (Speech::of(&message), &speaker) {
            if let Some(inbound) = speaker.says(speech).await {
                incoming.activity.acted(Instant::now());
                if room.inbox.send(inbound).await.is_err() {
                    return Ended::Closed(CloseCode::GoingAway);
                }
            }
            continue;
        }
        let inbound = match (message, who) {
            (ClientMessage::Input(input), Who::Player(..)) => {
                let now = Instant::now();
                incoming.activity.holds(input.controls, now);
                if incoming.activity.is_idle(now) {
                    return Ended::Closed(CloseCode::Idle);
                }
                Inbound::Input(who, input, now)
            }
            (ClientMessage::Watch(watched), Who::Watcher(number)) => Inbound::Watch(number, watched.into()),
            (ClientMessage::Ack(ack), Who::Watcher(number)) => Inbound::Ack(number, ack, Instant::now()),
            (ClientMessage::Keyframe, _) => Inbound::Keyframe(who),
            (ClientMessage::Away, _) => Inbound::Away(who),
            (ClientMessage::Back, _) => {
                incoming.activity.acted(Instant::now());
                Inbound::Back(who)
            }
            // A second hello, or what belongs to the other role.
            _ => return Ended::Closed(CloseCode::BadMessage),
        };
        if room.inbox.send(inbound).await.is_err() {
            return Ended::Closed(CloseCode::GoingAway);
        }
    }
}

/// Reads the next frame. As in `read_frame`, bytes are lost where this is dropped halfway.
pub(crate) async fn next_frame(reader: &mut Reader) -> Result<Frame<'_>, WebSocketError> {
    // Neither pongs nor closes are automatic, so there is nothing to send.
    reader.read_frame(&mut |_| async { Ok::<(), WebSocketError>(()) }).await
}

/// The next message; pings on the way are answered. Every frame counts for the pace.
async fn next_message(incoming: &mut Incoming, outbox: &Outbox, counters: &Counters) -> Result<Bytes, Ended> {
    let Incoming { reader, pace, heard, activity, enough } = incoming;
    loop {
        let frame = tokio::select! {
            frame = next_frame(reader) => frame,
            // What was being read is lost with the connection.
            () = enough.notified() => return Err(Ended::Lost),
        };
        let frame = frame.map_err(|error| frames::failure(&error).map_or(Ended::Lost, Ended::Closed))?;
        heard.set();
        let bytes = frame.payload.len();
        let received = frames::judge(frame).map_err(Ended::Closed)?;
        pace.check(bytes).map_err(|refused| {
            counters.refused.count(refused);
            Ended::Closed(CloseCode::TooMany)
        })?;
        match received {
            Received::Message(bytes) => return Ok(bytes),
            Received::Ping(_) | Received::Pong if activity.is_idle(Instant::now()) => {
                return Err(Ended::Closed(CloseCode::Idle));
            }
            Received::Ping(payload) => outbox.pong(payload),
            Received::Pong => {}
            Received::Close => return Err(Ended::Left),
            Received::ComingBack => return Err(Ended::Lost),
        }
    }
}

async fn drain_after(reader: Reader, ended: Ended) {
    if matches!(ended, Ended::Closed(_)) {
        drain(reader).await;
    }
}

/// After a refusal: takes what the peer still sends, so that our close frame is not lost to a reset.
pub(crate) async fn drain(mut reader: Reader) {
    let until_close = async {
        while let Ok(frame) = next_frame(&mut reader).await {
            if frame.opcode == fastwebsockets::OpCode::Close {
                break;
            }
        }
    };
    let _ = timeout(CLOSE_TIMEOUT, until_close).await;
}

/// Writes what the room's delivery does not, and pings, until the outbox says goodbye, or the socket takes nothing any more.
async fn write(outbox: Arc<Outbox>, mut heartbeat: Heartbeat) -> Ended {
    loop {
        let (mut writer, next) = tokio::select! {
            next = outbox.next() => next,
            is_alive = heartbeat.beat() => {
                if is_alive {
                    outbox.ping();
                } else {
                    outbox.close(CloseCode::Dead);
                }
                continue;
            }
        };
        let written = match &next {
            Next::Messages(messages) => timeout(WRITE_TIMEOUT, write_all(&mut writer, messages.rest())).await,
            Next::Pong(payload) => timeout(WRITE_TIMEOUT, write_all(&mut writer, &frames::pong(payload))).await,
            Next::Ping => timeout(WRITE_TIMEOUT, write_all(&mut writer, &frames::PING)).await,
            Next::Close(Close { code, reason }) => {
                let _ = timeout(CLOSE_TIMEOUT, write_all(&mut writer, &frames::close(*code, reason))).await;
                return Ended::Closed(*code);
            }
        };
        match written {
            Ok(Ok(())) => outbox.written(writer, next),
            Ok(Err(_)) => return Ended::Lost,
            Err(_) => return Ended::Closed(CloseCode::TooSlow),
        }
    }
}

/// What is encrypted may be held back until it is flushed.
pub(crate) async fn write_all(writer: &mut WriteEnd, bytes: &[u8]) -> io::Result<()> {
    writer.write_all(bytes).await?;
    writer.flush().await
}
