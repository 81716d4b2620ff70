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
    livery::livery,
    palette::{self, Colour},
    shapes::{Shape, Stamp, Stamps},
    sheet::Sheet,
    sound::Sound,
};
use crate::shell::words::text;

/// A ship's shape reaches this many radii from its middle, glow included.
const SHIP_REACH: f32 = 2.2;
/// How much of the own ship shows while it is cloaked.
const CLOAKED_ALPHA: f32 = 0.42;
/// A mine and a core reach this many radii, glow included.
const MINE_REACH: f32 = 2.2;
const CORE_REACH: f32 = 2.6;
/// Half a tracer, in units: length and glow.
const TRACER: Vec2 = Vec2::new(21.0, 6.5);
/// A shot that has flown for longer than this was fired before it came into view, and is not heard; in seconds.
const HEARD_SECONDS: f32 = 0.2;
/// How far below a ship its bar is, in radii, and below that its name, in CSS pixels.
const BAR_BELOW: f32 = 1.95;
const NAME_BELOW: f32 = 13.0;
/// From line to line of what stands under a ship, in CSS pixels.
const LINE: f32 = 15.0;

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
    /// Device pixels per CSS pixel.
    pub ratio: f32,
}

fn place(pose: Pose) -> Vec2 {
    Vec2::new(pose.x, pose.y)
}

