//! A world without edges: who leaves over one comes in over the opposite one, and every distance is the shorter way round.
//!
//! Whole grid steps are added and wrapped, so that a tick gives the same wherever the edges lie.

use glam::Vec2;
use tickwire_sync::grid::Position;

use crate::{kinds::Placed, sweep::Terrain};

/// Nothing may be seen twice at once: a side of a map that wraps is at least twice the longest that a picture shows, in units.
pub const SIDE_MIN: f32 = 2800.0;

impl Terrain {
    /// The way from one place to another; where the world wraps, the shorter way round.
    pub fn way(&self, from: Vec2, to: Vec2) -> Vec2 {
        let way = to - from;
        if self.wraps { way - self.size * (way / self.size).round() } else { way }
    }

    /// The image of `at` that is nearest to `to`: where somebody there sees it.
    pub fn nearest(&self, at: Vec2, to: Vec2) -> Vec2 {
        if self.wraps { at - self.size * ((at - to) / self.size).round() } else { at }
    }

    /// The place of the grid next to `at`, inside the world if it wraps.
    pub fn grid(&self, at: Vec2) -> (Position, Position) {
        self.wrapped(Position::from_units(at.x), Position::from_units(at.y))
    }

    /// Moves something by a way, over the edges if the world wraps. Walls do not matter.
    pub fn shift(&self, body: &mut impl Placed, way: Vec2) {
        if !self.wraps {
            body.set_position(body.position() + way);
            return;
        }
        let (x, y) = body.grid();
        let (right, down) = (Position::from_units(way.x), Position::from_units(way.y));
        body.set_grid(self.wrapped(Position(x.0 + right.0), Position(y.0 + down.0)));
    }

    fn wrapped(&self, x: Position, y: Position) -> (Position, Position) {
        if !self.wraps {
            return (x, y);
        }
        let round = |place: Position, side: f32| Position(place.0.rem_euclid(Position::from_units(side).0));
        (round(x, self.size.x), round(y, self.size.y))
    }

