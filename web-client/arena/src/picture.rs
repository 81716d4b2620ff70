//! The session as shapes: what is where, in which colour, in which order.

use glam::Vec2;
use tickwire_arena::{
    Arena, Rules,
    kinds::{Core, CoreState, Entity, Mine, Pickup, PickupKind, Rock, Ship, Shot, Side},
    rail::{Target, cast},
};
use tickwire_sync::{
    client::{Seen, Session},
    game::Pose,
};

use super::{
    camera::Camera,
    effects::Effects,
    palette::{self, Colour},
    shapes::{Shape, Stamp, Stamps},
};

/// A ship's shape reaches this many radii from its middle, glow included.
const SHIP_REACH: f32 = 2.2;
/// How much of the own ship shows while it is cloaked.
const CLOAKED_ALPHA: f32 = 0.42;
/// Half a tracer, in units: length and glow.
const TRACER: Vec2 = Vec2::new(19.0, 6.5);

/// What a frame is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The session.
    pub session: &'a Session<Arena>,
    /// The rules of its room.
    pub rules: &'a Rules,
    /// Everything in view.
    pub seen: &'a [Seen<Entity>],
    /// Where the own ship aims now, in radians.
    pub aim: f32,
    /// Seconds since the last frame; 0 while the world stands still.
    pub elapsed: f32,
    /// The time, in seconds.
    pub now: f64,
}

fn place(pose: Pose) -> Vec2 {
    Vec2::new(pose.x, pose.y)
}

/// Draws everything in view, and lets engines leave their trails.
pub fn paint(frame: &Frame, camera: &Camera, effects: &mut Effects, stamps: &mut Stamps) {
    for seen in frame.seen {
        match &seen.state {
            Entity::Pickup(pickup) => paint_pickup(frame, pickup, seen, camera, stamps),
            Entity::Rock(rock) => paint_rock(frame, rock, seen, camera, stamps),
            Entity::Mine(mine) => paint_mine(frame, mine, seen, camera, stamps),
            Entity::Core(core) if core.state != CoreState::Carried => {
                paint_core(frame, core, place(seen.pose), camera, stamps);
            }
            _ => {}
        }
    }
    for seen in frame.seen {
        if let Entity::Ship(ship) = &seen.state {
            leave_trail(frame, ship, seen, effects);
        }
    }
    effects.draw(camera, stamps);
    for seen in frame.seen {
        if let Entity::Shot(shot) = &seen.state {
            paint_shot(frame, shot, seen, camera, effects, stamps);
        }
    }
    for seen in frame.seen {
        if let Entity::Ship(ship) = &seen.state {
            paint_ship(frame, ship, seen, camera, effects, stamps);
        }
    }
}

fn paint_pickup(frame: &Frame, pickup: &Pickup, seen: &Seen<Entity>, camera: &Camera, stamps: &mut Stamps) {
    let (at, half) = (place(seen.pose), frame.rules.tuning.pickup.radius * 1.9);
    if !camera.sees(at, half) {
        return;
    }
    let sign = match pickup.what {
        PickupKind::Hull => 0.0,
        PickupKind::Ammo => 1.0,
        PickupKind::Cloak => 2.0,
        PickupKind::Shield => 3.0,
        PickupKind::Overdrive => 4.0,
    };
    let numbers = [at.x * 0.01 + at.y * 0.017, sign];
    let tint = palette::with_alpha(palette::of_pickup(pickup.what), 1.0);
    stamps.add(Stamp { shape: Shape::Pickup, at, half: Vec2::splat(half), turn: 0.0, numbers, tint });
}

/// A mine blinks once it is live.
fn paint_mine(frame: &Frame, mine: &Mine, seen: &Seen<Entity>, camera: &Camera, stamps: &mut Stamps) {
    let (at, radius) = (place(seen.pose), frame.rules.tuning.mine.radius);
    if !camera.sees(at, 3.0 * radius) {
        return;
    }
    let colour = palette::of_side(mine.side, mine.player, frame.session.player());
    let live = mine.left <= frame.rules.mine_live;
    let alpha = if live && (frame.now * 2.0).fract() < 0.5 { 1.0 } else { 0.45 };
    stamps.ring(at, radius, 1.6, palette::with_alpha(colour, alpha));
    stamps.glow(at, radius * 1.4, 0.6, palette::with_alpha(colour, alpha));
}

/// A core, wherever it is.
fn paint_core(frame: &Frame, core: &Core, at: Vec2, camera: &Camera, stamps: &mut Stamps) {
    core_at(at, core.side, frame.rules.tuning.core.radius, camera, stamps);
}

