//! The world of a room: a slotmap of entities, who was born when, and what changed in this tick.

mod save;

use slotmap::{Key, SlotMap, new_key_type};

use crate::{bitset::Bitset, by_slot::BySlot, game::Life};

new_key_type! {
    /// Names an entity inside the server. Never leaves it.
    pub struct EntityKey;
}

impl EntityKey {
    /// The index of the entity's slot, which others may take after it.
    #[inline]
    pub fn slot(self) -> u32 {
        self.data().as_ffi() as u32
    }
}

/// An entity and what the world knows about it.
#[derive(Clone, Debug)]
pub struct Entity<E> {
    /// Counts births in this world; every order that anybody can see is by this.
    pub serial: u64,
    /// The entity that spawned it, if one did.
    pub parent: Option<EntityKey>,
    state: E,
    /// Index into `touched`, if a rule or controls changed it in this tick.
    touched: Option<u32>,
    /// Born in this tick: nobody has a baseline of it yet.
    newborn: bool,
}

impl<E> Entity<E> {
    /// The entity's state.
    pub fn state(&self) -> &E {
        &self.state
    }
}

/// An entity that was changed by something other than its step, with its baseline: the state after the step.
#[derive(Clone, Copy, Debug)]
pub struct Touched<E> {
    /// Which.
    pub key: EntityKey,
    /// Its state after the step, before anything touched it.
    pub baseline: E,
}

/// The end of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// The slot that it had.
    pub slot: u32,
    /// Whether its own step ended it, as every client could tell.
    pub foreseen: bool,
}

/// The order of birth is cleared up when it holds twice as many as live, and more than twice this many.
const ORDER_SLACK: usize = 64;

/// All entities of a room. Everything goes in order of birth, never in order of slots.
#[derive(Debug)]
pub struct World<E> {
    entities: SlotMap<EntityKey, Entity<E>>,
    /// Who is alive, in order of birth, and some of the dead.
    order: Vec<EntityKey>,
    /// Slots of the living.
    alive: Bitset,
    /// The key of each slot that was ever taken, of its last holder.
    keys: BySlot<EntityKey>,
    /// Who is not at rest, in no order that matters: steps are independent of each other.
    awake: Vec<EntityKey>,
    /// Who came to rest in this tick.
    settled: Vec<EntityKey>,
    born: Vec<EntityKey>,
    touched: Vec<Touched<E>>,
    deaths: Vec<Death>,
    births: u64,
}

impl<E> Default for World<E> {
    fn default() -> Self {
        Self {
            entities: SlotMap::with_key(),
            order: Vec::new(),
            alive: Bitset::default(),
            keys: BySlot::default(),
            awake: Vec::new(),
            settled: Vec::new(),
            born: Vec::new(),
            touched: Vec::new(),
            deaths: Vec::new(),
            births: 0,
        }
    }
}

impl<E: Copy> World<E> {
    /// An entity, if it lives.
    pub fn entity(&self, key: EntityKey) -> Option<&Entity<E>> {
        self.entities.get(key)
    }

    /// An entity's state, if it lives.
    pub fn get(&self, key: EntityKey) -> Option<&E> {
        self.entities.get(key).map(Entity::state)
    }

    /// An entity's state to be changed by rules or controls, if it lives. What its step made of it is kept as its baseline.
    pub fn get_mut(&mut self, key: EntityKey) -> Option<&mut E> {
        let entity = self.entities.get_mut(key)?;
        if entity.touched.is_none() && !entity.newborn {
            entity.touched = Some(self.touched.len() as u32);
            self.touched.push(Touched { key, baseline: entity.state });
        }
        Some(&mut entity.state)
    }

    /// Every living entity in order of birth.
    pub fn iter(&self) -> impl Iterator<Item = (EntityKey, &E)> {
        self.order.iter().filter_map(|&key| Some((key, self.get(key)?)))
    }

    /// How many live.
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether nothing lives.
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// Brings an entity to life. With a `parent`, its birth costs only what [`Game::spawned_by`](crate::game::Game::spawned_by) does not foresee.
    pub fn spawn(&mut self, state: E, parent: Option<EntityKey>) -> EntityKey {
        let serial = self.births;
        self.births += 1;
        let key = self.admit(Entity { serial, parent, state, touched: None, newborn: true });
        self.born.push(key);
        key
    }

