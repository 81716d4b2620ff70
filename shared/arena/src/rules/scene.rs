//! What the rules work on: a copy of everything, by kind, in order of birth.

use glam::Vec2;
use tickwire_sync::{
    PlayerNumber,
    server::Room,
    world::{EntityKey, World},
};

use super::buckets::Buckets;
use crate::{
    Arena,
    kinds::{Core, Entity, Match, Mine, Moving, Pickup, Pilot, Placed, Rock, Ship, Shot, Side},
    settings::Rules,
};

/// An entity as it was when the rules began and as it is now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Actor<S> {
    pub(crate) key: EntityKey,
    was: S,
    pub(crate) now: S,
    /// Whether it ends in this tick.
    pub(crate) gone: bool,
}

/// Who a body is: an index into the scene's ships, rocks or mines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Ship(usize),
    Rock(usize),
    Mine(usize),
}

/// A ship, a rock or a mine as the circle that it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body {
    pub(crate) who: Who,
    /// Centre after this tick's motion, in units.
    pub(crate) at: Vec2,
    /// This tick's motion, in units; the velocity stands for it.
    pub(crate) motion: Vec2,
    /// In units.
    pub(crate) radius: f32,
    /// In ships.
    pub(crate) mass: f32,
}

/// Everything in the room, by kind. Its memory is kept from tick to tick.
#[derive(Debug, Default)]
pub(crate) struct Scene {
    pub(crate) ships: Vec<Actor<Ship>>,
    pub(crate) shots: Vec<Actor<Shot>>,
    pub(crate) rocks: Vec<Actor<Rock>>,
    pub(crate) pickups: Vec<Actor<Pickup>>,
    pub(crate) mines: Vec<Actor<Mine>>,
    pub(crate) cores: Vec<Actor<Core>>,
    pub(crate) pilots: Vec<Actor<Pilot>>,
    clock: Option<Actor<Match>>,
    /// Ships, then rocks, then mines, as they were when the rules began.
    pub(crate) bodies: Vec<Body>,
    /// How many of them push each other: ships and rocks.
    pub(crate) solids: usize,
    buckets: Buckets,
    /// What [`Scene::near`] found last; who uses it takes it and puts it back.
    pub(crate) found: Vec<u32>,
    /// The same for who uses it within that.
    pub(crate) felt: Vec<u32>,
    /// The largest radius plus the longest motion of a body, in units.
    reach: f32,
    /// Who fired a gun or laid a mine in this tick.
    pub(crate) fired: Vec<(EntityKey, Ship)>,
    pub(crate) laid: Vec<(EntityKey, Ship)>,
    /// Who fired a rail in this tick.
    pub(crate) rails: Vec<(PlayerNumber, EntityKey)>,
    /// Who gets a ship in this tick.
    pub(crate) due: Vec<PlayerNumber>,
}

impl Scene {
    /// Takes in the world as the steps left it.
    pub(crate) fn gather(&mut self, world: &World<Entity>, rules: &Rules) {
        self.ships.clear();
        self.shots.clear();
        self.rocks.clear();
        self.pickups.clear();
        self.mines.clear();
        self.cores.clear();
        self.pilots.clear();
        for (key, entity) in world.iter() {
            match *entity {
                Entity::Ship(now) => self.ships.push(Actor::new(key, now)),
                Entity::Shot(now) => self.shots.push(Actor::new(key, now)),
                Entity::Rock(now) => self.rocks.push(Actor::new(key, now)),
                Entity::Pickup(now) => self.pickups.push(Actor::new(key, now)),
                Entity::Mine(now) => self.mines.push(Actor::new(key, now)),
                Entity::Core(now) => self.cores.push(Actor::new(key, now)),
                Entity::Pilot(now) => self.pilots.push(Actor::new(key, now)),
                Entity::Match(now) => self.clock = Some(Actor::new(key, now)),
            }
        }
        self.embody(rules);
    }

