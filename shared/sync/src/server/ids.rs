//! A client's own names for entities: small, dense, and silent about everything else that exists.

use crate::{bitset::Bitset, by_slot::BySlot, protocol::limits::IDS_MAX};

/// Which id each known slot has, and which ids are taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    taken: Bitset,
    by_slot: BySlot<u16>,
}

const _: () = assert!(IDS_MAX <= 1 << 16, "an id fits 16 bits");

impl Ids {
    /// Gives `slot` the lowest free id; `None` if the client knows as many entities as it may.
    pub(crate) fn give(&mut self, slot: u32) -> Option<u32> {
        let id = self.taken.first_absent();
        if id >= IDS_MAX {
            return None;
        }
        self.taken.insert(id);
        self.by_slot.put(slot, id as u16);
        Some(id)
    }

    /// The id of a slot that has one.
    #[inline]
    pub(crate) fn of(&self, slot: u32) -> u32 {
        u32::from(self.by_slot.get(slot))
    }

    /// All ids that were ever given are below.
    pub(crate) fn bound(&self) -> usize {
        self.taken.capacity()
    }

    /// Makes `id` free for others.
    pub(crate) fn free(&mut self, id: u32) {
        self.taken.remove(id);
    }

    /// Makes every id free.
    pub(crate) fn clear(&mut self) {
        self.taken.clear();
    }
}