    /// By what a box must be moved so that it covers, inside the world, whatever it covers beyond an edge: by nothing, and by whole sides.
    pub(crate) fn images(&self, low: Vec2, high: Vec2) -> impl Iterator<Item = Vec2> + use<> {
        let axis = |low: f32, high: f32, side: f32| {
            let (before, beyond) = (self.wraps && low < 0.0, self.wraps && high >= side);
            [Some(0.0), before.then_some(side), beyond.then_some(-side)].into_iter().flatten()
        };
        let (columns, rows) = (axis(low.x, high.x, self.size.x), axis(low.y, high.y, self.size.y));
        columns.flat_map(move |x| rows.clone().map(move |y| Vec2::new(x, y)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        kinds::{Entity, Moving, Ship, Shot},
        motion::{muzzle, step},
        settings::tests::open_at,
    };

    const SIDE: f32 = 4000.0;
    /// The sides of the open map, in grid steps.
    const STEPS: i32 = 4000 * 256;

    fn torus() -> Terrain {
        Terrain::new(Vec2::splat(SIDE), Vec::new(), true)
    }

    /// The same thing elsewhere.
    fn moved(entity: Entity, (right, down): (i32, i32)) -> Entity {
        let place = |x: Position, y: Position| {
            (Position((x.0 + right).rem_euclid(STEPS)), Position((y.0 + down).rem_euclid(STEPS)))
        };
        match entity {
            Entity::Ship(ship) => {
                let (x, y) = place(ship.x, ship.y);
                Ship { x, y, ..ship }.into()
            }
            Entity::Shot(shot) => {
                let (x, y) = place(shot.x, shot.y);
                Shot { x, y, ..shot }.into()
            }
            other => other,
        }
    }

    fn place() -> impl Strategy<Value = (i32, i32)> {
        (0..STEPS, 0..STEPS)
    }

    fn any_ship() -> impl Strategy<Value = Ship> {
        let bits = (0..1u32 << 16).prop_filter_map("controls", tickwire_sync::game::Controls::from_bits);
        (place(), -60.0f32..60.0, -60.0f32..60.0, any::<u16>(), bits).prop_map(|((x, y), vx, vy, heading, controls)| {
            let heading = crate::angle::FineAngle::from_steps(i32::from(heading));
            let mut ship = Ship { x: Position(x), y: Position(y), heading, controls, ..Ship::default() };
            ship.set_velocity(Vec2::new(vx, vy));
            ship
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn a_step_gives_the_same_wherever_the_edges_lie(ship in any_ship(), by in place(), rate in 10u32..=128) {
            let rules = open_at(rate);
            for entity in [Entity::from(ship), muzzle(&ship, &rules).into()] {
                let (mut here, mut there) = (entity, moved(entity, by));
                for _ in 0..8 {
                    step(&mut here, &rules);
                    step(&mut there, &rules);
                    prop_assert_eq!(moved(here, by), there);
                }
            }
            prop_assert_eq!(moved(muzzle(&ship, &rules).into(), by), muzzle_of(moved(ship.into(), by), &rules));
        }

        #[test]
        fn a_step_stays_inside_the_world(ship in any_ship()) {
            let rules = open_at(30);
            let mut entity = Entity::from(ship);
            for _ in 0..30 {
                step(&mut entity, &rules);
                let Entity::Ship(now) = entity else { unreachable!() };
                prop_assert!((0..STEPS).contains(&now.x.0) && (0..STEPS).contains(&now.y.0));
            }
        }

        #[test]
        fn the_way_is_the_shortest_of_all_images((x, y) in place(), (to_x, to_y) in place()) {
            let torus = torus();
            let (from, to) = (Vec2::new(x as f32, y as f32) / 256.0, Vec2::new(to_x as f32, to_y as f32) / 256.0);
            let way = torus.way(from, to);
            let mut shortest = f32::INFINITY;
            for column in -1..=1i8 {
                for row in -1..=1i8 {
                    let image = to + SIDE * Vec2::new(f32::from(column), f32::from(row));
                    shortest = shortest.min((image - from).length());
                }
            }
            prop_assert!((way.length() - shortest).abs() < 1e-3, "{way} is not {shortest} long");
            prop_assert!(torus.way(torus.nearest(to, from), to).length() < 1e-3, "an image of the same place");
            prop_assert!((torus.nearest(to, from) - from - way).length() < 1e-3);
        }

        #[test]
        fn a_box_and_its_images_cover_whoever_is_in_it_beyond_an_edge(
            (x, y) in place(), low_x in -200.0f32..3900.0, low_y in -200.0f32..3900.0, width in 1.0f32..300.0,
        ) {
            let torus = torus();
            let at = Vec2::new(x as f32, y as f32) / 256.0;
            let (low, high) = (Vec2::new(low_x, low_y), Vec2::new(low_x + width, low_y + width));
            let middle = (low + high) / 2.0;
            let inside = torus.way(middle, at).abs().max_element() < width / 2.0 - 0.01;
            let covered = torus.images(low, high).any(|by| at.clamp(low + by, high + by) == at);
            prop_assert!(covered || !inside);
        }
    }

    fn muzzle_of(entity: Entity, rules: &crate::Rules) -> Entity {
        let Entity::Ship(ship) = entity else { unreachable!() };
        muzzle(&ship, rules).into()
    }

    #[test]
    fn a_world_with_a_border_has_one_image_and_straight_ways() {
        let walled = Terrain::new(Vec2::splat(SIDE), Vec::new(), false);
        let (from, to) = (Vec2::new(3990.0, 10.0), Vec2::new(20.0, 3980.0));
        assert_eq!(walled.way(from, to), to - from);
        assert_eq!(walled.nearest(from, to), from);
        assert_eq!(walled.images(from - 500.0, to + 500.0).collect::<Vec<_>>(), [Vec2::ZERO]);
        assert_eq!(torus().way(from, to), Vec2::new(30.0, -30.0));
    }

    #[test]
    fn what_leaves_over_an_edge_comes_in_over_the_opposite_one() {
        let mut ship = Ship::default();
        ship.set_position(Vec2::new(3999.0, 0.5));
        torus().shift(&mut ship, Vec2::new(3.0, -1.0));
        assert_eq!(ship.position(), Vec2::new(2.0, 3999.5));
        assert_eq!(torus().grid(Vec2::new(-0.001, 4000.0)), (Position(0), Position(0)), "rounded first, then wrapped");
    }
}
