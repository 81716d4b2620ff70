//! What happens once.

use tickwire_sync::{PlayerNumber, grid::Position, kinds, replicated};

use super::{PickupKind, Side, wire_enum};

wire_enum! {
    /// What took a ship's last hull point.
    pub enum Cause {
        /// Its own pilot, against a rock: 0 on the wire.
        #[default]
        Crash,
        /// A gun: 1 on the wire.
        Gun,
        /// A rail: 2 on the wire.
        Rail,
        /// A mine: 3 on the wire.
        Mine,
    }
}

wire_enum! {
    /// What became of a core.
    pub enum CoreNews {
        /// A ship took it from its base or from where it lay: 0 on the wire.
        #[default]
        Taken,
        /// Its carrier lost it: 1 on the wire.
        Dropped,
        /// It is back at its base, brought by its own side or by itself: 2 on the wire.
        Returned,
        /// The other side brought it home, for points; it is back at its base: 3 on the wire.
        Captured,
    }
}

replicated! {
    /// A shot, a beam or a mine struck a ship.
    pub struct Hit {
        /// Who fired.
        pub by: PlayerNumber,
        /// Whose ship was struck.
        pub target: PlayerNumber,
        /// Where.
        pub x: Position,
        /// Where.
        pub y: Position,
        /// Points that it took, of hull and shield.
        pub damage: u8,
        /// How many of them the shield took.
        pub shield: u8,
    }
}

replicated! {
    /// A ship was destroyed. Everybody is told, but not where: that is for those who see it, by [`Wreck`].
    pub struct Kill {
        /// Who did it; the target itself if it crashed.
        pub by: PlayerNumber,
        /// Whose ship it was.
        pub target: PlayerNumber,
        /// By what.
        pub with: Cause,
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
        /// The winner's points, or its side's.
        pub score: i32,
        /// The side that won, where there are sides.
        pub side: Side,
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

replicated! {
    /// A mine burst.
    pub struct Burst {
        /// Whose mine it was.
        pub player: PlayerNumber,
        /// Where.
        pub x: Position,
        /// Where.
        pub y: Position,
    }
}

replicated! {
    /// Something became of a core.
    pub struct CoreMoved {
        /// Whose core it is.
        pub side: Side,
        /// What became of it.
        pub what: CoreNews,
        /// The player by whose hand, or [`NOBODY`](super::NOBODY).
        pub by: i32,
    }
}

kinds! {
    /// What happens once.
    pub enum Event { Hit, Kill, Took, RoundOver, RoundBegins, Wreck, Beam, Burst, CoreMoved }
}
