//! What never moves: the arena's border, its grid, its walls. Drawn from memory that the graphics card keeps. A world that wraps has only a
//! grid, which has no end and so is drawn around the view.

use glam::Vec2;
use tickwire_arena::{Rules, sweep::Rect};

use super::{
    camera::Camera,
    palette,
    shapes::{Shape, Stamp, Stamps},
};

/// Units between two lines of the grid.
const GRID_UNITS: f32 = 100.0;
/// How far walls glow, in units.
const GLOW_UNITS: f32 = 20.0;
/// How far one may see beyond the border, in units.
const BEYOND: f32 = 10_000.0;
/// How wide the bright edge of a wall is, in units.
const EDGE_UNITS: f32 = 2.6;
/// The kinds of wall that the shader knows: with an edge, a mere outline, without an edge.
const BODY: f32 = 0.0;
const OUTLINE: f32 = 1.0;
const SEAM: f32 = 2.0;
const GRID_TINT: [f32; 4] = [0.3, 0.55, 0.8, 0.055];
const BEYOND_TINT: [f32; 4] = [0.0, 0.004, 0.012, 0.72];

/// The shapes of a map.
pub fn stamps(rules: &Rules) -> Stamps {
    let mut stamps = Stamps::default();
    let size = rules.map.terrain.size;
    if rules.map.terrain.wraps {
        return stamps;
    }
    grid(&mut stamps, size);
    beyond(&mut stamps, size);
    let walls = rules.map.terrain.walls();
    for wall in walls {
        block(&mut stamps, wall, BODY);
    }
    for (at, wall) in walls.iter().enumerate() {
        for seam in walls[..at].iter().filter_map(|other| seam(wall, other)) {
            block(&mut stamps, &seam, SEAM);
        }
    }
    // The border is four thin outlines: one great one would cost a screenful of pixels each frame.
    let thin = Vec2::splat(0.5);
    for (from, to) in [
        (Vec2::ZERO, Vec2::new(size.x, 0.0)),
        (Vec2::new(0.0, size.y), size),
        (Vec2::ZERO, Vec2::new(0.0, size.y)),
        (Vec2::new(size.x, 0.0), size),
    ] {
        block(&mut stamps, &Rect { min: from - thin, max: to + thin }, OUTLINE);
    }
    stamps
}

/// No more lines of it are drawn each way: so many are seen only in a window like a slit.
const GRID_LINES_MAX: usize = 400;

/// The grid of a world that wraps, as far as it is seen; it is the same in every image of the world.
pub fn endless_grid(camera: &Camera, stamps: &mut Stamps) {
    let Some(step) = camera.grid(GRID_UNITS) else { return };
    let (low, high) = (camera.eye() - camera.half_view(), camera.eye() + camera.half_view());
    let lines = |low: f32, high: f32, step: f32| {
        let (first, last) = ((low / step).ceil() as i32, (high / step).floor() as i32);
        (first..=last).take(GRID_LINES_MAX).map(move |line| line as f32 * step)
    };
    for x in lines(low.x, high.x, step.x) {
        flat(stamps, Vec2::new(x - 0.6, low.y), Vec2::new(x + 0.6, high.y), GRID_TINT);
    }
    for y in lines(low.y, high.y, step.y) {
        flat(stamps, Vec2::new(low.x, y - 0.6), Vec2::new(high.x, y + 0.6), GRID_TINT);
    }
}

fn grid(stamps: &mut Stamps, size: Vec2) {
    let steps = |length: f32| (1..(length / GRID_UNITS).ceil() as u32).map(|step| step as f32 * GRID_UNITS);
    for x in steps(size.x) {
        flat(stamps, Vec2::new(x - 0.6, 0.0), Vec2::new(x + 0.6, size.y), GRID_TINT);
    }
    for y in steps(size.y) {
        flat(stamps, Vec2::new(0.0, y - 0.6), Vec2::new(size.x, y + 0.6), GRID_TINT);
    }
}

fn beyond(stamps: &mut Stamps, size: Vec2) {
    let far = size + BEYOND;
    flat(stamps, Vec2::splat(-BEYOND), Vec2::new(far.x, 0.0), BEYOND_TINT);
    flat(stamps, Vec2::new(-BEYOND, size.y), far, BEYOND_TINT);
    flat(stamps, Vec2::new(-BEYOND, 0.0), Vec2::new(0.0, size.y), BEYOND_TINT);
    flat(stamps, Vec2::new(size.x, 0.0), Vec2::new(far.x, size.y), BEYOND_TINT);
}

