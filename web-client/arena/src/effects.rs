//! What happens once, as light: sparks of hits, explosions, shock waves, beams, the shake of the view, trails of engines.

use std::{collections::VecDeque, f32::consts::TAU};

use glam::Vec2;
use tickwire_arena::kinds::{Burst, Event, Hit, Took, Wreck};
use tickwire_sync::{PlayerNumber, Tick, grid::Position, random::Random};

use super::{
    camera::Camera,
    palette::{self, Colour},
    particles::{Particle, Particles},
    shapes::{Shape, Stamp, Stamps},
};

/// Events that wait for their moment; more than this at once nobody could tell apart.
const WAITING_MAX: usize = 256;
/// A ship that was hit is white for so long, in seconds.
const FLASH_SECONDS: f32 = 0.16;
/// A beam fades for so long, in seconds.
const BEAM_SECONDS: f32 = 0.45;
/// Half of how wide a beam glows, in units.
const BEAM_WIDTH: f32 = 13.0;
/// Particles of an engine, a second.
const TRAIL_RATE: f32 = 110.0;
/// How far the view shakes at most, in units.
const SHAKE_UNITS: f32 = 11.0;
/// How fast a shake calms down, in shares a second.
const CALM: f32 = 1.7;

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

/// All effects.
#[derive(Debug)]
pub struct Effects {
    particles: Particles,
    waves: Vec<Wave>,
    rays: Vec<Ray>,
    /// Whose ship was hit, and for how long it still shows.
    flashes: Vec<(PlayerNumber, f32)>,
    /// Events and the tick at which the view reaches them.
    waiting: VecDeque<(Tick, Event)>,
    random: Random,
    /// Whether the player asked for less motion.
    calm: bool,
    trauma: f32,
    hurt: f32,
}

impl Effects {
    /// No effects yet; `calm` if the view must not shake.
    pub fn new(calm: bool) -> Self {
        Self {
            particles: Particles::default(),
            waves: Vec::new(),
            rays: Vec::new(),
            flashes: Vec::new(),
            waiting: VecDeque::new(),
            random: Random::keyed(0, 0, 0, 0),
            calm,
            trauma: 0.0,
            hurt: 0.0,
        }
    }

    /// Forgets all: another world begins.
    pub fn clear(&mut self) {
        self.particles.clear();
        self.waves.clear();
        self.rays.clear();
        self.flashes.clear();
        self.waiting.clear();
        (self.trauma, self.hurt) = (0.0, 0.0);
    }

