//! One bot: a session over a socket, steered by the game's brain.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use fastwebsockets::{Frame, OpCode, Payload};
use tickwire_sync::{
    Tick,
    client::{Session, SessionError, Stats},
    game::{Game, View},
    protocol::CloseCode,
};
use tokio::{sync::mpsc, time::MissedTickBehavior};

use crate::socket::{ConnectError, Reader, Writer, connect};

/// Messages that wait between a bot's reader and the bot; the reader waits beyond that, and with it the server.
const MESSAGES_WAITING_MAX: usize = 64;
/// Arrivals that are kept for the jitter; later ones are left out. Nine hours at 30 Hz.
const ARRIVALS_MAX: usize = 1 << 20;

/// What a bot knows when it is done.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The counts when the measured time began.
    pub(crate) start: Option<Mark>,
    /// The counts at the end.
    pub(crate) end: Mark,
    /// The arrivals of snapshots in the measured time: tick, seconds.
    pub(crate) arrivals: Vec<(Tick, f64)>,
    /// What went wrong, if anything.
    pub(crate) failure: Option<Failure>,
}

/// Counts at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark {
    pub(crate) at: f64,
    pub(crate) bytes: u64,
    pub(crate) stats: Stats,
}

/// How a bot came to a bad end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server's bytes made no sense.
    Undecodable(SessionError),
    /// The connection ended before the bot wanted it to.
    Disconnected(Option<CloseCode>),
}

/// The times of a run that all bots share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    /// The zero of all times.
    pub(crate) epoch: Instant,
    /// When the measured time begins.
    pub(crate) measure_from: Instant,
    /// When everybody leaves.
    pub(crate) until: Instant,
}

enum Heard {
    Message(bytes::Bytes, Instant),
    Ping(bytes::Bytes),
    Closed(Option<CloseCode>),
}

/// A bot that is connected, but has not been welcomed yet.
pub(crate) struct Connected {
    reader: Reader,
    writer: Writer,
    bytes: Arc<AtomicU64>,
}

/// Connects a bot.
pub(crate) async fn dial(url: &str) -> Result<Connected, ConnectError> {
    let bytes = Arc::new(AtomicU64::new(0));
    let (reader, writer) = connect(url, Arc::clone(&bytes)).await?;
    Ok(Connected { reader, writer, bytes })
}

struct Bot<G: Game> {
    session: Option<Session<G>>,
    brain: G::Brain,
    controls: G::Controls,
    thought_at: Tick,
    visible: Vec<G::Entity>,
    bytes: Arc<AtomicU64>,
    schedule: Schedule,
    seen: Seen,
}

/// Plays until the schedule's end, or a failure.
pub(crate) async fn play<G: Game>(connected: Connected, name: String, room: String, schedule: Schedule) -> Seen {
    let Connected { reader, mut writer, bytes } = connected;
    let (sender, mut heard) = mpsc::channel(MESSAGES_WAITING_MAX);
    let reading = tokio::spawn(listen(reader, sender));
    let mut bot = Bot::<G> {
        session: None,
        brain: G::Brain::default(),
        controls: G::Controls::default(),
        thought_at: 0,
        visible: Vec::new(),
        bytes,
        schedule,
        seen: Seen::default(),
    };
    let result = bot.run(&mut writer, &mut heard, Session::<G>::hello(&name, &room)).await;
    bot.seen.failure = result.err();
    bot.seen.end = bot.mark(Instant::now());
    // The connection may be gone already.
    let _ = writer.write_frame(Frame::close(CloseCode::Normal.number(), b"")).await;
    reading.abort();
    bot.seen
}

