//! Draws what effects there are.

use glam::Vec2;

use super::{
    super::{
        camera::Camera,
        palette,
        shapes::{Shape, Stamp, Stamps},
        sheet::{Sheet, digits},
    },
    BEAM_SECONDS, BLAST_SECONDS, Effects, NUMBER_SECONDS, WOUND_SECONDS,
};

/// Half of how wide a beam glows, in units.
const BEAM_WIDTH: f32 = 15.0;
/// Where a hit came from is shown on a ring of this radius around the ship, in units, by so much of it to each side, in radians.
const WOUND_RADIUS: f32 = 50.0;
const WOUND_ANGLE: f32 = 0.42;

impl Effects {
    /// Draws it all, but for what stands around the own ship.
    pub fn draw(&self, camera: &Camera, sheet: &mut Sheet, stamps: &mut Stamps) {
        self.particles.draw(camera, stamps);
        for wave in &self.waves {
            let done = wave.age / wave.life;
            let radius = wave.radius * (1.0 - (1.0 - done) * (1.0 - done));
            if camera.sees(wave.at, radius) {
                let tint = palette::with_alpha(wave.colour, (1.0 - done) * (1.0 - done));
                stamps.ring(wave.at, radius, 2.0 + 4.0 * (1.0 - done), tint);
            }
        }
        for blast in self.blasts.iter().filter(|blast| blast.age >= 0.0 && camera.sees(blast.at, blast.radius)) {
            let (half, numbers) = (Vec2::splat(blast.radius), [blast.age / BLAST_SECONDS, blast.seed, 0.0]);
            let tint = palette::with_alpha(blast.colour, 1.0);
            stamps.add(Stamp { shape: Shape::Blast, at: blast.at, half, turn: blast.seed, numbers, tint });
        }
        for ray in &self.rays {
            let (way, left) = (ray.to - ray.from, 1.0 - ray.age / BEAM_SECONDS);
            let at = (ray.from + ray.to) / 2.0;
            if camera.sees(at, way.length() / 2.0 + BEAM_WIDTH) {
                let half = Vec2::new(way.length() / 2.0 + BEAM_WIDTH, BEAM_WIDTH);
                let tint = palette::with_alpha(ray.colour, left.min(0.999));
                stamps.add(Stamp {
                    shape: Shape::Beam,
                    at,
                    half,
                    turn: way.to_angle(),
                    numbers: [left, 0.0, 0.0],
                    tint,
                });
            }
        }
        for number in self.numbers.iter().filter(|number| camera.sees(number.at, 0.0)) {
            let left = 1.0 - number.age / NUMBER_SECONDS;
            let tint = palette::with_alpha(number.colour, (left * 2.0).min(1.0));
            let size = 1.1 + 0.6 * (left - 0.7).max(0.0);
            sheet.write(digits(number.points, &mut [0; 3]), number.at, 1.0 / camera.scale, size, tint, stamps);
        }
    }

    /// Draws around the own ship where it was hit from.
    pub fn draw_wounds(&self, ship: Vec2, stamps: &mut Stamps) {
        for wound in &self.wounds {
            let left = 1.0 - wound.age / WOUND_SECONDS;
            let (half, tint) = (Vec2::splat(WOUND_RADIUS + 18.0), palette::with_alpha(palette::DANGER, left));
            let numbers = [WOUND_RADIUS, WOUND_ANGLE, 0.0];
            stamps.add(Stamp { shape: Shape::Arc, at: ship, half, turn: wound.from, numbers, tint });
        }
    }
}
