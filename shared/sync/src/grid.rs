//! The wire grid: the integers that entity state is made of.
//!
//! State that is simulated is state that is sent, so every quantity is an integer on a grid. A
//! step may compute in `f32`, but it ends by rounding back with the constructors below. All grid values
//! stay below 2^24 in size, so that `f32` holds them exactly and a round trip changes nothing.

use crate::replicate::{Coding, Wire};

/// Grid steps in one unit of length.
pub const POSITION_STEPS: f32 = 256.0;
/// Grid steps in one unit of length a tick.
pub const VELOCITY_STEPS: f32 = 4096.0;
/// Every grid value lies strictly between `-GRID_LIMIT` and `GRID_LIMIT`: `f32` holds it exactly.
pub const GRID_LIMIT: i32 = 1 << 24;
/// Bits of a binary angle: 1024 steps make a full turn.
pub const ANGLE_BITS: u32 = 10;
/// Steps in a full turn.
pub const ANGLE_STEPS: i32 = 1 << ANGLE_BITS;

#[inline]
fn on_grid(value: f32) -> i32 {
    let limit = GRID_LIMIT - 1;
    (value as i32).clamp(-limit, limit)
}

/// A coordinate in 1/256 unit, within ±65,536 units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub i32);

impl Position {
    /// The nearest grid position to `units`; NaN becomes 0, what is out of range the nearest limit.
    #[inline]
    pub fn from_units(units: f32) -> Self {
        let steps = units * POSITION_STEPS;
        Self(on_grid(if steps < 0.0 { steps - 0.5 } else { steps + 0.5 }))
    }

    /// The coordinate in units, exact.
    #[inline]
    pub fn units(self) -> f32 {
        self.0 as f32 / POSITION_STEPS
    }
}

/// A component of velocity in 1/4096 unit a tick, within ±4,096 units a tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Velocity(pub i32);

impl Velocity {
    /// The grid velocity next to `units` a tick in the direction of zero, so that what is damped comes
    /// to rest. NaN becomes 0, what is out of range the nearest limit.
    #[inline]
    pub fn from_units(units: f32) -> Self {
        Self(on_grid(units * VELOCITY_STEPS))
    }

    /// The velocity in units a tick, exact.
    #[inline]
    pub fn units(self) -> f32 {
        self.0 as f32 / VELOCITY_STEPS
    }
}

/// A direction in 1/1024 turn, from 0 to 1023; 0 is along +x, and it grows from +x towards +y.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Angle(u16);

impl Angle {
    /// The angle of `steps` 1/1024 turns, any number of full turns taken off.
    #[inline]
    pub fn from_steps(steps: i32) -> Self {
        Self(steps.rem_euclid(ANGLE_STEPS) as u16)
    }

    /// The nearest grid angle to `radians`; NaN becomes 0.
    pub fn from_radians(radians: f32) -> Self {
        let turns = radians / core::f32::consts::TAU;
        let steps = (turns - turns.floor()) * ANGLE_STEPS as f32;
        Self::from_steps((steps + 0.5) as i32)
    }

    /// The angle in 1/1024 turn, 0 to 1023.
    #[inline]
    pub fn steps(self) -> i32 {
        i32::from(self.0)
    }

    /// The angle in radians, from 0 up to a full turn.
    #[inline]
    pub fn radians(self) -> f32 {
        f32::from(self.0) * (core::f32::consts::TAU / ANGLE_STEPS as f32)
    }

    /// The unit vector that points this way.
    pub fn vector(self) -> glam::Vec2 {
        glam::Vec2::from_angle(self.radians())
    }

    /// The signed way from `from` to here in 1/1024 turn, the shorter way round: -512 to 511.
    pub fn since(self, from: Self) -> i32 {
        wrap(self.steps() - from.steps(), ANGLE_BITS)
    }
}

/// `value` modulo 2^`bits`, as the signed number nearest to zero.
pub(crate) fn wrap(value: i32, bits: u32) -> i32 {
    let unused = 32 - bits;
    (value << unused) >> unused
}

impl Wire for Position {
    const CODING: Coding = Coding::Linear;

    #[inline]
    fn to_wire(self) -> i32 {
        self.0
    }

    #[inline]
    fn from_wire(value: i32) -> Option<Self> {
        (-GRID_LIMIT < value && value < GRID_LIMIT).then_some(Self(value))
    }
}

impl Wire for Velocity {
    const CODING: Coding = Coding::Linear;

    #[inline]
    fn to_wire(self) -> i32 {
        self.0
    }

    #[inline]
    fn from_wire(value: i32) -> Option<Self> {
        (-GRID_LIMIT < value && value < GRID_LIMIT).then_some(Self(value))
    }
}

impl Wire for Angle {
    const CODING: Coding = Coding::Angle { bits: ANGLE_BITS };

    #[inline]
    fn to_wire(self) -> i32 {
        self.steps()
    }

    #[inline]
    fn from_wire(value: i32) -> Option<Self> {
        (0..ANGLE_STEPS).contains(&value).then_some(Self(value as u16))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f32_holds_every_grid_value_exactly() {
        for value in [0, 1, -1, 255, GRID_LIMIT - 1, 1 - GRID_LIMIT] {
            assert_eq!(Position::from_units(Position(value).units()), Position(value));
            assert_eq!(Velocity::from_units(Velocity(value).units()), Velocity(value));
        }
    }

    #[test]
    fn every_angle_survives_the_way_through_radians() {
        for steps in 0..ANGLE_STEPS {
            let angle = Angle::from_steps(steps);
            assert_eq!(Angle::from_radians(angle.radians()), angle);
            assert_eq!(Angle::from_radians(angle.radians() - 50.0 * core::f32::consts::TAU), angle);
        }
    }

    #[test]
    fn what_is_out_of_range_is_clamped_and_nan_becomes_zero() {
        assert_eq!(Position::from_units(1e30), Position(GRID_LIMIT - 1));
        assert_eq!(Velocity::from_units(-1e30), Velocity(1 - GRID_LIMIT));
        assert_eq!(Position::from_units(f32::NAN), Position(0));
        assert_eq!(Angle::from_radians(f32::NAN), Angle(0));
    }

    #[test]
    fn the_way_between_two_angles_is_the_shorter_one() {
        let near_full = Angle::from_steps(1020);
        let small = Angle::from_steps(4);
        assert_eq!(small.since(near_full), 8);
        assert_eq!(near_full.since(small), -8);
    }
}
