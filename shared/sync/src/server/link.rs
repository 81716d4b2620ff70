//! A client as the server sees it: what it knows, what it is owed, what it did.
//!
//! `build` decides what this client gets, by sets of slots; `write` puts the bytes together, most of them
//! copied from the [`TickDelta`] that was encoded once for everybody.

use thiserror::Error;

use super::{Arrival, InputQueue, Room, Taken, ids::Ids};
use crate::{
    PlayerNumber, Tick,
    bitset::Bitset,
    game::{Audience, Controls, Game},
    protocol::{
        Input, ServerMessage, Snapshot, encode_server,
        limits::{CHANGE_LOG_TICKS, EVENTS_WAITING_MAX, SILENCE_MAX},
    },
    replicate::{
        Replicate, TickDelta, audit,
        delta::write_head,
        sections::{IdWriter, flag},
        write_masked, write_u32, write_whole,
    },
    world::EntityKey,
};

/// Why a client must be closed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum LinkError {
    /// More waits for it than may.
    #[error("more than {EVENTS_WAITING_MAX} events wait for the client")]
    TooSlow,
    /// Controls that no client of ours could have made.
    #[error("controls {0:#x} are out of range")]
    BadControls(u32),
}

/// A client as the server sees it.
#[derive(Debug)]
pub struct Link<G: Game> {
    player: PlayerNumber,
    /// Slots that the client holds.
    known: Bitset,
    /// Known slots whose change the client missed: it holds something outdated.
    owed: Bitset,
    ids: Ids,
    /// The tick up to which the client can compute everything that is not owed.
    synced: Tick,
    /// The tick of the last snapshot.
    sent: Tick,
    /// Whether the client's own state must be sent whole.
    own_outdated: bool,
    keyframe: bool,
    /// The client asked for a keyframe that it has not got yet.
    keyframe_wanted: bool,
    /// The tick of the last keyframe on request.
    keyframe_sent: Option<Tick>,
    keyframes_asked: u64,
    silence_ticks: u32,
    audit_ticks: u32,
    inputs: InputQueue<G::Controls>,
    input_tick: Tick,
    input_tick_sent: Tick,
    input_margin: i16,
    /// Events that wait, encoded.
    events: Vec<u8>,
    events_waiting: usize,
    plan: Plan,
    sections: Vec<u8>,
}

/// What a snapshot will say, before its bytes; kept for its memory.
#[derive(Debug, Default)]
struct Plan {
    /// Ids of what left the view.
    left: Vec<u32>,
    /// What enters or is stated anew.
    entered: Vec<Entering>,
    /// Masks, ids and slots of what changed.
    changed: Vec<(u32, u32, u32)>,
}

#[derive(Clone, Copy, Debug)]
struct Entering {
    id: u32,
    key: EntityKey,
    /// The parent's id, where the client can compute the birth.
    parent: Option<u32>,
}

impl<G: Game> Link<G> {
    /// A client of `player` that was welcomed at `tick` to a room of `tick_rate` ticks a second.
    pub fn new(player: PlayerNumber, tick: Tick, tick_rate: u32) -> Self {
        Self {
            player,
            known: Bitset::default(),
            owed: Bitset::default(),
            ids: Ids::default(),
            synced: tick,
            sent: tick,
            own_outdated: true,
            keyframe: false,
            keyframe_wanted: false,
            keyframe_sent: None,
            keyframes_asked: 0,
            silence_ticks: (SILENCE_MAX.as_millis() as u32 * tick_rate / 1000).max(1),
            audit_ticks: tick_rate.max(1),
            inputs: InputQueue::default(),
            input_tick: tick,
            input_tick_sent: tick,
            input_margin: 0,
            events: Vec::new(),
            events_waiting: 0,
            plan: Plan::default(),
            sections: Vec::new(),
        }
    }

    /// Which player this is.
    pub fn player(&self) -> PlayerNumber {
        self.player
    }

    /// The tick of the last snapshot, or of the joining: what the next snapshot counts from.
    pub fn sent(&self) -> Tick {
        self.sent
    }

    /// Takes in an input that arrived at `arrival`, with the room at `now`.
    ///
    /// # Errors
    /// Controls out of range: the client is to be closed.
    pub fn receive(&mut self, input: Input, arrival: Arrival, now: Tick) -> Result<(), LinkError> {
        let controls = G::Controls::from_bits(input.controls).ok_or(LinkError::BadControls(input.controls))?;
        self.inputs.push(input.tick, controls, arrival, now);
        Ok(())
    }

    /// The controls that take effect in tick `now`, if they change.
    pub fn take_controls(&mut self, now: Tick) -> Option<G::Controls> {
        let Taken { controls, newest } = self.inputs.take(now)?;
        if let Some((tick, margin)) = newest.filter(|&(tick, _)| tick >= self.input_tick) {
            self.input_tick = tick;
            self.input_margin = margin;
        }
        Some(controls)
    }