    /// Something happened at `tick`, which the view reaches a little later.
    pub fn expect(&mut self, tick: Tick, event: Event) {
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back((tick, event));
        }
    }

    /// Shows what happened up to `view`, a time in ticks, to the player `own` (`None` for a watcher), where `camera` sees it.
    pub fn show_until(&mut self, view: f64, own: Option<PlayerNumber>, camera: &Camera) {
        while self.waiting.front().is_some_and(|(tick, _)| f64::from(*tick) <= view) {
            match self.waiting.pop_front() {
                Some((_, Event::Hit(hit))) => self.hit(hit, own, camera),
                Some((_, Event::Wreck(wreck))) => self.wreck(wreck, own, camera),
                Some((_, Event::Burst(burst))) => self.blast(burst, camera),
                Some((_, Event::Took(took))) => self.took(took, camera),
                // The own beam was shown when it was fired.
                Some((_, Event::Beam(beam))) if Some(beam.by) != own => {
                    let from = camera.nearest(place(beam.x, beam.y));
                    let to = camera.nearest_to(place(beam.to_x, beam.to_y), from);
                    self.beam(from, to, palette::of_player(beam.by, own));
                }
                _ => {}
            }
        }
    }

    fn hit(&mut self, hit: Hit, own: Option<PlayerNumber>, camera: &Camera) {
        let at = camera.nearest(place(hit.x, hit.y));
        self.flashes.push((hit.target, FLASH_SECONDS));
        self.burst(at, 9, 60.0..240.0, 0.4, 4.5, palette::FIRE);
        self.burst(at, 1, 0.0..1.0, 0.14, 22.0, [1.0, 0.9, 0.7]);
        if Some(hit.target) == own {
            self.trauma = (self.trauma + 0.32).min(1.0);
            self.hurt = 1.0;
        }
    }

    fn wreck(&mut self, wreck: Wreck, own: Option<PlayerNumber>, camera: &Camera) {
        let at = camera.nearest(place(wreck.x, wreck.y));
        let colour = palette::of_player(wreck.player, own);
        self.burst(at, 34, 30.0..330.0, 0.8, 7.0, palette::FIRE);
        self.burst(at, 14, 20.0..180.0, 1.1, 9.0, colour);
        self.burst(at, 1, 0.0..1.0, 0.32, 85.0, [1.0, 0.85, 0.6]);
        for _ in 0..7 {
            let particle = self.shard(at, colour);
            self.particles.add(particle);
        }
        self.waves.push(Wave { at, radius: 120.0, life: 0.6, age: 0.0, colour: palette::FIRE });
        self.waves.push(Wave { at, radius: 64.0, life: 0.45, age: 0.0, colour });
        let near = 1.0 - (at.distance(camera.centre) / 700.0).min(1.0);
        let felt = if Some(wreck.player) == own { 0.9 } else { 0.4 * near };
        self.trauma = (self.trauma + felt).min(1.0);
    }

    fn blast(&mut self, burst: Burst, camera: &Camera) {
        let at = camera.nearest(place(burst.x, burst.y));
        self.burst(at, 26, 40.0..300.0, 0.6, 6.0, palette::FIRE);
        self.burst(at, 1, 0.0..1.0, 0.25, 70.0, [1.0, 0.85, 0.6]);
        self.waves.push(Wave { at, radius: 110.0, life: 0.5, age: 0.0, colour: palette::FIRE });
    }

    fn took(&mut self, took: Took, camera: &Camera) {
        let (at, colour) = (camera.nearest(place(took.x, took.y)), palette::of_pickup(took.what));
        self.waves.push(Wave { at, radius: 46.0, life: 0.4, age: 0.0, colour });
        self.burst(at, 10, 30.0..120.0, 0.5, 4.0, colour);
    }

    /// A rail fired from one place to another.
    pub fn beam(&mut self, from: Vec2, to: Vec2, colour: Colour) {
        self.rays.push(Ray { from, to, age: 0.0, colour });
        self.burst(to, 8, 40.0..200.0, 0.35, 4.5, colour);
        self.burst(from, 1, 0.0..1.0, 0.16, 26.0, colour);
    }

    /// A shot ended at `at`, at a wall, at a rock or by itself.
    pub fn fizzle(&mut self, at: Vec2, colour: Colour) {
        self.burst(at, 4, 30.0..150.0, 0.25, 3.5, colour);
    }

    /// A ship's engine pushes: `back` is where its flame points.
    pub fn trail(&mut self, at: Vec2, back: Vec2, speed: Vec2, colour: Colour, elapsed: f32) {
        let due = TRAIL_RATE * elapsed;
        let count = due as u32 + u32::from(self.random.fraction() < due.fract());
        for _ in 0..count {
            let aside = Vec2::new(-back.y, back.x) * self.random.between(-1.0, 1.0);
            let particle = Particle {
                shape: Shape::Glow,
                at: at + aside * 2.5 - speed * elapsed * self.random.fraction(),
                speed: speed * 0.35 + back * self.random.between(60.0, 140.0) + aside * 14.0,
                drag: 2.5,
                life: self.random.between(0.25, 0.5),
                radius: self.random.between(5.5, 8.5),
                spin: 0.0,
                colour,
                alpha: 0.28,
            };
            self.particles.add(particle);
        }
    }

    fn direction(&mut self) -> Vec2 {
        Vec2::from_angle(self.random.between(0.0, TAU))
    }

    fn burst(&mut self, at: Vec2, count: u32, speeds: std::ops::Range<f32>, life: f32, radius: f32, colour: Colour) {
        for _ in 0..count {
            let particle = Particle {
                shape: Shape::Glow,
                at,
                speed: self.direction() * self.random.between(speeds.start, speeds.end),
                drag: 2.6,
                life: life * self.random.between(0.5, 1.0),
                radius: radius * self.random.between(0.6, 1.0),
                spin: 0.0,
                colour,
                alpha: 0.9,
            };
            self.particles.add(particle);
        }
    }

    fn shard(&mut self, at: Vec2, colour: Colour) -> Particle {
        Particle {
            shape: Shape::Shard,
            at,
            speed: self.direction() * self.random.between(40.0, 190.0),
            drag: 0.9,
            life: self.random.between(0.7, 1.3),
            radius: self.random.between(5.0, 9.0),
            spin: self.random.between(-9.0, 9.0),
            colour,
            alpha: 1.0,
        }
    }

    /// Lets time pass, and shakes the camera.
    pub fn advance(&mut self, elapsed: f32, camera: &mut Camera) {
        self.particles.advance(elapsed);
        self.waves.retain_mut(|wave| {
            wave.age += elapsed;
            wave.age < wave.life
        });
        self.rays.retain_mut(|ray| {
            ray.age += elapsed;
            ray.age < BEAM_SECONDS
        });
        self.flashes.retain_mut(|(_, left)| {
            *left -= elapsed;
            *left > 0.0
        });
        self.trauma = (self.trauma - CALM * elapsed).max(0.0);
        self.hurt = (self.hurt - 2.2 * elapsed).max(0.0);
        let strength = if self.calm { 0.0 } else { self.trauma * self.trauma * SHAKE_UNITS };
        camera.shake = if strength > 0.01 { self.direction() * strength } else { Vec2::ZERO };
    }

    /// How white a player's ship is from a hit, 0 to 1.
    pub fn flash(&self, player: PlayerNumber) -> f32 {
        let left = self.flashes.iter().filter(|(hit, _)| *hit == player).map(|(_, left)| left / FLASH_SECONDS);
        left.fold(0.0, f32::max)
    }

    /// How much the player's own ship was just hurt, 0 to 1.
    pub fn hurt(&self) -> f32 {
        self.hurt
    }

    /// Draws it all.
    pub fn draw(&self, camera: &Camera, stamps: &mut Stamps) {
        self.particles.draw(camera, stamps);
        for wave in &self.waves {
            let done = wave.age / wave.life;
            let radius = wave.radius * (1.0 - (1.0 - done) * (1.0 - done));
            let tint = palette::with_alpha(wave.colour, (1.0 - done) * (1.0 - done));
            stamps.ring(wave.at, radius, 2.0 + 4.0 * (1.0 - done), tint);
        }
        for ray in &self.rays {
            let (way, left) = (ray.to - ray.from, 1.0 - ray.age / BEAM_SECONDS);
            let at = (ray.from + ray.to) / 2.0;
            if camera.sees(at, way.length() / 2.0 + BEAM_WIDTH) {
                let half = Vec2::new(way.length() / 2.0 + BEAM_WIDTH, BEAM_WIDTH);
                let tint = palette::with_alpha(ray.colour, left * left);
                stamps.add(Stamp { shape: Shape::Beam, at, half, turn: way.to_angle(), numbers: [left, 0.0], tint });
            }
        }
    }
}

