//! A client as the server sees it: what it knows, what it is owed, what it did, how fast it is.
//!
//! A snapshot is made in two steps. `build` decides what this client gets, by sets of slots; `write` puts the bytes together, most of them
//! copied from the [`Broadcast`] that was encoded once for everybody.

use thiserror::Error;

use super::{
    Arrival, Broadcast, InputQueue, OddInputs, Player, Room, Taken, broadcast::StateHashes, budget::Budget,
    inputs::ARRIVAL_STEPS, knowledge::Knowledge, pace::Pace, plan::Plan,
};
use crate::{
    PlayerNumber, Tick,
    bitset::Bitset,
    game::{Audience, Controls, Game, Place},
    interest::{Resting, Viewpoint},
    protocol::{
        Input, SnapshotHeader,
        limits::{CHANGE_LOG_TICKS, EVENTS_WAITING_MAX, SILENCE_MAX, WATCH_TURN_MIN},
        write_snapshot_header,
    },
    replicate::{audit, sections::flag, write_masked, write_u32, write_whole},
};

/// Why a client must be closed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum LinkError {
    /// More waits for it than may, or it takes in nothing.
    #[error("the client takes in less than it must")]
    TooSlow,
    /// Controls that no client of ours could have made.
    #[error("controls {0:#x} are out of range")]
    BadControls(u32),
}

/// Room for so many bytes of waiting events is there from the start.
const USUAL_EVENT_BYTES: usize = 4096;

/// Whether somebody looks at what a client is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Here,
    /// Since the tick.
    Away(Tick),
    /// Back, but not served yet.
    Returning,
}

/// What a link needs to know of its room and its server.
#[derive(Clone, Copy, Debug)]
pub struct LinkSettings {
    /// Ticks a second.
    pub tick_rate: u32,
    /// What the client looks at.
    pub viewpoint: Viewpoint,
    /// The most that it may be sent, in kilobits a second; what exceeds that waits.
    pub max_kbps: Option<u32>,
}

/// What an acknowledgement showed. Times are in 1/16 tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// How old the newest snapshot that the client had was when the server heard of it.
    pub age: i64,
    /// What its snapshot and the acknowledgement took on the way; `None` for one that had been acknowledged before.
    pub round_trip: Option<i64>,
}

/// What the last snapshot was, for those who count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastSnapshot {
    /// Whether it stated everything anew.
    pub keyframe: bool,
    /// How many events it told.
    pub events: usize,
}

/// Keyframes that a client asks for.
#[derive(Clone, Copy, Debug, Default)]
struct OnRequest {
    /// It has not got the last one yet.
    wanted: bool,
    /// The tick of the last one.
    sent: Option<Tick>,
    /// How often it asked.
    asked: u64,
}

/// A client as the server sees it.
#[derive(Debug)]
pub struct Link<G: Game> {
    /// `None` for a watcher.
    player: Option<PlayerNumber>,
    viewpoint: Viewpoint,
    /// What it wants to look at instead.
    wanted: Option<Viewpoint>,
    /// The tick from which on it may look at something else.
    turn_from: Tick,
    turn_ticks: u32,
    /// Where it looks, or looked last; `None` while it sees everything.
    centre: Option<Place>,
    knowledge: Knowledge,
    /// What it sees in this tick; kept for its memory.
    visible: Bitset,
    /// What of that rests, but for what is known beyond the view's edge; kept for its memory, and to save time.
    resting: Resting,
    /// The tick up to which the client can compute everything that is not owed.
    synced: Tick,
    /// The tick of the last snapshot.
    sent: Tick,
    presence: Presence,
    pace: Pace,
    budget: Option<Budget>,
    /// Whether the client's own state must be sent whole: it could not step it.
    own_outdated: bool,
    keyframe: bool,
    on_request: OnRequest,
    silence_ticks: u32,
    audit_ticks: u32,
    /// Audits are not everybody's at once.
    audit_phase: u32,
    audit_due: bool,
    inputs: InputQueue<G::Controls>,
    input_tick: Tick,
    input_tick_sent: Tick,
    input_margin: i16,
    /// The newest snapshot that the client said it had.
    acknowledged: Tick,
    /// What it showed by the last thing it said, until somebody took that.
    shown: Option<Acknowledged>,
    /// The latest moment that the player saw when it decided something, in 1/16 tick.
    view: i64,
    /// Events that wait, encoded.
    events: Vec<u8>,
    events_waiting: usize,
    last: LastSnapshot,
    plan: Plan,
}

