//! What happens once, as light and as sound: sparks of hits, explosions, shock waves, beams, numbers, the shake of the view, trails of engines.

mod drawing;

use std::{collections::VecDeque, f32::consts::TAU, ops::Range};

use glam::Vec2;
use tickwire_arena::kinds::{Burst, Entity, Event, Hit, Ship, Took, Wreck};
use tickwire_sync::{PlayerNumber, Tick, client::Seen, grid::Position, random::Random};

use super::{
    camera::Camera,
    livery::livery,
    looks::{Look, Looks},
    palette::{self, Colour},
    particles::{Particle, Particles},
    pool::Pool,
    shapes::Shape,
    sound::{Cues, Sound},
};
use crate::shell::pad::Jolt;

/// Events that wait for their moment; more than this at once nobody could tell apart.
const WAITING_MAX: usize = 256;
/// The most shock waves, beams, fireballs, numbers and directions of hits at once.
const WAVES_MAX: usize = 64;
const RAYS_MAX: usize = 64;
const BLASTS_MAX: usize = 48;
const NUMBERS_MAX: usize = 48;
const WOUNDS_MAX: usize = 6;
/// A beam and its afterglow fade for so long, in seconds.
const BEAM_SECONDS: f32 = 0.9;
/// A fireball burns for so long, in seconds.
const BLAST_SECONDS: f32 = 0.75;
/// A number rises for so long, in seconds, and so fast, in units a second.
const NUMBER_SECONDS: f32 = 0.9;
const NUMBER_SPEED: f32 = 38.0;
/// Where a hit came from is shown for so long, in seconds.
const WOUND_SECONDS: f32 = 1.1;
/// Particles of an engine, a second.
const TRAIL_RATE: f32 = 95.0;
/// Puffs of smoke from a hull that is nearly gone, a second.
const SMOKE_RATE: f32 = 16.0;
/// A hull smokes below this share of its points, and burns below that one.
const SMOKES_BELOW: f32 = 0.55;
const BURNS_BELOW: f32 = 0.3;
/// How far the view shakes at most, in units.
const SHAKE_UNITS: f32 = 11.0;
/// How fast a shake calms down, in shares a second.
const CALM: f32 = 1.7;
/// How loud what others do is heard, beside what concerns the own ship.
const ASIDE: f32 = 0.45;
/// What hands feel of a hit on the own ship, and of its end.
const STRUCK: Jolt = Jolt { seconds: 0.14, strong: 0.45, weak: 0.6 };
const WRECKED: Jolt = Jolt { seconds: 0.6, strong: 1.0, weak: 0.8 };
/// What hands feel of the own rail.
pub const RECOIL: Jolt = Jolt { seconds: 0.18, strong: 0.7, weak: 0.3 };

#[derive(Clone, Copy, Debug)]
struct Wave {
    at: Vec2,
    radius: f32,
    life: f32,
    age: f32,
    colour: Colour,
}

#[derive(Clone, Copy, Debug)]
struct Ray {
    from: Vec2,
    to: Vec2,
    age: f32,
    colour: Colour,
}

#[derive(Clone, Copy, Debug)]
struct Blast {
    at: Vec2,
    radius: f32,
    age: f32,
    seed: f32,
    colour: Colour,
}

/// Hull points that a hit took, rising.
#[derive(Clone, Copy, Debug)]
struct Number {
    at: Vec2,
    drift: f32,
    points: u8,
    age: f32,
    colour: Colour,
}

/// Where a hit on the own ship came from, in radians.
#[derive(Clone, Copy, Debug)]
struct Wound {
    from: f32,
    age: f32,
}

/// All effects.
#[derive(Debug)]
pub struct Effects {
    /// How ships look beyond their state.
    pub looks: Looks,
    /// What is to be heard.
    pub cues: Cues,
    particles: Particles,
    waves: Pool<Wave, WAVES_MAX>,
    rays: Pool<Ray, RAYS_MAX>,
    blasts: Pool<Blast, BLASTS_MAX>,
    numbers: Pool<Number, NUMBERS_MAX>,
    wounds: Pool<Wound, WOUNDS_MAX>,
    /// Events and the tick at which the view reaches them.
    waiting: VecDeque<(Tick, Event)>,
    random: Random,
    /// Whether the player asked for less motion.
    pub calm: bool,
    trauma: f32,
    hurt: f32,
    felt: Option<Jolt>,
}

