//! A tick's changes as bytes, encoded once for everybody. [`Link`](crate::server::Link) picks from them.

use super::{
    FIELDS_MAX, Replicate, VARINT_BYTES_MAX,
    change_log::{ChangeLog, Missed},
    residual::{Numbers, write_masked, write_whole},
};
use crate::{
    Tick,
    bitset::Bitset,
    by_slot::BySlot,
    game::{Audience, Game},
    server::Room,
    world::EntityKey,
};

/// Where in the tick's bytes something stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) fn len(self) -> usize {
        (self.end - self.start) as usize
    }
}

/// A residual: whom it is grouped with, and its numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Change {
    /// Index into [`TickDelta::groups`].
    pub(crate) group: u16,
    /// Bytes of its numbers: one for each of a narrow group, varints for a wide one.
    pub(crate) length: u16,
    /// Where they start in the tick's bytes.
    start: u32,
}

const _: () = assert!(FIELDS_MAX * VARINT_BYTES_MAX <= u16::MAX as usize, "the length of any residual fits");

/// What the entities of a group have in common: the fields that changed, and whether half a byte holds each number.
///
/// The order of groups on the wire is that of `(mask, narrow)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Group {
    /// Bit n for field n.
    pub(crate) mask: u32,
    /// Whether all numbers are 1 to 16.
    pub(crate) narrow: bool,
}

/// An entity that a living parent spawned in this tick: its residual against what the parent would spawn.
#[derive(Clone, Copy, Debug)]
struct Birth {
    slot: u32,
    parent: u32,
    bytes: Span,
}

/// What one tick changed, as bytes; kept from tick to tick for its memory.
#[derive(Debug)]
pub(crate) struct TickDelta<G: Game> {
    bytes: Vec<u8>,
    groups: Vec<Group>,
    /// For each slot in `changed`, its change.
    changes: BySlot<Change>,
    /// Slots whose state differs from their stepped baseline.
    changed: Bitset,
    births: Vec<Birth>,
    events: Vec<(Audience, Span)>,
    /// Whole states, written when the first client needs them.
    wholes: BySlot<Span>,
    whole: Bitset,
    log: ChangeLog<G>,
}

impl<G: Game> Default for TickDelta<G> {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            groups: Vec::new(),
            changes: BySlot::default(),
            changed: Bitset::default(),
            births: Vec::new(),
            events: Vec::new(),
            wholes: BySlot::default(),
            whole: Bitset::default(),
            log: ChangeLog::default(),
        }
    }
}

impl<G: Game> TickDelta<G> {
    /// Encodes what the room's last tick changed. To be called once after every tick.
    pub(crate) fn encode(&mut self, room: &Room<G>) {
        self.bytes.clear();
        self.groups.clear();
        self.whole.clear();
        self.log.begin(room.tick, room.world.deaths());
        self.encode_changes(room);
        self.encode_births(room);
        self.encode_events(room);
    }

    fn encode_changes(&mut self, room: &Room<G>) {
        self.changed.clear();
        for (touched, state) in room.world.touched() {
            if let Some(change) = self.residual(&touched.baseline, state) {
                let slot = touched.key.slot();
                self.changes.put(slot, change);
                self.changed.insert(slot);
                self.log.add(room.tick, slot, touched.baseline);
            }
        }
    }

    /// Appends the residual of a state against a baseline; `None` if they are equal.
    fn residual(&mut self, baseline: &G::Entity, state: &G::Entity) -> Option<Change> {
        let numbers = Numbers::between(baseline, state);
        if numbers.mask() == 0 {
            return None;
        }
        let group = Group { mask: numbers.mask(), narrow: numbers.are_narrow() };
        let start = self.bytes.len() as u32;
        if group.narrow {
            numbers.write_narrow(&mut self.bytes);
        } else {
            numbers.write(&mut self.bytes);
        }
        let length = (self.bytes.len() - start as usize) as u16;
        let known = self.groups.iter().position(|other| *other == group);
        let group = known.unwrap_or_else(|| {
            self.groups.push(group);
            self.groups.len() - 1
        });
        Some(Change { group: group as u16, length, start })
    }

    fn encode_births(&mut self, room: &Room<G>) {
        self.births.clear();
        for key in room.world.born() {
            let entity = room.world.entity(key).expect("the born live");
            let Some(parent) = entity.parent else { continue };
            let Some(baseline) = room.world.baseline(parent) else { continue };
            let Some(foreseen) = G::spawned_by(baseline, entity.state().kind(), &room.rules) else { continue };
            let start = self.bytes.len() as u32;
            if foreseen != *entity.state() {
                write_masked(&foreseen, entity.state(), &mut self.bytes);
            }
            let bytes = Span { start, end: self.bytes.len() as u32 };
            self.births.push(Birth { slot: key.slot(), parent: parent.slot(), bytes });
        }
        self.births.sort_unstable_by_key(|birth| birth.slot);
    }

