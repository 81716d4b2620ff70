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
/// Shields, and the protection after a spawn.
pub const SHIELD: Colour = [0.55, 0.82, 1.0];
/// Overdrives.
pub const OVERDRIVE: Colour = [1.0, 0.45, 0.75];
/// The one side; with the other, the pair that all eyes tell apart best.
pub const AMBER: Colour = [1.0, 0.68, 0.12];
/// The other side.
pub const AZURE: Colour = [0.3, 0.66, 1.0];
/// A hull that is nearly gone.
pub const DANGER: Colour = [1.0, 0.32, 0.3];
/// Sparks and fire.
pub const FIRE: Colour = [1.0, 0.62, 0.22];
/// Numbers of what the player did to others.
pub const DEALT: Colour = [1.0, 0.93, 0.62];
/// What smoulders.
pub const SMOKE: Colour = [0.13, 0.12, 0.14];

const OTHERS: [Colour; 7] = [
    [1.0, 0.65, 0.0],
    [0.06, 0.7, 0.42],
    [0.95, 0.9, 0.27],
    [0.93, 0.42, 0.13],
    [0.95, 0.5, 0.75],
    [0.42, 0.6, 1.0],
    [0.55, 0.55, 0.58],
];

/// The share of white in the second round of players' colours.
const PALER: f32 = 0.55;

/// The colour of a player, as `own` sees it; `None` for a watcher. Twice as many as there are colours differ: the second round is paler.
pub fn of_player(player: PlayerNumber, own: Option<PlayerNumber>) -> Colour {
    if Some(player) == own {
        return OWN;
    }
    let (round, at) = (usize::from(player) / OTHERS.len(), usize::from(player) % OTHERS.len());
    if round % 2 == 0 { OTHERS[at] } else { OTHERS[at].map(|part| part + (1.0 - part) * PALER) }
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

    /// A colour in linear light.
    fn linear(colour: Colour) -> Colour {
        colour.map(|part| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) })
    }

    fn times(matrix: [[f32; 3]; 3], colour: Colour) -> Colour {
        matrix.map(|row| row.iter().zip(colour).map(|(factor, part)| factor * part).sum())
    }

    /// How far two colours are from each other in linear light, as CIE L*a*b* has it: a difference of 10 is seen at a glance.
    fn distance(one: Colour, other: Colour) -> f32 {
        let lab = |colour| {
            let white = [0.9505, 1.0, 1.089];
            let to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]];
            let xyz = times(to_xyz, colour);
            let [x, y, z] = [0, 1, 2].map(|at| {
                let share = (xyz[at] / white[at]).max(0.0);
                if share > 0.008_856 { share.cbrt() } else { 7.787 * share + 16.0 / 116.0 }
            });
            [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
        };
        let (one, other) = (lab(one), lab(other));
        (0..3).map(|at| (one[at] - other[at]).powi(2)).sum::<f32>().sqrt()
    }

    /// How eyes see linear light: all colours, without red, green or blue cones (Machado, Oliveira and Fernandes 2009, severity 1).
    const EYES: [(&str, [[f32; 3]; 3]); 4] = [
        ("all cones", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "protanopia",
            [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
        ),
        (
            "deuteranopia",
            [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
        ),
        (
            "tritanopia",
            [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        ),
    ];

    /// The least distance between any two of these colours, for each kind of eyes.
    fn apart(named: &[(&str, Colour)], least: f32) {
        for (eyes, matrix) in EYES {
            for (at, (one, first)) in named.iter().enumerate() {
                for (other, second) in &named[..at] {
                    let far = distance(times(matrix, linear(*first)), times(matrix, linear(*second)));
                    assert!(far >= least, "{one} and {other} are {far:.1} apart with {eyes}");
                }
            }
        }
    }

    #[test]
    fn sides_and_their_shots_are_told_apart_by_all_eyes() {
        apart(&[("amber", AMBER), ("azure", AZURE)], 40.0);
    }

    #[test]
    fn the_own_ship_is_told_from_every_other_one_and_from_walls_by_all_eyes() {
        for (number, other) in OTHERS.into_iter().enumerate() {
            apart(&[("own", OWN), (&format!("player {number}"), other)], 18.0);
        }
        apart(&[("own", OWN), ("wall", WALL)], 18.0);
    }

    #[test]
    fn players_and_states_of_a_hull_are_told_apart_by_all_eyes() {
        for (at, one) in OTHERS.into_iter().enumerate() {
            for other in &OTHERS[..at] {
                apart(&[("one", one), ("other", *other)], 11.0);
            }
        }
        apart(&[("well", HULL), ("hurt", AMMO), ("nearly gone", DANGER)], 20.0);
    }

    #[test]
    fn everything_stands_out_from_the_night() {
        let night = [0.014, 0.025, 0.06];
        for colour in [OWN, WALL, HULL, AMMO, CLOAK, DANGER, SHIELD, OVERDRIVE, AMBER, AZURE].into_iter().chain(OTHERS)
        {
            apart(&[("night", night), (&css(colour), colour)], 45.0);
        }
    }

    #[test]
    fn only_the_own_ship_has_the_own_colour() {
        assert_eq!(of_player(4, Some(4)), OWN);
        assert!((0..100).filter(|&player| player != 4).all(|player| of_player(player, Some(4)) != OWN));
    }

    #[test]
    fn fourteen_players_differ_at_a_glance_and_so_do_neighbours_among_any_number() {
        let colours: Vec<Colour> = (0..14).map(|player| of_player(player, None)).collect();
        for (at, one) in colours.iter().enumerate() {
            assert!(colours[..at].iter().all(|other| distance(linear(*one), linear(*other)) >= 11.0), "{at}");
            assert!(distance(linear(*one), linear(OWN)) >= 18.0, "{at}");
        }
        assert!((0..100).all(|player| of_player(player, None) != of_player(player + 1, None)));
        assert_eq!(css([1.0, 0.0, 0.5]), "#ff0080");
    }
}