fn flat(stamps: &mut Stamps, min: Vec2, max: Vec2, tint: [f32; 4]) {
    let (at, half) = ((min + max) / 2.0, (max - min) / 2.0);
    stamps.add(Stamp { shape: Shape::Flat, at, half, turn: 0.0, numbers: [0.0; 3], tint });
}

fn block(stamps: &mut Stamps, Rect { min, max }: &Rect, kind: f32) {
    let (at, half) = ((*min + *max) / 2.0, (*max - *min) / 2.0 + GLOW_UNITS);
    let tint = palette::with_alpha(palette::WALL, 1.0);
    stamps.add(Stamp { shape: Shape::Wall, at, half, turn: 0.0, numbers: [GLOW_UNITS, kind, 0.0], tint });
}

/// Where two walls touch along a side: what hides their edges there, so that they look like one.
fn seam(one: &Rect, other: &Rect) -> Option<Rect> {
    let (min, max) = (one.min.max(other.min), one.max.min(other.max));
    let common = max - min;
    if !(0.0..EDGE_UNITS).contains(&common.min_element()) || common.max_element() < 2.0 * EDGE_UNITS {
        return None;
    }
    // Along the seam it ends short of the outer edges; across, it covers both edges.
    let grow = |length: f32| if length < EDGE_UNITS { EDGE_UNITS } else { -EDGE_UNITS / 2.0 };
    let reach = Vec2::new(grow(common.x), grow(common.y));
    Some(Rect { min: min - reach, max: max + reach })
}

#[cfg(test)]
mod tests {
    use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING};
    use tickwire_sync::game::{Game, RulesSource};

    use super::*;

    #[test]
    fn every_wall_of_the_map_is_drawn_where_it_stands() {
        let rules = Arena::read_rules(RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP }, 30).unwrap();
        let stamps = stamps(&rules);
        let drawn: Vec<&[f32]> = stamps.rows(Shape::Wall).chunks(super::super::shapes::ROW).collect();
        for wall in rules.map.terrain.walls() {
            let (at, half) = ((wall.min + wall.max) / 2.0, (wall.max - wall.min) / 2.0 + GLOW_UNITS);
            assert!(drawn.iter().any(|row| row[..4] == [at.x, at.y, half.x, half.y]));
        }
    }

    #[test]
    fn the_grid_of_a_world_that_wraps_is_around_the_view_wherever_it_is() {
        let mut camera = Camera::default();
        camera.resize(Vec2::new(1440.0, 900.0));
        camera.enter(Vec2::splat(4000.0), true);
        for centre in [Vec2::ZERO, Vec2::splat(-9000.0)] {
            camera.centre = centre;
            let mut stamps = Stamps::default();
            endless_grid(&camera, &mut stamps);
            let seen = 2.0 * camera.half_view() / GRID_UNITS;
            assert!((stamps.len() as f32 - seen.x - seen.y).abs() <= 2.0, "{} lines", stamps.len());
        }
        camera.enter(Vec2::splat(4000.0), false);
        let mut stamps = Stamps::default();
        endless_grid(&camera, &mut stamps);
        assert!(stamps.is_empty(), "a world with a border has its grid in its scenery");
    }

    #[test]
    fn walls_that_touch_along_a_side_hide_the_edge_between_them() {
        let upper = Rect::new(0.0, 0.0, 100.0, 20.0);
        let seam = seam(&upper, &Rect::new(0.0, 20.0, 30.0, 100.0)).unwrap();
        assert!(seam.min.y < 20.0 && seam.max.y > 20.0, "across the edge");
        assert!(seam.min.x > 0.0 && seam.max.x < 30.0, "but not beyond the sides");
    }

    #[test]
    fn walls_that_are_apart_or_touch_in_a_corner_have_no_seam() {
        let wall = Rect::new(0.0, 0.0, 100.0, 20.0);
        assert_eq!(seam(&wall, &Rect::new(0.0, 21.0, 30.0, 100.0)), None);
        assert_eq!(seam(&wall, &Rect::new(100.0, 20.0, 30.0, 100.0)), None);
    }
}
