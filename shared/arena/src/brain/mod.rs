//! How bots play: they see what a player in their place would see, and they steer, lead, miss, take cover and hesitate.
//!
//! A brain decides some five times a second and follows its decision in between, so that its controls, which everybody
//! nearby is sent, change as rarely as a person's. The same brain plays a room's own bots and the load tester's.

mod gunnery;
mod piloting;

use glam::Vec2;
use tickwire_sync::{
    PlayerNumber, Tick,
    game::View,
    grid::Angle,
    random::Random,
    replicate::{Malformed, Reader},
    save::Save,
};

use crate::{
    Arena,
    angle::FineAngle,
    controls::ShipControls,
    kinds::{Entity, Moving, Pickup, PickupKind, Placed, Ship},
};

/// The purposes of a brain's random numbers.
const DECIDE: u32 = 200;
const ROAM: u32 = 201;
/// Seconds from one decision to the next: from, to.
const BEAT: (f32, f32) = (0.14, 0.26);
/// Seconds after which a bot gives up on a place that it wanted to go to.
const ROAM_SECONDS: f32 = 7.0;
/// Nearer than this to a place, in units, a bot has arrived.
const ARRIVED: f32 = 90.0;
/// How much nearer another target must be, in units, before a bot turns away from the one that it has.
const LOYALTY: f32 = 200.0;
/// How much nearer a hidden target must be, in units, before a bot goes for it rather than for one in sight.
const HIDDEN: f32 = 500.0;
/// The share of the hull below which a bot wants repair.
const WOUNDED: f32 = 0.45;
/// The share of the magazine below which a bot wants ammunition.
const SHORT: f32 = 0.3;

/// What a brain remembers from tick to tick.
#[derive(Clone, Debug, Default)]
pub struct Brain {
    /// When it decides next.
    next: Tick,
    /// Whom it is after.
    target: Option<PlayerNumber>,
    /// Since when it has had that target in its sight.
    sighted: Option<Tick>,
    /// Where it goes when it is after nobody, and until when.
    roam: Option<(Vec2, Tick)>,
    /// Where its nose should point.
    course: FineAngle,
    /// Everything but the turn, as it was decided.
    decided: ShipControls,
}

impl Save for Brain {
    fn save(&self, out: &mut Vec<u8>) {
        let Self { next, target, sighted, roam, course, decided } = self;
        next.save(out);
        target.save(out);
        sighted.save(out);
        roam.save(out);
        course.save(out);
        decided.save(out);
    }

    fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        Ok(Self {
            next: Save::load(reader)?,
            target: Save::load(reader)?,
            sighted: Save::load(reader)?,
            roam: Save::load(reader)?,
            course: Save::load(reader)?,
            decided: Save::load(reader)?,
        })
    }
}

/// A view from a ship, as one decision needs it.
struct Cockpit<'a> {
    view: &'a View<'a, Arena>,
    ship: &'a Ship,
    /// Where the ship is, in units.
    at: Vec2,
    /// Its velocity in units a second.
    velocity: Vec2,
}

impl Cockpit<'_> {
    /// A velocity in units a second.
    fn speed_of(&self, body: &impl Moving) -> Vec2 {
        body.velocity() * self.view.rules.tick_rate as f32
    }

    /// The way to a place, the shorter one round the world if it wraps.
    fn way(&self, place: Vec2) -> Vec2 {
        self.view.rules.map.terrain.way(self.at, place)
    }

    /// Whether neither wall nor rock lies between the ship and `place`.
    fn sees(&self, place: Vec2) -> bool {
        let way = self.way(place);
        let blocked = |entity: &Entity| {
            matches!(entity, Entity::Rock(rock)
                if crate::sweep::circle(-self.way(rock.position()), way, f32::from(rock.radius)).is_some())
        };
        self.view.rules.map.terrain.sees(self.at, place) && !self.view.entities.iter().any(blocked)
    }

    /// A pickup that it needs more than a fight.
    fn errand(&self) -> Option<Vec2> {
        let rules = self.view.rules;
        let wounded = f32::from(self.ship.hull) < WOUNDED * f32::from(rules.hull_max);
        let short = f32::from(self.view.own.loadout().ammo) < SHORT * f32::from(rules.ammo_max);
        let useful = |pickup: &Pickup| match pickup.what {
            PickupKind::Hull | PickupKind::Cloak => wounded,
            PickupKind::Shield | PickupKind::Overdrive => false,
            PickupKind::Ammo => short,
        };
        let pickups = self.view.entities.iter().filter_map(|entity| match entity {
            Entity::Pickup(pickup) if useful(pickup) => Some(pickup.position()),
            _ => None,
        });
        pickups
            .filter(|&place| self.sees(place))
            .min_by(|a, b| self.way(*a).length_squared().total_cmp(&self.way(*b).length_squared()))
    }

    fn ticks(&self, seconds: f32) -> Tick {
        (seconds * self.view.rules.tick_rate as f32 + 0.5) as Tick
    }
}

