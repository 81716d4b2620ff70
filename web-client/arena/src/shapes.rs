//! What is drawn in a frame: a row of numbers for each shape, in memory that is used again in the next frame.

use glam::Vec2;

/// Floats in a row: three texels of a texture.
pub const ROW: usize = 12;
/// Rows of a kind that have memory from the beginning; where there are more, it grows once.
const ROWS_AT_ONCE: usize = 256;

macro_rules! shapes {
    ($($(#[$meta:meta])* $shape:ident: $file:literal),* $(,)?) => {
        /// The shapes, the undermost first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Shape { $($(#[$meta])* $shape),* }

        impl Shape {
            /// Every shape, in drawing order.
            pub const ALL: &[Self] = &[$(Self::$shape),*];

            /// What a pixel of it computes.
            pub fn shader(self) -> &'static str {
                match self { $(Self::$shape => include_str!(concat!("../../../assets/shaders/", $file))),* }
            }
        }
    };
}

shapes! {
    /// A plain rectangle.
    Flat: "flat.frag",
    /// A wall; numbers: width of its glow, and 1 for a mere outline or 2 for no edge.
    Wall: "wall.frag",
    /// A pickup; numbers: where its pulse begins, and which sign it bears.
    Pickup: "pickup.frag",
    /// A mine; numbers: 1 once it is live, and where its blinking begins.
    Mine: "mine.frag",
    /// A rock; first number: seed.
    Rock: "rock.frag",
    /// Smoke; first number: seed.
    Smoke: "smoke.frag",
    /// An engine's flame; numbers: flicker, -1 to 1, and how hard the engine pushes, 0 to 1.
    Flame: "flame.frag",
    /// A soft disc of light; first number: how white its middle is.
    Glow: "glow.frag",
    /// A piece of a ship.
    Shard: "shard.frag",
    /// A fireball; numbers: how far it burned down, 0 to 1, and a seed.
    Blast: "blast.frag",
    /// A ring; numbers: radius, thickness.
    Ring: "ring.frag",
    /// A rail's beam; first number: how much of it is left, 0 to 1.
    Beam: "beam.frag",
    /// A shot.
    Tracer: "tracer.frag",
    /// A spark that flies along +x.
    Spark: "spark.frag",
    /// A ship; numbers: its hit flash, how it banks, -1 to 1, and its design (twice [`Hull`](super::livery::Hull), and 1 for the player's own) with its damage behind the point.
    Ship: "ship.frag",
    /// Its turret.
    Turret: "turret.frag",
    /// A core; first number: 0 for the one side, 1 for the other.
    Core: "core.frag",
    /// A shield; numbers: how strong it is and how hard it was just struck, 0 to 1; +x is where.
    Shield: "shield.frag",
    /// A bar; first number: how full.
    Bar: "bar.frag",
    /// A part of a ring around +x; numbers: radius, half of its angle.
    Arc: "arc.frag",
    /// An arrowhead; first number: 0 for a ship, 1 for something to fetch or to guard.
    Marker: "marker.frag",
    /// A text of the sheet; numbers: the column and the row of its cell.
    Text: "text.frag",
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
    /// Numbers of its own.
    pub numbers: [f32; 3],
    /// Red, green, blue, alpha.
    pub tint: [f32; 4],
}

/// Shapes, one layer for each kind.
#[derive(Debug)]
pub struct Stamps {
    layers: Vec<Vec<f32>>,
}

impl Default for Stamps {
    fn default() -> Self {
        Self { layers: Shape::ALL.iter().map(|_| Vec::with_capacity(ROWS_AT_ONCE * ROW)).collect() }
    }
}

impl Stamps {
    /// Forgets all shapes, and keeps the memory.
    pub fn clear(&mut self) {
        self.layers.iter_mut().for_each(Vec::clear);
    }

    /// Adds a shape on top of all others of its kind.
    pub fn add(&mut self, stamp: Stamp) {
        let Stamp { shape, at, half, turn, numbers: [first, second, third], tint: [r, g, b, alpha] } = stamp;
        let row: [f32; ROW] = [at.x, at.y, half.x, half.y, turn, first, second, third, r, g, b, alpha];
        self.layers[shape as usize].extend_from_slice(&row);
    }

    /// Adds a soft disc of light.
    pub fn glow(&mut self, at: Vec2, radius: f32, white: f32, tint: [f32; 4]) {
        self.add(Stamp {
            shape: Shape::Glow,
            at,
            half: Vec2::splat(radius),
            turn: 0.0,
            numbers: [white, 0.0, 0.0],
            tint,
        });
    }

    /// Adds a ring.
    pub fn ring(&mut self, at: Vec2, radius: f32, thickness: f32, tint: [f32; 4]) {
        let half = Vec2::splat(radius + 3.0 * thickness);
        self.add(Stamp { shape: Shape::Ring, at, half, turn: 0.0, numbers: [radius, thickness, 0.0], tint });
    }

    /// The rows of one kind.
    pub fn rows(&self, shape: Shape) -> &[f32] {
        &self.layers[shape as usize]
    }

    /// How many shapes there are.
    pub fn len(&self) -> usize {
        self.layers.iter().map(|layer| layer.len() / ROW).sum()
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.layers.iter().all(Vec::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_a_row_and_the_memory_is_kept() {
        let mut stamps = Stamps::default();
        stamps.glow(Vec2::new(1.0, 2.0), 3.0, 0.5, [0.1, 0.2, 0.3, 0.4]);
        let row = [1.0, 2.0, 3.0, 3.0, 0.0, 0.5, 0.0, 0.0, 0.1, 0.2, 0.3, 0.4];
        assert_eq!(stamps.rows(Shape::Glow), row);
        assert!(stamps.rows(Shape::Ring).is_empty() && stamps.len() == 1);
        let memory = stamps.layers[Shape::Glow as usize].capacity();
        stamps.clear();
        assert!(stamps.is_empty() && stamps.layers[Shape::Glow as usize].capacity() == memory);
    }

    #[test]
    fn every_shape_has_a_shader_of_its_own() {
        for (at, shape) in Shape::ALL.iter().enumerate() {
            assert_eq!(*shape as usize, at);
            assert!(shape.shader().contains("vec4 shape() {"), "{shape:?}");
        }
    }
}
