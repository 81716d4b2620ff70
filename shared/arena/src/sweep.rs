//! Things that move, swept against things that are in the way: nothing is sampled, so nothing tunnels, however fast it is.

use glam::Vec2;

use crate::wall_grid::WallGrid;

/// An axis-aligned rectangle, in units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// The corner with the smallest coordinates.
    pub min: Vec2,
    /// The corner with the largest coordinates.
    pub max: Vec2,
}

/// Where a motion meets something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Which share of the motion is done by then, 0 to 1.
    pub at: f32,
    /// Unit vector away from what was met.
    pub normal: Vec2,
}

/// How something comes back from a wall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounce {
    /// Share of the speed into the wall that comes back out, 0 to 1.
    pub factor: f32,
    /// At most this fast, in units a tick, it does not bounce at all: it slides.
    pub above: f32,
}

impl Bounce {
    /// Nothing is lost.
    pub const WHOLE: Self = Self { factor: 1.0, above: 0.0 };
    /// Nothing comes back.
    pub const NONE: Self = Self { factor: 0.0, above: 0.0 };

    /// `vector` after a bump, where the bump was `speed` fast.
    fn deflect(self, vector: Vec2, normal: Vec2, speed: f32) -> Vec2 {
        let into = vector.dot(normal);
        let factor = if speed > self.above { self.factor } else { 0.0 };
        if into < 0.0 { vector - normal * ((1.0 + factor) * into) } else { vector }
    }
}

/// A body's motion in one tick.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Motion {
    /// The way that it makes, in units.
    pub way: Vec2,
    /// Its velocity at the start, in units a tick.
    pub velocity: Vec2,
    /// What comes to its velocity during the tick, in units a tick.
    pub gain: Vec2,
}

impl Motion {
    /// Straight on.
    pub fn steady(velocity: Vec2) -> Self {
        Self { way: velocity, velocity, gain: Vec2::ZERO }
    }

    /// A way without any velocity: a push aside.
    pub fn aside(way: Vec2) -> Self {
        Self { way, ..Self::default() }
    }
}

/// When a point that starts at `start` relative to a circle's centre, and moves by `motion`, meets the circle. From inside, it meets it
/// at once if it goes deeper.
pub fn circle(start: Vec2, motion: Vec2, radius: f32) -> Option<Hit> {
    let along = start.dot(motion);
    if along >= 0.0 {
        return None;
    }
    let outside = start.length_squared() - radius * radius;
    let at = if outside <= 0.0 {
        0.0
    } else {
        let square = motion.length_squared();
        let discriminant = along * along - square * outside;
        if discriminant < 0.0 {
            return None;
        }
        outside / (discriminant.sqrt() - along)
    };
    (at <= 1.0).then(|| Hit { at, normal: direction(start + motion * at) })
}

/// The unit vector along `vector`; along +x for the zero vector.
pub fn direction(vector: Vec2) -> Vec2 {
    let length = vector.length();
    if length > 0.0 { vector / length } else { Vec2::X }
}

