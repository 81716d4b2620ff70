//! Beams of rails: each strikes at once the first ship, rock or wall on its way, where its player saw them.

use glam::Vec2;
use tickwire_sync::{PlayerNumber, game::Audience, server::Room, world::EntityKey};

use super::{
    scene::{Scene, Who},
    strike,
};
use crate::{
    Arena,
    kinds::{Beam, Entity, Placed},
    rail::{Target, cast},
    settings::Rules,
};

pub(super) fn act(room: &mut Room<Arena>, scene: &mut Scene, rules: &Rules) {
    // Who fires in the same tick fires, whoever of them is struck first.
    let mut rails = core::mem::take(&mut scene.rails);
    rails.clear();
    let fired = room.players.iter().filter(|player| player.own.loadout().rail_fired(rules));
    rails.extend(fired.filter_map(|player| Some((player.number, player.avatar?))));
    for &(player, avatar) in &rails {
        fire(room, scene, player, avatar, rules);
    }
    scene.rails = rails;
}

/// The ray begins where the ship was as its player decided to fire: at the end of the last tick.
fn fire(room: &mut Room<Arena>, scene: &mut Scene, player: PlayerNumber, avatar: EntityKey, rules: &Rules) {
    let Some(Entity::Ship(ship)) = room.was(avatar, room.tick - 1) else { return };
    let (from, ray) = (ship.position(), ship.controls.aim.vector() * rules.tuning.rail.range);
    let (share, struck) = cast(from, ray, targets(room, scene, player), &rules.map.terrain);
    let to = from + ray * share;
    let (x, y) = rules.map.terrain.grid(from);
    let (to_x, to_y) = rules.map.terrain.grid(to);
    let seen = Audience::Either { x: x.units(), y: y.units(), to_x: to_x.units(), to_y: to_y.units() };
    room.emit(seen, Beam { by: player, x, y, to_x, to_y });
    if let Some(Who::Ship(ship)) = struck {
        strike(room, scene, ship, player, to, rules.tuning.rail.damage as u8, rules);
    }
}

/// What a beam of `player` may strike, where the player saw it.
fn targets(room: &Room<Arena>, scene: &Scene, player: PlayerNumber) -> impl Iterator<Item = Target<Who>> {
    let then = room.then(player);
    scene.bodies.iter().filter_map(move |body| {
        let key = match body.who {
            Who::Ship(ship) if scene.ships[ship].now.player == player || scene.ships[ship].gone => return None,
            Who::Ship(ship) => scene.ships[ship].key,
            Who::Rock(rock) => scene.rocks[rock].key,
        };
        let pose = then.pose(key)?;
        Some(Target { who: body.who, at: Vec2::new(pose.x, pose.y), radius: body.radius })
    })
}
