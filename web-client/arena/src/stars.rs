//! The stars: the same sky for everybody.

use tickwire_sync::random::Random;

/// How many stars are on the screen.
pub const COUNT: usize = 420;

/// The stars: place (0 to 1 each), depth (0 far, 1 near) and a chance (0 to 1) of each.
pub fn field() -> Vec<f32> {
    let mut random = Random::keyed(3, 0, 0, 0);
    (0..4 * COUNT).map(|_| random.fraction()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_star_has_four_numbers_within_bounds() {
        let field = field();
        assert_eq!(field.len(), COUNT * 4);
        assert!(field.iter().all(|number| (0.0..1.0).contains(number)));
    }
}
