//! One bot: a session over a socket, and a pilot that decides what it does; or a watcher, which does nothing.

use std::{
    fmt, io,
    pin::pin,
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
    game::Game,
    protocol::{Close, CloseCode, Credentials, OwnedToken, Role, Watched, limits::INPUT_REPEAT},
};
use tokio::time::sleep_until;

use crate::{
    arrivals::Arrival,
    costs::Costs,
    pilot::Pilot,
    socket::{ConnectError, Dialer, Reader, Writer},
};

/// Arrivals that are kept of a bot; later ones are left out. Nine hours at 30 Hz.
const ARRIVALS_MAX: usize = 1 << 20;

/// What a bot knows when it is done.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The counts when the measured time began.
    pub(crate) start: Option<Mark>,
    /// The counts at the end.
    pub(crate) end: Mark,
    /// The arrivals of snapshots in the measured time.
    pub(crate) arrivals: Vec<Arrival>,
    /// What the bytes of snapshots were for in the measured time, where that was asked.
    pub(crate) costs: Option<Costs>,
    /// What went wrong, if anything.
    pub(crate) failure: Option<Failure>,
}

/// Counts at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark {
    pub(crate) at: f64,
    /// Bytes that were read, WebSocket headers included.
    pub(crate) bytes: u64,
    /// Messages that were sent, and their bytes without headers.
    pub(crate) sent: u64,
    pub(crate) sent_bytes: u64,
    /// Messages that were received, and their bytes without headers.
    pub(crate) received: u64,
    pub(crate) received_bytes: u64,
    pub(crate) stats: Stats,
}

/// How a bot came to a bad end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server's bytes made no sense.
    Undecodable(SessionError),
    /// The connection ended before the bot wanted it to.
    Disconnected(Option<Close>),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Undecodable(error) => error.fmt(f),
            Self::Disconnected(None) => f.write_str("the connection was lost"),
            Self::Disconnected(Some(Close { code, reason })) => {
                write!(f, "closed by the server ({}): {reason}", code.number())
            }
        }
    }
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

impl Schedule {
    fn seconds(&self, at: Instant) -> f64 {
        at.saturating_duration_since(self.epoch).as_secs_f64()
    }
}

/// A bot that is connected, but has not been welcomed yet.
pub(crate) struct Connected {
    reader: Reader,
    writer: Writer,
    bytes: Arc<AtomicU64>,
}

/// Connects a bot.
pub(crate) async fn dial(dialer: &Dialer) -> Result<Connected, ConnectError> {
    let bytes = Arc::new(AtomicU64::new(0));
    let (reader, writer) = dialer.connect(Arc::clone(&bytes)).await?;
    Ok(Connected { reader, writer, bytes })
}

/// What a bot is there for.
pub(crate) enum Part<P> {
    /// It plays under this name.
    Play(String, P),
    /// It looks on.
    Watch(Watched),
}

struct Bot<G: Game, P> {
    /// `None` before the welcome. Blind: nothing is drawn.
    session: Option<Session<G>>,
    part: Part<P>,
    /// What the pilot decided last, and for which tick.
    decided: (Tick, G::Controls),
    writer: Writer,
    bytes: Arc<AtomicU64>,
    schedule: Schedule,
    seen: Seen,
}

/// Plays in a room, with a token to show there, until the schedule's end, or a failure.
pub(crate) async fn play<G: Game, P: Pilot<G>>(
    connected: Connected,
    (room, token): (String, OwnedToken),
    schedule: Schedule,
    part: Part<P>,
    costs: Option<Costs>,
) -> Seen {
    let Connected { mut reader, writer, bytes } = connected;
    let decided = (Tick::MAX, G::Controls::default());
    let (name, role) = match &part {
        Part::Play(name, _) => (&**name, Role::Player),
        Part::Watch(_) => ("", Role::Watcher),
    };
    let credentials = Credentials { token: token.borrowed(), resume: None };
    let hello = Session::<G>::hello_again(name, &room, role, credentials);
    let mut bot =
        Bot { session: None, part, decided, writer, bytes, schedule, seen: Seen { costs, ..Seen::default() } };
    let result = bot.run(&mut reader, hello).await;
    bot.seen.failure = result.err();
    bot.seen.end = bot.mark(Instant::now());
    // The connection may be gone already.
    let _ = bot.writer.write_frame(Frame::close(CloseCode::Normal.number(), b"")).await;
    let _ = bot.writer.flush().await;
    bot.seen
}

