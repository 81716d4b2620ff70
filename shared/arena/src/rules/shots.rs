//! Shots against ships and rocks, both moving: the first that a shot met in this tick stops it.

use glam::Vec2;
use tickwire_sync::server::Room;

use super::{
    Blow, mines,
    scene::{Scene, Who},
    strike,
};
use crate::{
    Arena,
    kinds::{Cause, Moving, Placed, Shot},
    settings::Rules,
    sweep::{circle, direction},
};

pub(super) fn act(room: &mut Room<Arena>, scene: &mut Scene, rules: &Rules) {
    let mut near = core::mem::take(&mut scene.found);
    for index in 0..scene.shots.len() {
        let shot = scene.shots[index].now;
        let motion = shot.velocity();
        let from = shot.position() - motion;
        scene.near(from, shot.position(), rules.tuning.weapon.radius, rules, &mut near);
        let Some((at, who)) = first_met(scene, &near, &shot, from, motion, rules) else { continue };
        scene.shots[index].gone = true;
        match who {
            Who::Ship(ship) => {
                let (at, damage) = (from + motion * at, rules.tuning.weapon.damage as u8);
                let blow = Blow { by: shot.player, side: shot.side, at, damage, with: Cause::Gun };
                strike(room, scene, ship, blow, rules);
            }
            Who::Mine(mine) => mines::burst(room, scene, mine, rules),
            Who::Rock(rock) => push(scene, rock, motion, rules),
        }
    }
    scene.found = near;
}

/// Of the bodies that a shot met, the first; of equals, the eldest. A ship is never met by its own player's shots, nor a mine by those of its own side.
fn first_met(scene: &Scene, near: &[u32], shot: &Shot, from: Vec2, motion: Vec2, rules: &Rules) -> Option<(f32, Who)> {
    let mut first: Option<(f32, Who)> = None;
    for &index in near {
        let body = &scene.bodies[index as usize];
        let own = match body.who {
            Who::Ship(ship) => scene.ships[ship].now.player == shot.player,
            Who::Mine(mine) => !scene.mines[mine].now.is_meant_for(shot.player, shot.side),
            Who::Rock(_) => false,
        };
        if own || !scene.lives(body.who) {
            continue;
        }
        let start = rules.map.terrain.way(body.at - body.motion, from);
        let radius = body.radius + rules.tuning.weapon.radius;
        if let Some(hit) = circle(start, motion - body.motion, radius)
            && first.is_none_or(|(at, _)| hit.at < at)
        {
            first = Some((hit.at, body.who));
        }
    }
    first
}

/// A hit gives a rock a small push along the shot's way.
fn push(scene: &mut Scene, rock: usize, motion: Vec2, rules: &Rules) {
    let rock = &mut scene.rocks[rock].now;
    let speed = rules.per_tick(rules.tuning.weapon.push) / rules.rock_mass(f32::from(rock.radius));
    let pushed = rock.velocity() + direction(motion) * speed;
    rock.set_velocity(pushed.clamp_length_max(rules.per_tick(rules.tuning.rock.speed_max)));
}
