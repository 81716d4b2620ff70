//! Mines: who lays how many, and whom a live one that is touched or comes near a ship takes along.

use glam::Vec2;
use tickwire_sync::{game::Audience, server::Room};

use super::{
    Blow,
    scene::{Body, Scene, Who},
    strike,
};
use crate::{
    Arena,
    kinds::{Burst, Cause, Mine, Placed, Ship},
    motion::hatch,
    settings::Rules,
    sweep::circle,
};

/// Spawns the mines that were laid in this tick. Who has too many of them loses the eldest.
pub(super) fn lay(room: &mut Room<Arena>, scene: &Scene, rules: &Rules) {
    for (key, ship) in &scene.laid {
        let mut lying = scene.mines.iter().filter(|mine| mine.now.player == ship.player && !mine.gone);
        let over = (lying.clone().count() + 1).saturating_sub(rules.tuning.mine.laid_max as usize);
        for mine in lying.by_ref().take(over) {
            room.world.kill(mine.key);
        }
        room.world.spawn(hatch(ship, rules).into(), Some(*key));
    }
}

/// Lets the live ones burst that a ship came too near to in this tick.
pub(super) fn act(room: &mut Room<Arena>, scene: &mut Scene, rules: &Rules) {
    let mut near = core::mem::take(&mut scene.found);
    for index in 0..scene.mines.len() {
        let mine = scene.mines[index];
        // The step of this tick made it live: before, the tick that it was laid in does not count.
        if mine.gone || mine.now.left > rules.mine_live {
            continue;
        }
        let (at, trigger) = (mine.now.position(), rules.tuning.mine.trigger);
        scene.near(at, at, trigger, rules, &mut near);
        let sets_off = |&body: &u32| {
            let body = &scene.bodies[body as usize];
            enemy(scene, body, &mine.now).is_some_and(|ship| ship.guard == 0) && is_near(body, at, trigger, rules)
        };
        if near.iter().any(sets_off) {
            burst(room, scene, index, rules);
        }
    }
    scene.found = near;
}

/// The living ship that a body is, if the mine is meant for it.
fn enemy<'a>(scene: &'a Scene, body: &Body, mine: &Mine) -> Option<&'a Ship> {
    let Who::Ship(ship) = body.who else { return None };
    let ship = &scene.ships[ship];
    (!ship.gone && mine.is_meant_for(ship.now.player, ship.now.side)).then_some(&ship.now)
}

/// Whether a body came within `reach` of its hull on its way through the tick, and sees the place now.
fn is_near(body: &Body, at: Vec2, reach: f32, rules: &Rules) -> bool {
    let (end, reach) = (rules.map.terrain.way(at, body.at), reach + body.radius);
    let touched = end.length() <= reach || circle(end - body.motion, body.motion, reach).is_some();
    touched && rules.map.terrain.sees(body.at, body.at - end)
}

/// Ends a mine: whoever it is meant for and is near enough is struck.
pub(super) fn burst(room: &mut Room<Arena>, scene: &mut Scene, index: usize, rules: &Rules) {
    scene.mines[index].gone = true;
    let mine = scene.mines[index].now;
    let (at, tuning) = (mine.position(), &rules.tuning.mine);
    room.emit(Audience::Near { x: at.x, y: at.y }, Burst { player: mine.player, x: mine.x, y: mine.y });
    let mut near = core::mem::take(&mut scene.felt);
    scene.near(at, at, tuning.blast, rules, &mut near);
    for &body in &near {
        let body = scene.bodies[body as usize];
        let Who::Ship(ship) = body.who else { continue };
        if enemy(scene, &body, &mine).is_none() || !is_near(&body, at, tuning.blast, rules) {
            continue;
        }
        let way = rules.map.terrain.way(at, body.at);
        let off = ((way.length() - body.radius) / tuning.blast).clamp(0.0, 1.0);
        let damage = (tuning.damage as f32 * (1.0 - off)) as u8;
        let met = body.at - way.clamp_length_max(body.radius);
        let blow = Blow { by: mine.player, side: mine.side, at: met, damage, with: Cause::Mine };
        strike(room, scene, ship, blow, rules);
    }
    scene.felt = near;
}
