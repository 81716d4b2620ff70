//! What one snapshot says: chosen by sets of slots, then written by copying bytes that were made once.

use super::{Broadcast, Room, knowledge::Knowledge};
use crate::{
    Tick,
    bitset::Bitset,
    by_slot::BySlot,
    game::{Game, Place},
    replicate::{
        Replicate,
        change_log::Missed,
        delta::{Change, TickDelta},
        sections::{IdWriter, flag, head, write_group_head},
        write_u32,
    },
    world::EntityKey,
};

/// What a snapshot will say, before its bytes; kept for its memory.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Ids of what left the view.
    pub(crate) left: Vec<u32>,
    /// Slots that must wait, since the budget does not pay for them.
    pub(crate) left_out: Bitset,
    /// What enters or is stated anew.
    entered: Vec<Entering>,
    candidates: Vec<Candidate>,
    /// For each slot, of whom the client was last told, and when; while it is limited.
    told: BySlot<Told>,
    /// What it took on the mean to bring an outdated entity up to date, in bytes: what exactly is worked out only for those that are told.
    outdated_bytes: f32,
    /// About how many bytes was chosen; `None` where nothing had to be.
    chosen_bytes: Option<usize>,
    /// How many bytes snapshots had for each that was chosen: groups have heads, and not all that is said is chosen.
    overhead: f32,
}

#[derive(Clone, Copy, Debug)]
struct Entering {
    id: u32,
    key: EntityKey,
    /// The parent's id, where the client can compute the birth.
    parent: Option<u32>,
}

/// Something that could be said.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    slot: u32,
    serial: u64,
    bytes: usize,
    importance: f32,
}

/// When a client was last told of an entity.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// `None` before the slot's first.
    serial: Option<u64>,
    at: Tick,
}

/// Room for so many comings and goings in a tick is there from the start.
const USUAL: usize = 512;
/// Bytes of an entering entity's id, head and parent.
const ENTERING_BYTES: usize = 5;
/// At the edge of the view an entity counts for so much less than at its middle.
const REMOTE_FACTOR: f32 = 8.0;
/// An entity at rest counts for so much less than a fast one.
const STILL_FACTOR: f32 = 2.0;
/// As fast as this, in units a tick, is fast.
const FAST: f32 = 8.0;
/// An entity that comes into view counts as one that has waited for so many ticks.
const NEWCOMER_TICKS: Tick = 30;
/// About what it takes to bring an outdated entity up to date, in bytes, as long as none was.
const OUTDATED_BYTES: f32 = 9.0;
/// Means are taken over about so many.
const MEAN_OVER: f32 = 16.0;
/// A snapshot of events alone is no measure of what else takes.
const OVERHEAD_MAX: f32 = 4.0;

impl Default for Plan {
    fn default() -> Self {
        Self {
            left: Vec::with_capacity(USUAL),
            left_out: Bitset::default(),
            entered: Vec::with_capacity(USUAL),
            candidates: Vec::new(),
            told: BySlot::default(),
            outdated_bytes: OUTDATED_BYTES,
            chosen_bytes: None,
            overhead: 1.0,
        }
    }
}

