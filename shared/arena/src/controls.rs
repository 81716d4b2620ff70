//! What a pilot does: an aim and a few buttons in one small integer.

use tickwire_sync::{
    game::Controls,
    grid::{ANGLE_BITS, ANGLE_STEPS, Angle},
    replicate::{Coding, Wire},
};

/// Bits 0 to 9 are the aim, so that a moving aim costs its small difference.
const TURN_SHIFT: u32 = ANGLE_BITS;
const THRUST: u32 = 1 << 12;
const FIRE: u32 = 1 << 13;
const BRAKE: u32 = 1 << 14;
const RAIL: u32 = 1 << 15;
const MINE: u32 = 1 << 16;
const BOOST: u32 = 1 << 17;
const END: u32 = 1 << 18;

/// The controls of a ship. All at rest, aiming along +x, is 0 on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "buttons are down or up, each by itself")]
pub struct ShipControls {
    /// Where the gun points, apart from the nose.
    pub aim: Angle,
    /// -1 turns the nose against the angles (left on the screen), 1 with them, 0 not at all.
    pub turn: i8,
    /// Whether the engine pushes where the nose points.
    pub thrust: bool,
    /// Whether the gun fires whenever it can.
    pub fire: bool,
    /// Whether the ship brakes.
    pub brake: bool,
    /// Whether the rail fires as soon as it is charged.
    pub rail: bool,
    /// Whether a mine is laid as soon as one can be.
    pub mine: bool,
    /// Whether the engine pushes harder while it pushes.
    pub boost: bool,
}

impl Controls for ShipControls {
    fn to_bits(self) -> u32 {
        let turn = match self.turn {
            0 => 0,
            1.. => 1,
            _ => 2,
        };
        let button = |down: bool, bit: u32| if down { bit } else { 0 };
        self.aim.steps() as u32
            | turn << TURN_SHIFT
            | button(self.thrust, THRUST)
            | button(self.fire, FIRE)
            | button(self.brake, BRAKE)
            | button(self.rail, RAIL)
            | button(self.mine, MINE)
            | button(self.boost, BOOST)
    }

    fn from_bits(bits: u32) -> Option<Self> {
        let turn = match bits >> TURN_SHIFT & 3 {
            0 => 0,
            1 => 1,
            2 => -1,
            _ => return None,
        };
        (bits < END).then_some(Self {
            aim: Angle::from_steps((bits & (ANGLE_STEPS as u32 - 1)) as i32),
            turn,
            thrust: bits & THRUST != 0,
            fire: bits & FIRE != 0,
            brake: bits & BRAKE != 0,
            rail: bits & RAIL != 0,
            mine: bits & MINE != 0,
            boost: bits & BOOST != 0,
        })
    }

    /// A shot or a mine that was asked for between two ticks is never lost; of the rest, the latest holds.
    fn fold(self, later: Self) -> Self {
        let (fire, rail, mine) = (self.fire || later.fire, self.rail || later.rail, self.mine || later.mine);
        Self { fire, rail, mine, ..later }
    }
}

impl ShipControls {
    /// Whether the ship fires or lays something, which ends its protection and its cloak.
    pub fn attacks(self) -> bool {
        self.fire || self.rail || self.mine
    }
}

impl Wire for ShipControls {
    const CODING: Coding = Coding::Packed { low_bits: ANGLE_BITS };

    fn to_wire(self) -> i32 {
        self.to_bits() as i32
    }

    fn from_wire(value: i32) -> Option<Self> {
        Self::from_bits(u32::try_from(value).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_bits_is_refused_or_comes_back_as_it_was() {
        let mut good = 0;
        for bits in 0..1 << 19 {
            if let Some(controls) = ShipControls::from_bits(bits) {
                assert_eq!(controls.to_bits(), bits);
                good += 1;
            }
        }
        assert_eq!(good, 1024 * 3 * 64);
        assert_eq!(ShipControls::from_wire(-1), None);
        assert_eq!(ShipControls::default().to_bits(), 0);
    }

    #[test]
    fn a_press_outlives_the_fold_and_the_latest_course_holds() {
        let press = ShipControls {
            fire: true,
            rail: true,
            mine: true,
            boost: true,
            turn: 1,
            thrust: true,
            ..ShipControls::default()
        };
        let later = ShipControls { aim: Angle::from_steps(9), turn: -1, ..ShipControls::default() };
        assert_eq!(press.fold(later), ShipControls { fire: true, rail: true, mine: true, ..later });
        assert_eq!(later.fold(press), press);
    }
}