impl Brain {
    /// What the brain does now.
    pub fn think(&mut self, view: &View<Arena>) -> ShipControls {
        let Some(Entity::Ship(ship)) = view.avatar else {
            *self = Self::default();
            return ShipControls::default();
        };
        let cockpit =
            Cockpit { view, ship, at: ship.position(), velocity: ship.velocity() * view.rules.tick_rate as f32 };
        if view.tick >= self.next {
            self.decide(&cockpit);
        }
        ShipControls { turn: self.turn(&cockpit), ..self.decided }
    }

    /// Turns until the nose is on course: a turn begins and ends, and costs no bytes in between.
    fn turn(&self, cockpit: &Cockpit) -> i8 {
        let step = cockpit.view.rules.turn_steps;
        let off = self.course.since(cockpit.ship.heading);
        if off.abs() <= step.max(500) { 0 } else { off.signum() as i8 }
    }

    fn decide(&mut self, cockpit: &Cockpit) {
        let mut random = Random::keyed(cockpit.view.seed, DECIDE, 0, cockpit.view.tick);
        self.next = cockpit.view.tick + cockpit.ticks(random.between(BEAT.0, BEAT.1)).max(1);
        let target = self.choose_target(cockpit);
        let wish = match (cockpit.errand(), target) {
            (Some(errand), _) => piloting::reach(cockpit, errand),
            (None, Some(target)) => piloting::circle_around(cockpit, target, &mut random),
            (None, None) => self.wander(cockpit),
        };
        let flight = piloting::fly(cockpit, wish);
        self.course = flight.course;
        self.decided = ShipControls { thrust: flight.thrust, brake: flight.brake, ..self.decided };
        (self.decided.fire, self.decided.rail) = (false, false);
        if let Some(target) = target {
            let shot = gunnery::aim(cockpit, target, self.sighted, &mut random);
            self.decided.aim = shot.aim;
            (self.decided.fire, self.decided.rail) = (shot.fire, shot.rail);
        } else {
            self.decided.aim = gunnery::coarse(Angle::from_steps(self.course.steps() / 64));
        }
    }

