//! A client: a session behind a bad network, on a clock of its own, in a tab that may sleep; and what is checked at its end.

use std::collections::VecDeque;

use tickwire_sync::{
    Tick,
    client::Session,
    game::{Controls, Game},
    protocol::{Ack, ClientMessage, Role, ServerMessage, Watched, decode_client, decode_server, encode_client},
    random::Random,
    server::LinkSettings,
};

use crate::{
    ledger::Expected,
    network::{Network, Pipe},
    report::Totals,
    server::Seat,
    trace::Trace,
};

/// How a client is and behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    pub(crate) network: Network,
    /// Whether it watches, and plays not.
    pub(crate) watches: bool,
    /// How often in a second it then turns to somebody else: a probability for each frame, or more.
    pub(crate) turn_chance: f32,
    pub(crate) link: LinkSettings,
    /// Its clock gains so much, as a share of time.
    pub(crate) drift: f64,
    /// From one picture to the next, in seconds: a tab in the background draws rarely.
    pub(crate) frame_seconds: f64,
    /// How long controls last, in seconds.
    pub(crate) hold_seconds: f64,
    /// How often in a second its tab falls asleep: a probability.
    pub(crate) sleep_chance: f32,
    /// The longest such sleep, in seconds.
    pub(crate) sleep_max: f32,
    /// Whether it says so.
    pub(crate) says_away: bool,
    /// How often in a second it leaves: a probability.
    pub(crate) leave_chance: f32,
    /// Whether it acknowledges what was never sent.
    pub(crate) lies: bool,
}

/// A stalled or slept client is back in step after so long, over its round trip. A keyframe on return may have to wait a second for the one
/// before it.
const RECOVERY_SECONDS: f64 = 1.0;
/// Being in step is to hold a snapshot no older than this, over the way to the client and the way of its acknowledgement.
const STEP_SECONDS: f64 = 0.6;

/// A link that carries so many bytes a second is enough to be in step, with less to know.
const SLOW_BUT_FRESH: f64 = 1500.0;
/// On a slow link a welcome, or all that is near, takes so much longer to arrive,
const SLOW_RECOVERY_SECONDS: f64 = 5.0;
/// and the newest snapshot is so much older at most: now and then nothing is sent until all has arrived.
const SLOW_STEP_SECONDS: f64 = 0.8;
/// Events are never left out: a snapshot that takes longer than this on its link disturbs the client.
const HEAVY_SECONDS: f64 = 0.3;

/// A client, connected or not.
#[derive(Debug)]
pub(crate) struct Client<G: Game> {
    pub(crate) index: u32,
    pub(crate) habits: Habits,
    seed: u64,
    pub(crate) session: Option<Session<G>>,
    /// Its place on the server, once its hello has arrived.
    pub(crate) seat: Option<Seat<G>>,
    pub(crate) down: Pipe,
    pub(crate) up: Pipe,
    /// What the snapshots under way must lead to.
    pub(crate) expected: VecDeque<Expected<G>>,
    /// Not connected until then.
    offline_until: f64,
    asleep_until: Option<f64>,
    /// Since when nothing disturbs it, as far as the client itself goes.
    calm_from: f64,
    next_frame: f64,
    frames: u32,
    connections: u32,
    pub(crate) hello_sent: bool,
    /// The ticks of the inputs that the server has not taken in yet.
    pub(crate) unheard: VecDeque<Tick>,
    audits: u64,
    mispredictions: u64,
    /// Whether it was found in step since the last trouble.
    in_step: bool,
}

impl<G: Game> Client<G> {
    pub(crate) fn new(index: u32, habits: Habits, seed: u64, offline_until: f64) -> Self {
        let pipe = |purpose| Pipe::new(habits.network, Random::keyed(seed, purpose, index, 0));
        Self {
            index,
            habits,
            seed,
            session: None,
            seat: None,
            down: pipe(20),
            up: pipe(21),
            expected: VecDeque::new(),
            offline_until,
            asleep_until: None,
            calm_from: 0.0,
            next_frame: 0.0,
            frames: 0,
            connections: 0,
            hello_sent: false,
            unheard: VecDeque::new(),
            audits: 0,
            mispredictions: 0,
            in_step: false,
        }
    }

    /// Its connection is gone, from whichever end; it comes back after `seconds`.
    pub(crate) fn disconnect(&mut self, now: f64, seconds: f64) {
        self.connections += 1;
        let pipe =
            |purpose| Pipe::new(self.habits.network, Random::keyed(self.seed, purpose, self.index, self.connections));
        let fresh = Self::new(self.index, self.habits, self.seed, now + seconds);
        *self = Self {
            down: pipe(20),
            up: pipe(21),
            connections: self.connections,
            frames: self.frames,
            next_frame: self.next_frame,
            asleep_until: self.asleep_until,
            ..fresh
        };
    }

    fn local(&self, now: f64) -> f64 {
        100.0 * f64::from(self.index) + now * (1.0 + self.habits.drift)
    }