    /// Gives an entity that is younger than all others a slot.
    fn admit(&mut self, entity: Entity<E>) -> EntityKey {
        let key = self.entities.insert(entity);
        self.order.push(key);
        let slot = key.slot();
        self.alive.insert(slot);
        self.keys.put(slot, key);
        key
    }

    /// Ends an entity; nothing if it does not live.
    pub fn kill(&mut self, key: EntityKey) {
        self.end(key, false);
    }

    fn end(&mut self, key: EntityKey, foreseen: bool) {
        if self.entities.remove(key).is_some() {
            self.alive.remove(key.slot());
            self.deaths.push(Death { slot: key.slot(), foreseen });
        }
    }

    /// Starts a tick: forgets the last one's changes and steps whatever is awake.
    pub(crate) fn step(&mut self, mut step: impl FnMut(&mut E) -> Life, at_rest: impl Fn(&E) -> bool) {
        self.forget_changes(&at_rest);
        self.settled.clear();
        let mut awake = core::mem::take(&mut self.awake);
        awake.retain(|&key| {
            let Some(entity) = self.entities.get_mut(key) else { return false };
            match step(&mut entity.state) {
                Life::Lives if at_rest(&entity.state) => {
                    self.settled.push(key);
                    false
                }
                Life::Lives => true,
                Life::Ends => {
                    self.end(key, true);
                    false
                }
            }
        });
        self.awake = awake;
    }

    /// What was touched or born in the last tick may have woken.
    fn forget_changes(&mut self, at_rest: &impl Fn(&E) -> bool) {
        for touched in self.touched.drain(..) {
            let Some(entity) = self.entities.get_mut(touched.key) else { continue };
            entity.touched = None;
            if at_rest(&touched.baseline) && !at_rest(&entity.state) {
                self.awake.push(touched.key);
            }
        }
        for key in self.born.drain(..) {
            let Some(entity) = self.entities.get_mut(key) else { continue };
            entity.newborn = false;
            if !at_rest(&entity.state) {
                self.awake.push(key);
            }
        }
        self.deaths.clear();
        // The dead may stay in the order for a while: clearing up after each would cost as much as there are living.
        if self.order.len() > 2 * self.entities.len().max(ORDER_SLACK) {
            self.order.retain(|&key| self.entities.contains_key(key));
        }
    }

    /// How many were born so far: every living entity's serial is below.
    pub fn births(&self) -> u64 {
        self.births
    }

    /// Whoever did not sleep through this tick, some of them twice, in no order that matters.
    pub(crate) fn stirring(&self) -> impl Iterator<Item = (EntityKey, &E)> {
        let touched = self.touched.iter().map(|touched| touched.key);
        let keys = self.awake.iter().chain(&self.settled).chain(&self.born).copied().chain(touched);
        keys.filter_map(|key| Some((key, self.get(key)?)))
    }

    /// Slots of the living.
    pub fn alive(&self) -> &Bitset {
        &self.alive
    }

    /// The entity that lives in a slot.
    pub(crate) fn key_of(&self, slot: u32) -> Option<EntityKey> {
        Some(self.keys.get(slot)).filter(|&key| self.entities.contains_key(key))
    }

    /// The state of the entity that lives in a slot.
    #[inline]
    pub(crate) fn in_slot(&self, slot: u32) -> Option<&E> {
        self.get(self.keys.get(slot))
    }

    /// Who was born in this tick and lives, in order of birth.
    pub fn born(&self) -> impl Iterator<Item = EntityKey> {
        self.born.iter().copied().filter(|&key| self.entities.contains_key(key))
    }

    /// Who ended in this tick, in the order of their ends.
    pub fn deaths(&self) -> &[Death] {
        &self.deaths
    }

    /// What this tick's rules and controls took hold of: baseline and state now, of those that live and were not born in this tick.
    pub fn touched(&self) -> impl Iterator<Item = (&Touched<E>, &E)> {
        self.touched.iter().filter_map(|touched| Some((touched, self.get(touched.key)?)))
    }

    /// The state of an entity after its step, before anything touched it.
    pub fn baseline(&self, key: EntityKey) -> Option<&E> {
        let entity = self.entities.get(key)?;
        Some(entity.touched.map_or(&entity.state, |at| &self.touched[at as usize].baseline))
    }
}
