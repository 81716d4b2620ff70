//! How what is said is shown: its style, and whose it is.

use tickwire_sync::{
    PlayerNumber,
    client::{Session, Voice},
    game::Game,
};

use super::words::{apart, fill, text};

/// How an answer of the server, or of the page itself, is styled.
pub(super) const ANSWER: &str = "answer";

/// How a line is styled.
pub(super) fn manner(voice: Voice) -> &'static str {
    match voice {
        Voice::Room(_) => "",
        Voice::Team(_) => "team",
        Voice::From(_) | Voice::To(_) => "whisper",
        Voice::Announcement => "announcement",
        Voice::Server => ANSWER,
    }
}

/// Whose a line is, as it is shown.
pub(super) fn named<G: Game>(session: &Session<G>, voice: Voice) -> String {
    let name = |player| session.name(player).map_or_else(|| text("chat.somebody"), Into::into);
    let said = |key, player| fill(key, &[("name", &name(player))]);
    match voice {
        Voice::Room(player) => apart(&name(player)),
        Voice::Team(player) => said("chat.to-team", player),
        Voice::From(player) => said("chat.whispers", player),
        Voice::To(player) => said("chat.to", player),
        Voice::Announcement => text("chat.announcement").to_string(),
        Voice::Server => String::new(),
    }
}

/// The player whose name stands before a line.
pub(super) fn speaker(voice: Voice) -> Option<PlayerNumber> {
    match voice {
        Voice::Room(player) | Voice::Team(player) | Voice::From(player) | Voice::To(player) => Some(player),
        Voice::Announcement | Voice::Server => None,
    }
}
