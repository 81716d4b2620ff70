//! What has a place, and what moves: the same few functions for every kind.

use glam::Vec2;
use tickwire_sync::grid::{Position, Velocity};

use super::{Core, Mine, Pickup, Rock, Ship, Shot};

/// What has a place.
pub trait Placed {
    /// The centre, on the grid.
    fn grid(&self) -> (Position, Position);
    /// Puts it at a place of the grid.
    fn set_grid(&mut self, place: (Position, Position));

    /// The centre, in units.
    fn position(&self) -> Vec2 {
        let (x, y) = self.grid();
        Vec2::new(x.units(), y.units())
    }

    /// Puts it at the nearest place of the grid.
    fn set_position(&mut self, position: Vec2) {
        self.set_grid((Position::from_units(position.x), Position::from_units(position.y)));
    }
}

/// What moves.
pub trait Moving: Placed {
    /// The velocity, in units a tick.
    fn velocity(&self) -> Vec2;
    /// Gives it a velocity in units a tick, rounded towards zero.
    fn set_velocity(&mut self, velocity: Vec2);
}

macro_rules! placed {
    ($($kind:ident),*) => {$(
        impl Placed for $kind {
            fn grid(&self) -> (Position, Position) {
                (self.x, self.y)
            }

            fn set_grid(&mut self, (x, y): (Position, Position)) {
                (self.x, self.y) = (x, y);
            }
        }
    )*};
}

macro_rules! moving {
    ($($kind:ident),*) => {$(
        impl Moving for $kind {
            fn velocity(&self) -> Vec2 {
                Vec2::new(self.vx.units(), self.vy.units())
            }

            fn set_velocity(&mut self, velocity: Vec2) {
                self.vx = Velocity::from_units(velocity.x);
                self.vy = Velocity::from_units(velocity.y);
            }
        }
    )*};
}

placed!(Ship, Shot, Rock, Pickup, Mine, Core);
moving!(Ship, Shot, Rock);
