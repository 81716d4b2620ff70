//! A tick's changes as bytes, encoded once for everybody. [`Link`](crate::server::Link) picks from them.

use std::ops::Range;

use super::{
    residual::{diff, write_masked, write_whole},
    varint::write_u32,
};
use crate::{
    bitset::Bitset,
    game::{Audience, Game},
    replicate::Replicate,
    server::{ChangeLog, Room},
    world::EntityKey,
};

/// Where in the tick's bytes something stands.
pub(crate) type Span = Range<u32>;

/// A changed entity: its mask, and the numbers of its residual.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) mask: u32,
    pub(crate) numbers: Span,
}

/// An entity that a living parent spawned in this tick: its residual against what the parent would spawn.
#[derive(Clone, Debug)]
struct Birth {
    slot: u32,
    parent: u32,
    bytes: Span,
}

/// What one tick changed, as bytes; kept from tick to tick for its memory.
#[derive(Debug)]
pub struct TickDelta<G: Game> {
    bytes: Vec<u8>,
    /// For each slot in `changed`, its change.
    changes: Vec<Change>,
    /// Slots whose state differs from their stepped baseline.
    changed: Bitset,
    births: Vec<Birth>,
    events: Vec<(Audience, Span)>,
    /// Whole states, written when the first client needs them.
    wholes: Vec<Span>,
    whole: Bitset,
    log: ChangeLog,
    game: core::marker::PhantomData<fn() -> G>,
}

impl<G: Game> Default for TickDelta<G> {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            changes: Vec::new(),
            changed: Bitset::default(),
            births: Vec::new(),
            events: Vec::new(),
            wholes: Vec::new(),
            whole: Bitset::default(),
            log: ChangeLog::default(),
            game: core::marker::PhantomData,
        }
    }
}

const NOWHERE: Span = 0..0;

impl<G: Game> TickDelta<G> {
    /// Encodes what the room's last tick changed. To be called once after every tick.
    pub fn encode(&mut self, room: &Room<G>) {
        self.bytes.clear();
        self.whole.clear();
        self.encode_changes(room);
        self.encode_births(room);
        self.encode_events(room);
        let entry = self.log.begin(room.tick);
        entry.changed.clone_from(&self.changed);
        entry.deaths.extend_from_slice(room.world.deaths());
    }

    fn encode_changes(&mut self, room: &Room<G>) {
        self.changed.clear();
        for (touched, state) in room.world.touched() {
            let start = self.bytes.len() as u32;
            let mask = diff(&touched.baseline, state, &mut self.bytes);
            if mask != 0 {
                let change = Change { mask, numbers: start..self.bytes.len() as u32 };
                put(&mut self.changes, touched.key, change, || Change { mask: 0, numbers: NOWHERE });
                self.changed.insert(touched.key.slot());
            }
        }
    }

    fn encode_births(&mut self, room: &Room<G>) {
        self.births.clear();
        for key in room.world.born() {
            let entity = room.world.entity(key).expect("the born live");
            let Some(parent) = entity.parent else { continue };
            let Some(baseline) = room.world.baseline(parent) else { continue };
            let Some(foreseen) = G::spawned_by(baseline, entity.state().kind(), &room.rules) else { continue };
            let start = self.bytes.len() as u32;
            write_masked(&foreseen, entity.state(), &mut self.bytes);
            let bytes = start..self.bytes.len() as u32;
            self.births.push(Birth { slot: key.slot(), parent: parent.slot(), bytes });
        }
        self.births.sort_unstable_by_key(|birth| birth.slot);
    }

    fn encode_events(&mut self, room: &Room<G>) {
        self.events.clear();
        for (audience, event) in room.events() {
            let start = self.bytes.len() as u32;
            write_whole(event, &mut self.bytes);
            self.events.push((*audience, start..self.bytes.len() as u32));
        }
    }

    pub(crate) fn bytes(&self, span: &Span) -> &[u8] {
        &self.bytes[span.start as usize..span.end as usize]
    }

    /// Slots whose state differs from their stepped baseline.
    pub(crate) fn changed(&self) -> &Bitset {
        &self.changed
    }

    /// The change of a slot in [`Self::changed`].
    pub(crate) fn change(&self, slot: u32) -> &Change {
        &self.changes[slot as usize]
    }

    /// The slot of the parent, and the bytes, of an entity that a living parent spawned in this tick.
    pub(crate) fn birth(&self, slot: u32) -> Option<(u32, &[u8])> {
        let at = self.births.binary_search_by_key(&slot, |birth| birth.slot).ok()?;
        let birth = &self.births[at];
        Some((birth.parent, self.bytes(&birth.bytes)))
    }

    /// Mask and numbers of an entity's whole state.
    pub(crate) fn whole(&mut self, key: EntityKey, state: &G::Entity) -> &[u8] {
        if self.whole.insert(key.slot()) {
            let zero = G::Entity::zero(state.kind()).expect("a state's own kind exists");
            let start = self.bytes.len() as u32;
            write_masked(&zero, state, &mut self.bytes);
            put(&mut self.wholes, key, start..self.bytes.len() as u32, || NOWHERE);
        }
        self.bytes(&self.wholes[key.slot() as usize])
    }

    /// The events of this tick, in order.
    pub(crate) fn events(&self) -> impl Iterator<Item = (Audience, &[u8])> {
        self.events.iter().map(|(audience, span)| (*audience, self.bytes(span)))
    }

    /// What changed in the last ticks, this one included.
    pub(crate) fn log(&self) -> &ChangeLog {
        &self.log
    }
}

fn put<T>(by_slot: &mut Vec<T>, key: EntityKey, value: T, empty: impl FnMut() -> T) {
    let index = key.slot() as usize;
    if index >= by_slot.len() {
        by_slot.resize_with(index + 1, empty);
    }
    by_slot[index] = value;
}

/// Appends the head of an entered entity: its kind, and whether a parent's id follows.
pub(crate) fn write_head(out: &mut Vec<u8>, kind: u8, parent: Option<u32>) {
    write_u32(out, u32::from(kind) << 1 | u32::from(parent.is_some()));
    if let Some(parent) = parent {
        write_u32(out, parent);
    }
}
