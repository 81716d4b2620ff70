//! What the arena is made of: entities and what only a player knows of itself, here; `events`: what happens once; `placed`: where things are.

mod events;
mod placed;

use tickwire_sync::{
    PlayerNumber,
    grid::{Position, Velocity},
    kinds, replicated,
};

use crate::{angle::FineAngle, controls::ShipControls};

pub use self::{
    events::{Beam, Burst, Cause, CoreMoved, CoreNews, Event, Hit, Kill, RoundBegins, RoundOver, Took, Wreck},
    placed::{Moving, Placed},
};

macro_rules! wire_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$value_meta:meta])* $value:ident),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name { $($(#[$value_meta])* $value),* }

        impl tickwire_sync::replicate::Wire for $name {
            const CODING: tickwire_sync::replicate::Coding = tickwire_sync::replicate::Coding::Linear;

            fn to_wire(self) -> i32 {
                self as i32
            }

            fn from_wire(value: i32) -> Option<Self> {
                [$(Self::$value),*].into_iter().find(|known| *known as i32 == value)
            }
        }
    };
}

pub(crate) use wire_enum;

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
        /// A layer of points over the hull: 3 on the wire.
        Shield,
        /// Makes the gun fire faster for some seconds: 4 on the wire.
        Overdrive,
    }
}

wire_enum! {
    /// Who plays together.
    pub enum Side {
        /// Nobody: everybody plays alone, or there is none. 0 on the wire.
        #[default]
        None,
        /// The one side: 1 on the wire.
        Amber,
        /// The other one: 2 on the wire.
        Azure,
    }
}

impl Mine {
    /// Whether a ship of that player and side sets it off, and its blast is for that ship.
    pub fn is_meant_for(&self, player: PlayerNumber, side: Side) -> bool {
        self.player != player && !self.side.is_with(side)
    }
}

impl Side {
    /// Both sides, in wire order.
    pub const BOTH: [Self; 2] = [Self::Amber, Self::Azure];

    /// The side that plays against this one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Amber => Self::Azure,
            Self::Azure => Self::Amber,
        }
    }

    /// Whether the two play together: nobody does who has no side.
    pub fn is_with(self, other: Self) -> bool {
        self != Self::None && self == other
    }
}

wire_enum! {
    /// What is played for.
    pub enum Mode {
        /// Everybody against everybody, for points: 0 on the wire.
        #[default]
        Ffa,
        /// Two sides, for ships destroyed: 1 on the wire.
        Teams,
        /// Two sides, each with a core that the other one tries to bring home: 2 on the wire.
        Core,
    }
}

wire_enum! {
    /// Where a core is.
    pub enum CoreState {
        /// At its base: 0 on the wire.
        #[default]
        Home,
        /// With a ship of the other side, whose field `core` says so: 1 on the wire.
        Carried,
        /// Where its carrier lost it: 2 on the wire.
        Dropped,
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
        /// Points over the hull, 0 to `tuning.shield.points`: damage takes them first.
        pub shield: u8,
        /// Ticks for which the gun fires faster; the step counts them down.
        pub overdrive: u16,
        /// Who it plays with.
        pub side: Side,
        /// Whose core it carries: a ship with one is slower, and cannot boost or hide.
        pub core: Side,
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
        /// The shooter's side.
        pub side: Side,
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
        /// Who it plays with.
        pub side: Side,
        /// Cores of the other side that it brought home in this round.
        pub captures: u16,
    }
}

replicated! {
    /// The match clock; there is exactly one.
    pub struct Match {
        /// What goes on now.
        pub phase: Phase,
        /// The tick at which that ends.
        pub ends_at: i32,
        /// During results the winner's player number, or [`NOBODY`] after a draw, or where sides play.
        pub winner: i32,
        /// Counts rounds, from 1.
        pub round: u16,
        /// What is played for.
        pub mode: Mode,
        /// During results the side that won, where sides play.
        pub side: Side,
        /// Points of the one side: ships destroyed, or cores brought home.
        pub amber: i32,
        /// Points of the other side.
        pub azure: i32,
    }
}

replicated! {
    /// A mine: it lies still, is live after a while, and bursts near a ship of anybody else.
    pub struct Mine {
        /// Centre.
        pub x: Position,
        /// Centre.
        pub y: Position,
        /// Who laid it.
        pub player: PlayerNumber,
        /// Steps to go; the step after the last one ends it. It is live from `rules.mine_live` on downwards.
        pub left: u16,
        /// Its layer's side.
        pub side: Side,
    }
}

replicated! {
    /// What a side has to guard where cores are played for. Everybody knows where it is; one that is carried is where its carrier is.
    pub struct Core {
        /// Where it lies: at its base or where it was dropped. Of one that is carried, where it was taken.
        pub x: Position,
        /// Where it lies.
        pub y: Position,
        /// Whose it is.
        pub side: Side,
        /// Where it is.
        pub state: CoreState,
        /// The player who carries it, or [`NOBODY`].
        pub carrier: i32,
        /// Ticks until a dropped one is back at its base by itself; the step counts them down.
        pub left: u16,
    }
}

/// The winner of a round that nobody won.
pub const NOBODY: i32 = -1;

kinds! {
    /// What the world is made of.
    pub enum Entity { Ship, Shot, Rock, Pickup, Pilot, Match, Mine, Core }
}

replicated! {
    /// A ship's weapons and its player's wait for the next ship. All of it is predicted.
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
        /// Whether the gun fired in this tick's step.
        pub fired: bool,
        /// Mines left.
        pub mines: u8,
        /// Ticks until the next mine can be laid; it is from 1 on.
        pub mine: u16,
        /// What is left to boost with, up to [`BOOST_FULL`](crate::settings::BOOST_FULL).
        pub boost: u16,
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