impl Rect {
    /// A rectangle by a corner and its size.
    pub fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { min: Vec2::new(x, y), max: Vec2::new(x + width, y + height) }
    }

    /// Whether the box around `from`, `from + motion` and `radius` about them touches the rectangle.
    fn near(&self, from: Vec2, motion: Vec2, radius: f32) -> bool {
        let to = from + motion;
        let (low, high) = (from.min(to) - radius, from.max(to) + radius);
        low.x <= self.max.x && low.y <= self.max.y && high.x >= self.min.x && high.y >= self.min.y
    }

    /// The distance from `point` to the rectangle and the unit vector away from it; from inside, the distance is negative.
    pub fn distance(&self, point: Vec2) -> (f32, Vec2) {
        let offset = point - point.clamp(self.min, self.max);
        let distance = offset.length();
        if distance > 0.0 {
            return (distance, offset / distance);
        }
        let faces = [
            (self.min.x - point.x, Vec2::NEG_X),
            (point.x - self.max.x, Vec2::X),
            (self.min.y - point.y, Vec2::NEG_Y),
            (point.y - self.max.y, Vec2::Y),
        ];
        faces.into_iter().fold((f32::NEG_INFINITY, Vec2::X), |best, face| if face.0 > best.0 { face } else { best })
    }

    /// When a circle of `radius` that moves from `from` by `motion` meets the rectangle. From inside, it meets it at once if it goes deeper.
    pub fn meets(&self, from: Vec2, motion: Vec2, radius: f32) -> Option<Hit> {
        if !self.near(from, motion, radius) {
            return None;
        }
        let (distance, normal) = self.distance(from);
        if distance <= radius {
            return (motion.dot(normal) < 0.0).then_some(Hit { at: 0.0, normal });
        }
        let (low, high) = (self.min - radius, self.max + radius);
        let (mut enter, mut leave, mut face) = (f32::NEG_INFINITY, f32::INFINITY, Vec2::X);
        for axis in [Vec2::X, Vec2::Y] {
            let (start, way) = (from.dot(axis), motion.dot(axis));
            let (low, high) = (low.dot(axis), high.dot(axis));
            if way == 0.0 {
                if start < low || start > high {
                    return None;
                }
                continue;
            }
            let (near, far) = if way > 0.0 { (low, high) } else { (high, low) };
            let at = (near - start) / way;
            if at > enter {
                enter = at;
                face = if way > 0.0 { -axis } else { axis };
            }
            leave = leave.min((far - start) / way);
        }
        if enter > leave || enter > 1.0 || leave < 0.0 {
            return None;
        }
        // The grown rectangle has sharp corners where the true shape is round: in a corner, only the circle about it counts.
        let entry = from + motion * enter.max(0.0);
        let corner = entry.clamp(self.min, self.max);
        let outside = entry - corner;
        if radius > 0.0 && outside.x != 0.0 && outside.y != 0.0 {
            return circle(from - corner, motion, radius);
        }
        Some(Hit { at: enter.max(0.0), normal: face })
    }
}

/// Bumps of one body in one tick; what is left of its way after that is dropped.
const BUMPS_MAX: usize = 4;
/// Deeper than this in a wall, a body is put out of it. More than the grid's rounding, so that a body at a wall keeps still.
const DEPTH_MAX: f32 = 1.0 / 64.0;

/// What a body may not enter: walls, and all that lies outside of an arena from (0, 0) to `size`; unless that one wraps, which leaves nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terrain {
    /// The arena's far corner.
    pub size: Vec2,
    /// Whether who leaves over an edge comes in over the opposite one (see [`torus`](crate::torus)).
    pub wraps: bool,
    walls: Vec<Rect>,
    grid: WallGrid,
}

impl Terrain {
    /// An arena with walls; none where it wraps, and at most [`WALLS_MAX`](crate::map::WALLS_MAX).
    pub fn new(size: Vec2, walls: Vec<Rect>, wraps: bool) -> Self {
        Self { size, wraps, grid: WallGrid::new(size, &walls), walls }
    }

    /// The walls.
    pub fn walls(&self) -> &[Rect] {
        &self.walls
    }

    /// The walls that a circle of `radius` may meet on its way, in their order.
    fn walls_near(&self, from: Vec2, motion: Vec2, radius: f32) -> impl Iterator<Item = &Rect> {
        let to = from + motion;
        let near = self.grid.near(from.min(to) - radius, from.max(to) + radius);
        near.iter().map(|number| &self.walls[number])
    }

    /// The first thing that a circle of `radius` meets on its way; of equals, the border and then the first wall.
    pub fn meets(&self, from: Vec2, motion: Vec2, radius: f32) -> Option<Hit> {
        if self.wraps {
            return None;
        }
        let walls = self.walls_near(from, motion, radius).filter_map(|wall| wall.meets(from, motion, radius));
        self.border(from, motion, radius).into_iter().chain(walls).reduce(
            |first, next| {
                if next.at < first.at { next } else { first }
            },
        )
    }