impl Plan {
    /// Puts into `left_out` what is least important for its bytes, where all that there is to say is more than `bytes`: the far before the near,
    /// then the slow before the fast, then what was told recently. So a client that cannot have everything is kept up to date with what is
    /// near, which costs a byte a tick, and is told of the rest by turns, at length. What waits gets more important, so nothing waits for ever.
    pub(crate) fn choose<G: Game>(
        &mut self,
        room: &Room<G>,
        broadcast: &mut Broadcast<G>,
        knowledge: &Knowledge,
        visible: &Bitset,
        (centre, avatar): (Option<Place>, Option<EntityKey>),
        bytes: usize,
    ) {
        self.candidates.clear();
        for slot in visible.iter() {
            let Some(key) = room.world.key_of(slot) else { continue };
            let outdated = self.outdated_bytes as usize;
            let Some(bytes) = cost(room, broadcast, knowledge, key, outdated) else { continue };
            let entity = room.world.entity(key).expect("what is visible lives");
            let waited = self.waited(slot, entity.serial, room.tick);
            let importance = if Some(key) == avatar {
                f32::INFINITY
            } else {
                let place = G::place(entity.state());
                let remote = centre.zip(place).map_or(0.0, |(from, to)| broadcast.interest.remoteness(from, to));
                let speed = place.map_or(FAST, |place| place.speed);
                let near = 1.0 / (1.0 + (REMOTE_FACTOR - 1.0) * remote.min(1.0));
                let lively = 1.0 / (STILL_FACTOR - (STILL_FACTOR - 1.0) * (speed / FAST).min(1.0));
                near * lively * waited as f32 / bytes.max(1) as f32
            };
            self.candidates.push(Candidate { slot, serial: entity.serial, bytes, importance });
        }
        let bytes = (bytes as f32 / self.overhead) as usize;
        let all = self.candidates.iter().map(|candidate| candidate.bytes).sum::<usize>();
        self.chosen_bytes = Some(if all > bytes { self.rank(bytes) } else { all });
        for candidate in &self.candidates {
            if !self.left_out.contains(candidate.slot) {
                self.told.put(candidate.slot, Told { serial: Some(candidate.serial), at: room.tick });
            }
        }
    }

    /// For how many ticks an entity has waited; from now on, if it was not there before.
    fn waited(&mut self, slot: u32, serial: u64, now: Tick) -> Tick {
        let mut told = self.told.get(slot);
        if told.serial != Some(serial) {
            told = Told { serial: Some(serial), at: now.saturating_sub(NEWCOMER_TICKS) };
            self.told.put(slot, told);
        }
        now - told.at
    }

    /// So many bytes it was in the end.
    pub(crate) fn learn(&mut self, bytes: usize) {
        if let Some(chosen) = self.chosen_bytes.take().filter(|chosen| *chosen > 0) {
            let overhead = (bytes as f32 / chosen as f32).clamp(1.0, OVERHEAD_MAX);
            self.overhead += (overhead - self.overhead) / MEAN_OVER;
        }
    }

    /// Leaves out what is more than so many bytes; gives how many are chosen.
    fn rank(&mut self, bytes: usize) -> usize {
        self.candidates.sort_unstable_by(|left, right| {
            right.importance.total_cmp(&left.importance).then(left.serial.cmp(&right.serial))
        });
        let mut chosen = 0;
        for (at, candidate) in self.candidates.iter().enumerate() {
            // The most important one goes in any case, so that a small budget still tells everything in time.
            if at > 0 && chosen + candidate.bytes > bytes {
                self.left_out.insert(candidate.slot);
            } else {
                chosen += candidate.bytes;
            }
        }
        chosen
    }

    /// Decides what is said, and notes what the client then holds and is owed.
    pub(crate) fn build<G: Game>(
        &mut self,
        room: &Room<G>,
        broadcast: &mut Broadcast<G>,
        knowledge: &mut Knowledge,
        visible: &Bitset,
    ) {
        broadcast.sorting.clear();
        self.build_left(knowledge, visible);
        self.build_entered(room, broadcast, knowledge, visible);
        self.build_changed(room, broadcast, knowledge, visible);
        self.build_owed(room, broadcast, knowledge);
        for entering in &self.entered {
            knowledge.known.insert(entering.key.slot());
        }
        self.entered.sort_unstable_by_key(|entering| entering.id);
    }

    fn build_left(&mut self, knowledge: &mut Knowledge, visible: &Bitset) {
        for slot in knowledge.known.without(visible) {
            self.left.push(knowledge.ids.of(slot));
        }
        for &id in &self.left {
            knowledge.ids.free(id);
        }
        knowledge.known.retain(visible);
        knowledge.owed.retain(visible);
    }

