//! How far a rail's beam gets and whom it strikes: the server judges by it, and a player's own beam is drawn by it at once.

use glam::Vec2;

use crate::sweep::{Terrain, circle};

/// Something that a beam may strike.
#[derive(Clone, Copy, Debug)]
pub struct Target<T> {
    /// Who it is.
    pub who: T,
    /// Its centre, in units.
    pub at: Vec2,
    /// In units.
    pub radius: f32,
}

/// Where a beam from `from` that reaches as far as `ray` ends, as a share of it, and whom it strikes there: of equals the first; nobody where a wall
/// or nothing stops it. What it begins in, and leaves, is not in its way.
pub fn cast<T>(from: Vec2, ray: Vec2, targets: impl Iterator<Item = Target<T>>, terrain: &Terrain) -> (f32, Option<T>) {
    let wall = terrain.meets(from, ray, 0.0).map_or(1.0, |hit| hit.at);
    targets.fold((wall, None), |first, target| match circle(terrain.way(target.at, from), ray, target.radius) {
        Some(hit) if hit.at < first.0 => (hit.at, Some(target.who)),
        _ => first,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sweep::Rect;

    fn terrain(wraps: bool) -> Terrain {
        let walls = if wraps { Vec::new() } else { vec![Rect::new(1400.0, 1000.0, 60.0, 900.0)] };
        Terrain::new(Vec2::splat(3000.0), walls, wraps)
    }

    fn place() -> impl Strategy<Value = Vec2> {
        (10.0f32..2990.0, 10.0f32..2990.0).prop_map(Vec2::from)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn a_beam_ends_at_what_a_walk_along_it_meets_first(
            from in place(), angle in 0.0f32..6.3, places in prop::collection::vec(place(), 0..200), wraps in any::<bool>(),
        ) {
            let terrain = terrain(wraps);
            prop_assume!(terrain.fits(from, 0.0));
            let ray = Vec2::from_angle(angle) * 800.0;
            let radius = 30.0;
            let distance = |place: Vec2, point: Vec2| terrain.way(place, point).length();
            let places: Vec<Vec2> = places.into_iter().filter(|place| distance(*place, from) > radius).collect();
            let targets = places.iter().enumerate().map(|(who, &at)| Target { who, at, radius });
            let (share, struck) = cast(from, ray, targets, &terrain);
            for walked in 0..1600u16 {
                let walked = f32::from(walked) / 1600.0;
                let point = from + ray * walked;
                let free = places.iter().all(|place| distance(*place, point) > radius - 0.05)
                    && (wraps || terrain.fits(point, -0.05));
                prop_assert!(walked > share || free, "something at {point} before the end, {walked} of {share}");
            }
            let end = from + ray * share;
            match struck {
                Some(who) => prop_assert!((distance(places[who], end) - radius).abs() < 0.05),
                None => prop_assert!(share == 1.0 || (!wraps && !terrain.fits(end, 0.05)), "it ends at nothing"),
            }
        }
    }

    #[test]
    fn of_two_that_are_met_at_once_the_first_is_struck() {
        let target = |who| Target { who, at: Vec2::new(500.0, 100.0), radius: 14.0 };
        let (share, struck) =
            cast(Vec2::new(100.0, 100.0), Vec2::X * 800.0, [target(3), target(1)].into_iter(), &terrain(true));
        assert!((share - 386.0 / 800.0).abs() < 1e-5 && struck == Some(3), "{struck:?} at {share}");
    }
}
