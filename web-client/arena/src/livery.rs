//! What tells ships apart: a colour and the shape of a hull. Teams differ in both, so that nobody needs to see colours.

use tickwire_arena::kinds::Side;
use tickwire_sync::PlayerNumber;

use super::palette::{self, Colour};

/// The shape of a ship, as its shader numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hull {
    /// [`Side::None`]: where everybody plays alone.
    Dart,
    /// [`Side::Amber`]: wide and round.
    Crescent,
    /// [`Side::Azure`]: two tines.
    Fork,
}

/// How a player's ship is painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Livery {
    /// Its colour.
    pub colour: Colour,
    /// Its shape.
    pub hull: Hull,
}

/// The livery of a player's ship, as `own` sees it (`None` for a watcher).
pub fn livery(player: PlayerNumber, side: Side, own: Option<PlayerNumber>) -> Livery {
    let hull = match side {
        Side::None => Hull::Dart,
        Side::Amber => Hull::Crescent,
        Side::Azure => Hull::Fork,
    };
    Livery { colour: palette::of_side(side, player, own), hull }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_differ_in_colour_and_in_shape() {
        let (one, other) = (livery(1, Side::Amber, None), livery(2, Side::Azure, None));
        assert!(one.colour != other.colour && one.hull != other.hull);
        assert_eq!(livery(1, Side::Amber, Some(1)), one, "whoever looks");
        assert_eq!(livery(1, Side::None, Some(1)), Livery { colour: palette::OWN, hull: Hull::Dart });
    }
}
