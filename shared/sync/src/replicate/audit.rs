//! The hash that proves that both ends hold the same: `docs/wire.md` gives it exactly, for clients in other languages.

use super::{Replicate, sections::Mirror};
use crate::{Tick, game::Game};

const START: u32 = 0x811c_9dc5;

/// Takes one more number in: `(hash ^ number) * 0x01000193`, turned left by 13 bits.
const fn take(hash: u32, number: u32) -> u32 {
    (hash ^ number).wrapping_mul(0x0100_0193).rotate_left(13)
}

/// The hash of one state, under no id: over the kind and every field. Who knows it under several ids needs it once.
pub(crate) fn state_hash<R: Replicate>(state: &R) -> u32 {
    let mut hash = take(START, u32::from(state.kind()));
    state.each(|number| hash = take(hash, number as u32));
    hash
}

/// Under this id goes a player's own state.
pub(crate) const OWN_ID: u32 = u32::MAX;

/// The sum, modulo 2^32, of the tick, the own state's hash, and every known entity's hash, each having taken in its id.
pub(crate) fn sum(tick: Tick, own: &impl Replicate, entities: impl Iterator<Item = (u32, u32)>) -> u32 {
    let start = tick.wrapping_add(take(state_hash(own), OWN_ID));
    entities.fold(start, |sum, (id, hash)| sum.wrapping_add(take(hash, id)))
}

impl<G: Game> Mirror<G> {
    /// The hash of everything that this client holds.
    pub fn hash(&self) -> u32 {
        sum(self.tick, &self.own, self.iter().map(|(id, held)| (id, state_hash(&held.state))))
    }
}
