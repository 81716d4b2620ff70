//! What a client holds, as the server knows it: which entities, under which ids, and which of them outdated.

use super::ids::Ids;
use crate::{Tick, bitset::Bitset, by_slot::BySlot, game::Game, replicate::change_log::ChangeLog};

/// What one client holds.
#[derive(Debug, Default)]
pub(crate) struct Knowledge {
    /// Slots that the client holds.
    pub(crate) known: Bitset,
    /// Known slots whose change the client missed: it computes with something outdated.
    pub(crate) owed: Bitset,
    pub(crate) ids: Ids,
    /// For each owed slot, the tick of the first change that was missed.
    since: BySlot<Tick>,
}

impl Knowledge {
    /// The client holds nothing any more.
    pub(crate) fn clear(&mut self) {
        self.known.clear();
        self.owed.clear();
        self.ids.clear();
    }

    /// Whether the client computes with the true state of what lives in a slot.
    pub(crate) fn is_current(&self, slot: u32) -> bool {
        self.known.contains(slot) && !self.owed.contains(slot)
    }

    /// The client misses the change of a known slot in `tick`.
    pub(crate) fn owe(&mut self, slot: u32, tick: Tick) {
        if self.owed.insert(slot) {
            self.since.put(slot, tick);
        }
    }

    /// The tick of the first change of an owed slot that was missed.
    pub(crate) fn owed_since(&self, slot: u32) -> Tick {
        self.since.get(slot)
    }

    /// Goes through the ticks after `synced` up to `tick`. Ids of those that ended without the client being able to tell go into `left`.
    pub(crate) fn catch_up<G: Game>(&mut self, synced: Tick, tick: Tick, log: &ChangeLog<G>, left: &mut Vec<u32>) {
        for past in synced + 1..=tick {
            let changes = log.at(past);
            for death in &changes.deaths {
                if self.known.remove(death.slot) {
                    let id = self.ids.of(death.slot);
                    let outdated = self.owed.remove(death.slot);
                    if death.foreseen && !outdated {
                        self.ids.free(id);
                    } else {
                        left.push(id);
                    }
                }
            }
            if past < tick {
                let Self { known, owed, since, .. } = self;
                owed.insert_common(&changes.changed, known, |slot| since.put(slot, past));
            }
        }
    }
}