impl<G: Game> Link<G> {
    /// A client of `player`, or a watcher where that is `None`, that was welcomed at `tick`.
    pub fn new(player: Option<PlayerNumber>, tick: Tick, settings: LinkSettings) -> Self {
        let LinkSettings { tick_rate, viewpoint, max_kbps } = settings;
        let audit_ticks = tick_rate.max(1);
        Self {
            player,
            viewpoint,
            wanted: None,
            turn_from: 0,
            turn_ticks: WATCH_TURN_MIN.as_millis() as u32 * tick_rate / 1000,
            centre: (viewpoint != Viewpoint::All).then(Place::default),
            knowledge: Knowledge::default(),
            visible: Bitset::default(),
            resting: Resting::default(),
            synced: tick,
            sent: tick,
            presence: Presence::Here,
            pace: Pace::new(tick_rate),
            budget: max_kbps.map(|kbps| Budget::new(kbps, tick_rate)),
            own_outdated: true,
            keyframe: false,
            on_request: OnRequest::default(),
            silence_ticks: (SILENCE_MAX.as_millis() as u32 * tick_rate / 1000).max(1),
            audit_ticks,
            audit_phase: player.map_or(audit_ticks - tick % audit_ticks, u32::from),
            audit_due: false,
            inputs: InputQueue::default(),
            input_tick: tick,
            input_tick_sent: tick,
            input_margin: 0,
            acknowledged: tick,
            shown: None,
            view: 0,
            events: Vec::with_capacity(USUAL_EVENT_BYTES),
            events_waiting: 0,
            last: LastSnapshot::default(),
            plan: Plan::default(),
        }
    }

    /// Which player this is; `None` for a watcher.
    pub fn player(&self) -> Option<PlayerNumber> {
        self.player
    }

    /// The tick of the last snapshot, or of the joining: what the next snapshot counts from.
    pub fn sent(&self) -> Tick {
        self.sent
    }

    /// The tick up to which the client can compute everything that is not owed.
    pub fn synced(&self) -> Tick {
        self.synced
    }

    /// What the client holds, as slots.
    pub fn known(&self) -> &Bitset {
        &self.knowledge.known
    }

    /// What of it is outdated, since changes of it have not been sent yet.
    pub fn owed(&self) -> &Bitset {
        &self.knowledge.owed
    }

    /// Whether what the client gets is limited: by its budget, or by what its link carries.
    pub fn is_limited(&self) -> bool {
        self.budget.is_some() || self.pace.allowance().is_some()
    }

    /// It wants to look at something else: from the next tick on, or once [`WATCH_TURN_MIN`] has passed since it last did. What it asked for
    /// before and did not get by then, it does not get.
    pub fn watch(&mut self, viewpoint: Viewpoint) {
        self.wanted = Some(viewpoint);
    }

    /// What it looks at.
    pub fn viewpoint(&self) -> Viewpoint {
        self.viewpoint
    }

    /// Takes in an input that arrived at `arrival`, with the room at `now`.
    ///
    /// # Errors
    /// Controls out of range: the client is to be closed.
    pub fn receive(&mut self, input: Input, arrival: Arrival, now: Tick) -> Result<(), LinkError> {
        let controls = G::Controls::from_bits(input.controls).ok_or(LinkError::BadControls(input.controls))?;
        let ack = i64::from(input.tick) - i64::from(input.ahead);
        if let Ok(ack) = Tick::try_from(ack) {
            self.acknowledge(ack, input.ack_age, arrival);
        }
        let view = i64::from(input.tick) * ARRIVAL_STEPS - i64::from(input.behind);
        let view = view.min(i64::from(self.acknowledged) * ARRIVAL_STEPS);
        self.inputs.push(input.tick, (controls, view), arrival, now);
        Ok(())
    }

