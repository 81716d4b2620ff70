//! What the end of a connection means for the player: a sentence, and what to do next.

use std::borrow::Cow;

use tickwire_sync::protocol::CloseCode;

use crate::shell::words::fill;

/// What to do after a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Come back by itself.
    Retry,
    /// The page is of another version than the server: load it anew, once.
    Reload,
    /// Stop until the player asks for more.
    Stop,
}

/// What to do, and what to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// What to do.
    pub next: Next,
    /// A sentence for the player: [`Why`].
    pub why: Why,
}

/// Why a connection ended: the key of a sentence among the words, which may become those of another language, or the server's own sentence.
pub type Why = Cow<'static, str>;

/// What is said of a line that broke: a key of the words, like those that follow.
pub const LOST: &str = "closed.lost";

/// What is said of a server that has not answered for long.
pub const GONE: &str = "closed.gone";

/// What is said of a room that does not exist; the text has a place for its name.
pub const NO_ROOM: &str = "closed.no-room";

/// What is said where there was never a line: a browser does not tell the page why.
pub const UNREACHED: &str = "closed.unreached";

/// What a page says that was reloaded and still does not fit the server.
pub const STILL_OTHER_VERSION: &str = "closed.other-version";

/// The meaning of a close code; `reason` is the server's own text for it.
pub fn farewell(code: u16, reason: &str) -> Farewell {
    let Some(known) = CloseCode::from_number(code) else {
        return unknown(code, reason);
    };
    let why = match known {
        CloseCode::Normal | CloseCode::ComingBack => "closed.ended",
        CloseCode::GoingAway => "closed.restarting",
        CloseCode::WrongVersion | CloseCode::WrongRules => STILL_OTHER_VERSION,
        CloseCode::HelloTimeout => "closed.slow-to-join",
        CloseCode::RoomFull => "closed.room-full",
        CloseCode::WatchersFull => "closed.watchers-full",
        CloseCode::NoSuchRoom => NO_ROOM,
        CloseCode::TooSlow => "closed.too-slow",
        CloseCode::Away => "closed.away",
        CloseCode::TokenRefused | CloseCode::Kicked | CloseCode::Banned => {
            return Farewell { next: Next::Stop, why: sentence(known, reason).into() };
        }
        CloseCode::TakenOver => "closed.taken-over",
        CloseCode::ServerFull => "closed.server-full",
        CloseCode::AddressFull => "closed.address-full",
        CloseCode::TooFast => "closed.too-fast",
        CloseCode::Idle => "closed.idle",
        CloseCode::Dead => "closed.dead",
        CloseCode::TooMany => "closed.too-many",
        CloseCode::ProtocolError
        | CloseCode::TextFrame
        | CloseCode::TooBig
        | CloseCode::BadMessage
        | CloseCode::BadControls => "closed.not-understood",
    };
    let next = match known {
        CloseCode::WrongVersion | CloseCode::WrongRules => Next::Reload,
        _ if known.worth_retrying() => Next::Retry,
        _ => Next::Stop,
    };
    Farewell { next, why: why.into() }
}

/// The server's own words as a sentence of the page.
fn sentence(code: CloseCode, reason: &str) -> String {
    let reason = if reason.is_empty() { code.reason() } else { reason };
    let mut letters = reason.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// Codes of the game's range were meant by somebody, so their reason is shown; all others are a line that broke.
fn unknown(code: u16, reason: &str) -> Farewell {
    if (4000..5000).contains(&code) {
        let why = if reason.is_empty() { fill("closed.code", &[("code", &code)]) } else { reason.to_owned() };
        return Farewell { next: Next::Stop, why: why.into() };
    }
    Farewell { next: Next::Retry, why: LOST.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::words::text;

    #[test]
    fn every_close_code_has_a_sentence_and_what_is_worth_retrying_is_retried() {
        for code in CloseCode::ALL {
            let Farewell { next, why } = farewell(code.number(), code.reason());
            assert!(text(&why).ends_with('.'), "{why}");
            assert_eq!(next == Next::Retry, code.worth_retrying(), "{code:?}");
        }
    }

    #[test]
    fn a_broken_line_is_retried_whatever_its_code() {
        for code in [1005, 1006, 1011, 1012, 1015] {
            assert_eq!(farewell(code, "").next, Next::Retry);
        }
    }

    #[test]
    fn a_code_that_this_page_does_not_know_shows_the_servers_own_reason() {
        assert_eq!(
            farewell(4123, "the operator removed you"),
            Farewell { next: Next::Stop, why: "the operator removed you".into() }
        );
        assert!(farewell(4123, "").why.contains("4123"));
    }

    #[test]
    fn a_refused_token_says_why_in_the_servers_words() {
        let said = farewell(CloseCode::TokenRefused.number(), "the token has expired; get a new one where you got it");
        assert_eq!((said.next, &*said.why), (Next::Stop, "The token has expired; get a new one where you got it."));
        assert!(farewell(CloseCode::TokenRefused.number(), "").why.starts_with("The token was refused"));
    }

    #[test]
    fn who_was_removed_is_told_why_and_does_not_come_back_by_itself() {
        let said = farewell(CloseCode::Banned.number(), "you are banned here for 60 min: spam");
        assert_eq!((said.next, &*said.why), (Next::Stop, "You are banned here for 60 min: spam."));
        assert_eq!(farewell(CloseCode::Kicked.number(), "").why, "A moderator removed you.");
    }

    #[test]
    fn another_version_asks_for_a_reload() {
        assert_eq!(farewell(CloseCode::WrongVersion.number(), "").next, Next::Reload);
        assert_eq!(farewell(CloseCode::WrongRules.number(), "").next, Next::Reload);
    }
}