    fn embody(&mut self, rules: &Rules) {
        self.bodies.clear();
        self.bodies.extend(self.ships.iter().enumerate().map(|(index, ship)| Body {
            who: Who::Ship(index),
            at: ship.now.position(),
            motion: ship.now.velocity(),
            radius: rules.tuning.ship.radius,
            mass: 1.0,
        }));
        self.bodies.extend(self.rocks.iter().enumerate().map(|(index, rock)| {
            let radius = f32::from(rock.now.radius);
            let (at, motion) = (rock.now.position(), rock.now.velocity());
            Body { who: Who::Rock(index), at, motion, radius, mass: rules.rock_mass(radius) }
        }));
        self.solids = self.bodies.len();
        let radius = rules.tuning.mine.radius;
        self.bodies.extend(self.mines.iter().enumerate().map(|(index, mine)| {
            let at = mine.now.position();
            Body { who: Who::Mine(index), at, motion: Vec2::ZERO, radius, mass: 1.0 }
        }));
        self.reach = self.bodies.iter().map(|body| body.radius + body.motion.length()).fold(0.0, f32::max);
        self.buckets.fill(rules.map.terrain.size, self.bodies.iter().map(|body| body.at));
    }

    /// Puts into `found` the indices of all bodies that something of `radius` may have met on its way, in rising order.
    pub(crate) fn near(&self, from: Vec2, to: Vec2, radius: f32, rules: &Rules, found: &mut Vec<u32>) {
        let margin = radius + self.reach;
        let (low, high) = (from.min(to) - margin, from.max(to) + margin);
        found.clear();
        for image in rules.map.terrain.images(low, high) {
            self.buckets.add_near(low + image, high + image, found);
        }
        found.sort_unstable();
        found.dedup();
    }

    /// Whether a body is still in play.
    pub(crate) fn lives(&self, who: Who) -> bool {
        match who {
            Who::Ship(index) => !self.ships[index].gone,
            Who::Mine(index) => !self.mines[index].gone,
            Who::Rock(_) => true,
        }
    }

    /// The match clock; a map without rounds has none.
    pub(crate) fn clock(&self) -> Option<&Match> {
        self.clock.as_ref().map(|clock| &clock.now)
    }

    /// The match clock, to be changed.
    pub(crate) fn clock_mut(&mut self) -> Option<&mut Match> {
        self.clock.as_mut().map(|clock| &mut clock.now)
    }

    /// Gives points to a side.
    pub(crate) fn score(&mut self, side: Side, points: i32) {
        let Some(clock) = self.clock_mut() else { return };
        match side {
            Side::None => {}
            Side::Amber => clock.amber = clock.amber.saturating_add(points),
            Side::Azure => clock.azure = clock.azure.saturating_add(points),
        }
    }

    /// A player's line on the score board, if the player is still there.
    pub(crate) fn pilot(&mut self, player: PlayerNumber) -> Option<&mut Pilot> {
        self.pilots.iter_mut().map(|pilot| &mut pilot.now).find(|pilot| pilot.player == player)
    }

    /// Writes back what changed and ends what is gone.
    pub(crate) fn commit(&self, room: &mut Room<Arena>) {
        for ship in self.ships.iter().filter(|ship| ship.gone) {
            room.dismiss(ship.now.player);
        }
        let world = &mut room.world;
        self.ships.iter().for_each(|actor| actor.commit(world));
        self.shots.iter().for_each(|actor| actor.commit(world));
        self.rocks.iter().for_each(|actor| actor.commit(world));
        self.pickups.iter().for_each(|actor| actor.commit(world));
        self.mines.iter().for_each(|actor| actor.commit(world));
        self.cores.iter().for_each(|actor| actor.commit(world));
        self.pilots.iter().for_each(|actor| actor.commit(world));
        self.clock.iter().for_each(|actor| actor.commit(world));
    }
}

impl<S: Copy + PartialEq + Into<Entity>> Actor<S> {
    fn new(key: EntityKey, now: S) -> Self {
        Self { key, was: now, now, gone: false }
    }

    fn commit(&self, world: &mut World<Entity>) {
        if self.gone {
            world.kill(self.key);
        } else if self.now != self.was
            && let Some(state) = world.get_mut(self.key)
        {
            *state = self.now.into();
        }
    }
}