    /// A snapshot of so many bytes is on its way to it.
    pub(crate) fn sent(&mut self, now: f64, bytes: usize) {
        let takes = self.habits.network.bytes_per_second.map_or(0.0, |rate| bytes as f64 / rate);
        if takes > HEAVY_SECONDS {
            self.calm_from = self.calm_from.max(now + takes);
        }
    }

    pub(crate) fn is_asleep(&self) -> bool {
        self.asleep_until.is_some()
    }

    /// Seconds from one end to the other and back, at most, while nothing is held up.
    pub(crate) fn round_trip_max(&self) -> f64 {
        2.0 * (self.habits.network.latency + self.habits.network.jitter)
    }

    /// What the player does at a moment: at random, with every few seconds one in which nothing changes.
    fn controls(&self, now: f64) -> G::Controls {
        let moment = if now % 6.0 > 4.5 { now - now % 6.0 } else { now };
        let turn = (moment / self.habits.hold_seconds) as u32;
        let mut random = Random::keyed(self.seed, 22, self.index, turn);
        let bits = [0, 0, 3, 5, 8, 15, 16, 17][random.below(8) as usize];
        (0..64).find_map(|_| G::Controls::from_bits(random.below(1 << bits))).unwrap_or_default()
    }

    /// Lets the client live up to `now`.
    pub(crate) fn run(&mut self, now: f64, totals: &mut Totals, trace: &mut Trace) -> Result<(), String> {
        if now < self.next_frame || now < self.offline_until {
            return Ok(());
        }
        self.next_frame = now + self.habits.frame_seconds;
        self.frames += 1;
        if self.asleep_until.is_some_and(|until| now < until) {
            return Ok(());
        }
        if !self.hello_sent {
            self.hello_sent = true;
            let role = if self.habits.watches { Role::Watcher } else { Role::Player };
            self.up.send(now, Session::<G>::hello("", "", role));
        }
        while let Some((at, bytes)) = self.down.receive(now) {
            // A sleeping tab reads late.
            let at = if self.asleep_until.is_some() { now } else { at };
            trace.add(self.index, &bytes);
            self.receive(&bytes, at, totals)?;
            let controls = self.controls(at);
            self.advance(at, controls);
            self.post(at, totals);
        }
        if self.asleep_until.take().is_some() {
            self.calm_from = now;
            if let Some(session) = self.session.as_mut().filter(|_| self.habits.says_away) {
                session.come_back();
            }
        }
        self.fall_asleep(now, totals);
        self.turn(totals);
        self.advance(now, self.controls(now));
        self.post(now, totals);
        self.check_step(now, totals)
    }

    /// A watcher turns to somebody, whether or not there is anybody of that number, or to everything.
    fn turn(&mut self, totals: &mut Totals) {
        let Some(session) = self.session.as_mut().filter(|session| session.player().is_none()) else { return };
        let mut random = Random::keyed(self.seed, 24, self.index, self.frames);
        if random.fraction() < self.habits.turn_chance * self.habits.frame_seconds.max(0.005) as f32 {
            totals.turns += 1;
            let player = random.below(8) as u16;
            session.watch(if player == 7 { Watched::Everything } else { Watched::Player(player) });
        }
    }

    fn advance(&mut self, now: f64, controls: G::Controls) {
        let local = self.local(now);
        if let Some(session) = &mut self.session {
            session.advance(local, controls);
        }
    }

    fn fall_asleep(&mut self, now: f64, totals: &mut Totals) {
        let mut random = Random::keyed(self.seed, 23, self.index, self.frames);
        let a_frame = self.habits.frame_seconds as f32;
        if random.fraction() >= self.habits.sleep_chance * a_frame || self.session.is_none() {
            return;
        }
        self.asleep_until = Some(now + f64::from(self.habits.sleep_max * random.fraction()));
        if self.habits.says_away {
            totals.sleeps += 1;
            self.session.as_mut().expect("it has one").go_away();
        } else {
            totals.faints += 1;
        }
    }

    fn post(&mut self, now: f64, totals: &mut Totals) {
        let Some(session) = &mut self.session else { return };
        for bytes in session.take_outgoing() {
            match decode_client(&bytes) {
                Ok(ClientMessage::Input(mut input)) => {
                    self.unheard.push_back(input.tick);
                    if self.habits.lies {
                        totals.lies += 1;
                        (input.ahead, input.behind) = (input.ahead - 40, 0);
                    }
                    self.up.send(now, encode_client(&ClientMessage::Input(input)));
                }
                Ok(ClientMessage::Ack(ack)) if self.habits.lies => {
                    totals.lies += 1;
                    let ack = Ack { tick: ack.tick + 40, ..ack };
                    self.up.send(now, encode_client(&ClientMessage::Ack(ack)));
                }
                _ => self.up.send(now, bytes),
            }
        }
    }