    fn border(&self, from: Vec2, motion: Vec2, radius: f32) -> Option<Hit> {
        let mut first: Option<Hit> = None;
        for axis in [Vec2::X, Vec2::Y] {
            let (start, way) = (from.dot(axis), motion.dot(axis));
            let limit = if way > 0.0 { self.size.dot(axis) - radius } else { radius };
            let normal = if way > 0.0 { -axis } else { axis };
            let beyond = if way > 0.0 { start + way - limit } else { limit - start - way };
            if way == 0.0 || beyond <= 0.0 {
                continue;
            }
            let at = ((limit - start) / way).clamp(0.0, 1.0);
            if first.is_none_or(|hit| at < hit.at) {
                first = Some(Hit { at, normal });
            }
        }
        first
    }

    /// Whether a circle of `radius` can be neither stopped nor put out of anything on its way: most cannot, and then there is nothing to calculate.
    fn is_free(&self, from: Vec2, way: Vec2, radius: f32) -> bool {
        let to = from + way;
        // As far as [`Self::put_out`] looks.
        let (low, high) = (from.min(to) - 2.0 * radius, from.max(to) + 2.0 * radius);
        let inside = low.x >= 0.0 && low.y >= 0.0 && high.x <= self.size.x && high.y <= self.size.y;
        inside && self.grid.near(low, high).is_empty()
    }

    /// Where a circle of `radius` gets by `motion`, and how fast it is then, in units a tick, as it bounces and slides.
    pub fn travel(&self, from: Vec2, motion: Motion, radius: f32, bounce: Bounce) -> (Vec2, Vec2) {
        let Motion { mut way, mut velocity, mut gain } = motion;
        if self.is_free(from, way, radius) {
            return (from + way, velocity + gain);
        }
        let mut at = from;
        for _ in 0..BUMPS_MAX {
            let Some(hit) = self.meets(at, way, radius) else {
                at += way;
                break;
            };
            at += way * hit.at;
            velocity += gain * hit.at;
            let speed = -velocity.dot(hit.normal);
            velocity = bounce.deflect(velocity, hit.normal, speed);
            way = bounce.deflect(way * (1.0 - hit.at), hit.normal, speed);
            // Only what it had on impact bounces, not what an engine would still have added: so it can come to rest at a wall.
            gain = Bounce::NONE.deflect(gain * (1.0 - hit.at), hit.normal, 0.0);
        }
        (self.put_out(at, radius), velocity + gain)
    }

    /// `at`, out of the walls and inside the arena.
    fn put_out(&self, mut at: Vec2, radius: f32) -> Vec2 {
        if self.wraps {
            return at;
        }
        // Being put out of one wall moves it by less than its radius, perhaps into another.
        for wall in self.walls_near(at, Vec2::ZERO, 2.0 * radius) {
            if wall.near(at, Vec2::ZERO, radius) {
                let (distance, normal) = wall.distance(at);
                if distance < radius - DEPTH_MAX {
                    at += normal * (radius - distance);
                }
            }
        }
        at.clamp(Vec2::splat(radius), self.size - radius)
    }

    /// Whether a circle of `radius` fits at `at`.
    pub fn fits(&self, at: Vec2, radius: f32) -> bool {
        let margin = if self.wraps { 0.0 } else { radius };
        let inside = at.clamp(Vec2::splat(margin), self.size - margin) == at;
        inside && self.walls.iter().all(|wall| wall.distance(at).0 >= radius)
    }

