//! When inputs must take effect, worked out a second time from the words of the design: at their tick or, late, at the next; several for one
//! tick fold in order; where that kept a press that the last had let go, the letting go follows a tick later.

use tickwire_sync::{Tick, game::Controls};

/// The inputs of one player that have arrived.
#[derive(Debug)]
pub(crate) struct Account<C> {
    /// The tick at which each takes effect, in the order of arrival.
    waiting: Vec<(Tick, C)>,
    /// What holds now.
    holds: C,
    /// What the player meant last, of what has taken effect.
    meant: C,
}

impl<C: Controls> Account<C> {
    pub(crate) fn new() -> Self {
        Self { waiting: Vec::new(), holds: C::default(), meant: C::default() }
    }

    /// An input for `tick` arrived with the room at `now`.
    pub(crate) fn arrived(&mut self, tick: Tick, controls: C, now: Tick) {
        self.waiting.push((tick.max(now + 1), controls));
    }

    /// How many wait for their tick.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// More came than may wait: the oldest makes room.
    pub(crate) fn drop_oldest(&mut self) {
        self.waiting.remove(0);
    }

    /// What must hold after tick `now`.
    pub(crate) fn at(&mut self, now: Tick) -> C {
        let mut due = self.waiting.extract_if(.., |(tick, _)| *tick <= now).map(|(_, controls)| controls).peekable();
        if due.peek().is_none() {
            self.holds = self.meant;
        } else {
            let all: Vec<C> = due.collect();
            self.meant = all[all.len() - 1];
            self.holds = all.into_iter().reduce(C::fold).unwrap_or_default();
        }
        self.holds
    }
}