    /// The client said, in what arrived at `arrival`, that the snapshot of `ack` had reached it `age` before, in 1/16 tick. What was never
    /// sent is ignored.
    pub fn acknowledge(&mut self, ack: Tick, age: u32, arrival: Arrival) {
        if ack <= self.sent {
            self.acknowledged = self.acknowledged.max(ack);
            let round_trip = self.pace.acknowledged(ack, age.into(), arrival);
            // Who was away has an old one, and not because of the network.
            if self.presence == Presence::Here {
                let age = arrival.0 - i64::from(self.acknowledged) * ARRIVAL_STEPS;
                self.shown = Some(Acknowledged { age: age.max(0), round_trip });
            }
        }
    }

    /// What the client showed by what it acknowledged last, once.
    pub fn take_acknowledged(&mut self) -> Option<Acknowledged> {
        self.shown.take()
    }

    /// What the last snapshot was.
    pub fn last_snapshot(&self) -> LastSnapshot {
        self.last
    }

    /// The controls that take effect in tick `now`, if they change, and how far the player's view lay behind it, in 1/16 tick. A view never
    /// runs backwards.
    pub fn take_controls(&mut self, now: Tick) -> Option<(G::Controls, u32)> {
        let Taken { controls, newest, view } = self.inputs.take(now)?;
        if let Some((tick, margin)) = newest.filter(|&(tick, _)| tick >= self.input_tick) {
            self.input_tick = tick;
            self.input_margin = margin;
        }
        self.view = self.view.max(view.unwrap_or(0));
        let behind = (i64::from(now) * ARRIVAL_STEPS - self.view).max(0);
        Some((controls, behind.try_into().unwrap_or(u32::MAX)))
    }

    /// How many inputs were too many, or too far ahead or behind, so far.
    pub fn odd_inputs(&self) -> OddInputs {
        self.inputs.odd()
    }

    /// The client's hash disagrees: everything is stated anew, a second after the last time at the soonest, since a keyframe is a hundred
    /// times the size of its request. Says whether none was asked for already.
    pub fn ask_keyframe(&mut self) -> bool {
        self.on_request.asked += 1;
        !core::mem::replace(&mut self.on_request.wanted, true)
    }

    /// The next snapshot states everything anew.
    pub fn begin_anew(&mut self) {
        self.keyframe = true;
    }

    /// How often the client asked for a keyframe. Each is a bug somewhere.
    pub fn keyframes_asked(&self) -> u64 {
        self.on_request.asked
    }

    /// Nobody looks, from the room's tick `now` on: no snapshots until [`come_back`](Self::come_back).
    pub fn go_away(&mut self, now: Tick) {
        if !matches!(self.presence, Presence::Away(_)) {
            self.presence = Presence::Away(now);
            self.pace.forget();
            self.events.clear();
            self.events_waiting = 0;
        }
    }

    /// Somebody looks again: the next snapshot states everything anew.
    pub fn come_back(&mut self) {
        if matches!(self.presence, Presence::Away(_)) {
            self.presence = Presence::Returning;
        }
    }

    /// The tick since which nobody looks.
    pub fn away_since(&self) -> Option<Tick> {
        if let Presence::Away(since) = self.presence { Some(since) } else { None }
    }

    /// Whether the client's view covers a place.
    fn covers(&self, broadcast: &Broadcast<G>, x: f32, y: f32) -> bool {
        self.centre.is_none_or(|centre| broadcast.interest.covers(centre, x, y))
    }