impl<G: Game> Bot<G> {
    async fn run(
        &mut self,
        writer: &mut Writer,
        heard: &mut mpsc::Receiver<Heard>,
        hello: Vec<u8>,
    ) -> Result<(), Failure> {
        send(writer, OpCode::Binary, hello).await?;
        // Before the welcome, the rate does not matter.
        let mut clock = tokio::time::interval(Duration::from_millis(20));
        clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while Instant::now() < self.schedule.until {
            tokio::select! {
                heard = heard.recv() => match heard.unwrap_or(Heard::Closed(None)) {
                    Heard::Message(bytes, at) => self.receive(&bytes, at).map_err(Failure::Undecodable)?,
                    Heard::Ping(payload) => send(writer, OpCode::Pong, payload.to_vec()).await?,
                    Heard::Closed(code) => return Err(Failure::Disconnected(code)),
                },
                _ = clock.tick() => {}
            }
            self.act(writer).await?;
        }
        Ok(())
    }

    fn receive(&mut self, bytes: &[u8], at: Instant) -> Result<(), SessionError> {
        let now = self.seconds(at);
        let Some(session) = &mut self.session else {
            self.session = Some(Session::welcome(bytes)?);
            return Ok(());
        };
        let snapshots = session.stats().snapshots;
        session.receive(bytes, now)?;
        let tick = session.mirror().tick;
        let is_snapshot = session.stats().snapshots > snapshots;
        session.take_events().for_each(drop);
        session.take_chat().for_each(drop);
        if at >= self.schedule.measure_from {
            if self.seen.start.is_none() {
                self.seen.start = Some(self.mark(at));
            }
            if is_snapshot && self.seen.arrivals.len() < ARRIVALS_MAX {
                self.seen.arrivals.push((tick, now));
            }
        }
        Ok(())
    }

    async fn act(&mut self, writer: &mut Writer) -> Result<(), Failure> {
        self.think();
        let now = self.seconds(Instant::now());
        let Some(session) = &mut self.session else { return Ok(()) };
        session.advance(now, self.controls);
        for message in session.take_outgoing() {
            send(writer, OpCode::Binary, message).await?;
        }
        Ok(())
    }

    /// Decides once a tick, on what the session knows.
    fn think(&mut self) {
        let Some(session) = &self.session else { return };
        let Some(tick) = session.predicted_tick().filter(|&tick| tick != self.thought_at) else { return };
        self.thought_at = tick;
        self.visible.clear();
        self.visible.extend(session.mirror().iter().map(|(_, held)| held.state));
        let view = View {
            tick,
            player: session.player(),
            avatar: session.avatar(),
            own: session.own(),
            entities: &self.visible,
            rules: &**session.rules(),
            seed: u64::from(session.player()),
        };
        self.controls = G::think(&mut self.brain, &view);
    }

    fn mark(&self, at: Instant) -> Mark {
        Mark {
            at: self.seconds(at),
            bytes: self.bytes.load(Ordering::Relaxed),
            stats: self.session.as_ref().map(Session::stats).unwrap_or_default(),
        }
    }

    fn seconds(&self, at: Instant) -> f64 {
        at.saturating_duration_since(self.schedule.epoch).as_secs_f64()
    }
}

async fn send(writer: &mut Writer, opcode: OpCode, message: Vec<u8>) -> Result<(), Failure> {
    let frame = Frame::new(true, opcode, None, Payload::Owned(message));
    writer.write_frame(frame).await.map_err(|_| Failure::Disconnected(None))
}

/// `read_frame` loses bytes when it is cancelled, so it has a task of its own.
async fn listen(mut reader: Reader, sender: mpsc::Sender<Heard>) {
    loop {
        let frame = reader.read_frame(&mut |_| async { Ok::<(), std::io::Error>(()) }).await;
        let heard = match frame {
            Ok(frame) => match frame.opcode {
                OpCode::Binary => Heard::Message(frame.payload.to_vec().into(), Instant::now()),
                OpCode::Ping => Heard::Ping(frame.payload.to_vec().into()),
                OpCode::Close => Heard::Closed(close_code(&frame.payload)),
                _ => continue,
            },
            Err(_) => Heard::Closed(None),
        };
        let closed = matches!(heard, Heard::Closed(_));
        if sender.send(heard).await.is_err() || closed {
            return;
        }
    }
}

fn close_code(payload: &[u8]) -> Option<CloseCode> {
    let number = payload.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))?;
    CloseCode::from_number(number)
}
