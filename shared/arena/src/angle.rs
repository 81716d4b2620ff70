//! The direction of a ship's nose, finer than an aim, so that a ship turns equally fast at every tick rate.

use core::f32::consts::TAU;

use glam::Vec2;
use tickwire_sync::{
    grid::Angle,
    replicate::{Coding, Wire},
};

/// Bits of a fine angle: 65,536 steps make a full turn.
pub const FINE_BITS: u32 = 16;
/// Steps in a full turn.
pub const FINE_STEPS: i32 = 1 << FINE_BITS;

/// A direction in 1/65536 turn; 0 is along +x, and it grows from +x towards +y.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FineAngle(u16);

impl FineAngle {
    /// The angle of `steps` 1/65536 turns, any number of full turns taken off.
    pub fn from_steps(steps: i32) -> Self {
        Self(steps as u16)
    }

    /// The direction of `vector`; 0 for the zero vector.
    pub fn of(vector: Vec2) -> Self {
        let turns = libm::atan2f(vector.y, vector.x) / TAU;
        Self::from_steps(libm::roundf(turns * FINE_STEPS as f32) as i32)
    }

    /// The angle in 1/65536 turn, 0 to 65535.
    pub fn steps(self) -> i32 {
        i32::from(self.0)
    }

    /// The angle in radians, from 0 up to a full turn.
    pub fn radians(self) -> f32 {
        f32::from(self.0) * (TAU / FINE_STEPS as f32)
    }

    /// The unit vector that points this way.
    pub fn vector(self) -> Vec2 {
        Vec2::from_angle(self.radians())
    }

    /// This angle, turned by `steps` 1/65536 turns.
    #[must_use]
    pub fn turned(self, steps: i32) -> Self {
        Self::from_steps(self.steps() + steps)
    }

    /// The signed way from `from` to here in 1/65536 turn, the shorter way round: -32768 to 32767.
    pub fn since(self, from: Self) -> i32 {
        i32::from(self.0.wrapping_sub(from.0) as i16)
    }
}

impl From<Angle> for FineAngle {
    fn from(angle: Angle) -> Self {
        Self::from_steps(angle.steps() * (FINE_STEPS / tickwire_sync::grid::ANGLE_STEPS))
    }
}

impl Wire for FineAngle {
    const CODING: Coding = Coding::Angle { bits: FINE_BITS };

    fn to_wire(self) -> i32 {
        self.steps()
    }

    fn from_wire(value: i32) -> Option<Self> {
        u16::try_from(value).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fine_angle_survives_the_way_through_its_vector() {
        for steps in 0..FINE_STEPS {
            let angle = FineAngle::from_steps(steps);
            assert_eq!(FineAngle::of(angle.vector()), angle);
            assert_eq!(FineAngle::from_wire(angle.to_wire()), Some(angle));
        }
        assert_eq!(FineAngle::from_wire(FINE_STEPS), None);
        assert_eq!(FineAngle::from_wire(-1), None);
    }

    #[test]
    fn turning_wraps_and_the_way_between_two_angles_is_the_shorter_one() {
        let start = FineAngle::from_steps(10);
        assert_eq!(start.turned(-20).steps(), FINE_STEPS - 10);
        assert_eq!(start.turned(-20).since(start), -20);
        assert_eq!(start.since(start.turned(-20)), 20);
    }

    #[test]
    fn an_aim_is_the_same_direction_on_the_finer_grid() {
        for steps in 0..tickwire_sync::grid::ANGLE_STEPS {
            let aim = Angle::from_steps(steps);
            assert!((FineAngle::from(aim).vector() - aim.vector()).length() < 1e-6);
        }
    }
}