impl<G: Game, P: Pilot<G>> Bot<G, P> {
    async fn run(&mut self, reader: &mut Reader, hello: Vec<u8>) -> Result<(), Failure> {
        self.send(OpCode::Binary, hello).await?;
        let until = self.schedule.until;
        let mut clock = pin!(sleep_until(until.into()));
        loop {
            let mut no_answer = |_| async { Ok::<(), io::Error>(()) };
            // A read that has begun goes on while the clock strikes: dropping it would lose bytes.
            let mut reading = pin!(reader.read_frame(&mut no_answer));
            let read = loop {
                tokio::select! {
                    biased;
                    read = &mut reading => break read,
                    () = &mut clock => {
                        if Instant::now() >= until {
                            return Ok(());
                        }
                        let next = self.act(Instant::now()).await?;
                        clock.as_mut().reset(next.into());
                    }
                }
            };
            let frame = read.map_err(|_| Failure::Disconnected(None))?;
            match frame.opcode {
                OpCode::Binary => {
                    let now = Instant::now();
                    self.seen.end.received += 1;
                    self.seen.end.received_bytes += frame.payload.len() as u64;
                    self.receive(&frame.payload, now).map_err(Failure::Undecodable)?;
                    let next = self.act(now).await?;
                    clock.as_mut().reset(next.into());
                }
                OpCode::Ping => self.send(OpCode::Pong, frame.payload.to_vec()).await?,
                OpCode::Close => return Err(Failure::Disconnected(farewell(&frame.payload))),
                _ => {}
            }
        }
    }

    fn receive(&mut self, bytes: &[u8], at: Instant) -> Result<(), SessionError> {
        let now = self.schedule.seconds(at);
        let Some(session) = &mut self.session else {
            let session = self.session.insert(Session::welcome(bytes)?.blind());
            if let Part::Watch(watched) = self.part {
                session.watch(watched);
            }
            return Ok(());
        };
        let before = session.stats();
        session.receive(bytes, now)?;
        if let Some(costs) = &mut self.seen.costs {
            costs.read(bytes)?;
            costs.see(session.mirror(), session.stats().ticks - before.ticks);
        }
        let tick = session.mirror().tick;
        let is_snapshot = session.stats().snapshots > before.snapshots;
        session.take_events().for_each(drop);
        session.take_talk().for_each(drop);
        if at >= self.schedule.measure_from {
            if self.seen.start.is_none() {
                self.seen.start = Some(self.mark(at));
                self.seen.costs.iter_mut().for_each(Costs::restart);
            }
            if is_snapshot && self.seen.arrivals.len() < ARRIVALS_MAX {
                self.seen.arrivals.push((tick, now));
            }
        }
        Ok(())
    }

    /// Predicts the ticks that have begun, sends what there is to send, and says when to do so again.
    async fn act(&mut self, at: Instant) -> Result<Instant, Failure> {
        let now = self.schedule.seconds(at);
        let wait = self.advance(now).map_or(Duration::MAX, Duration::from_secs_f64);
        while let Some(message) = self.session.as_mut().and_then(|session| session.take_outgoing().next()) {
            self.send(OpCode::Binary, message).await?;
        }
        Ok(at.checked_add(wait).unwrap_or(self.schedule.until).min(self.schedule.until))
    }

    /// Predicts tick by tick, so that each has the controls that the pilot decided for it, even where several begin at once. Gives the seconds
    /// until the next one begins; `None` before the first snapshot.
    fn advance(&mut self, now: f64) -> Option<f64> {
        let session = self.session.as_mut()?;
        let Part::Play(_, pilot) = &mut self.part else {
            session.advance(now, G::Controls::default());
            return Some(INPUT_REPEAT.as_secs_f64());
        };
        let rate = f64::from(session.tick_rate());
        loop {
            let next = session.predicted_tick()? + 1;
            let overdue = session.clock().predicted(now)? - f64::from(next);
            if overdue < 0.0 {
                // It still acknowledges: while the clock is set back, no tick may begin for a while.
                session.advance(now, self.decided.1);
                return Some((-overdue / rate).min(INPUT_REPEAT.as_secs_f64()));
            }
            if self.decided.0 != next {
                self.decided = (next, pilot.decide(next, session));
            }
            // Half a tick after the next one began, for as long as another has begun since.
            let at = if overdue > 1.0 { now - (overdue - 0.5) / rate } else { now };
            session.advance(at, self.decided.1);
            if session.predicted_tick() == Some(next - 1) {
                // As far ahead as there is; but it goes on acknowledging.
                session.advance(now, self.decided.1);
                return Some(1.0 / rate);
            }
        }
    }

    async fn send(&mut self, opcode: OpCode, message: Vec<u8>) -> Result<(), Failure> {
        if opcode == OpCode::Binary {
            self.seen.end.sent += 1;
            self.seen.end.sent_bytes += message.len() as u64;
        }
        let frame = Frame::new(true, opcode, None, Payload::Owned(message));
        let sent = async {
            self.writer.write_frame(frame).await?;
            // Where it is encrypted, it may be held back until then.
            self.writer.flush().await
        };
        sent.await.map_err(|_| Failure::Disconnected(None))
    }

    fn mark(&self, at: Instant) -> Mark {
        Mark {
            at: self.schedule.seconds(at),
            bytes: self.bytes.load(Ordering::Relaxed),
            stats: self.session.as_ref().map(Session::stats).unwrap_or_default(),
            ..self.seen.end
        }
    }
}

/// What the server closes with, in its own words.
fn farewell(payload: &[u8]) -> Option<Close> {
    let (number, reason) = payload.split_first_chunk()?;
    let code = CloseCode::from_number(u16::from_be_bytes(*number))?;
    Some(Close { code, reason: String::from_utf8_lossy(reason).into_owned().into() })
}