    /// Whether nothing lies between two points.
    pub fn sees(&self, from: Vec2, to: Vec2) -> bool {
        self.walls_near(from, to - from, 0.0).all(|wall| wall.meets(from, to - from, 0.0).is_none())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terrain() -> Terrain {
        Terrain::new(
            Vec2::new(1000.0, 800.0),
            vec![
                Rect::new(300.0, 200.0, 1.0, 400.0),
                Rect::new(500.0, 100.0, 200.0, 30.0),
                Rect::new(500.0, 300.0, 90.0, 90.0),
                Rect::new(640.0, 300.0, 90.0, 90.0),
            ],
            false,
        )
    }

    fn depth(terrain: &Terrain, at: Vec2, radius: f32) -> f32 {
        let walls = terrain.walls.iter().map(|wall| radius - wall.distance(at).0).fold(0.0, f32::max);
        let border = (Vec2::splat(radius) - at).max(at + radius - terrain.size).max_element();
        walls.max(border)
    }

    #[test]
    fn a_circle_meets_a_face_flat_and_a_corner_round() {
        let wall = Rect::new(10.0, 10.0, 20.0, 20.0);
        let face = wall.meets(Vec2::new(0.0, 20.0), Vec2::new(10.0, 0.0), 5.0).unwrap();
        assert_eq!(face, Hit { at: 0.5, normal: Vec2::NEG_X });
        let corner = wall.meets(Vec2::new(0.0, 0.0), Vec2::new(10.0, 10.0), 5.0).unwrap();
        assert!((corner.normal - Vec2::splat(-core::f32::consts::FRAC_1_SQRT_2)).length() < 1e-5);
        assert!(wall.meets(Vec2::new(0.0, 5.5), Vec2::new(5.7, 0.0), 5.0).is_none(), "short of the round corner");
        assert!(wall.meets(Vec2::new(0.0, 20.0), Vec2::new(4.0, 0.0), 5.0).is_none());
    }

    #[test]
    fn a_point_meets_a_wall_that_is_thinner_than_its_step() {
        let hit = terrain().meets(Vec2::new(200.0, 400.0), Vec2::new(400.0, 0.0), 0.0).unwrap();
        assert_eq!(hit, Hit { at: 0.25, normal: Vec2::NEG_X });
        assert!(!terrain().sees(Vec2::new(200.0, 400.0), Vec2::new(600.0, 400.0)));
        assert!(terrain().sees(Vec2::new(200.0, 150.0), Vec2::new(450.0, 150.0)));
    }

    #[test]
    fn a_slow_bump_slides_and_a_fast_one_bounces() {
        let bounce = Bounce { factor: 0.5, above: 2.0 };
        let travel = |speed: f32| {
            terrain().travel(Vec2::new(20.0, 400.0), Motion::steady(Vec2::new(-speed, 1.0)), 20.0, bounce).1
        };
        assert_eq!(travel(2.0), Vec2::new(0.0, 1.0));
        assert_eq!(travel(4.0), Vec2::new(2.0, 1.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn nothing_ends_in_a_wall_or_outside_and_nothing_gains_speed(
            x in 40.0f32..960.0, y in 40.0f32..760.0, vx in -4000.0f32..4000.0, vy in -4000.0f32..4000.0,
            radius in 0.0f32..40.0, factor in 0.0f32..=1.0,
        ) {
            let terrain = terrain();
            let (mut at, mut velocity) = (Vec2::new(x, y), Vec2::new(vx, vy));
            prop_assume!(terrain.fits(at, radius));
            for _ in 0..20 {
                let speed = velocity.length();
                (at, velocity) = terrain.travel(at, Motion::steady(velocity), radius, Bounce { factor, above: 0.0 });
                prop_assert!(at.is_finite() && velocity.is_finite());
                // Where two walls are nearer to each other than the circle is wide, it may be wedged, but never through.
                prop_assert!(depth(&terrain, at, radius.min(20.0)) < 0.05, "{} deep at {at}", depth(&terrain, at, radius));
                prop_assert!(velocity.length() <= speed * 1.001 + 1e-3);
            }
        }

        #[test]
        fn a_straight_way_that_is_sampled_finely_meets_what_the_sweep_meets(
            x in 40.0f32..960.0, y in 40.0f32..760.0, dx in -600.0f32..600.0, dy in -600.0f32..600.0, radius in 1.0f32..40.0,
        ) {
            let terrain = terrain();
            let (from, motion) = (Vec2::new(x, y), Vec2::new(dx, dy));
            prop_assume!(terrain.fits(from, radius));
            let met = terrain.meets(from, motion, radius).map_or(1.0, |hit| hit.at);
            for share in 0..=1000u16 {
                let share = f32::from(share) / 1000.0;
                let deep = depth(&terrain, from + motion * share, radius);
                prop_assert!(share > met || deep < 0.01, "{deep} deep at {share}, met at {met}");
            }
            if met < 1.0 {
                let deep = depth(&terrain, from + motion * met, radius);
                prop_assert!(deep > -0.01, "met at {met}, {deep} short of anything");
            }
        }
    }
}