    /// Keeps this tick's events that the client gets until its next snapshot. To be called every tick, whether or not one is built.
    ///
    /// # Errors
    /// Too many wait, or the client has acknowledged nothing for too long: it is to be closed.
    pub fn collect_events(&mut self, room: &Room<G>, broadcast: &Broadcast<G>, now: Arrival) -> Result<(), LinkError> {
        self.look(room);
        if self.presence != Presence::Here {
            return Ok(());
        }
        if self.pace.is_stalled(now) {
            return Err(LinkError::TooSlow);
        }
        for (audience, bytes) in broadcast.delta.events() {
            let theirs = match audience {
                Audience::All => true,
                Audience::Only(player) => Some(player) == self.player,
                Audience::Near { x, y } => self.covers(broadcast, x, y),
                Audience::Either { x, y, to_x, to_y } => {
                    self.covers(broadcast, x, y) || self.covers(broadcast, to_x, to_y)
                }
            };
            if theirs {
                if self.events_waiting == EVENTS_WAITING_MAX {
                    return Err(LinkError::TooSlow);
                }
                self.events_waiting += 1;
                self.events.extend_from_slice(bytes);
            }
        }
        Ok(())
    }

    /// Follows what it looks at. Where there is no avatar, or one that is hidden from it, it goes on looking where it looked last.
    fn look(&mut self, room: &Room<G>) {
        if room.tick >= self.turn_from
            && let Some(viewpoint) = self.wanted.take()
        {
            self.viewpoint = viewpoint;
            self.turn_from = room.tick + self.turn_ticks;
        }
        let followed = match self.viewpoint {
            Viewpoint::All => {
                self.centre = None;
                return;
            }
            Viewpoint::Own => self.player,
            Viewpoint::Follow(player) => Some(player),
        };
        let avatar = followed.and_then(|player| room.world.get(room.players.get(player)?.avatar?));
        // Even where it looks would tell where a hidden avatar is.
        let seen = avatar.filter(|avatar| !G::hides(avatar, self.player));
        if let Some(place) = seen.and_then(G::place) {
            self.centre = Some(place);
        }
    }

