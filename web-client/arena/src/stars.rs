//! The stars: the same sky for everybody.

use tickwire_sync::random::Random;

use super::shapes::CORNERS;

/// How many stars are on the screen.
const COUNT: usize = 260;

/// The stars: place (0 to 1 each), depth (0 far, 1 near) and a chance (0 to 1) for each corner of each.
pub fn field() -> Vec<f32> {
    let mut random = Random::keyed(3, 0, 0, 0);
    let stars = (0..COUNT).map(|_| [(); 4].map(|()| random.fraction()));
    stars.flat_map(|star| [star; CORNERS]).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_corner_of_a_star_has_four_numbers_within_bounds() {
        let field = field();
        assert_eq!(field.len(), COUNT * CORNERS * 4);
        assert!(field.iter().all(|number| (0.0..1.0).contains(number)));
    }
}
