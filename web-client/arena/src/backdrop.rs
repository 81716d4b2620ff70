//! What drifts behind the start screen: a few rocks, for ever.

use glam::Vec2;

use super::{
    camera::Camera,
    shapes::{Shape, Stamp, Stamps},
};

/// Place (shares of the screen), radius in units, depth: what is farther passes slower and is darker.
const ROCKS: [(Vec2, f32, f32); 7] = [
    (Vec2::new(0.13, 0.21), 64.0, 1.0),
    (Vec2::new(0.83, 0.73), 92.0, 1.3),
    (Vec2::new(0.71, 0.17), 30.0, 0.6),
    (Vec2::new(0.23, 0.79), 38.0, 0.7),
    (Vec2::new(0.47, 0.95), 20.0, 0.4),
    (Vec2::new(0.93, 0.37), 22.0, 0.45),
    (Vec2::new(0.36, 0.06), 16.0, 0.35),
];
/// Rocks leave the screen by so much before they come in again, in units.
const MARGIN: f32 = 120.0;

/// Draws the rocks around the view.
pub fn paint(camera: &Camera, now: f64, stamps: &mut Stamps) {
    let tile = 2.0 * (camera.half_view() + MARGIN);
    for (number, &(share, radius, depth)) in ROCKS.iter().enumerate() {
        let off = (share * tile - camera.eye() * depth).rem_euclid(tile) - tile / 2.0;
        let seed = number as f32 * 4.7 + 1.0;
        let turn = ((seed.sin() * 0.12) * (now % 10_000.0) as f32).rem_euclid(std::f32::consts::TAU);
        stamps.add(Stamp {
            shape: Shape::Rock,
            at: camera.eye() + off,
            half: Vec2::splat(radius * 1.12),
            turn,
            numbers: [seed, 0.0, 0.0],
            tint: [1.0, 1.0, 1.0, 0.25 + 0.45 * depth.min(1.0)],
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::ROW;

    #[test]
    fn rocks_are_always_around_the_view_wherever_it_drifted() {
        let mut camera = Camera::default();
        camera.resize(Vec2::new(1440.0, 900.0));
        for far in [0.0, 1e4, -3e5] {
            camera.centre = Vec2::splat(far);
            let mut stamps = Stamps::default();
            paint(&camera, 1.0, &mut stamps);
            assert_eq!(stamps.len(), ROCKS.len());
            for row in stamps.rows(Shape::Rock).chunks(ROW) {
                assert!(camera.sees(Vec2::new(row[0], row[1]), MARGIN + 1.0));
            }
        }
    }
}