fn core_at(at: Vec2, side: Side, radius: f32, camera: &Camera, stamps: &mut Stamps) {
    if !camera.sees(at, 3.0 * radius) {
        return;
    }
    let colour = palette::of_side(side, 0, None);
    stamps.glow(at, radius * 1.6, 1.0, palette::with_alpha(colour, 0.9));
    stamps.ring(at, radius, 2.4, palette::with_alpha(colour, 1.0));
}

fn paint_rock(frame: &Frame, rock: &Rock, seen: &Seen<Entity>, camera: &Camera, stamps: &mut Stamps) {
    let (at, half) = (place(seen.pose), f32::from(rock.radius) * 1.12);
    if !camera.sees(at, half) {
        return;
    }
    // Rocks have no heading: each turns for the eye alone, at a pace of its own.
    let seed = (seen.id.wrapping_mul(37) % 101) as f32 * 0.31;
    let pace = (seed.fract() - 0.5) * 0.5;
    let turn = (f64::from(pace) * frame.now).rem_euclid(std::f64::consts::TAU) as f32;
    let tint = [1.0; 4];
    stamps.add(Stamp { shape: Shape::Rock, at, half: Vec2::splat(half), turn, numbers: [seed, 0.0], tint });
}

fn paint_shot(
    frame: &Frame,
    shot: &Shot,
    seen: &Seen<Entity>,
    camera: &Camera,
    effects: &mut Effects,
    stamps: &mut Stamps,
) {
    let own = frame.session.player();
    let flown = f32::from(frame.rules.shot_ticks.saturating_sub(shot.left)) / frame.rules.tick_rate as f32;
    let at = place(seen.pose);
    if !camera.sees(at, TRACER.x) {
        return;
    }
    let colour = palette::of_side(shot.side, shot.player, own);
    if shot.left == 0 && frame.elapsed > 0.0 {
        effects.fizzle(at, colour);
    }
    let tint = palette::with_alpha(colour, 1.0);
    // It leaves the muzzle at full length only once it has flown so far.
    let length = TRACER.x.min(8.0 + flown * 420.0);
    let back = Vec2::from_angle(seen.pose.heading) * (length - 4.0);
    let half = Vec2::new(length, TRACER.y);
    stamps.add(Stamp { shape: Shape::Tracer, at: at - back, half, turn: seen.pose.heading, numbers: [0.0; 2], tint });
    if flown < 0.05 {
        stamps.glow(at, 17.0, 1.0, palette::with_alpha(colour, 0.8));
    }
}

fn leave_trail(frame: &Frame, ship: &Ship, seen: &Seen<Entity>, effects: &mut Effects) {
    if !ship.controls.thrust || frame.elapsed == 0.0 {
        return;
    }
    let back = -Vec2::from_angle(seen.pose.heading);
    let radius = frame.rules.tuning.ship.radius;
    let rate = frame.rules.tick_rate as f32;
    let speed = Vec2::new(ship.vx.units(), ship.vy.units()) * rate;
    let colour = palette::of_player(ship.player, frame.session.player());
    let elapsed = if ship.cloak > 0 { frame.elapsed * CLOAKED_ALPHA } else { frame.elapsed };
    effects.trail(place(seen.pose) + back * radius * 1.1, back, speed, colour, elapsed);
}

