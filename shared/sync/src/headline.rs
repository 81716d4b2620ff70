//! What those are told who only read of a game: score boards, overlays, bots that announce results. A game says it in words and numbers, and
//! whoever sends it on needs to know no wire format.

use crate::PlayerNumber;

/// A detail's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A player, who is told with its name.
    Player(PlayerNumber),
    /// A number.
    Number(i64),
    /// Whether something is so.
    Flag(bool),
    /// One of the game's own words.
    Word(&'static str),
}

/// Named details, in the order in which they are told. Names are small letters and `_`.
pub type Details = Vec<(&'static str, Detail)>;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    /// What kind of thing: small letters and `_`.
    pub kind: &'static str,
    /// What else is to be said of it.
    pub details: Details,
}

/// A player's line of the score board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whose.
    pub player: PlayerNumber,
    /// Points: who has the most leads.
    pub score: i64,
    /// The rest of the line.
    pub details: Details,
}
