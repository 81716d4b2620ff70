//! Where a bot aims and when it fires: ahead of its target, a little beside it, and not at once.

use glam::Vec2;
use tickwire_sync::{Tick, grid::Angle, random::Random};

use super::Cockpit;
use crate::kinds::{Placed, Ship};

/// The purpose of the random numbers that make a bot better or worse than others.
const SKILL: u32 = 202;
/// By which share the best and the worst bot of a skill are better or worse.
const SPREAD: f32 = 0.25;
/// The share of a shot's range within which a bot fires.
const REACH: f32 = 0.8;
/// A guard of a core lays mines nearer to it than this, in units.
const GUARDED: f32 = 200.0;
/// Aims are multiples of this many 1/1024 turns: a hand does not hold it finer, and fewer changes are sent.
const AIM_STEPS: i32 = 4;

/// Where to aim and what to fire.
pub(super) struct Aimed {
    pub(super) aim: Angle,
    pub(super) fire: bool,
    pub(super) rail: bool,
}

/// Aims at `target`, which has been in sight since `sighted`.
pub(super) fn aim(cockpit: &Cockpit, target: &Ship, sighted: Option<Tick>, random: &mut Random) -> Aimed {
    let (weapon, range) = (&cockpit.view.rules.tuning.weapon, cockpit.view.rules.tuning.rail.range);
    let skill = cockpit.skill();
    let own = 1.0 + SPREAD * (2.0 * Random::keyed(cockpit.view.seed, SKILL, 0, 0).fraction() - 1.0);
    let way = cockpit.way(target.position());
    let moving = cockpit.speed_of(target) - cockpit.velocity * weapon.carried;
    let time = intercept(way, moving, weapon.speed);
    let error = skill.error.to_radians() * own * (random.fraction() + random.fraction() - 1.0);
    let reacted = sighted.is_some_and(|since| cockpit.view.tick >= since + cockpit.ticks(skill.reaction * own));
    let charged = cockpit.view.own.loadout().rail_is_charged() && way.length() < range;
    let rail = reacted && charged && random.fraction() < skill.rail;
    // A beam needs no lead.
    let ahead = if rail { way } else { way + moving * time.unwrap_or(0.0) };
    let aim = coarse(Angle::from_radians(libm::atan2f(ahead.y, ahead.x) + error));
    Aimed { aim, fire: reacted && !rail && time.is_some_and(|time| time < REACH * weapon.life), rail }
}

/// Whether to lay a mine: in the way of who follows, or where an enemy has to pass.
pub(super) fn lays(cockpit: &Cockpit, random: &mut Random) -> bool {
    let ship = cockpit.ship;
    let guards = cockpit
        .view
        .rules
        .map
        .base_in_play(ship.side)
        .is_some_and(|base| cockpit.way(base.core).length() < GUARDED && cockpit.velocity.length() > 1.0);
    let useful = cockpit.view.own.loadout().can_lay() && ship.cloak == 0 && (cockpit.is_pursued() || guards);
    useful && random.fraction() < cockpit.skill().mine * if guards { 0.3 } else { 1.0 }
}

/// The aim on the coarser grid that bots use.
pub(super) fn coarse(aim: Angle) -> Angle {
    Angle::from_steps((aim.steps() + AIM_STEPS / 2) / AIM_STEPS * AIM_STEPS)
}

/// Seconds after which a shot of `speed` meets what is `way` off and moves by `moving` a second; `None` if it never does.
fn intercept(way: Vec2, moving: Vec2, speed: f32) -> Option<f32> {
    // |way + moving t| = speed t
    let a = speed * speed - moving.length_squared();
    if a <= 1.0 {
        return None;
    }
    let half = way.dot(moving);
    Some((half + (half * half + a * way.length_squared()).sqrt()) / a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shot_at_the_intercept_meets_its_target() {
        for (way, moving) in [((300.0, 0.0), (0.0, 200.0)), ((-100.0, 400.0), (150.0, -80.0)), ((5.0, 5.0), (0.0, 0.0))]
        {
            let (way, moving) = (Vec2::from(way), Vec2::from(moving));
            let time = intercept(way, moving, 950.0).unwrap();
            assert!(time > 0.0 && ((way + moving * time).length() - 950.0 * time).abs() < 0.01);
        }
        assert_eq!(intercept(Vec2::X, Vec2::X * 1000.0, 950.0), None);
    }
}