/// Draws everything in view, and lets engines leave their trails.
pub fn paint(frame: &Frame, camera: &Camera, effects: &mut Effects, sheet: &mut Sheet, stamps: &mut Stamps) {
    for seen in frame.seen {
        match &seen.state {
            Entity::Pickup(pickup) => paint_pickup(frame, pickup, seen, camera, stamps),
            Entity::Rock(rock) => paint_rock(frame, rock, seen, camera, stamps),
            Entity::Mine(mine) => paint_mine(frame, mine, seen, camera, effects, stamps),
            Entity::Core(core) if core.state != CoreState::Carried => {
                paint_core(frame, core, place(seen.pose), camera, stamps);
            }
            _ => {}
        }
    }
    for seen in frame.seen {
        if let Entity::Ship(ship) = &seen.state {
            leave_trail(frame, ship, seen, camera, effects);
        }
    }
    effects.draw(camera, sheet, stamps);
    for seen in frame.seen {
        if let Entity::Shot(shot) = &seen.state {
            paint_shot(frame, shot, seen, camera, effects, stamps);
        }
    }
    for seen in frame.seen {
        if let Entity::Ship(ship) = &seen.state {
            paint_ship(frame, ship, seen, camera, effects, stamps);
            name_ship(frame, ship, seen, camera, sheet, stamps);
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
    let numbers = [at.x * 0.01 + at.y * 0.017, sign, 0.0];
    let tint = palette::with_alpha(palette::of_pickup(pickup.what), 1.0);
    stamps.add(Stamp { shape: Shape::Pickup, at, half: Vec2::splat(half), turn: 0.0, numbers, tint });
}

/// A mine: its eye blinks once it is live.
fn paint_mine(
    frame: &Frame,
    mine: &Mine,
    seen: &Seen<Entity>,
    camera: &Camera,
    effects: &mut Effects,
    stamps: &mut Stamps,
) {
    let (at, radius, own) = (place(seen.pose), frame.rules.tuning.mine.radius, frame.session.player());
    if effects.looks.change(mine.player).lays(seen.since) && mine.left > frame.rules.mine_live {
        effects.cues.at(Sound::Lay, at, if Some(mine.player) == own { 0.8 } else { 0.5 });
    }
    if !camera.sees(at, MINE_REACH * radius) {
        return;
    }
    let colour = livery(mine.player, mine.side, own).colour;
    let live = if mine.left <= frame.rules.mine_live { 1.0 } else { 0.0 };
    let numbers = [live, (seen.id % 16) as f32, 0.0];
    let (half, tint) = (Vec2::splat(radius * MINE_REACH), palette::with_alpha(colour, 1.0));
    stamps.add(Stamp { shape: Shape::Mine, at, half, turn: 0.0, numbers, tint });
}

/// A core that no ship carries; out of sight, where it lies.
fn paint_core(frame: &Frame, core: &Core, at: Vec2, camera: &Camera, stamps: &mut Stamps) {
    mark_core(at, core.side, camera, stamps);
    core_at(at, core.side, frame.rules.tuning.core.radius, camera, stamps);
}

fn mark_core(at: Vec2, side: Side, camera: &Camera, stamps: &mut Stamps) {
    if let Some((edge, way)) = camera.marker(at, 24.0) {
        let tint = palette::with_alpha(palette::of_side(side, 0, None), 1.0);
        let (half, numbers) = (Vec2::splat(17.0), [1.0, 0.0, 0.0]);
        stamps.add(Stamp { shape: Shape::Marker, at: edge, half, turn: way.to_angle(), numbers, tint });
    }
}

fn core_at(at: Vec2, side: Side, radius: f32, camera: &Camera, stamps: &mut Stamps) {
    if camera.sees(at, CORE_REACH * radius) {
        let numbers = [if side == Side::Amber { 0.0 } else { 1.0 }, 0.0, 0.0];
        let tint = palette::with_alpha(palette::of_side(side, 0, None), 1.0);
        stamps.add(Stamp { shape: Shape::Core, at, half: Vec2::splat(radius * CORE_REACH), turn: 0.0, numbers, tint });
    }
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
    stamps.add(Stamp { shape: Shape::Rock, at, half: Vec2::splat(half), turn, numbers: [seed, 0.0, 0.0], tint });
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
    if flown < HEARD_SECONDS && effects.looks.change(shot.player).shoots(seen.since) {
        effects.cues.at(Sound::Cannon, at, if Some(shot.player) == own { 0.7 } else { 0.5 });
    }
    if !camera.sees(at, TRACER.x) {
        return;
    }
    let colour = livery(shot.player, shot.side, own).colour;
    let way = Vec2::from_angle(seen.pose.heading);
    if shot.left == 0 && frame.elapsed > 0.0 {
        effects.fizzle(at, way, colour);
    }
    let tint = palette::with_alpha(colour, 1.0);
    // It leaves the muzzle at full length only once it has flown so far.
    let length = TRACER.x.min(8.0 + flown * 420.0);
    let (back, half) = (way * (length - 4.0), Vec2::new(length, TRACER.y));
    stamps.add(Stamp { shape: Shape::Tracer, at: at - back, half, turn: seen.pose.heading, numbers: [0.0; 3], tint });
    if flown < 0.05 {
        stamps.glow(at, 19.0, 1.0, palette::with_alpha(colour, 0.85));
    }
}

fn leave_trail(frame: &Frame, ship: &Ship, seen: &Seen<Entity>, camera: &Camera, effects: &mut Effects) {
    let (at, radius) = (place(seen.pose), frame.rules.tuning.ship.radius);
    if frame.elapsed == 0.0 || !camera.sees(at, 4.0 * radius) {
        return;
    }
    let rate = frame.rules.tick_rate as f32;
    let speed = Vec2::new(ship.vx.units(), ship.vy.units()) * rate;
    let elapsed = if ship.cloak > 0 { frame.elapsed * CLOAKED_ALPHA } else { frame.elapsed };
    if ship.controls.thrust {
        let back = -Vec2::from_angle(seen.pose.heading);
        let colour = livery(ship.player, ship.side, frame.session.player()).colour;
        effects.trail(at + back * radius * 1.1, back, speed, colour, elapsed);
    }
    effects.smoulder(at, speed, hull_share(frame, ship), elapsed);
}

fn hull_share(frame: &Frame, ship: &Ship) -> f32 {
    f32::from(ship.hull) / f32::from(frame.rules.hull_max.max(1))
}

fn paint_ship(
    frame: &Frame,
    ship: &Ship,
    seen: &Seen<Entity>,
    camera: &Camera,
    effects: &mut Effects,
    stamps: &mut Stamps,
) {
    let look = effects.look(ship, frame.elapsed);
    let livery = livery(ship.player, ship.side, frame.session.player());
    let (at, colour) = (place(seen.pose), livery.colour);
    let tint = palette::with_alpha(colour, if ship.cloak > 0 { CLOAKED_ALPHA } else { 1.0 });
    let radius = frame.rules.tuning.ship.radius;
    if let Some((edge, way)) = camera.marker(at, 18.0) {
        // The nearer, the larger.
        let half = Vec2::splat(14.0 - 7.0 * (at.distance(edge) / 1400.0).min(1.0));
        let tint = palette::with_alpha(colour, 0.8);
        stamps.add(Stamp { shape: Shape::Marker, at: edge, half, turn: way.to_angle(), numbers: [0.0; 3], tint });
    }
    if !camera.sees(at, radius * SHIP_REACH) {
        return;
    }
    let heading = seen.pose.heading;
    if look.engine > 0.05 {
        let flicker = (frame.now * 31.0 + f64::from(ship.player)).sin() as f32;
        // Boosted, it is longer and wider.
        let boost = (look.engine - 1.0).max(0.0);
        let half = Vec2::new(1.5 + 1.3 * boost, 0.62 + 0.2 * boost) * radius;
        let back = at - Vec2::from_angle(heading) * (half.x + 0.6 * radius);
        let numbers = [flicker, look.engine, 0.0];
        stamps.add(Stamp { shape: Shape::Flame, at: back, half, turn: heading, numbers, tint });
    }
    let share = hull_share(frame, ship);
    let code = 2 * livery.hull as u8 + u8::from(seen.own);
    // Behind the point: how damaged it is.
    let numbers = [look.flash(), look.bank, f32::from(code) + (1.0 - share).clamp(0.0, 0.99)];
    let half = Vec2::splat(radius * SHIP_REACH);
    stamps.add(Stamp { shape: Shape::Ship, at, half, turn: heading, numbers, tint });
    let aim = if seen.own { frame.aim } else { seen.pose.aim };
    let half = Vec2::splat(radius);
    stamps.add(Stamp { shape: Shape::Turret, at, half, turn: aim, numbers: [0.0; 3], tint });
    if ship.core != Side::None {
        mark_core(at, ship.core, camera, stamps);
        core_at(at, ship.core, frame.rules.tuning.core.radius, camera, stamps);
    }
    if ship.overdrive > 0 {
        let pulse = 0.45 + 0.25 * (frame.now * 18.0).sin() as f32;
        let muzzle = at + Vec2::from_angle(aim) * radius * 0.9;
        stamps.glow(muzzle, radius * 1.1, 0.5, palette::with_alpha(palette::OVERDRIVE, (pulse + 0.3) * tint[3]));
        stamps.glow(at, radius * 2.0, 0.0, palette::with_alpha(palette::OVERDRIVE, pulse * tint[3]));
    }
    let cover = f32::from(ship.shield) / f32::from(frame.rules.shield_max.max(1));
    let strength = if ship.guard > 0 { guard(frame, ship) } else { cover.sqrt() };
    if strength > 0.0 {
        let numbers = [strength, look.struck(), 0.0];
        let tint = palette::with_alpha(palette::SHIELD, tint[3]);
        let half = Vec2::splat(radius * 2.0 * 1.15);
        stamps.add(Stamp { shape: Shape::Shield, at, half, turn: look.struck_from, numbers, tint });
    }
    if !seen.own {
        bar(at, radius, share, palette::hull(share), stamps);
        return;
    }
    effects.draw_wounds(at, stamps);
    if ship.cloak > 0 {
        let share = f32::from(ship.cloak) / f32::from(frame.rules.cloak_ticks.max(1));
        bar(at, radius, share, palette::CLOAK, stamps);
    }
}

/// The name under a ship; under the own one only that nobody else sees it.
fn name_ship(frame: &Frame, ship: &Ship, seen: &Seen<Entity>, camera: &Camera, sheet: &mut Sheet, stamps: &mut Stamps) {
    let radius = frame.rules.tuning.ship.radius;
    let at = place(seen.pose);
    if !camera.sees(at, radius) {
        return;
    }
    let colour = livery(ship.player, ship.side, frame.session.player()).colour;
    let mut write = |text: &str, lines: f32, tint| {
        let below = radius * BAR_BELOW + (NAME_BELOW + lines * LINE) / camera.scale;
        let at = camera.on_device_pixel(at + Vec2::new(0.0, below), frame.ratio);
        sheet.write(text, at, 1.0 / camera.scale, 1.0, tint, stamps);
    };
    if seen.own {
        if ship.cloak > 0 {
            write(&text("picture.hidden"), 0.0, palette::with_alpha(palette::CLOAK, 1.0));
        }
        return;
    }
    let away = frame.session.is_away(ship.player);
    if let Some(name) = frame.session.name(ship.player) {
        write(name, 0.0, palette::with_alpha(colour, if away { 0.5 } else { 1.0 }));
    }
    if away {
        write(&text("picture.away"), 1.0, palette::with_alpha(colour, 0.7));
    }
}

/// A bar below a ship.
fn bar(ship: Vec2, radius: f32, share: f32, colour: Colour, stamps: &mut Stamps) {
    let (at, half) = (ship + Vec2::new(0.0, radius * BAR_BELOW), Vec2::new(19.0, 2.6));
    let tint = palette::with_alpha(colour, 0.95);
    stamps.add(Stamp { shape: Shape::Bar, at, half, turn: 0.0, numbers: [share, 0.0, 0.0], tint });
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

/// The protection after a spawn, 0 to 1: it blinks in its last half second.
fn guard(frame: &Frame, ship: &Ship) -> f32 {
    let left = f32::from(ship.guard) / frame.rules.tick_rate as f32;
    if left < 0.5 && (frame.now * 10.0).fract() < 0.5 { 0.25 } else { 1.0 }
}
