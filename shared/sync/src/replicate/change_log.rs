//! What changed in the last ticks, so that a client that was left out costs nothing while it is, and is told later what it lacks.

use super::delta::Change;
use crate::{
    Tick,
    bitset::Bitset,
    by_slot::BySlot,
    game::{Game, Life},
    protocol::limits::CHANGE_LOG_TICKS,
    world::Death,
};

/// For so many ticks it is kept what a client that missed a change still computes with; what is owed for longer is stated whole.
pub(crate) const OWED_AGE_MAX: u32 = 32;
const _: () = assert!(OWED_AGE_MAX < CHANGE_LOG_TICKS, "baselines are kept no longer than the log");

/// Room for so many deaths in a tick is there from the start.
const USUAL_DEATHS: usize = 128;

/// What one tick changed beyond what the step foresaw.
#[derive(Debug)]
pub(crate) struct Changes {
    /// Slots whose state differs from the stepped baseline.
    pub(crate) changed: Bitset,
    /// Who ended.
    pub(crate) deaths: Vec<Death>,
}

/// What a client lacks that missed an entity's changes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Missed {
    /// Nothing: later changes brought back what it computes with.
    Nothing,
    /// A residual against what it computes with by now.
    Change(Change),
    /// All of it: it computes with something that is too old, or with nothing.
    Whole,
}

/// What those compute with who missed a change.
#[derive(Clone, Debug)]
struct Outdated<E> {
    /// The baseline of that change, stepped on; `None` once its step ended it.
    state: Option<E>,
    /// The tick that it is stepped to.
    tick: Tick,
    /// The tick for which `missed` was made, and what was made.
    missed: Option<(Tick, Missed)>,
}

/// The outdated states of one tick's changes.
#[derive(Clone, Debug)]
struct Baselines<E> {
    tick: Tick,
    states: Vec<Outdated<E>>,
    /// Index into `states`, by slot; right for the slots that changed in this tick.
    by_slot: BySlot<u32>,
}

/// The changes of the last [`CHANGE_LOG_TICKS`] ticks.
#[derive(Debug)]
pub(crate) struct ChangeLog<G: Game> {
    ring: Vec<Changes>,
    baselines: Vec<Baselines<G::Entity>>,
}

impl<G: Game> Default for ChangeLog<G> {
    fn default() -> Self {
        let empty = || Baselines { tick: 0, states: Vec::new(), by_slot: BySlot::default() };
        Self {
            ring: (0..CHANGE_LOG_TICKS)
                .map(|_| Changes { changed: Bitset::default(), deaths: Vec::with_capacity(USUAL_DEATHS) })
                .collect(),
            baselines: (0..=OWED_AGE_MAX).map(|_| empty()).collect(),
        }
    }
}

impl<G: Game> ChangeLog<G> {
    /// Begins `tick` in place of the oldest one.
    pub(crate) fn begin(&mut self, tick: Tick, deaths: &[Death]) {
        let entry = &mut self.ring[(tick % CHANGE_LOG_TICKS) as usize];
        entry.changed.clear();
        entry.deaths.clear();
        entry.deaths.extend_from_slice(deaths);
        let baselines = &mut self.baselines[(tick % (OWED_AGE_MAX + 1)) as usize];
        baselines.tick = tick;
        baselines.states.clear();
    }

    /// Adds a change to the tick that was begun last, with the state that whoever misses it goes on with.
    pub(crate) fn add(&mut self, tick: Tick, slot: u32, baseline: G::Entity) {
        self.ring[(tick % CHANGE_LOG_TICKS) as usize].changed.insert(slot);
        let baselines = &mut self.baselines[(tick % (OWED_AGE_MAX + 1)) as usize];
        baselines.by_slot.put(slot, baselines.states.len() as u32);
        baselines.states.push(Outdated { state: Some(baseline), tick, missed: None });
    }

    /// The changes of `tick`, which is one of the last [`CHANGE_LOG_TICKS`].
    pub(crate) fn at(&self, tick: Tick) -> &Changes {
        &self.ring[(tick % CHANGE_LOG_TICKS) as usize]
    }

    fn outdated(&mut self, slot: u32, since: Tick) -> Option<&mut Outdated<G::Entity>> {
        let baselines = &mut self.baselines[(since % (OWED_AGE_MAX + 1)) as usize];
        if baselines.tick != since {
            return None;
        }
        baselines.states.get_mut(baselines.by_slot.get(slot) as usize)
    }

    /// What was already made for tick `now`.
    pub(crate) fn known(&mut self, slot: u32, since: Tick, now: Tick) -> Option<Missed> {
        let (made, missed) = self.outdated(slot, since)?.missed?;
        (made == now).then_some(missed)
    }

    /// What whoever missed the change of `slot` at `since` computes with by `now`; `None` if that is too old, or ended.
    pub(crate) fn stepped(&mut self, slot: u32, since: Tick, now: Tick, rules: &G::Rules) -> Option<G::Entity> {
        let outdated = self.outdated(slot, since)?;
        while outdated.tick < now {
            outdated.tick += 1;
            let Some(state) = &mut outdated.state else { break };
            if !G::at_rest(state) && G::step(state, rules) == Life::Ends {
                outdated.state = None;
            }
        }
        outdated.state
    }

    /// Keeps what was made for tick `now`.
    pub(crate) fn remember(&mut self, slot: u32, since: Tick, now: Tick, missed: Missed) {
        if let Some(outdated) = self.outdated(slot, since) {
            outdated.missed = Some((now, missed));
        }
    }
}
