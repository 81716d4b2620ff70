//! Where ships begin: as far from everybody else as the map permits. A cloaked ship has no say in it, or it would give itself away.

use glam::Vec2;
use tickwire_sync::{PlayerNumber, random::Random, server::Room};

use super::{scene::Scene, sides};
use crate::{
    Arena,
    angle::FineAngle,
    kinds::{Entity, Loadout, Own, Placed, Ship, Side},
    settings::Rules,
    sweep::{Bounce, Motion},
};

/// The purpose of the random numbers that choose between spawns.
const SPAWN: u32 = 1;
/// How often a free place near a spawn that is taken is looked for.
const TRIES: u16 = 12;

/// Gives a ship to everybody whose wait is over.
pub(super) fn act(room: &mut Room<Arena>, scene: &mut Scene, rules: &Rules) {
    let waiting = room.players.iter().filter(|player| player.avatar.is_none() && player.own.loadout().respawn == 0);
    scene.due.clear();
    scene.due.extend(waiting.map(|player| player.number));
    for &player in &scene.due {
        embody(room, player, rules);
    }
}

/// Gives a player a new ship with a full magazine, at the best spawn there is.
pub(super) fn embody(room: &mut Room<Arena>, player: PlayerNumber, rules: &Rules) {
    let mut random = room.random(SPAWN, u32::from(player));
    let side = sides::settle(room, player);
    let place = place(room, side, &mut random, rules);
    let heading = FineAngle::of(rules.map.terrain.size / 2.0 - place);
    let mut ship = Ship { heading, hull: rules.hull_max, player, guard: rules.guard_ticks, side, ..Ship::default() };
    ship.set_grid(rules.map.terrain.grid(place));
    room.embody(player, ship.into());
    if let Some(player) = room.players.get_mut(player) {
        player.own = Own::Loadout(Loadout::full(rules));
    }
}

/// The spawn that is farthest from the nearest ship that can be seen, ties broken at random; near it, if a body is in the way.
fn place(room: &Room<Arena>, side: Side, random: &mut Random, rules: &Rules) -> Vec2 {
    // In whole units, so that there are ties.
    let terrain = &rules.map.terrain;
    let spawns = rules.map.spawns_of(side);
    let mut best = (spawns[0], 0);
    let mut equals = 0;
    for &spawn in spawns {
        let ships = room.world.iter().filter_map(|(_, entity)| match entity {
            Entity::Ship(ship) if ship.cloak == 0 => Some(terrain.way(spawn, ship.position()).length()),
            _ => None,
        });
        let free = ships.fold(f32::INFINITY, f32::min) as u32;
        if free > best.1 {
            best = (spawn, free);
            equals = 1;
        } else if free == best.1 {
            equals += 1;
            if random.below(equals) == 0 {
                best.0 = spawn;
            }
        }
    }
    let radius = rules.tuning.ship.radius;
    let mut place = best.0;
    for attempt in 1..=TRIES {
        if is_free(room, place, rules) {
            return place;
        }
        let way = FineAngle::from_steps(random.below(1 << 16) as i32).vector() * (f32::from(attempt) * radius);
        // By travel, so that it stays on the spawn's side of a wall.
        place = terrain.travel(best.0, Motion::aside(way), radius, Bounce::NONE).0;
    }
    place
}

/// Whether a ship at `place` would touch nothing that can be seen.
fn is_free(room: &Room<Arena>, place: Vec2, rules: &Rules) -> bool {
    let own = rules.tuning.ship.radius;
    let distance = |body: &dyn Placed| rules.map.terrain.way(place, body.position()).length();
    room.world.iter().all(|(_, entity)| match entity {
        Entity::Ship(ship) => ship.cloak > 0 || distance(ship) >= own + own,
        Entity::Rock(rock) => distance(rock) >= own + f32::from(rock.radius),
        _ => true,
    })
}
