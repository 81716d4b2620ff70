//! Where a bot wants to go for its side: for the other core, home with it, after who has the own one, or around the own base.

use glam::Vec2;
use tickwire_sync::{Tick, random::Random};

use super::cockpit::Cockpit;
use crate::{
    kinds::{Core, CoreState, Entity, Phase, Placed, Side},
    sweep::direction,
};

/// The purpose of the random numbers by which a guard walks.
const GUARD: u32 = 203;
/// One of so many bots of a side guards its base.
const GUARDS: usize = 3;
/// A dropped core nearer than this, in units, is everybody's business, and so is an enemy for a guard.
const NEAR: f32 = 700.0;
/// How far from its core a guard goes, in units; and for how many seconds to each place.
const ROUND: f32 = 240.0;
const ROUND_SECONDS: f32 = 3.0;
/// An escort keeps behind its carrier by so much, in units.
const ESCORT: f32 = 110.0;

/// Where to go; `None` where there is nothing to do but fight.
pub(super) fn goal(cockpit: &Cockpit) -> Option<Vec2> {
    let side = cockpit.ship.side;
    let own = core(cockpit, side)?;
    let other = core(cockpit, side.other())?;
    let home = cockpit.view.rules.map.base(side)?.core;
    let plays = |entity: &Entity| matches!(entity, Entity::Match(clock) if clock.phase == Phase::Playing);
    if !cockpit.view.entities.iter().any(plays) {
        return None;
    }
    if cockpit.ship.core != Side::None {
        // With the own one gone, it is no use to stand at home as a target: around it.
        return Some(if own.state == CoreState::Home { home } else { patrol(cockpit, home) });
    }
    match own.state {
        CoreState::Dropped if is_guard(cockpit) || cockpit.way(own.position()).length() < NEAR => {
            return Some(own.position());
        }
        CoreState::Carried => {
            let thief = cockpit.ships().find(|ship| ship.core == side);
            if let Some(thief) = thief {
                return Some(thief.position() + cockpit.speed_of(thief) * 0.4);
            }
            if is_guard(cockpit) {
                // Not seen: it must come by its own base.
                return cockpit.view.rules.map.base(side.other()).map(|base| base.core);
            }
        }
        CoreState::Home | CoreState::Dropped => {}
    }
    if is_guard(cockpit) {
        let intruder = cockpit.ships().find(|ship| cockpit.is_enemy(ship) && ship.position().distance(home) < NEAR);
        return if intruder.is_some() { None } else { Some(patrol(cockpit, home)) };
    }
    match other.state {
        CoreState::Home | CoreState::Dropped => Some(other.position()),
        CoreState::Carried => {
            let carrier = cockpit.ships().find(|ship| ship.core == side.other())?;
            let ahead = direction(home - carrier.position());
            Some(carrier.position() - ahead * ESCORT)
        }
    }
}

fn core<'a>(cockpit: &Cockpit<'a>, side: Side) -> Option<&'a Core> {
    cockpit.view.entities.iter().find_map(|entity| match entity {
        Entity::Core(core) if core.side == side && side != Side::None => Some(core),
        _ => None,
    })
}

/// Bots of a side share the work by the order of their numbers.
fn is_guard(cockpit: &Cockpit) -> bool {
    let ship = cockpit.ship;
    let before = cockpit.view.entities.iter().filter(|entity| {
        matches!(entity, Entity::Pilot(pilot) if pilot.side == ship.side && pilot.bot && pilot.player < ship.player)
    });
    before.count() % GUARDS == GUARDS - 1
}

/// A place near the own core, another one every few seconds.
fn patrol(cockpit: &Cockpit, home: Vec2) -> Vec2 {
    let beat: Tick = cockpit.ticks(ROUND_SECONDS).max(1);
    let mut random = Random::keyed(cockpit.view.seed, GUARD, 0, cockpit.view.tick / beat);
    let terrain = &cockpit.view.rules.map.terrain;
    let place = |random: &mut Random| home + Vec2::new(random.between(-ROUND, ROUND), random.between(-ROUND, ROUND));
    let radius = cockpit.view.rules.tuning.ship.radius;
    (0..6).map(|_| place(&mut random)).find(|place| terrain.fits(*place, 1.5 * radius)).unwrap_or(home)
}