fn place(x: Position, y: Position) -> Vec2 {
    Vec2::new(x.units(), y.units())
}

#[cfg(test)]
mod tests {
    use tickwire_arena::kinds::Beam;

    use super::*;

    fn hit(target: PlayerNumber) -> Event {
        Hit { by: 1, target, damage: 10, ..Hit::default() }.into()
    }

    #[test]
    fn an_event_shows_when_the_view_reaches_its_tick() {
        let mut effects = Effects::new(false);
        effects.expect(10, hit(2));
        effects.show_until(9.9, Some(7), &Camera::default());
        assert!(effects.particles.is_empty() && effects.flash(2) < 0.5);
        effects.show_until(10.0, Some(7), &Camera::default());
        assert!(!effects.particles.is_empty() && effects.flash(2) > 0.9);
    }

    #[test]
    fn only_hits_on_the_own_ship_hurt_and_shake() {
        let mut camera = Camera::default();
        let mut effects = Effects::new(false);
        effects.expect(0, hit(2));
        effects.show_until(1.0, Some(7), &camera);
        effects.advance(0.01, &mut camera);
        assert!(effects.hurt() < 0.1 && camera.shake == Vec2::ZERO);
        effects.expect(0, hit(7));
        effects.show_until(1.0, Some(7), &camera);
        effects.advance(0.01, &mut camera);
        assert!(effects.hurt() > 0.9 && camera.shake != Vec2::ZERO);
    }

    #[test]
    fn a_player_who_wants_less_motion_gets_no_shake() {
        let (mut camera, mut effects) = (Camera::default(), Effects::new(true));
        effects.expect(0, Wreck { player: 7, ..Wreck::default() }.into());
        effects.show_until(1.0, Some(7), &camera);
        effects.advance(0.01, &mut camera);
        assert_eq!(camera.shake, Vec2::ZERO);
    }

    #[test]
    fn beams_of_others_show_over_the_edge_and_the_own_one_is_not_shown_twice() {
        let mut camera = Camera::default();
        camera.enter(Vec2::splat(4000.0), true);
        camera.centre = Vec2::new(4020.0, 100.0);
        let beam = |by| {
            let (y, to_y) = (Position::from_units(100.0), Position::from_units(3900.0));
            Beam { by, x: Position::from_units(3900.0), y, to_x: Position::from_units(500.0), to_y }
        };
        let mut effects = Effects::new(false);
        effects.expect(0, beam(7).into());
        effects.expect(0, beam(2).into());
        effects.show_until(1.0, Some(7), &camera);
        let [ray] = effects.rays[..] else { panic!("{:?}", effects.rays) };
        assert_eq!((ray.from, ray.to), (Vec2::new(3900.0, 100.0), Vec2::new(4500.0, -100.0)));
    }

    #[test]
    fn everything_fades_by_itself() {
        let (mut camera, mut effects, mut stamps) = (Camera::default(), Effects::new(false), Stamps::default());
        camera.resize(Vec2::new(1440.0, 900.0));
        effects.expect(0, Wreck { player: 7, ..Wreck::default() }.into());
        effects.show_until(1.0, Some(7), &camera);
        effects.draw(&camera, &mut stamps);
        assert!(stamps.len() > 40);
        (0..30).for_each(|_| effects.advance(0.1, &mut camera));
        stamps.clear();
        effects.draw(&camera, &mut stamps);
        assert!(stamps.is_empty() && camera.shake == Vec2::ZERO);
    }
}