    /// The player as the room has it; `None` for a watcher.
    fn own<'a>(&self, room: &'a Room<G>) -> Option<&'a Player<G>> {
        room.players.get(self.player?)
    }

    /// Appends the client's snapshot of the room's tick to `out`. False, with nothing appended, where there is none: nothing to say, or too much
    /// under way. A message that comes out must be sent; while it cannot be, this is not to be called.
    ///
    /// What a snapshot does not say, the client can compute: its baseline moves, whether or not there was anything to say.
    pub fn snapshot(&mut self, room: &Room<G>, broadcast: &mut Broadcast<G>, now: Arrival, out: &mut Vec<u8>) -> bool {
        if let Some(budget) = &mut self.budget {
            budget.tick();
        }
        if !self.is_served(room.tick, now) {
            return false;
        }
        self.own_outdated |= room.tick - self.synced > 1;
        self.catch_up(room.tick, broadcast);
        let viewer = (self.centre, self.player);
        broadcast.interest.see(room, viewer, &self.knowledge.known, (&mut self.resting, &mut self.visible));
        self.choose(room, broadcast);
        self.plan.build(room, broadcast, &mut self.knowledge, &self.visible);
        let avatar = self.own(room).and_then(|player| player.avatar);
        let steps_own = avatar.is_none_or(|key| self.knowledge.is_current(key.slot()));
        self.audit_due |= self.audits_until(room.tick) > self.audits_until(self.synced);
        self.synced = room.tick;

        let start = out.len();
        write_snapshot_header(self.header(room.tick), out);
        let flags_at = out.len();
        out.push(0);
        let flags = self.write(room, broadcast, out);
        out[flags_at] = flags;
        if flags == 0 && room.tick - self.sent < self.silence_ticks {
            out.truncate(start);
            self.own_outdated |= !steps_own;
            return false;
        }
        self.plan.learn(out.len() - start);
        self.seal(room.tick, now, out.len() - start);
        self.own_outdated = !steps_own;
        true
    }

    /// How many audits are due up to a tick, from the room's start on: one a second.
    fn audits_until(&self, tick: Tick) -> u32 {
        (tick + self.audit_phase) / self.audit_ticks
    }

    /// Whether it gets a snapshot now at all.
    fn is_served(&mut self, tick: Tick, now: Arrival) -> bool {
        let due = self.on_request.sent.is_none_or(|sent| tick - sent >= self.audit_ticks);
        let returning = self.presence == Presence::Returning;
        if matches!(self.presence, Presence::Away(_)) || returning && !due || !self.pace.tick(now) {
            return false;
        }
        if (returning || self.on_request.wanted) && due {
            self.presence = Presence::Here;
            self.on_request.wanted = false;
            self.on_request.sent = Some(tick);
            self.keyframe = true;
        }
        true
    }

    /// Goes through the ticks that the client was left out of.
    fn catch_up(&mut self, tick: Tick, broadcast: &Broadcast<G>) {
        self.plan.left.clear();
        self.keyframe |= tick - self.synced >= CHANGE_LOG_TICKS;
        if self.keyframe {
            self.knowledge.clear();
        } else {
            self.knowledge.catch_up(self.synced, tick, broadcast.delta.log(), &mut self.plan.left);
        }
    }

    /// Leaves out what the budget does not pay for, or the link does not carry.
    fn choose(&mut self, room: &Room<G>, broadcast: &mut Broadcast<G>) {
        self.plan.left_out.clear();
        let budget = self.budget.map(|budget| budget.left());
        let Some(bytes) = budget.into_iter().chain(self.pace.allowance()).min() else { return };
        let avatar = self.own(room).and_then(|player| player.avatar);
        let from = (self.centre, avatar);
        self.plan.choose(room, broadcast, &self.knowledge, &self.visible, from, bytes);
    }

    fn header(&self, tick: Tick) -> SnapshotHeader {
        SnapshotHeader {
            elapsed: tick - self.sent,
            input_advance: self.input_tick - self.input_tick_sent,
            input_margin: if self.input_tick == self.input_tick_sent { 0 } else { self.input_margin },
        }
    }

    fn write(&mut self, room: &Room<G>, broadcast: &mut Broadcast<G>, out: &mut Vec<u8>) -> u8 {
        let mut flags = if self.keyframe { flag::KEYFRAME } else { 0 };
        flags |= self.plan.write(room, broadcast, out);
        if let Some(player) = self.own(room) {
            if self.own_outdated || self.keyframe {
                write_whole(&player.own, out);
                flags |= flag::OWN_WHOLE;
            } else if player.own != player.own_baseline {
                write_masked(&player.own_baseline, &player.own, out);
                flags |= flag::OWN;
            }
        }
        if self.events_waiting > 0 {
            write_u32(out, self.events_waiting as u32);
            out.extend_from_slice(&self.events);
            flags |= flag::EVENTS;
        }
        if self.audit_due && self.knowledge.owed.is_empty() {
            out.extend_from_slice(&self.hash(room, &mut broadcast.hashes).to_le_bytes());
            flags |= flag::HASH;
        }
        flags
    }

    /// The hash of what the client holds once it has read this snapshot.
    fn hash(&self, room: &Room<G>, hashes: &mut StateHashes) -> u32 {
        let known = self.knowledge.known.iter();
        let entities = known.map(|slot| (self.knowledge.ids.of(slot), hashes.of(room, slot)));
        let own = self.own(room).map_or_else(G::Own::default, |player| player.own);
        audit::sum(room.tick, &own, entities)
    }

    /// Forgets what the snapshot said.
    fn seal(&mut self, tick: Tick, now: Arrival, bytes: usize) {
        self.pace.sent(tick, now, bytes);
        if let Some(budget) = &mut self.budget {
            budget.spend(bytes);
        }
        self.sent = tick;
        self.input_tick_sent = self.input_tick;
        self.last = LastSnapshot { keyframe: self.keyframe, events: self.events_waiting };
        self.keyframe = false;
        self.audit_due &= !self.knowledge.owed.is_empty();
        self.events.clear();
        self.events_waiting = 0;
    }
}
