//! What the arena is made of: entities, what only a player knows of itself, and what happens once.

use glam::Vec2;
use tickwire_sync::{
    PlayerNumber,
    grid::{Position, Velocity},
    kinds,
    replicate::{Coding, Wire},
    replicated,
};

use crate::{angle::FineAngle, controls::ShipControls};

macro_rules! wire_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$value_meta:meta])* $value:ident),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name { $($(#[$value_meta])* $value),* }

        impl Wire for $name {
            const CODING: Coding = Coding::Linear;

            fn to_wire(self) -> i32 {
                self as i32
            }

            fn from_wire(value: i32) -> Option<Self> {
                [$(Self::$value),*].into_iter().find(|known| *known as i32 == value)
            }
        }
    };
}

wire_enum! {
    /// What a pickup holds.
    pub enum PickupKind {
        /// Repairs the hull: 0 on the wire.
        #[default]
        Hull,
        /// Fills the magazine: 1 on the wire.
        Ammo,
        /// Hides the ship for some seconds: 2 on the wire.
        Cloak,
    }
}

wire_enum! {
    /// What a match is doing.
    pub enum Phase {
        /// Everybody plays for points: 0 on the wire.
        #[default]
        Playing,
        /// The results are shown; ships fly, weapons do no harm: 1 on the wire.
        Results,
    }
}

replicated! {
    /// A player's ship. What changes most often stands first: a change of controls alone is a mask of 1.
    pub struct Ship {
        /// The effective controls that drive the next step.
        pub controls: ShipControls,
        /// Centre.
        pub x: Position,
        /// Centre.
        pub y: Position,
        /// Velocity.
        pub vx: Velocity,
        /// Velocity.
        pub vy: Velocity,
        /// Where the nose points.
        pub heading: FineAngle,
        /// Hull points left, 1 to `tuning.ship.hull`.
        pub hull: u8,
        /// Whose ship it is.
        pub player: PlayerNumber,
        /// Ticks of protection left after a spawn; the step counts them down, and firing ends them.
        pub guard: u16,
        /// Ticks for which nobody else sees it; the step counts them down. Firing, being struck and contacts end them.
        pub cloak: u16,
    }
}

replicated! {
    /// A shot in flight. Where a wall stops it, it stays for one tick, with the velocity that took it there.
    pub struct Shot {
        /// Where it is.
        pub x: Position,
        /// Where it is.
        pub y: Position,
        /// Velocity: also the way that it came in this tick.
        pub vx: Velocity,
        /// Velocity: also the way that it came in this tick.
        pub vy: Velocity,
        /// Who fired it.
        pub player: PlayerNumber,
        /// Steps to go; the step after the last one ends it.
        pub left: u16,
    }
}

replicated! {
    /// A rock: drifts for ever and bounces off walls without loss.
    pub struct Rock {
        /// Centre.
        pub x: Position,
        /// Centre.
        pub y: Position,
        /// Velocity.
        pub vx: Velocity,
        /// Velocity.
        pub vy: Velocity,
        /// Radius in units.
        pub radius: u8,
    }
}

replicated! {
    /// Something to pick up by flying over it.
    pub struct Pickup {
        /// Centre.
        pub x: Position,
        /// Centre.
        pub y: Position,
        /// What it holds.
        pub what: PickupKind,
    }
}

replicated! {
    /// A player's line on the score board.
    pub struct Pilot {
        /// Whose line it is.
        pub player: PlayerNumber,
        /// Points in this round.
        pub score: i32,
        /// Ships that it destroyed in this round.
        pub kills: u16,
        /// Ships that it lost in this round.
        pub deaths: u16,
        /// Whether the room itself plays it.
        pub bot: bool,
    }
}

replicated! {
    /// The match clock; there is exactly one.
    pub struct Match {
        /// What goes on now.
        pub phase: Phase,
        /// The tick at which that ends.
        pub ends_at: i32,
        /// During results the winner's player number, or [`NOBODY`] after a draw.
        pub winner: i32,
        /// Counts rounds, from 1.
        pub round: u16,
    }
}

/// The winner of a round that nobody won.
pub const NOBODY: i32 = -1;

kinds! {
    /// What the world is made of.
    pub enum Entity { Ship, Shot, Rock, Pickup, Pilot, Match }
}

replicated! {
    /// A ship's weapon and its player's wait for the next ship. All of it is predicted.
    pub struct Loadout {
        /// Shots in the magazine.
        pub ammo: u16,
        /// Time until the gun can fire, in 1/64 tick.
        pub cooldown: u16,
        /// Ticks until the next ship, while there is none.
        pub respawn: u16,
        /// Time that counts towards the next shot that grows back, in 1/64 tick.
        pub recharge: u16,
        /// Ticks until the rail is charged; it fires from 1 on, so that charging takes exactly as long as the tuning says.
        pub rail: u16,
    }
}

kinds! {
    /// What only a player itself knows.
    pub enum Own { Loadout }
}

impl Own {
    /// The player's loadout.
    pub fn loadout(&self) -> &Loadout {
        let Self::Loadout(loadout) = self;
        loadout
    }
}

replicated! {
    /// A shot or a beam struck a ship.
    pub struct Hit {
        /// Who fired.
        pub by: PlayerNumber,
        /// Whose ship was struck.
        pub target: PlayerNumber,
        /// Where.
        pub x: Position,
        /// Where.
        pub y: Position,
        /// Hull points that it took.
        pub damage: u8,
    }
}

replicated! {
    /// A ship was destroyed. Everybody is told, but not where: that is for those who see it, by [`Wreck`].
    pub struct Kill {
        /// Who did it; the target itself if it crashed.
        pub by: PlayerNumber,
        /// Whose ship it was.
        pub target: PlayerNumber,
    }
}

replicated! {
    /// A pickup was taken.
    pub struct Took {
        /// Who took it.
        pub player: PlayerNumber,
        /// What it held.
        pub what: PickupKind,
        /// Where.
        pub x: Position,
        /// Where.
        pub y: Position,
    }
}

replicated! {
    /// A round ended; its results are shown.
    pub struct RoundOver {
        /// The winner's player number, or [`NOBODY`] after a draw.
        pub winner: i32,
        /// The winner's points.
        pub score: i32,
    }
}

replicated! {
    /// A round began: all points are 0 again, and everybody has a new ship.
    pub struct RoundBegins {
        /// Its number, from 1.
        pub round: u16,
    }
}

replicated! {
    /// A ship bursts.
    pub struct Wreck {
        /// Whose ship it was.
        pub player: PlayerNumber,
        /// Where.
        pub x: Position,
        /// Where.
        pub y: Position,
    }
}

replicated! {
    /// A rail fired.
    pub struct Beam {
        /// Who fired.
        pub by: PlayerNumber,
        /// Where the beam begins: at the ship.
        pub x: Position,
        /// Where the beam begins.
        pub y: Position,
        /// Where it ends: at what it struck, or at the end of its range.
        pub to_x: Position,
        /// Where it ends.
        pub to_y: Position,
    }
}

kinds! {
    /// What happens once.
    pub enum Event { Hit, Kill, Took, RoundOver, RoundBegins, Wreck, Beam }
}

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

placed!(Ship, Shot, Rock, Pickup);
moving!(Ship, Shot, Rock);
