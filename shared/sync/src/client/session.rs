//! A client's side of a connection: messages in, inputs in, messages out. The world to draw is in `scene`.

mod scene;

use std::sync::Arc;

use thiserror::Error;

pub use self::scene::{SPAWNED_ID, Seen};
use super::{
    clock::Clock,
    history::{Gap, History},
    prediction::{Prediction, Verdict},
    roster::{Roster, Voice},
    smoothing::{Offset, Offsets},
    telemetry::{ByteKind, Telemetry},
};
use crate::{
    PlayerNumber, Tick,
    game::{Controls, Game, RulesError, rules_hash, tables_hash},
    protocol::{
        Ack, ClientMessage, Credentials, Hello, Input, Order, OwnedToken, PROTOCOL_VERSION, PackedRules, Pass,
        ProtocolError, Rank, ResumeToken, Role, ServerMessage, Snapshot, SnapshotHeader, Token, Watched, Welcome,
        decode_server, encode_client,
        limits::{CHANGE_LOG_TICKS, INPUT_REPEAT, TICK_MAX},
    },
    replicate::{Malformed, Mirror},
};

/// Why a session cannot go on. The connection is to be closed.
#[derive(Debug, Error)]
pub enum SessionError {
    /// Bytes that are no message.
    #[error("the server sent {0}")]
    Protocol(#[from] ProtocolError),
    /// A snapshot whose sections cannot be.
    #[error("a snapshot of the server cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// A message that has no business here.
    #[error("the server sent a {0} where none belongs")]
    OutOfPlace(&'static str),
    /// Tuning or map of the server cannot be read.
    #[error("the server's rules cannot be read: {0}")]
    Rules(#[from] RulesError),
    /// This program computes with other rules than the server.
    #[error("the server's rules hash is {theirs:016x}, this client's {ours:016x}: reload or update the client")]
    RulesDiffer {
        /// The server's hash.
        theirs: u64,
        /// The client's.
        ours: u64,
    },
}

/// What a session counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Snapshots received.
    pub snapshots: u64,
    /// Bytes of all messages received.
    pub bytes: u64,
    /// Ticks that the snapshots spanned.
    pub ticks: u64,
    /// The sum over those ticks of the entities other than the own avatar that their step moved.
    pub moved: u64,
    /// Residuals received.
    pub changes: u64,
    /// Snapshots that found the own avatar elsewhere than predicted.
    pub mispredictions: u64,
    /// Spawns of the own avatar that were predicted and that a snapshot confirmed, in place and time.
    pub spawns_confirmed: u64,
    /// Spawns that were predicted, and that the snapshot of their tick had not, or no longer.
    pub spawns_refused: u64,
    /// Snapshots whose hash found the client's state wrong. Each is a bug.
    pub desyncs: u64,
    /// Hashes that were compared.
    pub audits: u64,
}

/// Even where no tick begins, a client says what it does, and so acknowledges, after so long: twice [`INPUT_REPEAT`], in seconds.
const SILENCE_SECONDS_MAX: f64 = 0.2;

/// A client's side of a connection, from the welcome on.
///
/// Call [`receive`](Self::receive) for each message, and [`advance`](Self::advance) after it and as often as there is something to draw or to
/// decide; send what [`take_outgoing`](Self::take_outgoing) gives. An acknowledgement that waited for a picture would look like a slow
/// link, so do not wait for one. All times are in seconds from any start.
#[derive(Debug)]
pub struct Session<G: Game> {
    /// `None` for a watcher.
    player: Option<PlayerNumber>,
    /// What a watcher asked to look at last.
    watched: Watched,
    tick_rate: u32,
    delay: u32,
    room: String,
    /// A token that came with the welcome.
    token: Option<OwnedToken>,
    /// What else came with it to come back with.
    pass: Pass<'static>,
    rules: Arc<G::Rules>,
    rules_renewed: u32,
    mirror: Mirror<G>,
    /// `None` for a client that looks at nothing.
    history: Option<History<G>>,
    prediction: Prediction<G>,
    clock: Clock,
    own_offset: Offset,
    offsets: Offsets,
    roster: Roster,
    events: Vec<G::Event>,
    outgoing: Vec<Vec<u8>>,
    /// What the player did since the last predicted tick, folded.
    pending: Option<G::Controls>,
    /// When the newest snapshot arrived.
    received_at: f64,
    /// The last input that was sent, and when.
    sent: Option<(G::Controls, f64)>,
    /// The tick that a watcher acknowledged last, and when.
    acknowledged: Option<(Tick, f64)>,
    input_tick: Tick,
    keyframe_asked: bool,
    stats: Stats,
    /// `None` for a client that looks at nothing.
    telemetry: Option<Box<Telemetry>>,
}

/// The rules that a server sent, if it sent those whose hash it tells.
fn read_rules<G: Game>(packed: &[u8], theirs: u64, tick_rate: u32) -> Result<G::Rules, SessionError> {
    let ours = rules_hash::<G>(packed, tick_rate);
    if ours != theirs {
        return Err(SessionError::RulesDiffer { theirs, ours });
    }
    Ok(G::unpack_rules(packed, tick_rate)?)
}

impl<G: Game> Session<G> {
    /// The first message to send, of somebody who was never here. A watcher's name is shown to nobody.
    pub fn hello(name: &str, room: &str, role: Role) -> Vec<u8> {
        Self::hello_again(name, room, role, Credentials::default())
    }

    /// The first message to send, with what shows who this is.
    pub fn hello_again(name: &str, room: &str, role: Role, credentials: Credentials) -> Vec<u8> {
        let hello = Hello { version: PROTOCOL_VERSION, tables_hash: tables_hash::<G>(), name, room, role, credentials };
        encode_client(&ClientMessage::Hello(hello))
    }

    /// A session from the first message of the server.
    ///
    /// # Errors
    /// It is not a welcome, or one to a game that this client cannot compute.
    pub fn welcome(bytes: &[u8]) -> Result<Self, SessionError> {
        let ServerMessage::Welcome(welcome) = decode_server(bytes)? else {
            return Err(SessionError::OutOfPlace("message before the welcome"));
        };
        let Welcome { player, room, tick, tick_rate, delay, rules, rules_hash: theirs, pass } = welcome;
        if tick > TICK_MAX {
            return Err(SessionError::OutOfPlace("tick that is too high"));
        }
        let rules = read_rules::<G>(rules, theirs, tick_rate)?;
        let mut telemetry = Box::<Telemetry>::default();
        telemetry.count(ByteKind::Talk, bytes.len());
        Ok(Self {
            player,
            watched: Watched::Everything,
            tick_rate,
            delay,
            room: room.to_owned(),
            token: (!pass.token.0.is_empty()).then(|| OwnedToken(pass.token.0.to_owned())),
            pass: Pass { token: Token::default(), ..pass },
            rules: Arc::new(rules),
            rules_renewed: 0,
            mirror: Mirror::at(tick),
            history: Some(History::default()),
            prediction: Prediction::default(),
            clock: Clock::new(tick_rate),
            own_offset: Offset::default(),
            offsets: Offsets::default(),
            roster: Roster::default(),
            events: Vec::new(),
            outgoing: Vec::new(),
            pending: None,
            received_at: 0.0,
            sent: None,
            acknowledged: None,
            input_tick: tick,
            keyframe_asked: false,
            stats: Stats { bytes: bytes.len() as u64, ..Stats::default() },
            telemetry: Some(telemetry),
        })
    }

    /// The same session for a client that draws nothing: it keeps no past and smooths nothing, which is most of a session's time and memory.
    /// Its [`scene`](Self::scene) has the own avatar alone.
    #[must_use]
    pub fn blind(mut self) -> Self {
        self.history = None;
        self.telemetry = None;
        self
    }

    /// Takes in a message.
    ///
    /// # Errors
    /// It cannot be what a server of ours sends; the connection is to be closed.
    pub fn receive(&mut self, bytes: &[u8], now: f64) -> Result<(), SessionError> {
        self.stats.bytes += bytes.len() as u64;
        match decode_server(bytes)? {
            ServerMessage::Welcome(_) => Err(SessionError::OutOfPlace("second welcome")),
            ServerMessage::Snapshot(snapshot) => {
                let head = bytes.len() - snapshot.sections.len();
                self.apply(&snapshot, head, now)
            }
            ServerMessage::Notices(notices) => {
                self.note(|telemetry| telemetry.count(ByteKind::Talk, bytes.len()));
                for notice in notices {
                    self.roster.hear(notice, self.player);
                }
                Ok(())
            }
            ServerMessage::Rules(PackedRules { rules, rules_hash: theirs }) => {
                self.note(|telemetry| telemetry.count(ByteKind::Talk, bytes.len()));
                self.renew(rules, theirs)
            }
        }
    }

    /// Goes by other rules from the next snapshot on, which states everything anew.
    fn renew(&mut self, packed: &[u8], theirs: u64) -> Result<(), SessionError> {
        self.rules = Arc::new(read_rules::<G>(packed, theirs, self.tick_rate)?);
        self.rules_renewed += 1;
        if let Some(history) = &mut self.history {
            history.forget();
        }
        self.offsets = Offsets::default();
        Ok(())
    }

    /// How often the room went over to other rules.
    pub fn rules_renewed(&self) -> u32 {
        self.rules_renewed
    }

    fn note(&mut self, note: impl FnOnce(&mut Telemetry)) {
        if let Some(telemetry) = &mut self.telemetry {
            note(telemetry);
        }
    }

    /// Takes in a snapshot, whose head had so many bytes.
    fn apply(&mut self, snapshot: &Snapshot, head: usize, now: f64) -> Result<(), SessionError> {
        let view = self.clock.view(now);
        let drawn = self.drawn_beyond_newest(now);
        self.received_at = now;
        let from = self.mirror.tick;
        let keyframe = self.step_to_snapshot(snapshot)?;
        let read = self.mirror.read(snapshot.sections, &self.rules, &mut self.events)?;
        self.keep(Gap { from, to: self.mirror.tick });
        self.stats.snapshots += 1;
        self.stats.changes += u64::from(read.changed);
        let to = self.mirror.tick;
        self.note(|telemetry| {
            telemetry.arrived((from, to), view.is_some_and(|view| view > f64::from(to)));
            telemetry.count(ByteKind::Heads, head);
            ByteKind::ALL.into_iter().zip(read.bytes).for_each(|(kind, bytes)| telemetry.count(kind, bytes));
        });
        if keyframe {
            self.keyframe_asked = false;
        }
        if let Some(hash) = read.hash {
            self.audit(hash);
        }
        self.clock.arrived(self.mirror.tick, now);
        let SnapshotHeader { input_advance, input_margin, .. } = snapshot.header;
        if input_advance > 0 {
            self.input_tick = self.input_tick.wrapping_add(input_advance);
            let margin = f64::from(input_margin) / 16.0;
            self.clock.input_measured(self.input_tick, margin, self.mirror.tick, now);
            self.note(|telemetry| telemetry.input_measured(margin));
        }
        self.smooth_others(&drawn, now);
        self.reconcile(now);
        Ok(())
    }

    /// Brings the mirror to the snapshot's tick; true if the snapshot states everything anew anyway.
    fn step_to_snapshot(&mut self, snapshot: &Snapshot) -> Result<bool, SessionError> {
        let elapsed = snapshot.header.elapsed;
        if elapsed > TICK_MAX - self.mirror.tick {
            return Err(SessionError::OutOfPlace("tick that is too high"));
        }
        if Mirror::<G>::is_keyframe(snapshot.sections) {
            self.mirror.tick += elapsed;
            if let Some(history) = &mut self.history {
                history.forget();
            }
            return Ok(true);
        }
        if elapsed > 2 * CHANGE_LOG_TICKS {
            return Err(SessionError::OutOfPlace("snapshot after too long a time"));
        }
        let (from, to) = (self.mirror.tick, self.mirror.tick + elapsed);
        while self.mirror.tick < to {
            self.stats.moved += u64::from(self.mirror.step(self.player, &self.rules));
            if self.mirror.tick < to {
                self.keep(Gap { from, to });
            }
        }
        Ok(false)
    }

    /// Keeps the mirror's tick to look back at.
    fn keep(&mut self, gap: Gap) {
        self.stats.ticks += 1;
        if let Some(history) = &mut self.history {
            history.keep(&self.mirror, gap);
        }
    }

    fn audit(&mut self, hash: u32) {
        self.stats.audits += 1;
        if hash != self.mirror.hash() {
            self.stats.desyncs += 1;
            if !self.keyframe_asked {
                self.keyframe_asked = true;
                self.outgoing.push(encode_client(&ClientMessage::Keyframe));
            }
        }
    }

    /// Corrects the prediction: in the state at once, in the picture little by little.
    fn reconcile(&mut self, now: f64) {
        let Some(player) = self.player else { return };
        let judged = self.prediction.judge_spawns(&self.mirror, player, &self.rules);
        self.stats.spawns_confirmed += u64::from(judged.confirmed);
        self.stats.spawns_refused += u64::from(judged.refused);
        let fraction = self.beyond_predicted(now).unwrap_or(0.0);
        let verdict = self.prediction.reconcile(&self.mirror, player, fraction, &self.rules);
        let Verdict::Corrected { before, noticeable } = verdict else { return };
        let after = self.prediction.pose(fraction, &self.rules);
        if noticeable {
            self.stats.mispredictions += 1;
            let off = before.zip(after).map_or(0.0, |(before, after)| {
                let before = G::nearest(before, after, &self.rules);
                (after.x - before.x).hypot(after.y - before.y)
            });
            let tick = self.mirror.tick;
            self.note(|telemetry| telemetry.mispredicted(tick, off));
        }
        self.own_offset = match before.zip(after) {
            Some((before, after)) => {
                let drawn = G::nearest(self.own_offset.onto(before, now), after, &self.rules);
                Offset::bridging(drawn, after, now)
            }
            None => Offset::default(),
        };
    }

    /// Lets time pass up to `now`, with the player doing `controls` at this moment: predicts the ticks that begin, and makes the inputs for
    /// them. A watcher does nothing, and only says what has arrived.
    pub fn advance(&mut self, now: f64, controls: G::Controls) {
        self.clock.advance(now);
        if self.player.is_none() {
            self.acknowledge(now);
            return;
        }
        let (Some(time), Some(mut tick)) = (self.clock.predicted(now), self.prediction.tick()) else { return };
        let mut folded = self.pending.take().map_or(controls, |earlier| earlier.fold(controls));
        let mut fresh = false;
        while f64::from(tick) + 1.0 <= time {
            self.prediction.advance(folded, &self.rules);
            if self.prediction.tick() == Some(tick) {
                break;
            }
            tick += 1;
            self.send_input(tick, folded, now);
            folded = controls;
            fresh = true;
        }
        if !fresh && self.sent.is_some_and(|(_, at)| now - at >= SILENCE_SECONDS_MAX) {
            // No tick begins: after a sleep, or as far ahead as there is. But the server may be waiting for an acknowledgement.
            self.say(tick + 1, folded, now);
        }
        self.pending = (!fresh).then_some(folded);
    }

    fn acknowledge(&mut self, now: f64) {
        let news = |(tick, at)| self.mirror.tick > tick && now - at >= INPUT_REPEAT.as_secs_f64();
        if self.stats.snapshots > 0 && self.acknowledged.is_none_or(news) {
            self.acknowledged = Some((self.mirror.tick, now));
            let ack = Ack { tick: self.mirror.tick, age: self.ack_age(now) };
            self.outgoing.push(encode_client(&ClientMessage::Ack(ack)));
        }
    }

    /// How long ago the newest snapshot arrived, in 1/16 tick.
    fn ack_age(&self, now: f64) -> u32 {
        sixteenths((now - self.received_at) * f64::from(self.tick_rate))
    }

    fn send_input(&mut self, tick: Tick, controls: G::Controls, now: f64) {
        let due = self.sent.is_none_or(|(last, at)| last != controls || now - at >= INPUT_REPEAT.as_secs_f64());
        if !due {
            return;
        }
        self.clock.input_sent(tick, now);
        self.say(tick, controls, now);
    }

    fn say(&mut self, tick: Tick, controls: G::Controls, now: f64) {
        self.sent = Some((controls, now));
        let newest = f64::from(self.mirror.tick);
        let view = self.clock.view(now).map_or(newest, |view| view.min(newest));
        let input = Input {
            tick,
            ahead: tick.wrapping_sub(self.mirror.tick) as i32,
            ack_age: self.ack_age(now),
            behind: sixteenths(f64::from(tick) - view),
            controls: controls.to_bits(),
        };
        self.outgoing.push(encode_client(&ClientMessage::Input(input)));
    }

    /// Says that nobody looks: no snapshots come until [`come_back`](Self::come_back), and the seat is held for a while.
    pub fn go_away(&mut self) {
        self.outgoing.push(encode_client(&ClientMessage::Away));
    }

    /// Says that somebody looks again.
    pub fn come_back(&mut self) {
        self.outgoing.push(encode_client(&ClientMessage::Back));
    }

    /// A watcher turns to something else.
    pub fn watch(&mut self, watched: Watched) {
        if self.watched != watched {
            self.watched = watched;
            self.outgoing.push(encode_client(&ClientMessage::Watch(watched)));
        }
    }

    /// What a watcher looks at, as soon as the server has heard of it.
    pub fn watched(&self) -> Watched {
        self.watched
    }

    /// Says something to everybody in the room.
    pub fn chat(&mut self, text: &str) {
        self.outgoing.push(encode_client(&ClientMessage::Chat(text)));
    }

    /// Says something to the own team.
    pub fn chat_to_team(&mut self, text: &str) {
        self.outgoing.push(encode_client(&ClientMessage::TeamChat(text)));
    }

    /// Says something to one player.
    pub fn whisper(&mut self, to: PlayerNumber, text: &str) {
        self.outgoing.push(encode_client(&ClientMessage::Whisper { to, text }));
    }

    /// Asks the server to do what only somebody may do whose role permits it. It [answers](Voice::Server).
    pub fn order(&mut self, order: Order) {
        self.outgoing.push(encode_client(&ClientMessage::Order(order)));
    }

    /// The messages to send, in order.
    pub fn take_outgoing(&mut self) -> impl Iterator<Item = Vec<u8>> {
        self.outgoing.drain(..)
    }

    /// What happened since the last call, in order.
    pub fn take_events(&mut self) -> impl Iterator<Item = G::Event> {
        self.events.drain(..)
    }

    /// What was said since the last call, in order, and by whom.
    pub fn take_talk(&mut self) -> impl Iterator<Item = (Voice, String)> {
        self.roster.take_talk()
    }

    /// What the client knows at the newest snapshot.
    pub fn mirror(&self) -> &Mirror<G> {
        &self.mirror
    }

    /// The own avatar as predicted, if there is one.
    pub fn avatar(&self) -> Option<&G::Entity> {
        self.prediction.newest()?.0
    }

    /// The player's own state as predicted.
    pub fn own(&self) -> &G::Own {
        self.prediction.newest().map_or(&self.mirror.own, |(_, own)| own)
    }

    /// The tick that was predicted last.
    pub fn predicted_tick(&self) -> Option<Tick> {
        self.prediction.tick()
    }

    /// The player's number; `None` for a watcher.
    pub fn player(&self) -> Option<PlayerNumber> {
        self.player
    }

    /// The name of a player that is here.
    pub fn name(&self, player: PlayerNumber) -> Option<&str> {
        self.roster.name(player)
    }

    /// Whether a player's connection is lost, and its seat held.
    pub fn is_away(&self, player: PlayerNumber) -> bool {
        self.roster.is_away(player)
    }

    /// The token that came with the welcome, if one did: to be shown from now on.
    pub fn token(&self) -> Option<&OwnedToken> {
        self.token.as_ref()
    }

    /// What takes this seat back, once, after the connection is lost.
    pub fn resume_token(&self) -> Option<ResumeToken> {
        self.pass.resume
    }

    /// For how long the seat is held then, in seconds.
    pub fn hold_seconds(&self) -> u32 {
        self.pass.hold_seconds
    }

    /// What this client may order.
    pub fn rank(&self) -> Rank {
        self.pass.rank
    }

    /// Whether this session has the seat of an earlier one.
    pub fn is_resumed(&self) -> bool {
        self.pass.resumed
    }

    /// Everybody who is here, by number, with their names.
    pub fn players(&self) -> impl Iterator<Item = (PlayerNumber, &str)> {
        self.roster.players()
    }

    /// The room's name.
    pub fn room(&self) -> &str {
        &self.room
    }

    /// Ticks a second.
    pub fn tick_rate(&self) -> u32 {
        self.tick_rate
    }

    /// How much later than in the room everything is shown, in seconds: 0 for a player.
    pub fn delay_seconds(&self) -> f64 {
        f64::from(self.delay) / f64::from(self.tick_rate.max(1))
    }

    /// Tuning and map.
    pub fn rules(&self) -> &Arc<G::Rules> {
        &self.rules
    }

    /// How far ahead and behind the client is.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How long ago the newest snapshot arrived, in seconds.
    pub fn snapshot_age(&self, now: f64) -> f64 {
        (now - self.received_at).max(0.0)
    }

    /// What was noted of the last ticks, and of bytes; `None` for a client that looks at nothing.
    pub fn telemetry(&self) -> Option<&Telemetry> {
        self.telemetry.as_deref()
    }

    /// What was counted so far.
    pub fn stats(&self) -> Stats {
        self.stats
    }
}

/// Ticks in 1/16 tick, rounded down.
fn sixteenths(ticks: f64) -> u32 {
    (ticks * 16.0).max(0.0) as u32
}
