//! Where things were a few ticks ago, so that a shot is judged by what its shooter saw.
//!
//! It is part of the room's state: a shot in a later tick depends on it. A body at rest costs nothing here.

mod save;

use std::collections::VecDeque;

use super::Room;
use crate::{
    Tick,
    game::{Game, Pose},
    server::inputs::ARRIVAL_STEPS,
    world::{EntityKey, World},
};

/// How many ticks back a room remembers if it is not told otherwise: 400 ms at 30 Hz.
pub const REWIND_TICKS_DEFAULT: u32 = 12;
/// How many ticks back a room can be made to remember: a second at 128 Hz.
pub const REWIND_TICKS_MAX: u32 = 128;

/// The end of a tick, as far as it is remembered.
#[derive(Clone, Debug)]
struct Past<E> {
    tick: Tick,
    /// How many were born by then.
    births: u64,
    /// The states of what was awake, by slot.
    states: Vec<(EntityKey, E)>,
}

impl<E: Copy> Past<E> {
    fn get(&self, key: EntityKey) -> Option<&E> {
        let at = self.states.binary_search_by_key(&key.slot(), |(key, _)| key.slot()).ok()?;
        let (found, state) = &self.states[at];
        (*found == key).then_some(state)
    }

    /// Adds what is not there yet.
    fn put(&mut self, key: EntityKey, state: E) {
        if let Err(at) = self.states.binary_search_by_key(&key.slot(), |(key, _)| key.slot()) {
            self.states.insert(at, (key, state));
        }
    }
}

/// The ends of the last ticks, oldest first; kept from tick to tick for its memory.
#[derive(Clone, Debug)]
pub(crate) struct Rewind<E> {
    ticks: u32,
    past: VecDeque<Past<E>>,
}

impl<E: Copy> Rewind<E> {
    /// Remembers `ticks` ticks before the present one.
    pub(crate) fn new(ticks: u32) -> Self {
        let ticks = ticks.min(REWIND_TICKS_MAX);
        Self { ticks, past: VecDeque::with_capacity(ticks as usize + 1) }
    }

    /// How many ticks before the present one are remembered.
    pub(crate) fn ticks(&self) -> u32 {
        self.ticks
    }

    /// Keeps the end of `tick`, in place of the oldest one kept.
    pub(crate) fn keep(&mut self, tick: Tick, world: &World<E>, rewinds: impl Fn(&E) -> bool) {
        let full = self.past.len() > self.ticks as usize;
        let mut newest = match full.then(|| self.past.pop_front()).flatten() {
            Some(past) => past,
            None => Past { tick, births: 0, states: Vec::new() },
        };
        newest.tick = tick;
        newest.births = world.births();
        newest.states.clear();
        newest.states.extend(world.stirring().filter(|(_, state)| rewinds(state)).map(|(key, state)| (key, *state)));
        newest.states.sort_unstable_by_key(|(key, _)| key.slot());
        newest.states.dedup_by_key(|(key, _)| key.slot());
        // What was asleep until now was, a tick ago, what its step left of it.
        if let Some(before) = self.past.back_mut() {
            for (touched, _) in world.touched().filter(|(touched, _)| rewinds(&touched.baseline)) {
                if world.entity(touched.key).is_some_and(|entity| entity.serial < before.births) {
                    before.put(touched.key, touched.baseline);
                }
            }
        }
        self.past.push_back(newest);
    }

    /// The state of an entity at the end of `tick`; that of the oldest tick kept if it lies before. `None` if it was not born.
    pub(crate) fn state<'a>(&'a self, key: EntityKey, tick: Tick, world: &'a World<E>) -> Option<&'a E> {
        let entity = world.entity(key)?;
        let at = self.past.partition_point(|past| past.tick < tick).min(self.past.len().saturating_sub(1));
        if self.past.get(at).is_some_and(|past| entity.serial >= past.births) {
            return None;
        }
        // It slept from the last time that it was awake on, or else until the first time.
        let mut earlier = self.past.iter().take(at + 1).rev();
        let mut later = self.past.iter().skip(at + 1);
        let known = earlier.find_map(|past| past.get(key)).or_else(|| later.find_map(|past| past.get(key)));
        Some(known.unwrap_or_else(|| entity.state()))
    }
}

/// The world as a player saw it when it decided the controls that drove the last step.
#[derive(Clone, Copy, Debug)]
pub struct Then<'a, G: Game> {
    room: &'a Room<G>,
    /// In 1/16 tick.
    view: i64,
}

impl<'a, G: Game> Then<'a, G> {
    /// The world at `view`, in 1/16 tick.
    pub(crate) fn new(room: &'a Room<G>, view: i64) -> Self {
        Self { room, view }
    }

    /// The moment that was seen, in ticks.
    pub fn tick(&self) -> f64 {
        self.view as f64 / ARRIVAL_STEPS as f64
    }

    /// Where an entity was, as the player's picture had it: between the ends of two ticks. `None` if it was not born or does not live.
    pub fn pose(&self, key: EntityKey) -> Option<Pose> {
        let (tick, sixteenths) = (self.view.div_euclid(ARRIVAL_STEPS), self.view.rem_euclid(ARRIVAL_STEPS));
        let tick = tick.max(0) as Tick;
        let from = G::pose(self.room.was(key, tick)?);
        if sixteenths == 0 || tick >= self.room.tick {
            return Some(from);
        }
        let to = G::nearest(G::pose(self.room.was(key, tick + 1)?), from, &self.room.rules);
        Some(from.blend(to, sixteenths as f32 / ARRIVAL_STEPS as f32))
    }
}
