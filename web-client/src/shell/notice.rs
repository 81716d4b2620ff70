//! What the player is told about the connection: a notice over the world that stands still.

use tickwire_sync::game::Game;
use wasm_bindgen::JsValue;

use super::{
    page::{Panel, Text},
    words::{decimal, fill, text},
};
use crate::net::{
    farewell::NO_ROOM,
    link::{Link, Phase, Return},
};

/// For how long somebody who came back is told how, in seconds.
const BACK_SECONDS: f64 = 6.0;

/// The notice about the connection, and the small ones about silence and about a return.
#[derive(Debug)]
pub struct Notice {
    lost: Panel,
    why: Text,
    next: Text,
    retry: Text,
    /// Leads to the default room.
    default_room: Panel,
    signal: Panel,
    back: Panel,
    back_text: Text,
    /// How somebody came back: a key of the words.
    back_how: &'static str,
    back_until: f64,
}

impl Notice {
    /// The notices of the page.
    ///
    /// # Errors
    /// The page has no such elements.
    pub fn new() -> Result<Self, JsValue> {
        Ok(Self {
            lost: Panel::of("lost")?,
            why: Text::of("lost-why")?,
            next: Text::of("lost-next")?,
            retry: Text::of("lost-retry")?,
            default_room: Panel::of("lost-room")?,
            signal: Panel::of("no-signal")?,
            back: Panel::of("came-back")?,
            back_text: Text::of("came-back")?,
            back_how: "",
            back_until: 0.0,
        })
    }

    /// Says how somebody came in who had been in before.
    pub fn welcomed<G: Game>(&mut self, link: &Link<G>, now: f64) {
        if let Some(back) = link.came_back() {
            self.back_how = match back {
                Return::ToSeat => "notice.to-seat",
                Return::Anew => "notice.anew",
            };
            self.back_until = now + BACK_SECONDS;
        }
    }

    /// Says how the connection is.
    pub fn show<G: Game>(&mut self, link: &Link<G>, now: f64) {
        self.signal.show(link.no_signal());
        self.back_text.set(&text(self.back_how));
        self.back.show(now < self.back_until && !link.no_signal());
        self.default_room.show(link.has_no_room());
        self.retry.set(&text(if link.was_given_up() { "notice.come-back" } else { "notice.try-again" }));
        // Who was never in does not come back.
        let was_in = link.shown(now).is_some();
        match link.phase() {
            Phase::Lost { why, retry_at } => {
                self.why.set(&text(why));
                self.next.set(&waiting(was_in, retry_at - now, link.tries(), link.held_seconds(now)));
            }
            Phase::Refused { .. } if link.has_no_room() => {
                self.why.set(&fill(NO_ROOM, &[("room", &link.room())]));
                self.next.set("");
            }
            Phase::Refused { why } => {
                self.why.set(&text(why));
                self.next.set("");
            }
            Phase::Connecting => {
                if link.tries() == 0 {
                    self.why.set(&text("notice.joining"));
                }
                self.next.set(&trying(was_in, link.tries(), link.held_seconds(now)));
            }
            Phase::Idle | Phase::Playing => {}
        }
        self.lost.show(!matches!(link.phase(), Phase::Idle | Phase::Playing));
    }
}

fn waiting(was_in: bool, seconds: f64, tries: u32, held_seconds: Option<f64>) -> String {
    let key = if was_in { "notice.reconnecting-in" } else { "notice.trying-in" };
    held(fill(key, &[("seconds", &decimal(seconds.max(0.0), 1)), ("number", &tries)]), held_seconds)
}

fn trying(was_in: bool, tries: u32, held_seconds: Option<f64>) -> String {
    if tries == 0 {
        return String::new();
    }
    let key = if was_in { "notice.reconnecting" } else { "notice.trying" };
    held(fill(key, &[("number", &tries)]), held_seconds)
}

fn held(notice: String, seconds: Option<f64>) -> String {
    let Some(seconds) = seconds else { return notice };
    fill("notice.held", &[("notice", &notice), ("seconds", &decimal(seconds.ceil(), 0))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_counted_down_with_the_number_of_its_try() {
        assert_eq!(waiting(false, 1.26, 2, None), "Trying again in 1.3 s · try 2");
        assert_eq!(waiting(true, -0.1, 1, Some(27.2)), "Reconnecting in 0.0 s · try 1 · your place is kept for 28 s");
        assert_eq!(trying(true, 3, None), "Reconnecting… · try 3");
        assert_eq!(trying(true, 0, None), "");
    }
}