    fn encode_events(&mut self, room: &Room<G>) {
        self.events.clear();
        for (audience, event) in room.events() {
            let start = self.bytes.len() as u32;
            write_whole(event, &mut self.bytes);
            self.events.push((*audience, Span { start, end: self.bytes.len() as u32 }));
        }
    }

    pub(crate) fn bytes(&self, span: Span) -> &[u8] {
        &self.bytes[span.start as usize..span.end as usize]
    }

    /// The numbers of a change.
    #[inline]
    pub(crate) fn numbers(&self, change: Change) -> &[u8] {
        let start = change.start as usize;
        &self.bytes[start..start + usize::from(change.length)]
    }

    /// Appends the numbers of `changes`, `total` bytes together: mostly a few bytes each, which a copy of a fixed length moves quicker.
    pub(crate) fn copy(&self, changes: impl Iterator<Item = Change>, total: usize, out: &mut Vec<u8>) {
        const SHORT: usize = 8;
        let mut at = out.len();
        let end = at + total;
        out.resize(end + SHORT, 0);
        changes.for_each(|change| {
            let (start, length) = (change.start as usize, usize::from(change.length));
            match (self.bytes.get(start..start + SHORT), out.get_mut(at..at + SHORT)) {
                (Some(from), Some(to)) if length <= SHORT => to.copy_from_slice(from),
                _ => out[at..at + length].copy_from_slice(self.numbers(change)),
            }
            at += length;
        });
        out.truncate(end);
    }

    /// Appends the numbers of `changes` of narrow groups, `total` together, as half bytes in a row, lower half first.
    pub(crate) fn copy_halves(&self, changes: impl Iterator<Item = Change>, total: usize, out: &mut Vec<u8>) {
        let start = out.len();
        out.resize(start + total.div_ceil(2), 0);
        let (halves, mut at) = (&mut out[start..], 0);
        changes.for_each(|change| {
            for &half in self.numbers(change) {
                halves[at / 2] |= half << (at % 2 * 4);
                at += 1;
            }
        });
    }

    /// What [`Change::group`] points into.
    pub(crate) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Slots whose state differs from their stepped baseline.
    pub(crate) fn changed(&self) -> &Bitset {
        &self.changed
    }

    /// The change of a slot in [`Self::changed`].
    pub(crate) fn change(&self, slot: u32) -> Change {
        self.changes.get(slot)
    }

    /// What a client lacks of an entity whose changes it missed from tick `since` on, made once for all clients that lack the same.
    pub(crate) fn missed(&mut self, key: EntityKey, since: Tick, room: &Room<G>) -> Missed {
        let slot = key.slot();
        if let Some(known) = self.log.known(slot, since, room.tick) {
            return known;
        }
        let Some(stepped) = self.log.stepped(slot, since, room.tick, &room.rules) else { return Missed::Whole };
        let state = room.world.get(key).expect("what is owed lives");
        let missed = self.residual(&stepped, state).map_or(Missed::Nothing, Missed::Change);
        self.log.remember(slot, since, room.tick, missed);
        missed
    }

    /// The slot of the parent, and the residual against what it would spawn, of an entity that a living parent spawned in this tick.
    pub(crate) fn birth(&self, slot: u32) -> Option<(u32, Span)> {
        let at = self.births.binary_search_by_key(&slot, |birth| birth.slot).ok()?;
        Some((self.births[at].parent, self.births[at].bytes))
    }

    /// Mask and numbers of an entity's whole state.
    pub(crate) fn whole(&mut self, key: EntityKey, state: &G::Entity) -> Span {
        if self.whole.insert(key.slot()) {
            let zero = G::Entity::zero(state.kind()).expect("a state's own kind exists");
            let start = self.bytes.len() as u32;
            write_masked(&zero, state, &mut self.bytes);
            self.wholes.put(key.slot(), Span { start, end: self.bytes.len() as u32 });
        }
        self.wholes.get(key.slot())
    }

    /// The events of this tick, in order.
    pub(crate) fn events(&self) -> impl Iterator<Item = (Audience, &[u8])> {
        self.events.iter().map(|(audience, span)| (*audience, self.bytes(*span)))
    }

    /// What changed in the last ticks, this one included.
    pub(crate) fn log(&self) -> &ChangeLog<G> {
        &self.log
    }
}
