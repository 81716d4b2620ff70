//! The sections of a snapshot: what the writer of one and its reader agree on.
//!
//! ```text
//! flags    1 byte, which sections follow, in this order:
//! left     count, ids                                             the client forgets them
//! entered  count, (id, head, [parent id], [mask, numbers])        learned, or stated anew
//! changed  groups, (head, ids, numbers)                           residuals against the stepped state
//! own      mask, numbers                                          against the stepped state, or whole
//! events   count, (kind, mask, numbers)
//! hash     4 bytes, lowest first                                  of what the client holds now
//! ```
//!
//! All but the flags, the hash, bitmaps, half bytes and the kind of a whole state, which is one byte, are LEB128 varints. Ids ascend, each written
//! as the number of ids left out since the one before. A keyframe flag says that the client forgets everything first.
//!
//! An entered entity's head is `kind * 4 + as_foreseen * 2 + has_parent`: as foreseen, no mask and numbers follow, and it is what its parent
//! spawns. A group's head is `mask * 4 + narrow * 2 + bitmap`. Its ids are either a count and gaps, or the count of bytes of a bitmap and the
//! bytes, lowest bit first. The numbers of a narrow group are 1 to 16, each less 1 in half a byte, lower half first, the whole group's in a row.

use super::{
    residual::{apply_numbers, read_masked, read_whole},
    varint::{Malformed, Reader, write_u32},
};
use crate::{
    Tick,
    bitset::Bitset,
    client::telemetry::ByteKind,
    game::{Game, Life, Place},
    protocol::limits::IDS_MAX,
    replicate::Replicate,
};

/// The bits of the first byte.
pub(crate) mod flag {
    pub(crate) const LEFT: u8 = 1;
    pub(crate) const ENTERED: u8 = 1 << 1;
    pub(crate) const CHANGED: u8 = 1 << 2;
    pub(crate) const OWN: u8 = 1 << 3;
    pub(crate) const OWN_WHOLE: u8 = 1 << 4;
    pub(crate) const EVENTS: u8 = 1 << 5;
    pub(crate) const HASH: u8 = 1 << 6;
    pub(crate) const KEYFRAME: u8 = 1 << 7;
}

/// The bits of the head of an entered entity.
pub(crate) mod head {
    pub(crate) const PARENT: u32 = 1;
    pub(crate) const AS_FORESEEN: u32 = 1 << 1;
    pub(crate) const KIND_SHIFT: u32 = 2;
}

/// The bits of the head of a group.
pub(crate) mod group {
    pub(crate) const BITMAP: u32 = 1;
    pub(crate) const NARROW: u32 = 1 << 1;
    pub(crate) const MASK_SHIFT: u32 = 2;
}

/// Writes ascending ids as gaps.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IdWriter {
    next: u32,
}

impl IdWriter {
    pub(crate) fn write(&mut self, out: &mut Vec<u8>, id: u32) {
        debug_assert!(id >= self.next, "ids ascend");
        write_u32(out, id - self.next);
        self.next = id + 1;
    }
}

/// Writes a group's ids, by whichever way is shorter.
pub(crate) fn write_group_head(out: &mut Vec<u8>, mask: u32, narrow: bool, (ids, count): (&Bitset, u32)) {
    let narrow = if narrow { group::NARROW } else { 0 };
    debug_assert_eq!(count, ids.len());
    let bitmap_bytes = ids.last().map_or(0, |last| last / 8 + 1);
    if bitmap_bytes < count {
        write_u32(out, mask << group::MASK_SHIFT | narrow | group::BITMAP);
        write_u32(out, bitmap_bytes);
        ids.write_bytes(out, bitmap_bytes as usize);
    } else {
        write_u32(out, mask << group::MASK_SHIFT | narrow);
        write_u32(out, count);
        let mut gaps = IdWriter::default();
        ids.iter().for_each(|id| gaps.write(out, id));
    }
}

/// Reads ascending ids from gaps.
#[derive(Clone, Copy, Debug, Default)]
struct IdReader {
    next: u32,
}

impl IdReader {
    fn read(&mut self, reader: &mut Reader) -> Result<u32, Malformed> {
        let id = self.next.checked_add(reader.u32()?).filter(|&id| id < IDS_MAX).ok_or(Malformed::Id)?;
        self.next = id + 1;
        Ok(id)
    }
}

/// Reads half bytes in a row, lower half first.
#[derive(Clone, Copy, Debug, Default)]
struct HalfReader {
    open: Option<u8>,
}

