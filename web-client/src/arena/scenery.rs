//! What never moves: the arena's border, its grid, its walls. Drawn from memory that the graphics card keeps.

use glam::Vec2;
use tickwire_arena::Rules;

use super::{
    palette,
    shapes::{Shape, Stamp, Stamps},
};

/// Units between two lines of the grid.
const GRID_UNITS: f32 = 100.0;
/// How far walls glow, in units.
const GLOW_UNITS: f32 = 20.0;
/// How far one may see beyond the border, in units.
const BEYOND: f32 = 1500.0;
const GRID_TINT: [f32; 4] = [0.3, 0.55, 0.8, 0.055];
const BEYOND_TINT: [f32; 4] = [0.0, 0.004, 0.012, 0.72];

/// The shapes of a map, in drawing order.
pub fn stamps(rules: &Rules) -> Stamps {
    let mut stamps = Stamps::default();
    let size = rules.map.terrain.size;
    grid(&mut stamps, size);
    beyond(&mut stamps, size);
    for wall in &rules.map.terrain.walls {
        block(&mut stamps, wall.min, wall.max);
    }
    // The border is four thin outlines: one great one would cost a screenful of pixels each frame.
    let thin = Vec2::splat(0.5);
    for (from, to) in [
        (Vec2::ZERO, Vec2::new(size.x, 0.0)),
        (Vec2::new(0.0, size.y), size),
        (Vec2::ZERO, Vec2::new(0.0, size.y)),
        (Vec2::new(size.x, 0.0), size),
    ] {
        outline(&mut stamps, from - thin, to + thin);
    }
    stamps
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
    stamps.add(Stamp { shape: Shape::Flat, at, half, turn: 0.0, numbers: [0.0; 2], tint });
}

fn block(stamps: &mut Stamps, min: Vec2, max: Vec2) {
    wall(stamps, min, max, 0.0);
}

fn outline(stamps: &mut Stamps, min: Vec2, max: Vec2) {
    wall(stamps, min, max, 1.0);
}

fn wall(stamps: &mut Stamps, min: Vec2, max: Vec2, hollow: f32) {
    let (at, half) = ((min + max) / 2.0, (max - min) / 2.0 + GLOW_UNITS);
    let tint = palette::with_alpha(palette::WALL, 1.0);
    stamps.add(Stamp { shape: Shape::Wall, at, half, turn: 0.0, numbers: [GLOW_UNITS, hollow], tint });
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
        let drawn: Vec<&[f32]> = stamps.rows().chunks(super::super::shapes::ROW).collect();
        for wall in &rules.map.terrain.walls {
            let (at, half) = ((wall.min + wall.max) / 2.0, (wall.max - wall.min) / 2.0 + GLOW_UNITS);
            assert!(drawn.iter().any(|row| row[..4] == [at.x, at.y, half.x, half.y] && row[5] == 7.0));
        }
    }
}
