//! Colours. Players' colours keep apart for the colour-blind too (after Okabe and Ito), and a name stands by each ship anyway.

use tickwire_arena::kinds::{PickupKind, Side};
use tickwire_sync::PlayerNumber;

/// Red, green and blue, from 0 to 1.
pub type Colour = [f32; 3];

/// The player's own ship, whoever plays: nobody else has it.
pub const OWN: Colour = [0.25, 0.93, 1.0];
/// Walls and the arena's border.
pub const WALL: Colour = [0.13, 0.6, 0.82];
/// Repair, and a hull that is well.
pub const HULL: Colour = [0.3, 0.95, 0.6];
/// Ammunition.
pub const AMMO: Colour = [1.0, 0.76, 0.25];
/// Cloaks.
pub const CLOAK: Colour = [0.74, 0.58, 1.0];
/// Shields.
pub const SHIELD: Colour = [0.45, 0.75, 1.0];
/// Overdrives.
pub const OVERDRIVE: Colour = [1.0, 0.45, 0.75];
/// The one side.
pub const AMBER: Colour = [1.0, 0.68, 0.12];
/// The other side.
pub const AZURE: Colour = [0.3, 0.66, 1.0];
/// A hull that is nearly gone.
pub const DANGER: Colour = [1.0, 0.32, 0.3];
/// Sparks and fire.
pub const FIRE: Colour = [1.0, 0.62, 0.22];

const OTHERS: [Colour; 7] = [
    [1.0, 0.65, 0.0],
    [0.0, 0.8, 0.58],
    [0.95, 0.9, 0.27],
    [0.93, 0.42, 0.13],
    [0.86, 0.53, 0.76],
    [0.42, 0.6, 1.0],
    [0.87, 0.88, 0.93],
];

/// The colour of a player, as `own` sees it; `None` for a watcher.
pub fn of_player(player: PlayerNumber, own: Option<PlayerNumber>) -> Colour {
    if Some(player) == own { OWN } else { OTHERS[usize::from(player) % OTHERS.len()] }
}

/// The colour of a pickup.
pub fn of_pickup(what: PickupKind) -> Colour {
    match what {
        PickupKind::Hull => HULL,
        PickupKind::Ammo => AMMO,
        PickupKind::Cloak => CLOAK,
        PickupKind::Shield => SHIELD,
        PickupKind::Overdrive => OVERDRIVE,
    }
}

/// The colour of a side; of nobody's, as of `player`.
pub fn of_side(side: Side, player: PlayerNumber, own: Option<PlayerNumber>) -> Colour {
    match side {
        Side::None => of_player(player, own),
        Side::Amber => AMBER,
        Side::Azure => AZURE,
    }
}

/// A colour as CSS has it.
pub fn css(colour: Colour) -> String {
    let [r, g, b] = colour.map(|part| (part * 255.0).round() as u8);
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// A colour with an alpha.
pub fn with_alpha([r, g, b]: Colour, alpha: f32) -> [f32; 4] {
    [r, g, b, alpha]
}

/// The colour of a hull with that share of its points left.
pub fn hull(share: f32) -> Colour {
    if share > 0.6 {
        HULL
    } else if share > 0.3 {
        AMMO
    } else {
        DANGER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_ship_has_the_own_colour() {
        assert_eq!(of_player(4, Some(4)), OWN);
        assert!((0..100).filter(|&player| player != 4).all(|player| of_player(player, Some(4)) != OWN));
    }

    #[test]
    fn neighbouring_players_never_share_a_colour() {
        assert!((0..100).all(|player| of_player(player, None) != of_player(player + 1, None)));
        assert_eq!(css([1.0, 0.0, 0.5]), "#ff0080");
    }
}