    /// The nearest ship that can be hurt, with a preference for what is in sight and for whom it is after already.
    fn choose_target<'a>(&mut self, cockpit: &Cockpit<'a>) -> Option<&'a Ship> {
        let mut best: Option<(f32, &Ship, bool)> = None;
        for entity in cockpit.view.entities {
            let Entity::Ship(ship) = entity else { continue };
            if ship.player == cockpit.view.player || ship.guard > 0 {
                continue;
            }
            let mut distance = cockpit.way(ship.position()).length();
            distance -= if self.target == Some(ship.player) { LOYALTY } else { 0.0 };
            // Sight costs the most to find out: only where it can still matter.
            if best.is_some_and(|(least, ..)| distance >= least) {
                continue;
            }
            let seen = cockpit.sees(ship.position());
            distance += if seen { 0.0 } else { HIDDEN };
            if best.is_none_or(|(least, ..)| distance < least) {
                best = Some((distance, ship, seen));
            }
        }
        let Some((_, ship, seen)) = best else {
            (self.target, self.sighted) = (None, None);
            return None;
        };
        if self.target != Some(ship.player) || !seen {
            self.sighted = None;
        }
        self.target = Some(ship.player);
        if seen && self.sighted.is_none() {
            self.sighted = Some(cockpit.view.tick);
        }
        // Out of sight, there is nothing to shoot at or to circle around: somebody to look for.
        if !seen {
            self.roam = Some((ship.position(), cockpit.view.tick + cockpit.ticks(1.5)));
            return None;
        }
        Some(ship)
    }

    /// Somewhere to go: a place of the map where something may be found, preferably one that it sees from here.
    fn wander(&mut self, cockpit: &Cockpit) -> Vec2 {
        let (place, until) = self.roam.unwrap_or_default();
        let tick = cockpit.view.tick;
        if tick < until && cockpit.way(place).length() > ARRIVED {
            return piloting::reach(cockpit, place);
        }
        let mut random = Random::keyed(cockpit.view.seed, ROAM, 0, tick);
        let map = &cockpit.view.rules.map;
        let number = map.spawns.len() + map.pickups.len();
        let mut place = cockpit.at;
        for _ in 0..6 {
            let choice = random.below(number as u32) as usize;
            place =
                map.spawns.get(choice).copied().unwrap_or_else(|| map.pickups[choice - map.spawns.len()].position());
            if cockpit.way(place).length() > 2.0 * ARRIVED && cockpit.sees(place) {
                break;
            }
        }
        self.roam = Some((place, tick + cockpit.ticks(ROAM_SECONDS)));
        piloting::reach(cockpit, place)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tickwire_sync::server::{Command, Room};

    use super::*;
    use crate::{
        kinds::{Event, Pilot},
        settings::{
            Rules,
            tests::{open_at, rules_at},
        },
    };

    struct Played {
        kills: u32,
        crashes: u32,
        pickups: u32,
        /// Changes of controls for each bot and second.
        changes: f32,
        beams: u32,
        /// The share of the time that bots hardly move.
        idle: f32,
    }

    fn play(bots: u16, seconds: u32, rules: Rules, seed: u64) -> Played {
        let rate = rules.tick_rate;
        let mut room: Room<Arena> = Room::new(Arc::new(rules), seed);
        let joins: Vec<_> = (0..bots).map(|player| Command::Join { player, bot: true }).collect();
        room.tick(&joins);
        let mut played = Played { kills: 0, crashes: 0, pickups: 0, beams: 0, changes: 0.0, idle: 0.0 };
        let mut last = vec![ShipControls::default(); usize::from(bots)];
        let (mut changes, mut idle, mut flown) = (0u32, 0u32, 0u32);
        for _ in 0..seconds * rate {
            room.tick(&[]);
            for (_, entity) in room.world.iter() {
                let Entity::Ship(ship) = entity else { continue };
                let seen = &mut last[usize::from(ship.player)];
                changes += u32::from(*seen != ship.controls);
                *seen = ship.controls;
                flown += 1;
                idle += u32::from(room.rules.per_second(ship.velocity().length()) < 25.0);
            }
            for (_, event) in room.events() {
                match event {
                    Event::Kill(kill) if kill.by == kill.target => played.crashes += 1,
                    Event::Kill(_) => played.kills += 1,
                    Event::Took(_) => played.pickups += 1,
                    Event::Beam(_) => played.beams += 1,
                    _ => {}
                }
            }
        }
        played.changes = changes as f32 / (f32::from(bots) * seconds as f32);
        played.idle = idle as f32 / flown as f32;
        played
    }

    #[test]
    fn bots_fight_keep_moving_and_hardly_ever_crash() {
        for rate in [10, 30, 60] {
            let played = play(8, 120, rules_at(rate), 5);
            assert!((8..=120).contains(&played.kills), "{} kills at {rate} Hz", played.kills);
            assert!(played.crashes * 5 <= played.kills, "{} crashes at {rate} Hz", played.crashes);
            assert!(played.pickups >= 4, "{} pickups at {rate} Hz", played.pickups);
            assert!((4..=120).contains(&played.beams), "{} beams at {rate} Hz", played.beams);
            assert!(played.idle < 0.15, "idle {} of the time at {rate} Hz", played.idle);
            assert!(played.changes < 9.0, "{} changes of controls a second at {rate} Hz", played.changes);
        }
    }

    #[test]
    fn bots_find_each_other_over_the_edges_of_a_map_that_wraps() {
        let played = play(16, 60, open_at(30), 5);
        assert!(played.kills >= 8, "{} kills", played.kills);
        assert!(played.beams >= 4, "{} beams", played.beams);
        assert!(played.idle < 0.15, "idle {} of the time", played.idle);
    }

    #[test]
    fn a_bot_alone_keeps_flying_and_holds_its_fire() {
        let mut room: Room<Arena> = Room::new(Arc::new(rules_at(30)), 3);
        room.tick(&[Command::Join { player: 0, bot: true }]);
        let mut cells = std::collections::BTreeSet::new();
        for _ in 0..60 * 30 {
            room.tick(&[]);
            for (_, entity) in room.world.iter() {
                match entity {
                    Entity::Ship(ship) => {
                        let cell = ship.position() / 200.0;
                        cells.insert((cell.x as u32, cell.y as u32));
                    }
                    Entity::Shot(_) => panic!("nobody is there"),
                    Entity::Pilot(Pilot { bot, .. }) => assert!(bot),
                    _ => {}
                }
            }
        }
        assert!(cells.len() >= 12, "it saw {} places", cells.len());
    }
}