impl Effects {
    /// No effects yet; `calm` if the view must not shake.
    pub fn new(calm: bool) -> Self {
        Self {
            looks: Looks::default(),
            cues: Cues::default(),
            particles: Particles::default(),
            waves: Pool::default(),
            rays: Pool::default(),
            blasts: Pool::default(),
            numbers: Pool::default(),
            wounds: Pool::default(),
            waiting: VecDeque::with_capacity(WAITING_MAX),
            random: Random::keyed(0, 0, 0, 0),
            calm,
            trauma: 0.0,
            hurt: 0.0,
            felt: None,
        }
    }

    /// Forgets all: another world begins.
    pub fn clear(&mut self) {
        self.looks.clear();
        self.cues.clear();
        self.particles.clear();
        self.waves.clear();
        self.rays.clear();
        self.blasts.clear();
        self.numbers.clear();
        self.wounds.clear();
        self.waiting.clear();
        (self.trauma, self.hurt, self.felt) = (0.0, 0.0, None);
    }

    /// Something happened at `tick`, which the view reaches a little later.
    pub fn expect(&mut self, tick: Tick, event: Event) {
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back((tick, event));
        }
    }

    /// Shows what happened up to `view`, a time in ticks, to the player `own` (`None` for a watcher), where `camera` sees it among `seen`.
    pub fn show_until(&mut self, view: f64, own: Option<PlayerNumber>, camera: &Camera, seen: &[Seen<Entity>]) {
        while self.waiting.front().is_some_and(|(tick, _)| f64::from(*tick) <= view) {
            match self.waiting.pop_front() {
                Some((_, Event::Hit(hit))) => self.hit(hit, own, camera, seen),
                Some((_, Event::Wreck(wreck))) => self.wreck(wreck, own, camera),
                Some((_, Event::Burst(burst))) => self.burst(burst, camera),
                Some((_, Event::Took(took))) => self.took(took, own, camera),
                // The own beam was shown when it was fired.
                Some((_, Event::Beam(beam))) if Some(beam.by) != own => {
                    let from = camera.nearest(place(beam.x, beam.y));
                    let to = camera.nearest_to(place(beam.to_x, beam.to_y), from);
                    self.beam(from, to, self.colour_of(beam.by, own), ASIDE);
                }
                _ => {}
            }
        }
    }

    fn hit(&mut self, hit: Hit, own: Option<PlayerNumber>, camera: &Camera, seen: &[Seen<Entity>]) {
        let at = camera.nearest(place(hit.x, hit.y));
        let target = ship_of(hit.target, seen);
        let from = target.map_or(at, |target| ship_of(hit.by, seen).unwrap_or(at + (at - target)));
        let way = (at - target.unwrap_or(at)).normalize_or_zero();
        self.looks.change(hit.target).strike(way.to_angle());
        self.sparks(at, way, 9, 90.0..330.0, 0.4, palette::FIRE);
        self.flare(at, 24.0, 0.14, [1.0, 0.9, 0.7]);
        let (is_mine, is_on_me) = (Some(hit.by) == own, Some(hit.target) == own);
        if is_mine || is_on_me || own.is_none() {
            let colour = if is_on_me { palette::DANGER } else { palette::DEALT };
            let drift = self.random.between(-16.0, 16.0);
            self.numbers.add(Number { at: at - Vec2::new(0.0, 22.0), drift, points: hit.damage, age: 0.0, colour });
        }
        if is_on_me {
            self.trauma = (self.trauma + 0.32).min(1.0);
            self.hurt = 1.0;
            self.feel(STRUCK);
            if let Some(target) = target {
                self.wounds.add(Wound { from: (from - target).to_angle(), age: 0.0 });
            }
            self.cues.at(Sound::Struck, at, 1.0);
        } else {
            self.cues.at(Sound::Strike, at, if is_mine { 1.0 } else { ASIDE });
        }
    }

    fn wreck(&mut self, wreck: Wreck, own: Option<PlayerNumber>, camera: &Camera) {
        let at = camera.nearest(place(wreck.x, wreck.y));
        let colour = self.colour_of(wreck.player, own);
        self.sparks(at, Vec2::ZERO, 34, 90.0..520.0, 0.8, palette::FIRE);
        self.sparks(at, Vec2::ZERO, 14, 60.0..300.0, 1.0, colour);
        self.flare(at, 150.0, 0.22, [1.0, 0.85, 0.6]);
        let seed = self.random.between(0.0, 40.0);
        self.blasts.add(Blast { at, radius: 74.0, age: 0.0, seed, colour });
        for _ in 0..3 {
            let aside = self.direction() * self.random.between(18.0, 42.0);
            let age = -self.random.between(0.03, 0.22);
            self.blasts.add(Blast {
                at: at + aside,
                radius: self.random.between(24.0, 40.0),
                age,
                seed: aside.x,
                colour,
            });
        }
        for _ in 0..8 {
            let particle = self.shard(at, colour);
            self.particles.add(particle);
            self.puff(at, 13.0, 60.0, 1.6);
        }
        self.waves.add(Wave { at, radius: 150.0, life: 0.55, age: 0.0, colour: palette::FIRE });
        self.waves.add(Wave { at, radius: 78.0, life: 0.45, age: 0.0, colour });
        let most = if Some(wreck.player) == own { 0.9 } else { 0.4 };
        if Some(wreck.player) == own {
            self.feel(WRECKED);
        }
        self.shaken_from(at, most, camera);
        self.cues.at(Sound::Blast, at, 1.0);
    }

    /// A mine bursts.
    fn burst(&mut self, burst: Burst, camera: &Camera) {
        let at = camera.nearest(place(burst.x, burst.y));
        self.sparks(at, Vec2::ZERO, 28, 120.0..480.0, 0.6, palette::FIRE);
        self.flare(at, 110.0, 0.2, [1.0, 0.85, 0.6]);
        let seed = self.random.between(0.0, 40.0);
        self.blasts.add(Blast { at, radius: 62.0, age: 0.0, seed, colour: palette::FIRE });
        self.waves.add(Wave { at, radius: 120.0, life: 0.5, age: 0.0, colour: palette::FIRE });
        self.shaken_from(at, 0.35, camera);
        self.cues.at(Sound::Mine, at, 1.0);
    }

    /// The view is shaken the harder the nearer it is.
    fn shaken_from(&mut self, at: Vec2, most: f32, camera: &Camera) {
        let near = 1.0 - (at.distance(camera.centre) / 700.0).min(1.0);
        self.trauma = (self.trauma + most * near).min(1.0);
    }

    /// The colour of a player's ship, as it was seen last.
    fn colour_of(&self, player: PlayerNumber, own: Option<PlayerNumber>) -> Colour {
        livery(player, self.looks.of(player).side, own).colour
    }

    fn took(&mut self, took: Took, own: Option<PlayerNumber>, camera: &Camera) {
        let (at, colour) = (camera.nearest(place(took.x, took.y)), palette::of_pickup(took.what));
        self.waves.add(Wave { at, radius: 52.0, life: 0.45, age: 0.0, colour });
        self.sparks(at, Vec2::ZERO, 12, 40.0..170.0, 0.5, colour);
        self.flare(at, 40.0, 0.2, colour);
        self.cues.at(Sound::Pickup, at, if Some(took.player) == own { 1.0 } else { ASIDE });
    }

    /// A rail fired from one place to another, so loud, 0 to 1.
    pub fn beam(&mut self, from: Vec2, to: Vec2, colour: Colour, level: f32) {
        self.rays.add(Ray { from, to, age: 0.0, colour });
        let back = (from - to).normalize_or_zero();
        self.sparks(to, back, 12, 60.0..300.0, 0.4, colour);
        self.flare(to, 30.0, 0.2, colour);
        self.flare(from, 30.0, 0.16, colour);
        // Some of the light stays hanging along the way.
        for share in 1..10_u8 {
            let at = from.lerp(to, f32::from(share) / 10.0) + self.direction() * 4.0;
            let speed = self.direction() * self.random.between(4.0, 26.0);
            let life = self.random.between(0.5, 1.0);
            self.particles.add(Particle { at, speed, life, radius: 3.5, colour, alpha: 0.7, ..GLOW });
        }
        self.cues.at(Sound::Rail, from, level);
    }

    /// A shot ended at `at`, at a wall, at a rock or by itself; it came along `way`.
    pub fn fizzle(&mut self, at: Vec2, way: Vec2, colour: Colour) {
        self.sparks(at, -way, 5, 40.0..200.0, 0.25, colour);
        self.flare(at, 14.0, 0.1, colour);
        self.cues.at(Sound::Ricochet, at, 0.3);
    }

    /// A ship's engine pushes: `back` is where its flame points.
    pub fn trail(&mut self, at: Vec2, back: Vec2, speed: Vec2, colour: Colour, elapsed: f32) {
        for _ in 0..self.due(TRAIL_RATE * elapsed) {
            let aside = Vec2::new(-back.y, back.x) * self.random.between(-1.0, 1.0);
            let particle = Particle {
                at: at + aside * 3.0 - speed * elapsed * self.random.fraction(),
                speed: speed * 0.35 + back * self.random.between(60.0, 140.0) + aside * 14.0,
                life: self.random.between(0.25, 0.55),
                radius: self.random.between(5.5, 8.5),
                colour,
                alpha: 0.28,
                ..GLOW
            };
            self.particles.add(particle);
        }
    }

    /// A ship with that share of its hull left smokes and burns, the more the less.
    pub fn smoulder(&mut self, at: Vec2, speed: Vec2, share: f32, elapsed: f32) {
        if share > SMOKES_BELOW {
            return;
        }
        let worse = 1.0 - share / SMOKES_BELOW;
        for _ in 0..self.due(SMOKE_RATE * (0.35 + worse) * elapsed) {
            let aside = self.direction() * 6.0;
            self.puff(at + aside, 5.0 + 4.0 * worse, 14.0, 1.1);
            if share < BURNS_BELOW {
                let speed = speed * 0.5 + self.direction() * self.random.between(20.0, 120.0);
                let life = self.random.between(0.15, 0.4);
                self.particles.add(Particle { shape: Shape::Spark, at: at + aside, speed, life, radius: 3.5, ..GLOW });
            }
        }
    }

    /// How many particles there are of so many on average.
    fn due(&mut self, count: f32) -> u32 {
        count as u32 + u32::from(self.random.fraction() < count.fract())
    }

    fn direction(&mut self) -> Vec2 {
        Vec2::from_angle(self.random.between(0.0, TAU))
    }

    /// Sparks to all sides, most of them along `way`.
    fn sparks(&mut self, at: Vec2, way: Vec2, count: u32, speeds: Range<f32>, life: f32, colour: Colour) {
        for _ in 0..count {
            let to = (self.direction() + way * 0.8) * self.random.between(speeds.start, speeds.end);
            let life = life * self.random.between(0.4, 1.0);
            let radius = self.random.between(3.5, 6.0);
            self.particles.add(Particle {
                shape: Shape::Spark,
                at,
                speed: to,
                drag: 3.2,
                life,
                radius,
                colour,
                ..GLOW
            });
        }
    }

    /// A flash.
    fn flare(&mut self, at: Vec2, radius: f32, life: f32, colour: Colour) {
        self.particles.add(Particle { at, life, radius, colour, ..GLOW });
    }

    fn puff(&mut self, at: Vec2, radius: f32, speed: f32, life: f32) {
        let speed = self.direction() * self.random.between(0.2, 1.0) * speed;
        let life = life * self.random.between(0.6, 1.0);
        let spin = self.random.between(-1.0, 1.0);
        let colour = palette::SMOKE;
        let particle =
            Particle { shape: Shape::Smoke, at, speed, life, radius, end: 2.6, spin, colour, alpha: 0.6, drag: 1.5 };
        self.particles.add(particle);
    }

    fn shard(&mut self, at: Vec2, colour: Colour) -> Particle {
        Particle {
            shape: Shape::Shard,
            at,
            speed: self.direction() * self.random.between(40.0, 230.0),
            drag: 0.9,
            life: self.random.between(0.8, 1.6),
            radius: self.random.between(5.0, 10.0),
            end: 0.4,
            spin: self.random.between(-9.0, 9.0),
            colour,
            alpha: 1.0,
        }
    }

    /// Lets time pass, and shakes the camera.
    pub fn advance(&mut self, elapsed: f32, camera: &mut Camera) {
        self.looks.advance(elapsed);
        self.particles.advance(elapsed);
        self.waves.advance(|wave| {
            wave.age += elapsed;
            wave.age < wave.life
        });
        self.rays.advance(|ray| {
            ray.age += elapsed;
            ray.age < BEAM_SECONDS
        });
        self.blasts.advance(|blast| {
            blast.age += elapsed;
            blast.age < BLAST_SECONDS
        });
        self.numbers.advance(|number| {
            number.age += elapsed;
            number.at += Vec2::new(number.drift, -NUMBER_SPEED) * elapsed;
            number.age < NUMBER_SECONDS
        });
        self.wounds.advance(|wound| {
            wound.age += elapsed;
            wound.age < WOUND_SECONDS
        });
        self.trauma = (self.trauma - CALM * elapsed).max(0.0);
        self.hurt = (self.hurt - 2.2 * elapsed).max(0.0);
        let strength = if self.calm { 0.0 } else { self.trauma * self.trauma * SHAKE_UNITS };
        camera.shake = if strength > 0.01 { self.direction() * strength } else { Vec2::ZERO };
    }

    /// Follows a ship, and gives how it looks.
    pub fn look(&mut self, ship: &Ship, elapsed: f32) -> Look {
        let look = self.looks.change(ship.player);
        look.follow(ship, elapsed);
        *look
    }

    /// How much the player's own ship was just hurt, 0 to 1.
    pub fn hurt(&self) -> f32 {
        self.hurt
    }

    /// The player's hands are to feel this; the harder of two in one frame.
    pub fn feel(&mut self, jolt: Jolt) {
        if self.felt.is_none_or(|felt| felt.strong < jolt.strong) {
            self.felt = Some(jolt);
        }
    }

    /// What is to be felt since it was asked for last.
    pub fn take_felt(&mut self) -> Option<Jolt> {
        self.felt.take()
    }

    /// How much the view is shaken, 0 to 1, whether or not it shows.
    pub fn trauma(&self) -> f32 {
        self.trauma
    }

    /// How many particles there are.
    pub fn particles(&self) -> usize {
        self.particles.len()
    }
}

/// A spot of light.
const GLOW: Particle = Particle {
    shape: Shape::Glow,
    at: Vec2::ZERO,
    speed: Vec2::ZERO,
    drag: 2.6,
    life: 1.0,
    radius: 4.0,
    end: 0.25,
    spin: 0.0,
    colour: palette::FIRE,
    alpha: 0.9,
};

fn place(x: Position, y: Position) -> Vec2 {
    Vec2::new(x.units(), y.units())
}

/// Where a player's ship is seen.
fn ship_of(player: PlayerNumber, seen: &[Seen<Entity>]) -> Option<Vec2> {
    let ship = seen.iter().find(|seen| matches!(&seen.state, Entity::Ship(ship) if ship.player == player));
    ship.map(|seen| Vec2::new(seen.pose.x, seen.pose.y))
}

#[cfg(test)]
mod tests;
