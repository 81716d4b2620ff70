//! Beams of rails: each strikes at once the first ship, rock or wall on its way, where its player saw them.

use glam::Vec2;
use tickwire_sync::{PlayerNumber, game::Audience, server::Room, world::EntityKey};

use super::{
    Blow, mines,
    scene::{Scene, Who},
    strike,
};
use crate::{
    Arena,
    kinds::{Beam, Cause, Entity, Placed, Ship},
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
    let Some(&Entity::Ship(ship)) = room.was(avatar, room.tick - 1) else { return };
    let (from, ray) = (ship.position(), ship.controls.aim.vector() * rules.tuning.rail.range);
    let (share, struck) = cast(from, ray, targets(room, scene, &ship), &rules.map.terrain);
    let to = from + ray * share;
    let (x, y) = rules.map.terrain.grid(from);
    let (to_x, to_y) = rules.map.terrain.grid(to);
    let seen = Audience::Either { x: x.units(), y: y.units(), to_x: to_x.units(), to_y: to_y.units() };
    room.emit(seen, Beam { by: player, x, y, to_x, to_y });
    match struck {
        Some(Who::Ship(target)) => {
            let damage = rules.tuning.rail.damage as u8;
            strike(room, scene, target, Blow { by: player, side: ship.side, at: to, damage, with: Cause::Rail }, rules);
        }
        Some(Who::Mine(mine)) => mines::burst(room, scene, mine, rules),
        Some(Who::Rock(_)) | None => {}
    }
}

/// What a beam of `shooter` may strike, where its player saw it. Mines lie still; those of its own side are not in its way.
fn targets(room: &Room<Arena>, scene: &Scene, shooter: &Ship) -> impl Iterator<Item = Target<Who>> {
    let (player, side) = (shooter.player, shooter.side);
    let then = room.then(player);
    scene.bodies.iter().filter_map(move |body| {
        let key = match body.who {
            Who::Ship(ship) if scene.ships[ship].now.player == player || scene.ships[ship].gone => return None,
            Who::Ship(ship) => scene.ships[ship].key,
            Who::Rock(rock) => scene.rocks[rock].key,
            Who::Mine(mine) if scene.mines[mine].gone || !scene.mines[mine].now.is_meant_for(player, side) => {
                return None;
            }
            Who::Mine(_) => return Some(Target { who: body.who, at: body.at, radius: body.radius }),
        };
        let pose = then.pose(key)?;
        Some(Target { who: body.who, at: Vec2::new(pose.x, pose.y), radius: body.radius })
    })
}
