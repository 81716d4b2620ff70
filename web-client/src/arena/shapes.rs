//! What is drawn in a frame: one row of numbers for each shape, in memory that is used again in the next frame.

use glam::Vec2;

/// Floats in a row.
pub const ROW: usize = 12;

/// The shapes that `assets/shaders/shapes.frag` knows, by its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Shape {
    /// A soft disc of light; first number: how white its middle is.
    Glow = 0,
    /// A ship; numbers: its hit flash, whether it is the player's own.
    Ship = 1,
    /// Its turret.
    Turret = 2,
    /// A shot.
    Tracer = 3,
    /// A rock; numbers: seed, turn.
    Rock = 4,
    /// A pickup that repairs; first number: where its pulse begins.
    Hull = 5,
    /// A pickup with ammunition; as above.
    Ammo = 6,
    /// A wall; numbers: width of its glow, 1 for a mere outline.
    Wall = 7,
    /// A ring; numbers: radius, thickness.
    Ring = 8,
    /// An engine's flame; first number: flicker.
    Flame = 9,
    /// A plain rectangle.
    Flat = 10,
    /// A bar; first number: how full.
    Bar = 11,
    /// An arrowhead.
    Marker = 12,
    /// A piece of a ship.
    Shard = 13,
}

/// One shape.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Which.
    pub shape: Shape,
    /// Its middle, in units.
    pub at: Vec2,
    /// Half its size, in units, glow included.
    pub half: Vec2,
    /// Its rotation, in radians.
    pub turn: f32,
    /// Two numbers of its own.
    pub numbers: [f32; 2],
    /// Red, green, blue, alpha.
    pub tint: [f32; 4],
}

/// Shapes in drawing order.
#[derive(Debug, Default)]
pub struct Stamps {
    rows: Vec<f32>,
}

impl Stamps {
    /// Forgets all shapes, and keeps the memory.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    /// Adds a shape on top of all others.
    pub fn add(&mut self, stamp: Stamp) {
        let Stamp { shape, at, half, turn, numbers: [first, second], tint: [r, g, b, alpha] } = stamp;
        let row: [f32; ROW] =
            [at.x, at.y, half.x, half.y, turn, f32::from(shape as u8), first, second, r, g, b, alpha];
        self.rows.extend_from_slice(&row);
    }

    /// Adds a soft disc of light.
    pub fn glow(&mut self, at: Vec2, radius: f32, white: f32, tint: [f32; 4]) {
        self.add(Stamp { shape: Shape::Glow, at, half: Vec2::splat(radius), turn: 0.0, numbers: [white, 0.0], tint });
    }

    /// Adds a ring.
    pub fn ring(&mut self, at: Vec2, radius: f32, thickness: f32, tint: [f32; 4]) {
        let half = Vec2::splat(radius + 3.0 * thickness);
        self.add(Stamp { shape: Shape::Ring, at, half, turn: 0.0, numbers: [radius, thickness], tint });
    }

    /// All rows.
    pub fn rows(&self) -> &[f32] {
        &self.rows
    }

    /// How many shapes there are.
    pub fn len(&self) -> usize {
        self.rows.len() / ROW
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_a_row_and_the_memory_is_kept() {
        let mut stamps = Stamps::default();
        stamps.glow(Vec2::new(1.0, 2.0), 3.0, 0.5, [0.1, 0.2, 0.3, 0.4]);
        assert_eq!(stamps.rows(), [1.0, 2.0, 3.0, 3.0, 0.0, 0.0, 0.5, 0.0, 0.1, 0.2, 0.3, 0.4]);
        let memory = stamps.rows.capacity();
        stamps.clear();
        assert!(stamps.is_empty() && stamps.len() == 0 && stamps.rows.capacity() == memory);
    }
}
