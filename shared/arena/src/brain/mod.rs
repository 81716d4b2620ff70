//! How bots play: they see what a player in their place would see, and they steer, lead, miss, take cover and hesitate.
//!
//! A brain decides some five times a second and follows its decision in between, so that its controls, which everybody
//! nearby is sent, change as rarely as a person's. The same brain plays a room's own bots and the load tester's.
//!
//! Read in this order: [`Brain`] here, `cockpit` (what it sees), `objective` (where it wants to go), `piloting` and `gunnery` (how it gets there and
//! what it fires), `remarks` (what it says).

mod cockpit;
mod gunnery;
mod objective;
mod piloting;
pub(crate) mod remarks;

use glam::Vec2;
use tickwire_sync::{
    PlayerNumber, Tick,
    game::View,
    grid::Angle,
    random::Random,
    replicate::{Malformed, Reader},
    save::Save,
};

use self::cockpit::Cockpit;
use crate::{
    Arena,
    angle::FineAngle,
    controls::ShipControls,
    kinds::{Entity, Moving, Placed, Ship, Side},
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
/// How much farther off, in units, a ship with a core is as good a target as another.
const CARRIER: f32 = 400.0;
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
        let errand = cockpit.errand();
        let goal = objective::goal(cockpit);
        let wish = match (errand, goal, target) {
            (Some(errand), ..) => piloting::reach(cockpit, errand),
            (None, Some(goal), _) => piloting::reach(cockpit, cockpit.route(goal)),
            (None, None, Some(target)) => piloting::circle_around(cockpit, target, &mut random),
            (None, None, None) => self.wander(cockpit),
        };
        let flight = piloting::fly(cockpit, wish);
        self.course = flight.course;
        self.decided = ShipControls { thrust: flight.thrust, brake: flight.brake, ..self.decided };
        let skill = cockpit.skill();
        let hurries = errand.is_some() || goal.is_some() || cockpit.is_pursued();
        let holds = self.decided.boost && flight.thrust;
        self.decided.boost = hurries && flight.is_clear && (holds || random.fraction() < skill.boost);
        self.decided.mine = gunnery::lays(cockpit, &mut random);
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
            if !cockpit.is_enemy(ship) || ship.guard > 0 {
                continue;
            }
            let mut distance = cockpit.way(ship.position()).length();
            distance -= if ship.core == Side::None { 0.0 } else { CARRIER };
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
            return piloting::reach(cockpit, cockpit.route(place));
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
        piloting::reach(cockpit, cockpit.route(place))
    }
}

#[cfg(test)]
mod tests;