    /// How many inputs were dropped so far, being too many or too far ahead.
    pub fn inputs_dropped(&self) -> u64 {
        self.inputs.dropped()
    }

    /// The client's hash disagrees: everything is stated anew, a second after the last time at the soonest, since a keyframe is a hundred
    /// times the size of its request. Says whether none was asked for already.
    pub fn ask_keyframe(&mut self) -> bool {
        self.keyframes_asked += 1;
        !core::mem::replace(&mut self.keyframe_wanted, true)
    }

    fn grant_keyframe(&mut self, tick: Tick) {
        let due = self.keyframe_sent.is_none_or(|sent| tick - sent >= self.audit_ticks);
        if self.keyframe_wanted && due {
            self.keyframe_wanted = false;
            self.keyframe_sent = Some(tick);
            self.keyframe = true;
        }
    }

    /// How often the client asked for a keyframe. Each is a bug somewhere.
    pub fn keyframes_asked(&self) -> u64 {
        self.keyframes_asked
    }

    /// Keeps this tick's events until the next snapshot. To be called every tick, whether or not one is built.
    ///
    /// # Errors
    /// The bound is passed: the client is to be closed.
    pub fn collect_events(&mut self, delta: &TickDelta<G>) -> Result<(), LinkError> {
        for (audience, bytes) in delta.events() {
            if !matches!(audience, Audience::Only(other) if other != self.player) {
                if self.events_waiting == EVENTS_WAITING_MAX {
                    return Err(LinkError::TooSlow);
                }
                self.events_waiting += 1;
                self.events.extend_from_slice(bytes);
            }
        }
        Ok(())
    }

    /// The client's snapshot of the room's tick as a message, of the `visible` slots; `None` if there is nothing to say and the silence
    /// has not lasted too long. Either way the client can then compute this tick: its baseline moves. A message that
    /// comes out must be sent; while it cannot be, this is not to be called.
    pub fn snapshot(&mut self, room: &Room<G>, delta: &mut TickDelta<G>, visible: &Bitset) -> Option<Vec<u8>> {
        let own_missed = room.tick - self.synced > 1;
        self.grant_keyframe(room.tick);
        self.catch_up(room.tick, delta);
        self.build(room, delta, visible);
        self.synced = room.tick;
        self.own_outdated |= own_missed;

        let audit = (room.tick + u32::from(self.player)).is_multiple_of(self.audit_ticks);
        self.write(room, delta, audit);
        let silent = self.sections[0] == 0 && room.tick - self.sent < self.silence_ticks;
        (!silent).then(|| self.seal(room.tick))
    }

    /// Goes through the ticks that the client was left out of.
    fn catch_up(&mut self, tick: Tick, delta: &TickDelta<G>) {
        if tick - self.synced >= CHANGE_LOG_TICKS {
            self.keyframe = true;
        }
        if self.keyframe {
            self.known.clear();
            self.owed.clear();
            self.ids.clear();
            self.plan.left.clear();
            return;
        }
        for past in self.synced + 1..=tick {
            let changes = delta.log().at(past);
            for death in &changes.deaths {
                if self.known.remove(death.slot) {
                    let id = self.ids.of(death.slot);
                    let outdated = self.owed.remove(death.slot);
                    if death.foreseen && !outdated {
                        self.ids.free(id);
                    } else {
                        self.plan.left.push(id);
                    }
                }
            }
            if past < tick {
                self.owed.insert_common(&changes.changed, &self.known);
            }
        }
    }

    fn build(&mut self, room: &Room<G>, delta: &TickDelta<G>, visible: &Bitset) {
        for slot in self.known.without(visible) {
            self.plan.left.push(self.ids.of(slot));
        }
        let plan = &mut self.plan;
        for &id in &plan.left {
            self.ids.free(id);
        }
        self.build_changed(delta, visible);
        self.build_entered(room, delta, visible);
    }

    fn build_changed(&mut self, delta: &TickDelta<G>, visible: &Bitset) {
        let plan = &mut self.plan;
        plan.changed.clear();
        for slot in self.known.common(delta.changed()) {
            if visible.contains(slot) && !self.owed.contains(slot) {
                plan.changed.push((delta.change(slot).mask, self.ids.of(slot), slot));
            }
        }
        plan.changed.sort_unstable();
    }