impl HalfReader {
    fn read(&mut self, reader: &mut Reader) -> Result<u32, Malformed> {
        let half = if let Some(upper) = self.open.take() {
            upper
        } else {
            let byte = reader.u8()?;
            self.open = Some(byte >> 4);
            byte & 15
        };
        Ok(u32::from(half) + 1)
    }

    /// An upper half that nobody needed is 0.
    fn finish(self) -> Result<(), Malformed> {
        if self.open.unwrap_or(0) == 0 { Ok(()) } else { Err(Malformed::Range) }
    }
}

/// An entity as a client holds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held<E> {
    /// Its state at the mirror's tick.
    pub state: E,
    /// The tick at which it came into view: with its id, this names it for good.
    pub since: Tick,
}

/// What a client holds: the entities that it knows by id and its own state, at a tick.
#[derive(Clone, Debug)]
pub struct Mirror<G: Game> {
    /// The tick that it is of.
    pub tick: Tick,
    /// The known entities; the index is the id.
    pub entities: Vec<Option<Held<G::Entity>>>,
    /// What only this client's player knows.
    pub own: G::Own,
    /// The ids of a group that is being read; kept for its memory.
    ids: Vec<u32>,
}

impl<G: Game> Default for Mirror<G> {
    fn default() -> Self {
        Self { tick: 0, entities: Vec::new(), own: G::Own::default(), ids: Vec::new() }
    }
}

impl<G: Game> Mirror<G> {
    /// An empty one at a tick.
    pub fn at(tick: Tick) -> Self {
        Self { tick, ..Self::default() }
    }

