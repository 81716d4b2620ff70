//! How what is said is shown: its style, and whose it is.

use tickwire_sync::{
    PlayerNumber,
    client::{Session, Voice},
    game::Game,
};

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
    let name = |player| session.name(player).unwrap_or("Somebody");
    match voice {
        Voice::Room(player) => name(player).to_owned(),
        Voice::Team(player) => format!("{} to the team", name(player)),
        Voice::From(player) => format!("{} whispers", name(player)),
        Voice::To(player) => format!("To {}", name(player)),
        Voice::Announcement => "Announcement".to_owned(),
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
