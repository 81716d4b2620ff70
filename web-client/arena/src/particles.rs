//! Sparks, smoke of engines, pieces of ships: for the eye alone, in a pool that never grows.

use glam::Vec2;

use super::{
    camera::Camera,
    palette::Colour,
    shapes::{Shape, Stamp, Stamps},
};

/// The most particles at once; beyond, the oldest give way.
const POOL: usize = 900;

/// A particle as it begins.
#[derive(Clone, Copy, Debug)]
pub struct Particle {
    /// How it looks: [`Shape::Glow`] or [`Shape::Shard`].
    pub shape: Shape,
    /// Where it is, in units.
    pub at: Vec2,
    /// Its velocity, in units a second.
    pub speed: Vec2,
    /// Share of the velocity that it loses in a second.
    pub drag: f32,
    /// How long it lives, in seconds.
    pub life: f32,
    /// Its radius at birth, in units; it shrinks to nothing.
    pub radius: f32,
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
    pool: Vec<Living>,
    /// The next one to give way.
    next: usize,
}

impl Particles {
    /// Adds one.
    pub fn add(&mut self, particle: Particle) {
        let living = Living { particle, age: 0.0 };
        if self.pool.len() < POOL {
            self.pool.push(living);
        } else {
            self.pool[self.next % POOL] = living;
            self.next += 1;
        }
    }

    /// Lets time pass.
    pub fn advance(&mut self, elapsed: f32) {
        self.pool.retain_mut(|living| {
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
            if !camera.sees(particle.at, particle.radius) {
                continue;
            }
            let left = 1.0 - age / particle.life;
            let [r, g, b] = particle.colour;
            stamps.add(Stamp {
                shape: particle.shape,
                at: particle.at,
                half: Vec2::splat(particle.radius * (0.25 + 0.75 * left)),
                turn: particle.spin * age,
                numbers: [left, 0.0],
                tint: [r, g, b, particle.alpha * left],
            });
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

    fn spark() -> Particle {
        Particle {
            shape: Shape::Glow,
            at: Vec2::ZERO,
            speed: Vec2::new(100.0, 0.0),
            drag: 0.0,
            life: 0.5,
            radius: 4.0,
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
        assert_eq!(particles.pool[0].particle.at, Vec2::new(25.0, 0.0));
        particles.advance(0.25);
        assert!(particles.is_empty());
    }

    #[test]
    fn the_pool_never_grows_and_the_oldest_give_way() {
        let mut particles = Particles::default();
        for number in 0..2 * POOL {
            particles.add(Particle { radius: number as f32, ..spark() });
        }
        assert_eq!((particles.len(), particles.pool.capacity() < 2 * POOL), (POOL, true));
        assert!(particles.pool.iter().all(|living| living.particle.radius >= POOL as f32));
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
}
