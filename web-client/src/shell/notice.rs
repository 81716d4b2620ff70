//! What the player is told about the connection: a notice over the world that stands still.

use tickwire_sync::game::Game;
use wasm_bindgen::JsValue;

use super::page::{Panel, Text};
use crate::net::link::{Link, Phase, Return};

/// For how long somebody who came back is told how, in seconds.
const BACK_SECONDS: f64 = 6.0;

/// The notice about the connection, and the small ones about silence and about a return.
#[derive(Debug)]
pub struct Notice {
    lost: Panel,
    why: Text,
    next: Text,
    retry: Text,
    signal: Panel,
    back: Panel,
    back_text: Text,
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
            signal: Panel::of("no-signal")?,
            back: Panel::of("came-back")?,
            back_text: Text::of("came-back")?,
            back_until: 0.0,
        })
    }

    /// Says how somebody came in who had been in before.
    pub fn welcomed<G: Game>(&mut self, link: &Link<G>, now: f64) {
        if let Some(back) = link.came_back() {
            self.back_text.set(match back {
                Return::ToSeat => "Welcome back: your place was kept.",
                Return::Anew => "Welcome back. Your place was kept no longer, so you begin anew.",
            });
            self.back_until = now + BACK_SECONDS;
        }
    }

    /// Says how the connection is.
    pub fn show<G: Game>(&mut self, link: &Link<G>, now: f64) {
        self.signal.show(link.no_signal());
        self.back.show(now < self.back_until && !link.no_signal());
        self.retry.set(if link.was_given_up() { "Come back" } else { "Try again" });
        // Who was never in does not come back.
        let what = if link.shown(now).is_some() { "Reconnecting" } else { "Trying again" };
        match link.phase() {
            Phase::Lost { why, retry_at } => {
                self.why.set(why);
                self.next.set(&waiting(what, retry_at - now, link.tries(), link.held_seconds(now)));
            }
            Phase::Refused { why } => {
                self.why.set(why);
                self.next.set("");
            }
            Phase::Connecting => {
                if link.tries() == 0 {
                    self.why.set("Joining…");
                }
                self.next.set(&trying(what, link.tries(), link.held_seconds(now)));
            }
            Phase::Idle | Phase::Playing => {}
        }
        self.lost.show(!matches!(link.phase(), Phase::Idle | Phase::Playing));
    }
}

fn waiting(what: &str, seconds: f64, tries: u32, held_seconds: Option<f64>) -> String {
    format!("{what} in {:.1} s · try {tries}{}", seconds.max(0.0), held(held_seconds))
}

fn trying(what: &str, tries: u32, held_seconds: Option<f64>) -> String {
    if tries == 0 { String::new() } else { format!("{what}… · try {tries}{}", held(held_seconds)) }
}

fn held(seconds: Option<f64>) -> String {
    seconds.map_or_else(String::new, |seconds| format!(" · your place is kept for {:.0} s", seconds.ceil()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_counted_down_with_the_number_of_its_try() {
        assert_eq!(waiting("Trying again", 1.26, 2, None), "Trying again in 1.3 s · try 2");
        assert_eq!(
            waiting("Reconnecting", -0.1, 1, Some(27.2)),
            "Reconnecting in 0.0 s · try 1 · your place is kept for 28 s"
        );
        assert_eq!(trying("Reconnecting", 3, None), "Reconnecting… · try 3");
        assert_eq!(trying("Reconnecting", 0, None), "");
    }
}
