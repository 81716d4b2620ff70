//! Sparks, smoke, pieces of ships: for the eye alone, in a pool that never grows.

use glam::Vec2;

use super::{
    camera::Camera,
    palette::Colour,
    pool::Pool,
    shapes::{Shape, Stamp, Stamps},
};

/// The most particles at once.
const PARTICLES_MAX: usize = 1200;
/// How long a spark is drawn: the way that it flies in this time, in seconds.
const STREAK_SECONDS: f32 = 0.05;
/// How thin a spark is, as a share of its radius.
const STREAK_WIDTH: f32 = 0.4;

/// A particle as it begins.
#[derive(Clone, Copy, Debug)]
pub struct Particle {
    /// How it looks: [`Shape::Glow`], [`Shape::Spark`], [`Shape::Smoke`] or [`Shape::Shard`].
    pub shape: Shape,
    /// Where it is, in units.
    pub at: Vec2,
    /// Its velocity, in units a second.
    pub speed: Vec2,
    /// Share of the velocity that it loses in a second.
    pub drag: f32,
    /// How long it lives, in seconds.
    pub life: f32,
    /// Its radius at birth, in units.
    pub radius: f32,
    /// Its radius at its end, as a share of that.
    pub end: f32,
    /// How fast it turns, in radians a second.
    pub spin: f32,
    /// Its colour.
    pub colour: Colour,
    /// How bright it is at birth, 0 to 1.
    pub alpha: f32,
}

#[derive(Clone, Copy, Debug)]
struct Living {
    particle: Particle,
    age: f32,
}

/// All particles.
#[derive(Debug, Default)]
pub struct Particles {
    pool: Pool<Living, PARTICLES_MAX>,
}

impl Particles {
    /// Adds one.
    pub fn add(&mut self, particle: Particle) {
        self.pool.add(Living { particle, age: 0.0 });
    }

    /// Lets time pass.
    pub fn advance(&mut self, elapsed: f32) {
        self.pool.advance(|living| {
            living.age += elapsed;
            let particle = &mut living.particle;
            particle.at += particle.speed * elapsed;
            particle.speed *= (1.0 - particle.drag * elapsed).max(0.0);
            living.age < particle.life
        });
    }

    /// Draws what is in view.
    pub fn draw(&self, camera: &Camera, stamps: &mut Stamps) {
        for Living { particle, age } in &self.pool {
            let left = 1.0 - age / particle.life;
            let radius = particle.radius * (particle.end + (1.0 - particle.end) * left);
            if !camera.sees(particle.at, radius) {
                continue;
            }
            let (half, turn) = if particle.shape == Shape::Spark {
                let length = radius + particle.speed.length() * STREAK_SECONDS / 2.0;
                (Vec2::new(length, radius * STREAK_WIDTH), particle.speed.to_angle())
            } else {
                (Vec2::splat(radius), particle.spin * age)
            };
            let [r, g, b] = particle.colour;
            let tint = [r, g, b, particle.alpha * left];
            let numbers = [if particle.shape == Shape::Smoke { particle.spin * 7.0 } else { left }, 0.0, 0.0];
            stamps.add(Stamp { shape: particle.shape, at: particle.at, half, turn, numbers, tint });
        }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.pool.clear();
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.pool.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pool.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::ROW;

    fn spark() -> Particle {
        Particle {
            shape: Shape::Spark,
            at: Vec2::ZERO,
            speed: Vec2::new(100.0, 0.0),
            drag: 0.0,
            life: 0.5,
            radius: 4.0,
            end: 0.25,
            spin: 0.0,
            colour: [1.0; 3],
            alpha: 1.0,
        }
    }

    #[test]
    fn a_particle_flies_on_and_ends_after_its_life() {
        let mut particles = Particles::default();
        particles.add(spark());
        particles.advance(0.25);
        assert_eq!(particles.pool.iter().next().unwrap().particle.at, Vec2::new(25.0, 0.0));
        particles.advance(0.25);
        assert!(particles.is_empty());
    }

    #[test]
    fn what_is_out_of_view_is_not_drawn() {
        let (mut particles, mut stamps, mut camera) = (Particles::default(), Stamps::default(), Camera::default());
        camera.resize(Vec2::new(1440.0, 900.0));
        particles.add(spark());
        particles.add(Particle { at: Vec2::new(9000.0, 0.0), ..spark() });
        particles.draw(&camera, &mut stamps);
        assert_eq!(stamps.len(), 1);
    }

    #[test]
    fn a_spark_is_as_long_as_it_is_fast_and_lies_along_its_way() {
        let (mut particles, mut stamps, mut camera) = (Particles::default(), Stamps::default(), Camera::default());
        camera.resize(Vec2::new(1440.0, 900.0));
        particles.add(Particle { speed: Vec2::new(0.0, 50.0), ..spark() });
        particles.add(Particle { speed: Vec2::new(0.0, 300.0), ..spark() });
        particles.draw(&camera, &mut stamps);
        let rows: Vec<_> = stamps.rows(Shape::Spark).chunks(ROW).collect();
        assert!(rows[1][2] > 1.5 * rows[0][2] && (rows[1][4] - std::f32::consts::FRAC_PI_2).abs() < 1e-5);
    }
}