    /// What is new, in order of birth so that ids say nothing else, and what is owed.
    fn build_entered(&mut self, room: &Room<G>, delta: &TickDelta<G>, visible: &Bitset) {
        let entered = &mut self.plan.entered;
        entered.clear();
        for slot in self.owed.common(visible) {
            let key = room.world.key_of(slot).expect("what is visible lives");
            entered.push(Entering { id: self.ids.of(slot), key, parent: None });
        }
        let restated = entered.len();
        for slot in visible.without(&self.known) {
            let key = room.world.key_of(slot).expect("what is visible lives");
            let parent = delta.birth(slot).map(|(parent, _)| parent);
            let parent = parent.filter(|&parent| {
                self.known.contains(parent) && visible.contains(parent) && !self.owed.contains(parent)
            });
            let parent = parent.map(|parent| self.ids.of(parent));
            entered.push(Entering { id: 0, key, parent });
        }
        entered[restated..].sort_unstable_by_key(|entering| room.world.entity(entering.key).expect("it lives").serial);
        let mut given = restated;
        while let Some(entering) = entered.get_mut(given) {
            let Some(id) = self.ids.give(entering.key.slot()) else { break };
            entering.id = id;
            given += 1;
        }
        entered.truncate(given);
        self.known.retain(visible);
        for entering in &*entered {
            self.known.insert(entering.key.slot());
        }
        entered.sort_unstable_by_key(|entering| entering.id);
        self.owed.clear();
    }

    fn write(&mut self, room: &Room<G>, delta: &mut TickDelta<G>, audit: bool) {
        let out = &mut self.sections;
        out.clear();
        out.push(0);
        let mut flags = 0;
        if self.keyframe {
            flags |= flag::KEYFRAME;
        }
        if write_left(out, &mut self.plan.left) {
            flags |= flag::LEFT;
        }
        if write_entered(out, &self.plan.entered, room, delta) {
            flags |= flag::ENTERED;
        }
        if write_changed(out, &self.plan.changed, delta) {
            flags |= flag::CHANGED;
        }
        if let Some(player) = room.players.get(self.player) {
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
        if audit {
            let hash = self.hash(room);
            self.sections.extend_from_slice(&hash.to_le_bytes());
            flags |= flag::HASH;
        }
        self.sections[0] = flags;
    }

    /// The hash of what the client holds once it has read this snapshot.
    fn hash(&self, room: &Room<G>) -> u32 {
        let entities = self.known.iter().map(|slot| {
            let key = room.world.key_of(slot).expect("what is known lives");
            (self.ids.of(slot), room.world.get(key).expect("it lives"))
        });
        let own = room.players.get(self.player).map_or_else(G::Own::default, |player| player.own);
        audit::sum(room.tick, &own, entities)
    }

    /// Puts the header before the sections and forgets what they said.
    fn seal(&mut self, tick: Tick) -> Vec<u8> {
        let message = encode_server(&ServerMessage::Snapshot(Snapshot {
            elapsed: tick - self.sent,
            input_advance: self.input_tick - self.input_tick_sent,
            input_margin: self.input_margin,
            sections: &self.sections,
        }));
        self.sent = tick;
        self.input_tick_sent = self.input_tick;
        self.own_outdated = false;
        self.keyframe = false;
        self.events.clear();
        self.events_waiting = 0;
        message
    }
}

fn write_left(out: &mut Vec<u8>, left: &mut Vec<u32>) -> bool {
    if left.is_empty() {
        return false;
    }
    left.sort_unstable();
    write_u32(out, left.len() as u32);
    let mut ids = IdWriter::default();
    for id in left.drain(..) {
        ids.write(out, id);
    }
    true
}

fn write_entered<G: Game>(out: &mut Vec<u8>, entered: &[Entering], room: &Room<G>, delta: &mut TickDelta<G>) -> bool {
    if entered.is_empty() {
        return false;
    }
    write_u32(out, entered.len() as u32);
    let mut ids = IdWriter::default();
    for entering in entered {
        let state = room.world.get(entering.key).expect("what enters lives");
        ids.write(out, entering.id);
        write_head(out, state.kind(), entering.parent);
        let birth = entering.parent.and_then(|_| delta.birth(entering.key.slot()));
        match birth {
            Some((_, bytes)) => out.extend_from_slice(bytes),
            None => out.extend_from_slice(delta.whole(entering.key, state)),
        }
    }
    true
}

fn write_changed<G: Game>(out: &mut Vec<u8>, changed: &[(u32, u32, u32)], delta: &TickDelta<G>) -> bool {
    if changed.is_empty() {
        return false;
    }
    let groups = changed.chunk_by(|left, right| left.0 == right.0);
    write_u32(out, groups.clone().count() as u32);
    for group in groups {
        write_u32(out, group[0].0);
        write_u32(out, group.len() as u32);
        let mut ids = IdWriter::default();
        for &(_, id, slot) in group {
            ids.write(out, id);
            out.extend_from_slice(delta.bytes(&delta.change(slot).numbers));
        }
    }
    true
}
