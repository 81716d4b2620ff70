//! The hash that proves that both ends hold the same: `docs/wire.md` gives it exactly, for clients in other languages.

use super::{Replicate, sections::Mirror};
use crate::{Tick, game::Game};

/// The hash of one state under an id: over the id, the kind and every field, each `hash = (hash ^ number) * 0x01000193`, turned left by 13 bits.
pub(crate) fn state_hash<R: Replicate>(id: u32, state: &R) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    let mut take = |number: u32| hash = (hash ^ number).wrapping_mul(0x0100_0193).rotate_left(13);
    take(id);
    take(u32::from(state.kind()));
    state.each(|number| take(number as u32));
    hash
}

/// Under this id goes a player's own state.
pub(crate) const OWN_ID: u32 = u32::MAX;

/// The sum, modulo 2^32, of the tick, the own state's hash, and every known entity's hash under its id.
pub(crate) fn sum<'a, R: Replicate>(
    tick: Tick,
    own: &impl Replicate,
    entities: impl Iterator<Item = (u32, &'a R)>,
) -> u32 {
    let start = tick.wrapping_add(state_hash(OWN_ID, own));
    entities.fold(start, |sum, (id, state)| sum.wrapping_add(state_hash(id, state)))
}

impl<G: Game> Mirror<G> {
    /// The hash of everything that this client holds.
    pub fn hash(&self) -> u32 {
        sum(self.tick, &self.own, self.iter().map(|(id, held)| (id, &held.state)))
    }
}