fn paint_ship(
    frame: &Frame,
    ship: &Ship,
    seen: &Seen<Entity>,
    camera: &Camera,
    effects: &Effects,
    stamps: &mut Stamps,
) {
    let (at, own) = (place(seen.pose), frame.session.player());
    let colour = if seen.own { palette::OWN } else { palette::of_side(ship.side, ship.player, own) };
    // Only the own ship is ever seen cloaked.
    let tint = palette::with_alpha(colour, if ship.cloak > 0 { CLOAKED_ALPHA } else { 1.0 });
    let radius = frame.rules.tuning.ship.radius;
    if let Some((edge, way)) = camera.marker(at, 18.0) {
        // The nearer, the larger.
        let half = Vec2::splat(13.0 - 6.0 * (at.distance(edge) / 1400.0).min(1.0));
        let turn = way.to_angle();
        let tint = palette::with_alpha(colour, 0.75);
        stamps.add(Stamp { shape: Shape::Marker, at: edge, half, turn, numbers: [0.0; 2], tint });
    }
    if !camera.sees(at, radius * SHIP_REACH) {
        return;
    }
    let heading = seen.pose.heading;
    if ship.controls.thrust {
        let flicker = (frame.now * 31.0 + f64::from(ship.player)).sin() as f32;
        let longer = if ship.controls.boost { 1.7 } else { 1.0 };
        let half = Vec2::new(radius * 1.1 * longer, radius * 0.62);
        let back = at - Vec2::from_angle(heading) * radius * (0.55 + 1.1 * longer);
        stamps.add(Stamp { shape: Shape::Flame, at: back, half, turn: heading, numbers: [flicker, 0.0], tint });
    }
    let mark = if seen.own { 1.0 } else { 0.0 };
    let numbers = [effects.flash(ship.player), mark];
    let half = Vec2::splat(radius * SHIP_REACH);
    stamps.add(Stamp { shape: Shape::Ship, at, half, turn: heading, numbers, tint });
    let aim = if seen.own { frame.aim } else { seen.pose.aim };
    let half = Vec2::splat(radius);
    stamps.add(Stamp { shape: Shape::Turret, at, half, turn: aim, numbers: [0.0; 2], tint });
    if ship.side != Side::None {
        stamps.ring(at, radius * 1.3, 1.0, palette::with_alpha(palette::of_side(ship.side, 0, None), 0.5 * tint[3]));
    }
    if ship.core != Side::None {
        core_at(at, ship.core, frame.rules.tuning.core.radius, camera, stamps);
    }
    if ship.overdrive > 0 {
        stamps.glow(at, radius * 1.9, 0.2, palette::with_alpha(palette::OVERDRIVE, 0.5 * tint[3]));
    }
    if ship.shield > 0 {
        let share = f32::from(ship.shield) / f32::from(frame.rules.shield_max.max(1));
        stamps.ring(at, radius * 1.6, 2.0, palette::with_alpha(palette::SHIELD, (0.25 + 0.55 * share) * tint[3]));
    }
    if ship.guard > 0 {
        shield(frame, ship, at, radius, stamps);
    }
    if !seen.own {
        let share = f32::from(ship.hull) / f32::from(frame.rules.hull_max.max(1));
        bar(at, radius, share, palette::hull(share), stamps);
    } else if ship.cloak > 0 {
        let share = f32::from(ship.cloak) / f32::from(frame.rules.cloak_ticks.max(1));
        bar(at, radius, share, palette::CLOAK, stamps);
    }
}

/// A bar below a ship.
fn bar(ship: Vec2, radius: f32, share: f32, colour: Colour, stamps: &mut Stamps) {
    let (at, half) = (ship + Vec2::new(0.0, radius * 1.95), Vec2::new(19.0, 2.6));
    let tint = palette::with_alpha(colour, 0.95);
    stamps.add(Stamp { shape: Shape::Bar, at, half, turn: 0.0, numbers: [share, 0.0], tint });
}

/// Where the beam of the own ship, which is the last of `seen`, ends by what is seen: the server judges by the same picture.
pub fn beam(rules: &Rules, seen: &[Seen<Entity>], aim: f32) -> Option<(Vec2, Vec2)> {
    let (own, others) = seen.split_last().filter(|(own, _)| own.own)?;
    let Entity::Ship(ship) = &own.state else { return None };
    let targets = others.iter().filter_map(|seen| {
        let radius = match &seen.state {
            Entity::Ship(_) => rules.tuning.ship.radius,
            Entity::Rock(rock) => f32::from(rock.radius),
            Entity::Mine(mine) if mine.is_meant_for(ship.player, ship.side) => rules.tuning.mine.radius,
            _ => return None,
        };
        Some(Target { who: (), at: place(seen.pose), radius })
    });
    let (from, ray) = (place(own.pose), Vec2::from_angle(aim) * rules.tuning.rail.range);
    let (share, _) = cast(from, ray, targets, &rules.map.terrain);
    Some((from, from + ray * share))
}

/// The protection after a spawn: a ring that blinks in its last half second.
fn shield(frame: &Frame, ship: &Ship, at: Vec2, radius: f32, stamps: &mut Stamps) {
    let left = f32::from(ship.guard) / frame.rules.tick_rate as f32;
    let blink = if left < 0.5 && (frame.now * 10.0).fract() < 0.5 { 0.25 } else { 1.0 };
    let pulse = 0.5 + 0.2 * (frame.now * 6.0).sin() as f32;
    stamps.ring(at, radius * 1.85, 1.8, [0.75, 0.92, 1.0, pulse * blink]);
}
