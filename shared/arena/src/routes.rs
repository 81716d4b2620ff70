//! Ways around walls, for bots: corners of walls that a ship can fly past, which of them see each other, and the shortest way from each to each.

use glam::Vec2;

use crate::sweep::Terrain;

/// On maps with more corners, bots only steer around what is before them.
const CORNERS_MAX: usize = 250;
/// How far from a wall's corner a ship flies past it, in its radii; and how wide a way must be.
const BERTH: f32 = 2.2;
const WIDTH: f32 = 1.25;

/// The ways of a map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Routes {
    corners: Vec<Vec2>,
    /// Units from each corner to each, row by row; infinite where there is no way.
    far: Vec<f32>,
    /// Half of how wide a way is, in units.
    radius: f32,
}

impl Routes {
    /// The ways of a terrain for ships of a radius in units.
    pub fn new(terrain: &Terrain, ship_radius: f32) -> Self {
        let radius = ship_radius * WIDTH;
        let mut corners: Vec<Vec2> = Vec::new();
        for wall in terrain.walls() {
            let (low, high) = (wall.min - BERTH * ship_radius, wall.max + BERTH * ship_radius);
            for corner in [low, Vec2::new(high.x, low.y), high, Vec2::new(low.x, high.y)] {
                let is_new = corners.iter().all(|other| other.distance(corner) > ship_radius);
                if is_new && terrain.fits(corner, radius) {
                    corners.push(corner);
                }
            }
        }
        if corners.len() > CORNERS_MAX {
            corners.clear();
        }
        let mut routes = Self { far: vec![f32::INFINITY; corners.len() * corners.len()], corners, radius };
        routes.measure(terrain);
        routes
    }

    /// Floyd and Warshall's way of finding all shortest ways.
    fn measure(&mut self, terrain: &Terrain) {
        let count = self.corners.len();
        for from in 0..count {
            for to in 0..count {
                let (a, b) = (self.corners[from], self.corners[to]);
                if from == to || self.is_clear(terrain, a, b) {
                    self.far[from * count + to] = a.distance(b);
                }
            }
        }
        for over in 0..count {
            for from in 0..count {
                let first = self.far[from * count + over];
                if first == f32::INFINITY {
                    continue;
                }
                for to in 0..count {
                    let way = first + self.far[over * count + to];
                    let known = &mut self.far[from * count + to];
                    *known = known.min(way);
                }
            }
        }
    }

    fn is_clear(&self, terrain: &Terrain, from: Vec2, to: Vec2) -> bool {
        terrain.meets(from, to - from, self.radius).is_none()
    }

    /// Where to fly from a place to get to another by the shortest way: there, if nothing is in between, or to a corner first.
    pub fn next(&self, terrain: &Terrain, from: Vec2, to: Vec2) -> Vec2 {
        if terrain.wraps || self.corners.is_empty() || self.is_clear(terrain, from, to) {
            return to;
        }
        let count = self.corners.len();
        let mut left = [f32::INFINITY; CORNERS_MAX];
        for (corner, left) in self.corners.iter().zip(&mut left) {
            if self.is_clear(terrain, *corner, to) {
                *left = corner.distance(to);
            }
        }
        let mut best = (f32::INFINITY, to);
        for (first, corner) in self.corners.iter().enumerate() {
            let way = self.far[first * count..][..count].iter().zip(&left).map(|(way, left)| way + left);
            let distance = from.distance(*corner);
            // Who is at a corner already goes on to the next one, if it sees that.
            let here = if distance < 2.0 * self.radius { 4.0 * self.radius } else { 0.0 };
            let way = distance + here + way.fold(f32::INFINITY, f32::min);
            // To see it costs the most to find out: only where it can still matter.
            if way < best.0 && self.is_clear(terrain, from, *corner) {
                best = (way, *corner);
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use tickwire_sync::game::RulesSource;

    use super::*;
    use crate::{DEFAULT_TUNING, MAPS, settings::Rules};

    #[test]
    fn on_every_shipped_map_there_is_a_way_from_everywhere_to_everywhere() {
        for (name, map) in MAPS {
            let rules = Rules::read(RulesSource { tuning: DEFAULT_TUNING, map }, 30).unwrap();
            let (map, terrain) = (&rules.map, &rules.map.terrain);
            let routes = rules.routes();
            let bases = map.bases.iter().flatten();
            let homes = bases.flat_map(|base| base.spawns.iter().chain([&base.core]).copied());
            let pickups = map.pickups.iter().map(crate::kinds::Placed::position);
            let places: Vec<Vec2> = map.spawns.iter().copied().chain(homes).chain(pickups).collect();
            for &from in &places {
                for &to in &places {
                    let (mut at, mut legs) = (from, 0);
                    while at != to {
                        let next = routes.next(terrain, at, to);
                        assert!(terrain.wraps || routes.is_clear(terrain, at, next), "{name}: {at} to {next}");
                        legs += 1;
                        assert!(legs < 12, "{name}: no way from {from} to {to}, stuck at {at}");
                        at = next;
                    }
                }
            }
        }
    }

    #[test]
    fn the_way_around_a_wall_is_the_shorter_one() {
        let wall = crate::sweep::Rect::new(500.0, 300.0, 40.0, 600.0);
        let terrain = Terrain::new(Vec2::splat(1000.0), vec![wall], false);
        let routes = Routes::new(&terrain, 14.0);
        let next = routes.next(&terrain, Vec2::new(300.0, 400.0), Vec2::new(800.0, 400.0));
        assert!(next.y < 300.0, "{next}");
        assert_eq!(routes.next(&terrain, Vec2::new(300.0, 400.0), Vec2::new(300.0, 900.0)), Vec2::new(300.0, 900.0));
    }
}