    /// What is new, in order of birth so that ids say nothing else.
    fn build_entered<G: Game>(
        &mut self,
        room: &Room<G>,
        broadcast: &Broadcast<G>,
        knowledge: &mut Knowledge,
        visible: &Bitset,
    ) {
        self.entered.clear();
        for slot in visible.without(&knowledge.known).filter(|&slot| !self.left_out.contains(slot)) {
            let key = room.world.key_of(slot).expect("what is visible lives");
            let parent = parent(broadcast, knowledge, slot).map(|parent| knowledge.ids.of(parent));
            self.entered.push(Entering { id: 0, key, parent });
        }
        self.entered.sort_unstable_by_key(|entering| room.world.entity(entering.key).expect("it lives").serial);
        let mut given = 0;
        while let Some(entering) = self.entered.get_mut(given) {
            let Some(id) = knowledge.ids.give(entering.key.slot()) else { break };
            entering.id = id;
            given += 1;
        }
        self.entered.truncate(given);
    }

    fn build_changed<G: Game>(
        &mut self,
        room: &Room<G>,
        broadcast: &mut Broadcast<G>,
        knowledge: &mut Knowledge,
        visible: &Bitset,
    ) {
        let Broadcast { delta, sorting, fresh, .. } = broadcast;
        fresh.assign(delta.changed());
        fresh.retain(visible);
        fresh.retain(&knowledge.known);
        fresh.remove_all(&knowledge.owed);
        for slot in fresh.common(&self.left_out) {
            knowledge.owe(slot, room.tick);
        }
        fresh.remove_all(&self.left_out);
        let room = (delta.groups().len(), knowledge.ids.bound());
        sorting.add(room, fresh.iter().map(|slot| (knowledge.ids.of(slot), delta.change(slot))));
    }

    /// What is owed is paid, except for what had to be left out.
    fn build_owed<G: Game>(&mut self, room: &Room<G>, broadcast: &mut Broadcast<G>, knowledge: &mut Knowledge) {
        let Broadcast { delta, sorting, .. } = broadcast;
        let ids = knowledge.ids.bound();
        let (mut bytes, mut changes) = (0, 0_u32);
        for slot in knowledge.owed.without(&self.left_out) {
            let key = room.world.key_of(slot).expect("what is owed lives");
            let id = knowledge.ids.of(slot);
            match delta.missed(key, knowledge.owed_since(slot), room) {
                Missed::Nothing => {}
                Missed::Change(change) => {
                    bytes += change_cost(delta, change);
                    changes += 1;
                    sorting.add((delta.groups().len(), ids), [(id, change)].into_iter());
                }
                Missed::Whole => self.entered.push(Entering { id, key, parent: None }),
            }
        }
        knowledge.owed.retain(&self.left_out);
        // From a sum, since a mean that follows one by one would depend on the order of slots, and so on what is hidden.
        if changes > 0 {
            self.outdated_bytes += (bytes as f32 / changes as f32 - self.outdated_bytes) / MEAN_OVER;
        }
    }

    /// Appends the sections of entities, and gives the flags of those that there are.
    pub(crate) fn write<G: Game>(&mut self, room: &Room<G>, broadcast: &mut Broadcast<G>, out: &mut Vec<u8>) -> u8 {
        let mut flags = 0;
        if self.write_left(out) {
            flags |= flag::LEFT;
        }
        if self.write_entered(room, broadcast, out) {
            flags |= flag::ENTERED;
        }
        if write_changed(broadcast, out) {
            flags |= flag::CHANGED;
        }
        flags
    }

    fn write_left(&mut self, out: &mut Vec<u8>) -> bool {
        if self.left.is_empty() {
            return false;
        }
        self.left.sort_unstable();
        write_u32(out, self.left.len() as u32);
        let mut ids = IdWriter::default();
        for id in self.left.drain(..) {
            ids.write(out, id);
        }
        true
    }

