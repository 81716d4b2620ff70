//! Ships and rocks against each other: elastic pushes, and damage to a ship that hits a rock too fast. What touches is seen: it ends cloaks.
//!
//! Contacts are not predicted by the step; they cost residuals for as long as they last.

use glam::Vec2;
use tickwire_sync::server::Room;

use super::{
    destroy, hurt,
    scene::{Body, Scene, Who},
};
use crate::{
    Arena,
    kinds::{Cause, Moving, Placed},
    settings::Rules,
    sweep::{Bounce, Motion, circle, direction},
};

pub(super) fn act(room: &mut Room<Arena>, scene: &mut Scene, rules: &Rules) {
    if !rules.map.contacts {
        return;
    }
    let mut near = core::mem::take(&mut scene.found);
    for first in 0..scene.solids {
        let body = scene.bodies[first];
        scene.near(body.at - body.motion, body.at, body.radius, rules, &mut near);
        let pairs = first + 1..scene.solids;
        for &second in near.iter().filter(|&&second| pairs.contains(&(second as usize))) {
            meet(room, scene, first, second as usize, rules);
        }
    }
    scene.found = near;
}

fn meet(room: &mut Room<Arena>, scene: &mut Scene, first: usize, second: usize, rules: &Rules) {
    let (a, b) = (scene.bodies[first], scene.bodies[second]);
    if !scene.lives(a.who) || !scene.lives(b.who) {
        return;
    }
    let Some(Contact { back, apart, normal }) = contact(&a, &b, rules) else { return };
    for who in [a.who, b.who] {
        if let Who::Ship(ship) = who {
            scene.ships[ship].now.cloak = 0;
        }
    }
    let share = b.mass / (a.mass + b.mass);
    shift(scene, first, a.motion * -back - normal * (apart * share), rules);
    shift(scene, second, b.motion * -back + normal * (apart * (1.0 - share)), rules);

    let closing = (a.motion - b.motion).dot(normal);
    if closing <= 0.0 {
        return;
    }
    let impulse = normal * ((1.0 + rules.tuning.crash.bounce) * closing);
    push(scene, first, impulse * -share, rules);
    push(scene, second, impulse * (1.0 - share), rules);
    let speed = rules.per_second(closing);
    match (a.who, b.who) {
        (Who::Ship(ship), Who::Rock(_)) | (Who::Rock(_), Who::Ship(ship)) => crash(room, scene, ship, speed, rules),
        _ => {}
    }
}

/// Two bodies that met in this tick.
struct Contact {
    /// The share of the tick's motion that lies after it.
    back: f32,
    /// How much too near they still are then, in units.
    apart: f32,
    /// From the first to the second.
    normal: Vec2,
}

fn contact(a: &Body, b: &Body, rules: &Rules) -> Option<Contact> {
    let reach = a.radius + b.radius;
    let (end, motion) = (rules.map.terrain.way(a.at, b.at), b.motion - a.motion);
    let back = match circle(end - motion, motion, reach) {
        Some(hit) if hit.at > 0.0 => 1.0 - hit.at,
        _ if end.length_squared() < reach * reach => 0.0,
        _ => return None,
    };
    let met = end - motion * back;
    Some(Contact { back, apart: (reach - met.length()).max(0.0), normal: direction(met) })
}

/// Moves a body, as far as walls let it.
fn shift(scene: &mut Scene, body: usize, by: Vec2, rules: &Rules) {
    let body = &mut scene.bodies[body];
    let terrain = &rules.map.terrain;
    body.at = terrain.travel(body.at, Motion::aside(by), body.radius, Bounce::NONE).0;
    let place = terrain.grid(body.at);
    match body.who {
        Who::Ship(ship) => scene.ships[ship].now.set_grid(place),
        Who::Rock(rock) => scene.rocks[rock].now.set_grid(place),
        Who::Mine(_) => {}
    }
}

/// Changes a body's velocity, in units a tick.
fn push(scene: &mut Scene, body: usize, by: Vec2, rules: &Rules) {
    let body = &mut scene.bodies[body];
    match body.who {
        Who::Ship(ship) => {
            let ship = &mut scene.ships[ship].now;
            ship.set_velocity(ship.velocity() + by);
            body.motion = ship.velocity();
        }
        Who::Rock(rock) => {
            let rock = &mut scene.rocks[rock].now;
            let speed_max = rules.per_tick(rules.tuning.rock.speed_max);
            rock.set_velocity((rock.velocity() + by).clamp_length_max(speed_max));
            body.motion = rock.velocity();
        }
        Who::Mine(_) => {}
    }
}

fn crash(room: &mut Room<Arena>, scene: &mut Scene, ship: usize, speed: f32, rules: &Rules) {
    let crash = &rules.tuning.crash;
    let damage = ((speed - crash.speed) * crash.damage).clamp(0.0, crash.damage_max as f32);
    if hurt(scene, ship, damage as u8).0 > 0 && scene.ships[ship].now.hull == 0 {
        let player = scene.ships[ship].now.player;
        destroy(room, scene, ship, (player, Cause::Crash), rules);
    }
}
