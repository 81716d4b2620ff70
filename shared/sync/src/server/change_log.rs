//! What changed in the last ticks, so that a client that was left out costs nothing while it is, and is told later.

use crate::{Tick, bitset::Bitset, protocol::limits::CHANGE_LOG_TICKS, world::Death};

/// What one tick changed beyond what the step foresaw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    /// Slots whose state differs from the stepped baseline.
    pub(crate) changed: Bitset,
    /// Who ended.
    pub(crate) deaths: Vec<Death>,
}

/// The changes of the last [`CHANGE_LOG_TICKS`] ticks.
#[derive(Clone, Debug)]
pub(crate) struct ChangeLog {
    ring: Vec<Changes>,
}

impl Default for ChangeLog {
    fn default() -> Self {
        Self { ring: vec![Changes::default(); CHANGE_LOG_TICKS as usize] }
    }
}

impl ChangeLog {
    /// Empties the entry for `tick` in place of the oldest one and gives it.
    pub(crate) fn begin(&mut self, tick: Tick) -> &mut Changes {
        let entry = &mut self.ring[(tick % CHANGE_LOG_TICKS) as usize];
        entry.changed.clear();
        entry.deaths.clear();
        entry
    }

    /// The changes of `tick`, which is one of the last [`CHANGE_LOG_TICKS`].
    pub(crate) fn at(&self, tick: Tick) -> &Changes {
        &self.ring[(tick % CHANGE_LOG_TICKS) as usize]
    }
}