    fn write_entered<G: Game>(&self, room: &Room<G>, broadcast: &mut Broadcast<G>, out: &mut Vec<u8>) -> bool {
        if self.entered.is_empty() {
            return false;
        }
        let delta = &mut broadcast.delta;
        write_u32(out, self.entered.len() as u32);
        let mut ids = IdWriter::default();
        for entering in &self.entered {
            let state = room.world.get(entering.key).expect("what enters lives");
            ids.write(out, entering.id);
            let birth = entering.parent.zip(delta.birth(entering.key.slot()));
            let (parent, bytes) = match birth {
                Some((parent, (_, bytes))) => (Some(parent), bytes),
                None => (None, delta.whole(entering.key, state)),
            };
            write_head(out, state.kind(), parent, bytes.len() == 0);
            out.extend_from_slice(delta.bytes(bytes));
        }
        true
    }
}

/// The slot of the parent of an entity that was born in this tick, where the client computes with the parent's true state.
fn parent<G: Game>(broadcast: &Broadcast<G>, knowledge: &Knowledge, slot: u32) -> Option<u32> {
    let (parent, _) = broadcast.delta.birth(slot)?;
    knowledge.is_current(parent).then_some(parent)
}

/// About how many bytes it takes to bring the client up to date on a visible entity; `None` if it is. One that is outdated takes `outdated`.
fn cost<G: Game>(
    room: &Room<G>,
    broadcast: &mut Broadcast<G>,
    knowledge: &Knowledge,
    key: EntityKey,
    outdated: usize,
) -> Option<usize> {
    let slot = key.slot();
    if !knowledge.known.contains(slot) {
        if let Some((_, bytes)) = broadcast.delta.birth(slot).filter(|_| parent(broadcast, knowledge, slot).is_some()) {
            return Some(ENTERING_BYTES + bytes.len());
        }
    } else if !knowledge.owed.contains(slot) {
        let changed = broadcast.delta.changed().contains(slot);
        return changed.then(|| change_cost(&broadcast.delta, broadcast.delta.change(slot)));
    } else {
        return Some(outdated);
    }
    let state = room.world.get(key).expect("what is visible lives");
    Some(ENTERING_BYTES + broadcast.delta.whole(key, state).len())
}

/// With its id, and without its share of the group's head.
fn change_cost<G: Game>(delta: &TickDelta<G>, change: Change) -> usize {
    let numbers = usize::from(change.length);
    1 + if delta.groups()[usize::from(change.group)].narrow { numbers.div_ceil(2) } else { numbers }
}

fn write_head(out: &mut Vec<u8>, kind: u8, parent: Option<u32>, as_foreseen: bool) {
    let mut bits = u32::from(kind) << head::KIND_SHIFT;
    if parent.is_some() {
        bits |= head::PARENT;
    }
    if as_foreseen {
        bits |= head::AS_FORESEEN;
    }
    write_u32(out, bits);
    if let Some(parent) = parent {
        write_u32(out, parent);
    }
}

/// Writes the groups in an order that depends on nothing but themselves.
fn write_changed<G: Game>(broadcast: &mut Broadcast<G>, out: &mut Vec<u8>) -> bool {
    let Broadcast { delta, sorting, .. } = broadcast;
    if sorting.groups.is_empty() {
        return false;
    }
    sorting.groups.sort_unstable_by_key(|&group| delta.groups()[usize::from(group)]);
    write_u32(out, sorting.groups.len() as u32);
    for &at in &sorting.groups {
        let (group, members) = (delta.groups()[usize::from(at)], sorting.members(at));
        write_group_head(out, group.mask, group.narrow, (&members.ids, members.count));
        let changes = members.ids.iter().map(|id| sorting.changes.get(id));
        if group.narrow {
            delta.copy_halves(changes, members.bytes as usize, out);
        } else {
            delta.copy(changes, members.bytes as usize, out);
        }
    }
    sorting.clear();
    true
}