    /// The known entities with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Held<G::Entity>)> {
        self.entities.iter().enumerate().filter_map(|(id, held)| Some((id as u32, held.as_ref()?)))
    }

    /// An entity by id.
    pub fn get(&self, id: u32) -> Option<&Held<G::Entity>> {
        self.entities.get(id as usize)?.as_ref()
    }

    /// Takes over another mirror, keeping this one's memory.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.tick = other.tick;
        self.own = other.own;
        self.entities.clone_from(&other.entities);
    }

    /// Advances everything by one tick, as the server does before anything unforeseen happens; gives how many entities other than the
    /// player's avatar moved. A watcher is no player, and has no own state to step.
    pub(crate) fn step(&mut self, player: Option<crate::PlayerNumber>, rules: &G::Rules) -> u32 {
        self.tick += 1;
        let (mut avatar, mut moved) = (None, 0);
        for slot in &mut self.entities {
            let Some(held) = slot else { continue };
            let own = player.is_some() && G::avatar_of(&held.state) == player;
            if !G::at_rest(&held.state) {
                let from = G::place(&held.state);
                if G::step(&mut held.state, rules) == Life::Ends {
                    *slot = None;
                    continue;
                }
                let place = |place: Place| (place.x, place.y);
                moved += u32::from(!own && from.map(place) != G::place(&held.state).map(place));
            }
            if own {
                avatar = Some(held.state);
            }
        }
        if player.is_some() {
            G::step_own(&mut self.own, avatar.as_ref(), rules);
        }
        moved
    }

    /// Whether sections state everything anew.
    pub(crate) fn is_keyframe(sections: &[u8]) -> bool {
        sections.first().is_some_and(|flags| flags & flag::KEYFRAME != 0)
    }

    /// Reads a snapshot's sections onto the stepped mirror. After an error it is in an undefined, but harmless, state.
    pub(crate) fn read(
        &mut self,
        sections: &[u8],
        rules: &G::Rules,
        events: &mut Vec<G::Event>,
    ) -> Result<Read, Malformed> {
        let mut reader = Reader::new(sections);
        let (mut bytes, mut left) = ([0; ByteKind::ALL.len()], sections.len());
        let mut count = |kind: ByteKind, reader: &Reader| {
            bytes[kind as usize] += left - reader.left();
            left = reader.left();
        };
        let flags = reader.u8()?;
        count(ByteKind::Heads, &reader);
        let has = |flag| flags & flag != 0;
        if has(flag::KEYFRAME) {
            self.entities.clear();
        }
        if has(flag::LEFT) {
            self.read_left(&mut reader)?;
            count(ByteKind::Left, &reader);
        }
        if has(flag::ENTERED) {
            self.read_entered(&mut reader, rules)?;
            count(ByteKind::Entered, &reader);
        }
        let mut changed = 0;
        if has(flag::CHANGED) {
            changed = self.read_changed(&mut reader)?;
            count(ByteKind::Changed, &reader);
        }
        if has(flag::OWN) {
            read_masked(&mut self.own, &mut reader)?;
        }
        if has(flag::OWN_WHOLE) {
            self.own = read_whole(&mut reader)?;
        }
        count(ByteKind::Own, &reader);
        if has(flag::EVENTS) {
            for _ in 0..reader.u32()? {
                events.push(read_whole(&mut reader)?);
            }
            count(ByteKind::Events, &reader);
        }
        let hash = if has(flag::HASH) { Some(reader.u32_fixed()?) } else { None };
        count(ByteKind::Heads, &reader);
        reader.finish()?;
        Ok(Read { changed, hash, bytes })
    }

    /// An id that is not held is no error: a client that was left out for some ticks may have seen its own,
    /// outdated copy of the entity end by itself.
    fn read_left(&mut self, reader: &mut Reader) -> Result<(), Malformed> {
        let mut ids = IdReader::default();
        for _ in 0..reader.u32()? {
            let id = ids.read(reader)?;
            if let Some(slot) = self.entities.get_mut(id as usize) {
                *slot = None;
            }
        }
        Ok(())
    }

    fn read_entered(&mut self, reader: &mut Reader, rules: &G::Rules) -> Result<(), Malformed> {
        let mut ids = IdReader::default();
        for _ in 0..reader.u32()? {
            let id = ids.read(reader)?;
            let bits = reader.u32()?;
            let kind = u8::try_from(bits >> head::KIND_SHIFT).map_err(|_| Malformed::Unknown)?;
            let mut state = if bits & head::PARENT == 0 {
                G::Entity::zero(kind).ok_or(Malformed::Unknown)?
            } else {
                let parent = self.get(reader.u32()?).ok_or(Malformed::Id)?;
                G::spawned_by(&parent.state, kind, rules).ok_or(Malformed::Unknown)?
            };
            if bits & head::AS_FORESEEN == 0 {
                read_masked(&mut state, reader)?;
            }
            let index = id as usize;
            if index >= self.entities.len() {
                self.entities.resize(index + 1, None);
            }
            let since = self.entities[index].map_or(self.tick, |held| held.since);
            self.entities[index] = Some(Held { state, since });
        }
        Ok(())
    }

    fn read_changed(&mut self, reader: &mut Reader) -> Result<u32, Malformed> {
        let mut changed = 0;
        for _ in 0..reader.u32()? {
            changed += self.read_group(reader)?;
        }
        Ok(changed)
    }

    fn read_group(&mut self, reader: &mut Reader) -> Result<u32, Malformed> {
        let bits = reader.u32()?;
        let ids = self.read_ids(bits & group::BITMAP != 0, reader)?;
        let mask = bits >> group::MASK_SHIFT;
        let (mut halves, narrow) = (HalfReader::default(), bits & group::NARROW != 0);
        for &id in &ids {
            let held = self.entities.get_mut(id as usize).and_then(Option::as_mut).ok_or(Malformed::Id)?;
            let next = || if narrow { halves.read(reader) } else { reader.u32() };
            apply_numbers(&mut held.state, mask, next)?;
        }
        halves.finish()?;
        let changed = ids.len() as u32;
        self.ids = ids;
        Ok(changed)
    }

    /// The ids of a group. None is read that is not held, so their number is bounded.
    fn read_ids(&mut self, bitmap: bool, reader: &mut Reader) -> Result<Vec<u32>, Malformed> {
        let mut ids = core::mem::take(&mut self.ids);
        ids.clear();
        if !bitmap {
            let mut gaps = IdReader::default();
            for _ in 0..reader.u32()? {
                ids.push(gaps.read(reader)?);
            }
            return Ok(ids);
        }
        for byte in 0..reader.u32()? {
            if byte >= IDS_MAX / 8 {
                return Err(Malformed::Id);
            }
            let mut bits = reader.u8()?;
            while bits != 0 {
                ids.push(byte * 8 + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
        Ok(ids)
    }
}

/// What a snapshot contained beyond what is now in the mirror.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    /// How many entities had residuals.
    pub(crate) changed: u32,
    /// The server's hash of what the client should now hold.
    pub(crate) hash: Option<u32>,
    /// How many bytes of the sections were for what, by [`ByteKind`].
    pub(crate) bytes: [usize; ByteKind::ALL.len()],
}
