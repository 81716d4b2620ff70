//! How a bot flies where it wants to: it weighs sixteen ways against what is in them, and steers its velocity, not its nose.

use core::f32::consts::TAU;

use glam::Vec2;
use tickwire_sync::random::Random;

use super::Cockpit;
use crate::{
    angle::FineAngle,
    kinds::{Entity, Moving, Placed, Ship},
    sweep::{circle, direction},
};

/// How many ways a bot weighs.
const WAYS: u16 = 16;
/// How far ahead a bot looks: units, and seconds of its speed.
const LOOK: (f32, f32) = (110.0, 0.7);
/// How far must be free before a bot boosts, in units.
const BOOST_LOOK: f32 = 420.0;
/// The distance that a bot keeps from its target, in units.
const KEPT: f32 = 270.0;
/// How fast a bot flies, as a share of the top speed.
const CRUISE: f32 = 0.8;
/// Within this many 1/65536 turns of its course, a bot thrusts: 60 degrees.
const THRUST_WITHIN: i32 = 11_000;

/// What to do with engine, brake and nose.
pub(super) struct Flight {
    pub(super) course: FineAngle,
    pub(super) thrust: bool,
    pub(super) brake: bool,
    /// Whether nothing is in the way for a while.
    pub(super) is_clear: bool,
}

/// The wish to go to a place, slower when nearly there: a vector up to 1 long.
pub(super) fn reach(cockpit: &Cockpit, place: Vec2) -> Vec2 {
    let way = cockpit.way(place);
    direction(way) * (way.length() / 120.0).clamp(0.35, 1.0)
}

/// The wish to fight: not too near, not too far, and never straight.
pub(super) fn circle_around(cockpit: &Cockpit, target: &Ship, random: &mut Random) -> Vec2 {
    let way = cockpit.way(target.position());
    let towards = direction(way);
    // The side changes every few seconds, at a different time for each bot.
    let beat = cockpit.ticks(3.0).max(1);
    let side =
        if (cockpit.view.tick / beat).wrapping_add(cockpit.view.seed as u32).is_multiple_of(2) { 1.0 } else { -1.0 };
    let nearer = ((way.length() - KEPT) / KEPT).clamp(-1.0, 1.0);
    let wish = towards * nearer + towards.perp() * (side * random.between(0.6, 1.0));
    wish.clamp_length_max(1.0)
}

/// Flies by a wish, around what is in the way.
pub(super) fn fly(cockpit: &Cockpit, wish: Vec2) -> Flight {
    let ship = &cockpit.view.rules.tuning.ship;
    let top = ship.thrust / ship.drag;
    let look = LOOK.0 + LOOK.1 * cockpit.velocity.length();
    let (mut best, mut best_worth) = (wish, f32::NEG_INFINITY);
    for way in 0..WAYS {
        let way = Vec2::from_angle(f32::from(way) * TAU / f32::from(WAYS));
        let free = clearance(cockpit, way, look);
        let worth = way.dot(wish) - 1.6 * (1.0 - free) * (1.0 - free);
        if worth > best_worth {
            best_worth = worth;
            best = way * wish.length() * (0.3 + 0.7 * free);
        }
    }
    let change = best * (CRUISE * top) - cockpit.velocity;
    let ahead = clearance(cockpit, direction(cockpit.velocity), look);
    let brake = ahead < 0.45 && cockpit.velocity.length() > 0.4 * top;
    let course = FineAngle::of(change);
    let on_course = course.since(cockpit.ship.heading).abs() < THRUST_WITHIN;
    let is_clear = clearance(cockpit, course.vector(), BOOST_LOOK) == 1.0;
    Flight { course, thrust: on_course && change.length() > 0.12 * top, brake, is_clear }
}

/// The share of `look` units that are free along `way` for a ship with a little room to spare.
fn clearance(cockpit: &Cockpit, way: Vec2, look: f32) -> f32 {
    let rules = cockpit.view.rules;
    let motion = way * look;
    let room = rules.tuning.ship.radius * 1.4;
    let mut free = rules.map.terrain.meets(cockpit.at, motion, room).map_or(1.0, |hit| hit.at);
    for entity in cockpit.view.entities {
        // A rock is where it will be in half a second.
        if let Entity::Rock(rock) = entity {
            let start = -cockpit.way(rock.position()) - rock.velocity() * (0.5 * rules.tick_rate as f32);
            if let Some(hit) = circle(start, motion, f32::from(rock.radius) + room) {
                free = free.min(hit.at);
            }
        }
        if let Entity::Mine(mine) = entity
            && mine.is_meant_for(cockpit.ship.player, cockpit.ship.side)
        {
            let start = -cockpit.way(mine.position());
            if let Some(hit) = circle(start, motion, rules.tuning.mine.trigger + room) {
                free = free.min(hit.at);
            }
        }
    }
    free
}