    fn receive(&mut self, bytes: &[u8], now: f64, totals: &mut Totals) -> Result<(), String> {
        let local = self.local(now);
        let Some(session) = &mut self.session else {
            self.session = Some(Session::welcome(bytes).map_err(|error| format!("its welcome: {error}"))?);
            self.calm_from = now;
            return Ok(());
        };
        let before = session.mirror().tick;
        session.receive(bytes, local).map_err(|error| format!("it cannot read a message: {error}"))?;
        if !matches!(decode_server(bytes), Ok(ServerMessage::Snapshot(_))) {
            return Ok(());
        }
        let expected = self.expected.pop_front().ok_or("a snapshot that was never sent")?;
        totals.snapshots += 1;
        totals.bytes += bytes.len() as u64;
        totals.entities += expected.held.len() as u64;
        totals.keyframes += u64::from(expected.keyframe);
        let tick = expected.tick;
        totals.events +=
            check_snapshot(session, &expected).map_err(|what| format!("after the snapshot of tick {tick}, {what}"))?;
        self.audits += u64::from(expected.audited);
        totals.audits += u64::from(expected.audited);
        let stats = session.stats();
        if stats.desyncs > 0 || stats.audits != self.audits {
            return Err(format!("{} of {} hashes disagree, {} were sent", stats.desyncs, stats.audits, self.audits));
        }
        let wrong = stats.mispredictions - self.mispredictions;
        self.mispredictions = stats.mispredictions;
        totals.mispredictions += wrong;
        let unheard = self.unheard.iter().any(|meant| *meant <= tick);
        let excused = unheard || self.seat.as_ref().is_none_or(|seat| seat.excuses(before, tick));
        if wrong > 0 && !excused {
            return Err(format!("at tick {tick} it was elsewhere than it predicted, although nothing interfered"));
        }
        Ok(())
    }

    /// Once nothing has disturbed it for a while, it is in step.
    fn check_step(&mut self, now: f64, totals: &mut Totals) -> Result<(), String> {
        let (Some(session), Some(seat)) = (&self.session, &self.seat) else { return Ok(()) };
        let link = self.habits.network.bytes_per_second;
        if self.asleep_until.is_some() || link.is_some_and(|rate| rate < SLOW_BUT_FRESH) || self.habits.lies {
            return Ok(());
        }
        let (recovery, slack) = if link.is_some() { (SLOW_RECOVERY_SECONDS, SLOW_STEP_SECONDS) } else { (0.0, 0.0) };
        let calm_from = self.calm_from.max(self.down.calm_from()).max(self.up.calm_from()).max(seat.calm_from);
        if now < calm_from + RECOVERY_SECONDS + recovery + self.round_trip_max() + 2.0 * self.habits.frame_seconds {
            self.in_step = false;
            return Ok(());
        }
        let rate = f64::from(session.tick_rate());
        let age = now - seat.epoch - f64::from(session.mirror().tick) / rate;
        let bound = STEP_SECONDS + slack + 2.0 * self.round_trip_max() + 2.0 * self.habits.frame_seconds + 4.0 / rate;
        if age > bound {
            return Err(format!(
                "its newest snapshot, of tick {}, is {age:.3} s old, but {bound:.3} s are the bound; the last trouble ended {:.3} s ago; \
                 {} snapshots are under way, the last of tick {}",
                session.mirror().tick,
                now - calm_from,
                self.expected.len(),
                seat.link.sent()
            ));
        }
        totals.recoveries += u64::from(!self.in_step);
        self.in_step = true;
        Ok(())
    }
}

/// Compares what a client holds with what it must; gives how many events came.
fn check_snapshot<G: Game>(session: &mut Session<G>, expected: &Expected<G>) -> Result<u64, String> {
    let mirror = session.mirror();
    if mirror.tick != expected.tick {
        return Err(format!("it is at tick {}", mirror.tick));
    }
    let mut others = mirror.iter().count();
    for holding in &expected.held {
        let held = mirror.get(holding.id).map(|held| held.state);
        others -= usize::from(held.is_some());
        if held != Some(holding.state) && !holding.owed {
            return Err(format!(
                "under id {} it holds\n    {held:?}\n  but the truth is\n    {:?}",
                holding.id, holding.state
            ));
        }
    }
    if others > 0 {
        let known = |id| expected.held.iter().any(|holding| holding.id == id);
        let (id, held) = mirror.iter().find(|(id, _)| !known(*id)).expect("there are others");
        return Err(format!("under id {id} it holds {:?}, which it must not", held.state));
    }
    if expected.own.is_some_and(|own| own != mirror.own) {
        return Err(format!("it takes its own state for {:?}, but it is {:?}", mirror.own, expected.own));
    }
    let mut came: VecDeque<G::Event> = session.take_events().collect();
    let count = came.len() as u64;
    for concern in &expected.events {
        if came.front() == Some(&concern.event) {
            came.pop_front();
        } else if concern.must {
            return Err(format!("the next event must be {:?}, but is {:?}", concern.event, came.front()));
        }
    }
    match came.front() {
        None => Ok(count),
        Some(event) => Err(format!("it was told of {event:?}, which does not concern it, or was told before")),
    }
}
